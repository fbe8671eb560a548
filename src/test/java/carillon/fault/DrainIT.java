package carillon.fault;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import carillon.bench.Latencies;
import carillon.harness.Eventually;
import carillon.harness.Http;
import carillon.harness.HttpConnection;
import carillon.harness.HubProcess;
import carillon.harness.Swarm;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A hub with ten thousand streams is told to stop, and started again: each stream is told, they end spread over the
 * window, and all that come back miss nothing.
 *
 * <p>Tried and caught: ending all at once; ending without a word; the log closed before the streams.
 */
final class DrainIT {

  private static final int SUBSCRIBERS = 10_000;
  private static final int DATA_BYTES = 60;
  private static final int EVENTS = 200;
  private static final Duration PATIENCE = Duration.ofSeconds(100);

  /** Of the default window of 10 s: a machine that stands still for some seconds may squeeze the ends together. */
  private static final Duration SPREAD_MIN = Duration.ofSeconds(3);

  private final Swarm swarm = Swarm.of(1, 0);
  private final Queue<Long> endsNanos = new ConcurrentLinkedQueue<>();
  private final AtomicLong told = new AtomicLong();
  private final AtomicLong arrived = new AtomicLong();
  private volatile URI hub = URI.create("http://127.0.0.1:1");

  @AfterEach
  void close() {
    swarm.close();
  }

  @Test
  @Timeout(value = 5, unit = TimeUnit.MINUTES)
  void terminated_tenThousandStreams_endSpreadAndMissNothing(@TempDir Path directory) throws IOException {
    List<Told> subscribers = new ArrayList<>();
    HubProcess.Setup setup = HubProcess.setup().without("http.drain").directory(directory);
    try (HubProcess first = setup.start()) {
      hub = first.uri();
      for (int i = 0; i < SUBSCRIBERS; i++) {
        subscribers.add(new Told());
        var unused = swarm.add(subscribers.get(i), "");
      }
      await("all streams", () -> subscribers.stream().allMatch(Counter::isOpen), first);
      try (var load = new NumberedLoad(first.uri(), 1, DATA_BYTES)) {
        load.publish(EVENTS, EVENTS, () -> EVENTS);
      }
      await("all events", () -> arrived.get() == (long) EVENTS * SUBSCRIBERS, first);

      long startNanos = 0;
      try (HttpConnection publisher = HttpConnection.to(first.uri())) {
        assertEquals(201, publisher.post("/events/t", "x").status());
        startNanos = System.nanoTime();
        first.terminate();
        await("the first end", () -> !endsNanos.isEmpty(), first);
        Http.Response refused = publisher.post("/events/t", "y");
        assertEquals(503, refused.status(), refused.text());
        assertTrue(refused.text().contains("\"draining\""), refused.text());
      }
      Http.Response turnedAway = Http.exchange(first.uri(), "GET", "/events/t", new byte[0], "Accept: text/event-stream");
      assertEquals(200, turnedAway.status());
      assertTrue(turnedAway.text().matches("(?s)retry: \\d+\nevent: hub.closing\n.*draining.*"), turnedAway.text());

      assertEquals(143, first.awaitExit(PATIENCE), first::evidence);
      long ended = System.nanoTime() - startNanos;
      assertEquals(SUBSCRIBERS, told.get(), "streams that were told");
      report(startNanos, ended);
      assertTrue(spread().compareTo(SPREAD_MIN) > 0, () -> "all ends within " + spread());
    }
    try (HubProcess second = setup.start();
        var load = new NumberedLoad(second.uri(), 1, DATA_BYTES, EVENTS)) {
      hub = second.uri();
      load.publish(EVENTS, EVENTS, () -> EVENTS);
      await(
          "everything at everybody",
          () -> subscribers.stream().allMatch(subscriber -> subscriber.seen() == 2 * EVENTS),
          second);
    }
    assertEquals(List.of(), swarm.violations());
  }

  private void await(String what, BooleanSupplier condition, HubProcess process) {
    Eventually.await(
        what, PATIENCE, () -> condition.getAsBoolean() || !swarm.violations().isEmpty(), process::evidence);
    assertEquals(List.of(), swarm.violations());
  }

  private Duration spread() {
    long first = endsNanos.stream().mapToLong(Long::longValue).min().orElseThrow();
    long last = endsNanos.stream().mapToLong(Long::longValue).max().orElseThrow();
    return Duration.ofNanos(last - first);
  }

  private void report(long startNanos, long endedNanos) {
    var perSecond = new long[(int) (endedNanos / 1_000_000_000) + 1];
    endsNanos.forEach(end -> perSecond[(int) Math.min(perSecond.length - 1, (end - startNanos) / 1_000_000_000)]++);
    System.out.printf(
        "drain: %,d streams, ends per second %s, the process ended after %.1f s%n",
        SUBSCRIBERS, Arrays.toString(perSecond), endedNanos / 1e9);
  }

  /** Counts what it is told, and when it ended. */
  private final class Told extends Counter {

    private boolean wasTold;

    Told() {
      super(() -> hub, 0, 0, arrived, new Latencies());
    }

    @Override
    public void block(Swarm.Block block) {
      if (block.type().equals("hub.closing") && !wasTold) {
        wasTold = true;
        told.incrementAndGet();
        endsNanos.add(System.nanoTime());
      }
      super.block(block);
    }
  }
}
