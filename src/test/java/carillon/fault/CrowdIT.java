package carillon.fault;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import carillon.bench.Latencies;
import carillon.harness.Eventually;
import carillon.harness.HubProcess;
import carillon.harness.Swarm;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Five thousand subscribers come back at once, as they do when a network or a hub was away for a moment.
 *
 * <p>Broken on purpose, and caught: sending the last event of a page from the log again.
 */
final class CrowdIT {

  private static final int CROWD = 5_000;
  private static final int BEHIND = 100;
  private static final int DATA_BYTES = 200;
  private static final Duration PATIENCE = Duration.ofSeconds(100);

  private final Swarm swarm = Swarm.of(1, 0);

  @AfterEach
  void close() {
    swarm.close();
  }

  /** @param recentFramesMax enough for what they have missed, or so few that the log has to be read for each of them */
  @Timeout(value = 3, unit = TimeUnit.MINUTES)
  @ParameterizedTest(name = "recent frames: {0}")
  @ValueSource(ints = {65_536, 16})
  void crowd_hundredEventsBehind_getsThemOnceAndWhatFollows(int recentFramesMax) throws IOException {
    try (HubProcess hub = HubProcess.setup().with("tail.recentFramesMax", recentFramesMax).start();
        var load = new NumberedLoad(hub.uri(), 1, DATA_BYTES)) {
      var arrived = new AtomicLong();
      var latencies = new Latencies();
      load.publish(BEHIND, BEHIND, () -> BEHIND);
      String cursor = load.newestId();
      load.publish(BEHIND, BEHIND, () -> 2 * BEHIND);
      List<Counter> crowd = new ArrayList<>();
      long startNanos = System.nanoTime();
      for (int i = 0; i < CROWD; i++) {
        crowd.add(new Counter(hub::uri, 0, BEHIND, arrived, latencies));
        var unused = swarm.add(crowd.get(i), cursor);
      }
      awaitAll(crowd, arrived, BEHIND, hub);
      System.out.printf(
          "crowd: %,d subscribers, each %d events behind, with %,d recent frames: caught up in %.1f s%n",
          CROWD, BEHIND, recentFramesMax, (System.nanoTime() - startNanos) / 1e9);
      load.publish(BEHIND, BEHIND, () -> 3 * BEHIND);
      awaitAll(crowd, arrived, 2 * BEHIND, hub);
      assertTrue(crowd.stream().allMatch(counter -> counter.seen() == load.published()));
    }
  }

  private void awaitAll(List<Counter> crowd, AtomicLong arrived, long each, HubProcess hub) {
    Eventually.await(
        each + " events at each subscriber",
        PATIENCE,
        () -> arrived.get() >= each * CROWD || !swarm.violations().isEmpty(),
        () -> crowd.stream().filter(Counter::isOpen).count() + " streams are open" + hub.evidence());
    assertEquals(List.of(), swarm.violations());
  }
}
