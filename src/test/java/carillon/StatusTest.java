package carillon;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import carillon.harness.Eventually;
import carillon.harness.Http;
import carillon.harness.SseClient;
import carillon.sse.EventStreamReader;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * What a hub says of itself: {@code hub/status}, and {@code /topics/…} of one topic.
 */
class StatusTest {

  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final Vertx vertx = Vertx.vertx();
  private final HubVerticle verticle = new HubVerticle();
  private URI hub;

  @BeforeEach
  void start() throws Exception {
    hub = start(vertx, verticle, new JsonObject().put("period", "20ms").put("name", "the one"));
  }

  private static URI start(Vertx vertx, HubVerticle deployed, JsonObject status) throws Exception {
    var config =
        new JsonObject()
            .put("http", new JsonObject().put("port", 0).put("instances", 2).put("drain", "0s"))
            .put("log", new JsonObject().put("engine", "memory"))
            .put("clocks", new JsonArray())
            .put("status", status)
            .put(
                "topics",
                new JsonArray()
                    .add(new JsonObject().put("match", "passing/**").put("history", "none"))
                    .add(
                        new JsonObject()
                            .put("match", "prices/*")
                            .put("age", "7d")
                            .put("count", 100)
                            .put("bytes", "1MiB")
                            .put("slow", "latest")));
    vertx.deployVerticle(deployed, new DeploymentOptions().setConfig(config)).await(30, SECONDS);
    return URI.create("http://127.0.0.1:" + deployed.port());
  }

  @AfterEach
  void stop() throws Exception {
    vertx.close().await(30, SECONDS);
  }

  @Test
  void status_followed_saysHowTheNodeIs() {
    Instant before = Instant.now();
    try (SseClient client = follow("hub/status")) {
      EventStreamReader.Event first = client.awaitEvent(event -> true, PATIENCE);
      JsonObject status = new JsonObject(first.data());
      assertEquals("the one", status.getString("name"));
      assertTrue(status.getString("node").matches("[0-9a-f]{16}"), first.data());
      assertTrue(Instant.parse(status.getString("startedAt")).isBefore(before), first.data());
      assertEquals(20, status.getInteger("periodMillis"));
      assertEquals(false, status.getBoolean("draining"));
      assertTrue(status.getJsonObject("log").getString("epoch").matches("[0-9a-f]{12}"), first.data());
      assertFalse(status.getJsonObject("log").containsKey("newest"), "nothing is kept yet");
    }
  }

  /** What is stored counts, and what is not kept; what is stored already does not, nor what the hub says itself. */
  @Test
  void events_publishedInEveryWay_areCounted() {
    try (SseClient client = follow("hub/status")) {
      String id = "";
      for (int i = 0; i < 2; i++) {
        id = Http.post(hub, "/events/a?key=once", "stored").text().strip();
        Http.post(hub, "/events/passing/a", "not kept");
      }
      String newest = id;
      JsonObject status = await(client, said -> said.getLong("events") >= 3);
      assertEquals(3, status.getLong("events"));
      assertEquals(newest, status.getJsonObject("log").getString("newest"));
      assertEquals(newest, status.getJsonObject("log").getString("oldest"));
    }
  }

  @Test
  void streams_openedOnAnyLoop_areCountedAndWhatTheyGet() {
    var clients = new ArrayList<SseClient>();
    try (SseClient client = follow("hub/status")) {
      for (int i = 0; i < 7; i++) {
        clients.add(follow("a"));
      }
      JsonObject before = await(client, said -> said.getInteger("streams") == 8);
      Http.post(hub, "/events/a", "for seven");
      Http.post(hub, "/events/nobody", "for none");
      clients.forEach(each -> each.awaitEvents(1, PATIENCE));
      JsonObject after = await(client, said -> said.getLong("deliveries") >= before.getLong("deliveries") + 7);
      assertTrue(after.getLong("deliveries") < before.getLong("deliveries") + 1_000, "its own are few");
      clients.forEach(SseClient::close);
      await(client, said -> said.getInteger("streams") == 1);
    } finally {
      clients.forEach(SseClient::close);
    }
  }

  /** Wildcards do not select what the hub says of itself, and nobody else may say it. */
  @Test
  void status_notNamed_isNotHeard() {
    try (SseClient everything = follow("**"); SseClient named = follow("hub/status")) {
      named.awaitEvents(3, PATIENCE);
      Http.post(hub, "/events/a", "an event");
      assertEquals("an event", everything.awaitEvent(event -> true, PATIENCE).data());
    }
    assertEquals(403, Http.post(hub, "/events/hub/status", "{}").status());
  }

  @Test
  void period_zero_saysNothing() throws Exception {
    Vertx another = Vertx.vertx();
    try {
      URI silent = start(another, new HubVerticle(), new JsonObject().put("period", "0s"));
      JsonObject answer = new JsonObject(Http.get(silent, "/events/hub/status?wait=200ms").text());
      assertEquals(new JsonArray(), answer.getJsonArray("events"));
      answer = new JsonObject(Http.get(hub, "/events/hub/status?wait=30s").text());
      assertFalse(answer.getJsonArray("events").isEmpty(), "the question itself must be able to fail");
    } finally {
      another.close().await(30, SECONDS);
    }
  }

  @Test
  void topic_withAndWithoutARule_saysHowItIsKept() {
    assertEquals(
        new JsonObject().put("topic", "news/ä b").put("subscribers", 0).put("history", "keep").put("slow", "all"),
        about("news/%C3%A4%20b"));
    assertEquals(
        new JsonObject().put("topic", "passing/x").put("subscribers", 0).put("history", "none"), about("passing/x"));
    String first = Http.post(hub, "/events/prices/eur", "1").text().strip();
    String last = Http.post(hub, "/events/prices/eur", "2").text().strip();
    assertEquals(
        new JsonObject()
            .put("topic", "prices/eur")
            .put("subscribers", 0)
            .put("history", "keep")
            .put("ageSeconds", 7 * 24 * 3600)
            .put("count", 100)
            .put("bytes", 1 << 20)
            .put("slow", "latest")
            .put("oldest", first)
            .put("newest", last),
        about("prices/eur"));
    assertEquals("none", about("hub/status").getString("history"));
  }

  /** On all loops, by name and by wildcard; who follows it twice is one. */
  @Test
  void topic_followedInEveryWay_countsEachSubscriber() {
    var clients = new ArrayList<SseClient>();
    try {
      for (int i = 0; i < 3; i++) {
        clients.add(follow("prices/eur"));
        clients.add(follow("prices/*"));
        clients.add(follow("**"));
        clients.add(SseClient.to(hub, "/events?topic=prices/eur&topic=prices/*&topic=**").open());
        clients.add(follow("prices/usd"));
      }
      Eventually.await(
          "all that select it", PATIENCE, () -> about("prices/eur").getInteger("subscribers") == 12,
          () -> about("prices/eur").encode());
      assertTrue(about("hub/status").getInteger("subscribers") == 0, "named by nobody");
    } finally {
      clients.forEach(SseClient::close);
    }
    Eventually.await("nobody", PATIENCE, () -> about("prices/eur").getInteger("subscribers") == 0);
  }

  @Test
  void topic_malformedOrOtherMethod_isRefused() {
    for (String bad : List.of("a//b", "a/*", "a/../b", "a/%2e%2e/b", "")) {
      Http.Response refused = Http.get(hub, "/topics/" + bad);
      assertEquals(400, refused.status(), bad);
      assertEquals("invalid-topic", new JsonObject(refused.text()).getString("code"));
    }
    Http.Response refused = Http.exchange(hub, "POST", "/topics/a", new byte[0]);
    assertEquals(405, refused.status());
    assertEquals("GET, HEAD, OPTIONS", refused.head().field("allow").orElseThrow());
    assertEquals(404, Http.get(hub, "/topics").status());
  }

  private JsonObject about(String topic) {
    Http.Response answer = Http.get(hub, "/topics/" + topic);
    assertEquals(200, answer.status(), answer.text());
    return new JsonObject(answer.text());
  }

  private SseClient follow(String selector) {
    SseClient client = SseClient.to(hub, "/events/" + selector).open();
    var unused = client.awaitHead();
    return client;
  }

  private static JsonObject await(SseClient client, Predicate<JsonObject> expected) {
    Eventually.await("a status", PATIENCE, () -> expected.test(last(client)), () -> last(client).encode());
    return last(client);
  }

  private static JsonObject last(SseClient client) {
    List<EventStreamReader.Event> events = client.events();
    return events.isEmpty()
        ? new JsonObject().put("streams", -1).put("events", -1L).put("deliveries", -1L)
        : new JsonObject(events.get(events.size() - 1).data());
  }
}
