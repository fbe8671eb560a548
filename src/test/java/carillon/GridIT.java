package carillon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import carillon.harness.Eventually;
import carillon.harness.Http;
import carillon.harness.HubProcess;
import carillon.harness.SseClient;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A cluster of real processes that keeps its log in their memory. */
final class GridIT {

  private static final Duration PATIENCE = Duration.ofSeconds(90);
  private static final int EVENTS = 60;

  @TempDir Path directory;

  /** What happens to three nodes under load is for {@link carillon.fault.ClusterIT}; this is about too few of them. */
  @Test
  @Timeout(value = 5, unit = TimeUnit.MINUTES) // three starts of a node, on a machine that may be busy
  void twoNodes_oneKilled_refuseUntilItIsBackAndKeepWhatWasAcknowledged() throws IOException {
    HubProcess.Setup setup = setup();
    var stored = new LinkedHashMap<String, String>();
    try (HubProcess one = setup.launch();
        HubProcess two = setup.launch()) {
      List.of(one, two).forEach(hub -> hub.awaitListening(PATIENCE));
      assertEquals(
          1, one.log().stream().filter(line -> line.contains("survives the loss of 1 at a")).count(), one.evidence());
      for (int i = 0; i < EVENTS; i++) {
        publish(List.of(one, two).get(i % 2), "a" + i, stored);
      }
      assertHas(stored, one, two);
      awaitNodes(2, one, two);
      List.of(one, two).forEach(GridIT::assertKnowsBothNodes);
      two.kill();
      awaitRefused(one);
      assertHidesNothing(stored, one);
      try (HubProcess again = setup.start()) {
        publish(one, "b", stored);
        publish(again, "c", stored);
        assertHas(stored, one, again);
      }
    }
  }

  @Test
  @Timeout(value = 2, unit = TimeUnit.MINUTES)
  void heap_tooSmallForTheBound_endsWith15() throws IOException {
    HubProcess.Setup setup = setup().jvmOptions("-Xmx96m").with("log.gridBytesMax", "33MiB").with("log.gridNodesMin", 1);
    try (HubProcess hub = setup.launch()) {
      assertEquals(15, hub.awaitExit(PATIENCE), hub.evidence());
      assertTrue(hub.evidence().contains("log.gridBytesMax: the grid keeps up to 33 MiB twice"), hub.evidence());
    }
  }

  @Test
  void notClustered_gridAskedFor_endsWith2() {
    try (HubProcess hub = HubProcess.setup().with("log.engine", "grid").launch()) {
      assertEquals(2, hub.awaitExit(PATIENCE), hub.evidence());
      assertTrue(hub.evidence().contains("log.engine: grid needs a cluster: start with -cluster"), hub.evidence());
    }
  }

  @Test
  @Timeout(value = 2, unit = TimeUnit.MINUTES)
  void clusterFile_withoutTheGuard_endsWith15() throws IOException {
    HubProcess.Setup setup =
        setup("<property name=\"hazelcast.operation.fail.on.indeterminate.state\">false</property>");
    try (HubProcess hub = setup.launch()) {
      assertEquals(15, hub.awaitExit(PATIENCE), hub.evidence());
      assertTrue(hub.evidence().contains("hazelcast.operation.fail.on.indeterminate.state to be true"), hub.evidence());
    }
  }

  /** As operators see it. */
  private static void awaitNodes(int nodes, HubProcess... hubs) {
    for (HubProcess hub : hubs) {
      Eventually.await(
          nodes + " nodes",
          PATIENCE,
          () -> Http.get(hub.uri(), "/metrics").text().contains("\ncarillon_cluster_nodes " + nodes + ".0\n"),
          hub::evidence);
      Eventually.await("ready", PATIENCE, () -> Http.get(hub.uri(), "/health/ready").status() == 200, hub::evidence);
    }
  }

  /** Publishes until it is known what became of it; what is unknown is published again under the same key. */
  private static void publish(HubProcess hub, String text, Map<String, String> stored) {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (true) {
      String state;
      try {
        Http.Response answer = Http.post(hub.uri(), "/events/t?key=" + text, text);
        if (answer.status() == 201 || answer.status() == 200) {
          stored.put(text, answer.text());
          return;
        }
        assertTrue(answer.status() == 503 || answer.status() == 504, () -> answer.status() + " " + answer.text());
        state = answer.text();
      } catch (UncheckedIOException e) {
        state = e.toString(); // no answer in time
      }
      String last = state;
      assertTrue(System.nanoTime() < deadline, () -> last + hub.evidence());
    }
  }

  /** Whoever asks one node how the hub is hears of all of them. */
  private static void assertKnowsBothNodes(HubProcess hub) {
    try (SseClient client = SseClient.to(hub.uri(), "/events/hub/status").open()) {
      Eventually.await(
          "both nodes",
          PATIENCE,
          () ->
              client.events().stream()
                      .map(event -> new JsonObject(event.data()).getString("node"))
                      .distinct()
                      .count()
                  == 2,
          () -> client.events() + hub.evidence());
    }
  }

  /** A node may be a moment behind the others. */
  private static void assertHas(Map<String, String> stored, HubProcess... hubs) {
    List<String> expected = expected(stored);
    for (HubProcess hub : hubs) {
      var seen = new AtomicReference<List<String>>(List.of());
      Eventually.await(
          "every event",
          PATIENCE,
          () -> {
            seen.set(events(hub));
            return seen.get().size() >= expected.size();
          },
          hub::evidence);
      assertEquals(expected, seen.get(), hub::evidence);
    }
  }

  /** A node on its own sends readers away after a while; as long as it answers, it answers with everything. */
  private static void assertHidesNothing(Map<String, String> stored, HubProcess hub) {
    Http.Response answer = poll(hub);
    if (answer.status() == 200) {
      assertEquals(expected(stored), events(answer), hub::evidence);
    } else {
      assertEquals(503, answer.status(), hub::evidence);
    }
  }

  private static List<String> expected(Map<String, String> stored) {
    return stored.entrySet().stream().map(event -> event.getValue() + " " + event.getKey()).toList();
  }

  private static Http.Response poll(HubProcess hub) {
    return Http.get(hub.uri(), "/events/t?poll&since=all");
  }

  private static List<String> events(HubProcess hub) {
    Http.Response answer = poll(hub);
    return answer.status() == 200 ? events(answer) : List.of(); // not yet
  }

  private static List<String> events(Http.Response answer) {
    var got = new ArrayList<String>();
    JsonArray events = new JsonObject(answer.text()).getJsonArray("events");
    for (int i = 0; i < events.size(); i++) {
      JsonObject event = events.getJsonObject(i);
      got.add(event.getString("id") + " " + event.getString("data"));
    }
    return got;
  }

  private static void awaitRefused(HubProcess hub) {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    int status;
    do {
      try {
        status = Http.post(hub.uri(), "/events/elsewhere", "refused").status();
      } catch (UncheckedIOException e) {
        status = 0; // it was on its way to the node that died: in doubt for 15 s, longer than this client waits
      }
    } while (status != 503 && System.nanoTime() < deadline);
    assertEquals(503, status, hub.evidence());
  }

  private HubProcess.Setup setup() throws IOException {
    return setup("");
  }

  /** The file in conf, on ports that are free now and under a name of its own, so that it meets no other cluster. */
  private HubProcess.Setup setup(String property) throws IOException {
    String text = Files.readString(Path.of("conf", "cluster.xml"));
    int first = freePort();
    text =
        text.replace(">carillon<", ">" + directory.getFileName() + "-" + first + "<")
            .replace("port-count=\"8\">5701", "port-count=\"12\">" + first)
            .replaceAll("(?s)<member>.*</member>", members(first))
            .replace("</properties>", property + "</properties>");
    Path file = directory.resolve("cluster.xml");
    Files.writeString(file, text);
    return HubProcess.setup().with("vertx.hazelcast.config", file).arguments("run", "carillon.HubVerticle", "-cluster");
  }

  private static String members(int first) {
    return IntStream.range(first, first + 12)
        .mapToObj(port -> "<member>127.0.0.1:" + port + "</member>")
        .reduce("", String::concat);
  }

  private static int freePort() throws IOException {
    try (var free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return Math.min(free.getLocalPort(), 65_000); // the nodes take some from there on
    }
  }
}
