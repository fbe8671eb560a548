package carillon;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import carillon.harness.Eventually;
import carillon.harness.Http;
import carillon.harness.SseClient;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * The trace of a publish goes with its events, whichever way they come and go.
 */
class TraceTest {

  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final String TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
  private static final String HEADER = "Traceparent: " + TRACE;
  private static final String JSON = "Content-Type: application/json";

  private static Vertx vertx;
  private static URI hub;

  @BeforeAll
  static void start() throws Exception {
    vertx = Vertx.vertx();
    var verticle = new HubVerticle();
    var config =
        new JsonObject()
            .put("http", new JsonObject().put("port", 0).put("instances", 1))
            .put("log", new JsonObject().put("engine", "memory"))
            .put("clocks", new JsonArray());
    vertx.deployVerticle(verticle, new DeploymentOptions().setConfig(config)).await(60, SECONDS);
    hub = URI.create("http://127.0.0.1:" + verticle.port());
  }

  @AfterAll
  static void stop() throws Exception {
    vertx.close().await(60, SECONDS);
  }

  private static void publish(String target, String body, String... headers) {
    Http.Response answer = Http.exchange(hub, "POST", target, body.getBytes(UTF_8), headers);
    assertTrue(answer.status() == 201 || answer.status() == 200, answer.status() + " " + answer.text());
  }

  /** The traces of all events of a topic, once there are so many. */
  private static List<String> traces(String topic, int count) {
    var traces = new ArrayList<String>();
    Eventually.await(
        count + " events",
        PATIENCE,
        () -> {
          var poll = new JsonObject(Http.get(hub, "/events/" + topic + "?poll&since=all").text());
          traces.clear();
          poll.getJsonArray("events").forEach(event -> traces.add(((JsonObject) event).getString("traceparent", "")));
          return traces.size() == count;
        });
    return traces;
  }

  @Test
  void publish_eachWay_keepsItsTrace() throws Exception {
    publish("/events/ways", "raw", HEADER);
    publish("/events/ways", "raw, as a program sends it", HEADER, "Content-Type: text/plain");
    publish("/events?topic=ways", "data=form", HEADER, "Content-Type: application/x-www-form-urlencoded");
    publish("/events", "{\"topic\":\"ways\",\"data\":1}", HEADER, JSON);
    publish("/events?topic=ways", "{\"topic\":\"other\",\"data\":1}", HEADER, JSON);
    publish("/events", "[{\"topic\":\"ways\",\"data\":1},{\"topic\":\"ways\",\"data\":2}]", HEADER, JSON);
    publish("/events", "{\"topic\":\"ways\",\"data\":1}\n", HEADER, "Content-Type: application/x-ndjson");
    var options = new DeliveryOptions().addHeader("traceparent", TRACE);
    var event = new JsonObject().put("topic", "ways").put("data", "x");
    vertx.eventBus().request("carillon.publish", event, options).await(60, SECONDS);
    assertEquals(List.of(TRACE, TRACE, TRACE, TRACE, TRACE, TRACE, TRACE, TRACE, TRACE), traces("ways", 9));
  }

  @Test
  void publish_withoutOrWithABadOneOrTwo_isPublishedWithNone() {
    publish("/events/none", "x");
    publish("/events/none", "x", "Traceparent: 00-0-0-0");
    publish("/events/none", "x", HEADER, HEADER);
    assertEquals(List.of("", "", ""), traces("none", 3));
  }

  @Test
  void stream_asJson_showsIt_andPlainDoesNot() {
    try (SseClient enveloped = SseClient.to(hub, "/events/shown?envelope=json").open();
        SseClient plain = SseClient.to(hub, "/events/shown").open()) {
      enveloped.awaitHead();
      plain.awaitHead();
      publish("/events/shown", "x", HEADER);
      String data = enveloped.awaitEvents(1, PATIENCE).get(0).data();
      assertEquals(TRACE, new JsonObject(data).getString("traceparent"), data);
      assertFalse(plain.awaitEvents(1, PATIENCE).get(0).data().contains("4bf92f"));
    }
  }
}
