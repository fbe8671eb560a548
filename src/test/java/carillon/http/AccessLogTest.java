package carillon.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import carillon.HubVerticle;
import carillon.harness.Eventually;
import carillon.harness.Http;
import carillon.harness.SseClient;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A line for each request of a whole hub, and nothing in it that should not be.
 */
class AccessLogTest {

  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final String KEY = "somebody-with-a-key-of-some-length";
  private static final String KEY_SHA256 = "5f829d6785bd58208fddf1a9748b7c22aa123fcb745b03c8c0dc0511bdf8dd07";

  private static Vertx vertx;
  private static URI hub;

  private final List<LogRecord> records = new CopyOnWriteArrayList<>();
  private final Logger logger = Logger.getLogger(AccessLog.NAME);
  private final Handler handler =
      new Handler() {
        @Override
        public void publish(LogRecord record) {
          records.add(record);
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
      };

  @BeforeAll
  static void start() throws Exception {
    vertx = Vertx.vertx();
    var verticle = new HubVerticle();
    var everything = new JsonArray().add("**");
    var key =
        new JsonObject().put("name", "somebody").put("sha256", KEY_SHA256).put("publish", everything);
    var config =
        new JsonObject()
            .put("http", http())
            .put("log", new JsonObject().put("engine", "memory"))
            .put("logging", new JsonObject().put("access", true))
            .put("clocks", new JsonArray())
            .put(
                "auth",
                new JsonObject()
                    .put("queryToken", true)
                    .put("anonymous", new JsonObject().put("publish", everything).put("subscribe", everything))
                    .put("keys", new JsonArray().add(key)));
    vertx.deployVerticle(verticle, new DeploymentOptions().setConfig(config)).await(60, SECONDS);
    hub = URI.create("http://127.0.0.1:" + verticle.port());
  }

  /** This machine is a proxy, of which there is another one on the way. */
  private static JsonObject http() {
    var proxies = new JsonArray().add("127.0.0.1").add("10.0.0.0/8");
    return new JsonObject().put("port", 0).put("instances", 1).put("proxies", proxies);
  }

  @AfterAll
  static void stop() throws Exception {
    vertx.close().await(60, SECONDS);
  }

  @BeforeEach
  void listen() {
    logger.setLevel(Level.INFO);
    logger.setUseParentHandlers(false);
    logger.addHandler(handler);
  }

  @AfterEach
  void leave() {
    logger.removeHandler(handler);
    logger.setUseParentHandlers(true);
  }

  private Map<?, ?> line() {
    Eventually.await("a line", PATIENCE, () -> !records.isEmpty());
    return (Map<?, ?>) records.get(0).getParameters()[1];
  }

  @Test
  void publish_withAKey_isOneLineWithItsHolder() {
    Http.Response answer =
        Http.exchange(hub, "POST", "/events/news?key=k1", "x".getBytes(UTF_8), "Authorization: Bearer " + KEY);
    assertEquals(201, answer.status(), answer.text());
    Map<?, ?> line = line();
    assertEquals(
        List.of("method", "target", "status", "bytes", "millis", "principal", "address"), List.copyOf(line.keySet()));
    assertEquals("POST", line.get("method"));
    assertEquals("/events/news?key=…", line.get("target"));
    assertEquals(201, line.get("status"));
    assertEquals((long) answer.text().length(), line.get("bytes"));
    assertEquals("somebody", line.get("principal"));
    assertEquals("127.0.0.1", line.get("address"));
    String text = records.get(0).getParameters()[0].toString();
    assertTrue(text.startsWith("POST /events/news?key=… 201 "), text);
    assertTrue(text.endsWith(" ms by somebody from 127.0.0.1"), text);
  }

  /** What a client writes by itself in front of the others is not believed. */
  @ParameterizedTest
  @CsvSource({
    "'203.0.113.7',                       203.0.113.7",
    "'192.0.2.66, 203.0.113.7, 10.1.2.3', 203.0.113.7",
    "'2001:db8:0:0:1::7',                 2001:db8::1:0:0:7",
    "'unknown',                           127.0.0.1",
    "'',                                  127.0.0.1"
  })
  void address_behindProxies_isTheClients(String forwardedFor, String shown) {
    Http.exchange(hub, "GET", "/events/a?poll", new byte[0], "X-Forwarded-For: " + forwardedFor);
    assertEquals(shown, line().get("address"));
    String text = records.get(0).getParameters()[0].toString();
    assertTrue(text.endsWith(" from " + shown), text);
    records.clear();
    assertEquals(404, Http.exchange(hub, "GET", "/nowhere", new byte[0], "X-Forwarded-For: " + forwardedFor).status());
    assertEquals(shown, line().get("address"), "of what is not there, too");
  }

  @Test
  void token_inTheQueryOrWrong_isNotInTheLine() {
    Http.Response poll = Http.get(hub, "/events?topic=a&poll&access_token=" + KEY);
    assertEquals(200, poll.status(), poll.text());
    assertEquals("/events?topic=a&poll&access_token=…", line().get("target"));
    records.clear();
    assertEquals(401, Http.get(hub, "/events?topic=a&access_token=not-" + KEY).status());
    assertEquals(401, line().get("status"));
    assertEquals("anybody", line().get("principal"));
    assertFalse(records.get(0).getParameters()[0].toString().contains(KEY));
  }

  @Test
  void stream_clientGoes_hasALineAtItsEndAndNoneBefore() {
    SseClient client = SseClient.to(hub, "/events/quiet").open();
    assertEquals(200, client.awaitHead().status());
    assertEquals(201, Http.post(hub, "/events/quiet", "x").status());
    client.awaitEvents(1, PATIENCE);
    assertEquals("/events/quiet", line().get("target"));
    assertEquals("POST", line().get("method"), "the stream has none yet");
    records.clear();
    client.close();
    Map<?, ?> line = line();
    assertEquals("GET", line.get("method"));
    assertEquals("client-gone", line.get("reason"));
    assertTrue((long) line.get("bytes") > 20, line.toString());
  }

  @Test
  void stream_hubEndsIt_hasOneLineWithTheReason() throws Exception {
    Vertx own = Vertx.vertx();
    try {
      var verticle = new HubVerticle();
      var config =
          new JsonObject()
              .put("http", new JsonObject().put("port", 0).put("instances", 1).put("drain", "0s"))
              .put("log", new JsonObject().put("engine", "memory"))
              .put("logging", new JsonObject().put("access", true));
      String id = own.deployVerticle(verticle, new DeploymentOptions().setConfig(config)).await(60, SECONDS);
      URI other = URI.create("http://127.0.0.1:" + verticle.port());
      try (SseClient client = SseClient.to(other, "/events/quiet").open()) {
        assertEquals(200, client.awaitHead().status());
        own.undeploy(id).await(60, SECONDS);
        client.awaitEnd(PATIENCE);
      }
    } finally {
      own.close().await(60, SECONDS);
    }
    assertEquals(1, records.size(), records.toString());
    assertEquals("draining", line().get("reason"));
  }

  @Test
  void nothingThere_hasALineToo() {
    assertEquals(404, Http.get(hub, "/nowhere?secret-of-somebody").status());
    assertEquals("/nowhere?…", line().get("target"));
    assertEquals(404, line().get("status"));
  }

  @ParameterizedTest
  @CsvSource({
    "topic=a&topic=b%2Fc,            topic=a&topic=b%2Fc",
    "since=all&poll,                 since=all&poll",
    "access_token=x&topic=a,         access_token=…&topic=a",
    "Access_Token=x,                 …",
    "access%5Ftoken=x,               …",
    "access_token,                   access_token=…",
    "&&access_token=x&&,             …&…&access_token=…&…&…",
    "key=k&type=t,                   key=…&type=t"
  })
  void query_shown_hasNoValueThatMayBeSecret(String query, String shown) {
    assertEquals("/events?" + shown, AccessLog.shown("/events", query));
  }

  @Test
  void target_long_isCut() {
    assertEquals(AccessLog.TARGET_MAX + 1, AccessLog.shown("/" + "x".repeat(10_000), null).length());
  }
}
