package carillon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import carillon.harness.Http;
import carillon.harness.HubProcess;
import carillon.harness.SseClient;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The hub itself, launched the ways the README names. */
final class LaunchIT {

  private static final Duration PATIENCE = Duration.ofSeconds(60);

  @Test
  void jarAlone_started_ticksAndStopsWith143() {
    try (HubProcess hub = HubProcess.setup().start()) {
      assertTicks(hub);
      assertEquals(143, hub.stop(), hub.evidence());
    }
  }

  @Test
  void fourInstances_started_serveOnOnePort() {
    try (HubProcess hub = HubProcess.setup().arguments("run", "carillon.HubVerticle", "-instances", "4").start()) {
      for (int i = 0; i < 8; i++) { // connections are dealt out over the instances
        assertServes(hub, "round-" + i);
      }
    }
  }

  @Test
  void twoNodes_clustered_bothServe() {
    HubProcess.Setup node =
        HubProcess.setup()
            .with("log.engine", "sqlite") // a log for each; GridIT has them share one
            .arguments("run", "-cluster", "carillon.HubVerticle", "-conf", "{}");
    try (HubProcess first = node.launch();
        HubProcess second = node.launch()) {
      first.awaitListening(PATIENCE);
      second.awaitListening(PATIENCE);
      assertServes(first, "one");
      assertServes(second, "two");
      assertTicks(first);
      assertTicks(second);
      assertEquals(143, first.stop(), first.evidence());
      assertServes(second, "after");
    }
  }

  @Test
  void port_taken_endsWith15AndSaysWhich() throws IOException {
    try (var taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        HubProcess hub = HubProcess.setup().port(taken.getLocalPort()).launch()) {
      assertEquals(15, hub.awaitExit(PATIENCE), hub.evidence());
      assertTrue(hub.evidence().contains("127.0.0.1:" + taken.getLocalPort()), hub.evidence());
    }
  }

  @Test
  void configuration_broken_endsWith2AndListsEverything() {
    try (HubProcess hub =
        HubProcess.setup()
            .arguments("-conf", "{\"http\": {\"prot\": 1}, \"log\": {\"engine\": \"papyrus\"}}")
            .launch()) {
      assertEquals(2, hub.awaitExit(PATIENCE), hub.evidence());
      assertTrue(hub.evidence().contains("http.prot"), hub.evidence());
      assertTrue(hub.evidence().contains("log.engine"), hub.evidence());
    }
  }

  /** The last lines are the ones a log manager that is closed by the JVM would swallow. */
  @Test
  void terminated_loggingJson_everyLineIsAnObjectToTheLast() {
    try (HubProcess hub = HubProcess.setup().with("logging.format", "json").start()) {
      assertEquals(143, hub.stop(), hub.evidence());
      List<String> messages = hub.log().stream().map(line -> new JsonObject(line).getString("message")).toList();
      assertEquals("carillon has stopped", messages.get(messages.size() - 1), hub.evidence());
    }
  }

  private static void assertServes(HubProcess hub, String topic) {
    try (SseClient stream = SseClient.to(hub.uri(), "/events?topic=" + topic).open()) {
      stream.awaitHead();
      Http.Response answer = Http.post(hub.uri(), "/events/" + topic, "hello");
      assertEquals(201, answer.status(), answer.text());
      stream.awaitEvent(event -> event.lastEventId().equals(answer.text()) && event.data().equals("hello"), PATIENCE);
    }
  }

  private static void assertTicks(HubProcess hub) {
    try (SseClient clock = SseClient.to(hub.uri(), "/events/clock").open()) {
      clock.awaitEvents(2, PATIENCE);
    }
  }
}
