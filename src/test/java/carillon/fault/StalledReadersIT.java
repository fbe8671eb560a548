package carillon.fault;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import carillon.bench.Latencies;
import carillon.harness.Eventually;
import carillon.harness.HubProcess;
import carillon.harness.Swarm;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/**
 * Every tenth subscriber stops reading. It must cost the others no time and the hub no memory, and when it reads again
 * it gets everything, in order, on the stream it has or on the next one.
 *
 * <p>{@code -Dcarillon.stalled.full} runs the full form as well: it compares with a run in which everybody reads,
 * prints figures, and takes minutes. {@code carillon.stalled.events} and {@code carillon.stalled.topics} change its
 * size.
 *
 * <p>Broken on purpose, and caught: writing on when the outlet is full, which fills the heap; skipping to the newest
 * event instead of reading the log. With a heap of 128 MiB the first was not caught: the buffers are shared, so a queue
 * for each costs the backlog only once, and that found room.
 */
final class StalledReadersIT {

  private static final Duration PATIENCE = Duration.ofMinutes(2);
  private static final Duration FULL_PATIENCE = Duration.ofMinutes(30);
  private static final int MEBIBYTE = 1 << 20;

  /** What those who stall can take before the hub notices: as good as nothing. */
  private static final int STALLED_BUFFER_BYTES = 8 * 1024;

  /**
   * One run.
   *
   * @param stalled how many of the subscribers stop reading
   * @param topics over which events and subscribers are spread
   * @param dataBytes of each event
   * @param window how many events may be on their way to those who read
   * @param heapMebibytes of the hub, all of it resident from the start: whatever the process grows by is outside of it,
   *     and inside is no room for what those who stall have not taken
   */
  private record Scale(
      int subscribers, int stalled, long events, int topics, int dataBytes, long window, int heapMebibytes) {

    HubProcess start() {
      String heap = heapMebibytes + "m";
      return HubProcess.setup()
          .jvmOptions("-Xms" + heap, "-Xmx" + heap, "-XX:+AlwaysPreTouch", "-XX:+UseSerialGC")
          .with("tail.recentBytesMax", heapMebibytes / 8 + "MiB")
          .with("subscribe.retry", "50ms")
          .start();
    }
  }

  /**
   * What it came to.
   *
   * @param p99Millis of those who read, from before the publish to the subscriber
   * @param growthBytes of the hub's memory, at the most
   * @param catchUp how long it took those who had stalled
   */
  private record Figures(double p99Millis, long growthBytes, Duration publish, Duration catchUp) {}

  @Test
  @Timeout(value = 5, unit = TimeUnit.MINUTES)
  void tenthOfReaders_stalls_getsEverythingLaterAndHoldsNothing() throws IOException {
    Figures figures = run(new Scale(400, 40, 100_000, 8, 1_000, 2_000, 80), PATIENCE);
    print("stalled readers", figures);
    assertTrue(figures.growthBytes() < 128L * MEBIBYTE, figures.toString());
  }

  @Test
  @Timeout(value = 2, unit = TimeUnit.HOURS)
  @EnabledIfSystemProperty(named = "carillon.stalled.full", matches = "|true")
  void fullForm_stalledReaders_delayNobody() throws IOException {
    long events = Long.getLong("carillon.stalled.events", 1_000_000);
    int topics = Integer.getInteger("carillon.stalled.topics", 1);
    Figures reading = run(new Scale(2_000, 0, events, topics, 200, 500L * topics, 256), FULL_PATIENCE);
    print("everybody reads", reading);
    Figures stalled = run(new Scale(2_000, 200, events, topics, 200, 500L * topics, 256), FULL_PATIENCE);
    print("200 of 2,000 stalled", stalled);
    assertTrue(stalled.p99Millis() <= 2 * reading.p99Millis(), "p99 of those who read");
    assertTrue(stalled.growthBytes() < 64L * MEBIBYTE, "growth of the hub");
  }

  private static Figures run(Scale scale, Duration patience) throws IOException {
    var latencies = new Latencies();
    var arrived = new AtomicLong();
    List<Counter> readers = new ArrayList<>();
    List<Counter> stalling = new ArrayList<>();
    List<Swarm.Member> members = new ArrayList<>();
    try (HubProcess hub = scale.start();
        Swarm reading = Swarm.of(1, 0);
        Swarm standing = Swarm.of(1, STALLED_BUFFER_BYTES);
        var load = new NumberedLoad(hub.uri(), scale.topics(), scale.dataBytes())) {
      for (int i = 0; i < scale.subscribers(); i++) {
        int topic = i % scale.topics();
        if (i < scale.stalled()) {
          stalling.add(new Counter(hub::uri, topic, 0, new AtomicLong(), new Latencies()));
          members.add(standing.add(stalling.get(i), ""));
        } else {
          readers.add(new Counter(hub::uri, topic, 0, arrived, latencies));
          var unused = reading.add(readers.get(readers.size() - 1), "");
        }
      }
      List<Counter> all = new ArrayList<>(readers);
      all.addAll(stalling);
      Eventually.await("all streams", PATIENCE, () -> all.stream().allMatch(Counter::isOpen), hub::evidence);

      LongSupplier everywhere = // on the average of all that read: each of them is somewhere near
          () -> {
            assertEquals(List.of(), reading.violations());
            return arrived.get() * scale.topics() / readers.size();
          };
      load.publish(scale.events() / 10, scale.window(), everywhere);
      awaitAll("warm", all, load, PATIENCE, hub, reading, standing);
      latencies.clear();
      long before = residentBytes(hub);
      members.forEach(Swarm.Member::stall);
      long startNanos = System.nanoTime();
      load.publish(scale.events() - load.published(), scale.window(), everywhere);
      awaitAll("those who read", readers, load, patience, hub, reading, standing);
      Duration publish = Duration.ofNanos(System.nanoTime() - startNanos);
      long growth = residentBytes(hub) - before;
      assertTrue(stalling.stream().allMatch(counter -> counter.seen() < load.published(0)), "nobody has stalled");
      members.forEach(Swarm.Member::resume);
      startNanos = System.nanoTime();
      awaitAll("those who stalled", stalling, load, patience, hub, reading, standing);
      Duration catchUp = Duration.ofNanos(System.nanoTime() - startNanos);
      growth = Math.max(growth, residentBytes(hub) - before);
      return new Figures(latencies.millis(0.99), growth, publish, catchUp);
    }
  }

  private static void awaitAll(
      String who, List<Counter> counters, NumberedLoad load, Duration patience, HubProcess hub, Swarm... swarms) {
    Eventually.await(
        who + " have everything",
        patience,
        () -> violated(swarms)
            || counters.stream().allMatch(counter -> counter.seen() == load.published(counter.topic())),
        hub::evidence);
    for (Swarm swarm : swarms) {
      assertEquals(List.of(), swarm.violations());
    }
  }

  private static boolean violated(Swarm... swarms) {
    return List.of(swarms).stream().anyMatch(swarm -> !swarm.violations().isEmpty());
  }

  /** What the process holds of the machine's memory, as Linux counts it; 0 elsewhere. */
  private static long residentBytes(HubProcess hub) throws IOException {
    Path status = Path.of("/proc", Long.toString(hub.pid()), "status");
    if (!Files.exists(status)) {
      return 0;
    }
    return Files.readAllLines(status).stream()
        .filter(line -> line.startsWith("VmRSS:"))
        .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")) * 1024)
        .sum();
  }

  private static void print(String what, Figures figures) {
    System.out.printf(
        "%s: p99 of the others %.1f ms, the hub grew by %d MiB, published in %.1f s, caught up in %.1f s%n",
        what, figures.p99Millis(), figures.growthBytes() / MEBIBYTE, figures.publish().toMillis() / 1e3,
        figures.catchUp().toMillis() / 1e3);
  }
}
