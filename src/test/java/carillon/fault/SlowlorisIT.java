package carillon.fault;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import carillon.bench.Latencies;
import carillon.harness.Eventually;
import carillon.harness.HttpConnection;
import carillon.harness.HubProcess;
import carillon.harness.Swarm;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/**
 * Many connections whose request heads never become complete, half of them dripped and half of them silent, beside
 * clients that mean it: those are served meanwhile, the others are gone when the time of a head is over.
 *
 * <p>{@code -Dcarillon.slowloris.full} runs the full form as well: 18,000 of them beside 2,000 clients, with the
 * settings the hub has by itself.
 *
 * <p>What the watch over heads decides, {@code LimitsTest} shows with a few connections, where breaking it was tried.
 */
final class SlowlorisIT {

  private static final Duration PATIENCE = Duration.ofMinutes(2);

  @Test
  @Timeout(value = 5, unit = TimeUnit.MINUTES)
  void unfinishedHeads_areCut_whileClientsAreServed() throws Exception {
    try (HubProcess hub = HubProcess.setup().with("http.headTimeout", "4s").start()) {
      run(hub, 2_000, 200);
    }
  }

  @Test
  @EnabledIfSystemProperty(named = "carillon.slowloris.full", matches = ".*")
  @Timeout(value = 10, unit = TimeUnit.MINUTES)
  void unfinishedHeads_fullForm() throws Exception {
    try (HubProcess hub = HubProcess.setup().start()) {
      run(hub, 18_000, 2_000);
    }
  }

  private static void run(HubProcess hub, int heads, int clients) throws Exception {
    var opened = new AtomicInteger();
    var closed = new AtomicInteger();
    var received = new AtomicLong();
    var latencies = new Latencies();
    try (Swarm swarm = Swarm.of(1, 0)) {
      for (int i = 0; i < clients; i++) {
        swarm.add(new Client(hub.uri(), opened, closed, received), "");
      }
      Eventually.await("all clients follow", PATIENCE, () -> opened.get() == clients);
      int descriptorsBefore = descriptors(hub);

      Process attack = attack(hub.port(), heads);
      try (BufferedReader said = new BufferedReader(new InputStreamReader(attack.getInputStream(), UTF_8))) {
        long published = 0;
        try (HttpConnection kept = HttpConnection.to(hub.uri())) {
          while (attack.isAlive()) {
            published++;
            if (published % 4 == 0) {
              try (HttpConnection fresh = HttpConnection.to(hub.uri())) {
                publish(fresh, latencies);
              }
            } else {
              publish(kept, latencies);
            }
            attack.waitFor(50, TimeUnit.MILLISECONDS);
          }
        }
        List<String> lines = said.lines().toList();
        long all = published;
        Eventually.await(
            "every client gets every event",
            PATIENCE,
            () -> received.get() == all * clients,
            () -> received + " of " + all * clients);
        String result = lines.get(lines.size() - 1);
        System.out.printf(
            "slowloris: %d heads beside %d clients: %s; %d publishes, p50 %.1f ms, p99 %.1f ms, worst %.1f ms;"
                + " descriptors %d before, %d after%n",
            heads, clients, String.join(", ", lines), published, latencies.millis(0.5), latencies.millis(0.99),
            latencies.millis(1), descriptorsBefore, descriptors(hub));
        assertTrue(lines.contains("connected " + heads), lines.toString());
        assertTrue(result.startsWith("gone " + heads + " "), result);
        assertEquals(0, closed.get(), "no client's stream was ended");
        assertEquals(List.of(), swarm.violations());
        Eventually.await(
            "nothing is left of them", PATIENCE, () -> descriptors(hub) < descriptorsBefore + heads / 10);
      } finally {
        attack.destroyForcibly();
      }
    }
  }

  private static void publish(HttpConnection connection, Latencies latencies) throws IOException {
    long began = System.nanoTime();
    assertEquals(201, connection.post("/events/a", "during").status());
    latencies.add(System.nanoTime() - began);
  }

  private static Process attack(int port, int heads) throws IOException {
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    return new ProcessBuilder(
            java, "-Xmx256m", "-cp", System.getProperty("java.class.path"), UnfinishedHeads.class.getName(),
            Integer.toString(port), Integer.toString(heads))
        .redirectError(ProcessBuilder.Redirect.INHERIT)
        .start();
  }

  private static int descriptors(HubProcess hub) {
    try (Stream<Path> open = Files.list(Path.of("/proc", Long.toString(hub.pid()), "fd"))) {
      return (int) open.count();
    } catch (IOException e) {
      return 0; // no such thing on this system
    }
  }

  /** A client that means it. */
  private record Client(URI hub, AtomicInteger opened, AtomicInteger closed, AtomicLong received)
      implements Swarm.Subscriber {

    @Override
    public String target() {
      return "/events/a";
    }

    @Override
    public void opened(String resumedAfter) {
      opened.incrementAndGet();
    }

    @Override
    public void block(Swarm.Block block) {
      if (block.isEvent()) {
        received.incrementAndGet();
      }
    }

    @Override
    public void closed(String lastEventId) {
      closed.incrementAndGet();
    }
  }
}
