package carillon;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import carillon.harness.Eventually;
import carillon.harness.Http;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * What operators are told by a whole hub, on its own port and on theirs, and who else is not told.
 *
 * <p>Seen to fail: the two ports taken for one, because both were left to the system.
 */
class OperatorTest {

  private static final Duration PATIENCE = Duration.ofSeconds(30);

  /** So many are ended over half a minute, because no more than twenty are in a second. */
  private static final int STREAMS = 600;

  private static final String WATCHER = "watcher-key-0123456789abcdef";
  private static final String READER = "reader-key-0123456789abcdef";

  private final Vertx vertx = Vertx.vertx();
  private final HubVerticle verticle = new HubVerticle();
  private String deployment = "";

  @AfterEach
  void stop() throws Exception {
    vertx.close().await(60, SECONDS);
  }

  private URI start(JsonObject more) throws Exception {
    var config =
        new JsonObject()
            .put("http", new JsonObject().put("port", 0).put("instances", 2).put("drain", "1s"))
            .put("log", new JsonObject().put("engine", "memory"))
            .mergeIn(more);
    deployment = vertx.deployVerticle(verticle, new DeploymentOptions().setConfig(config)).await(60, SECONDS);
    return URI.create("http://127.0.0.1:" + verticle.port());
  }

  private static JsonObject keys() throws Exception {
    return new JsonObject()
        .put(
            "auth",
            new JsonObject()
                .put(
                    "keys",
                    new JsonArray().add(key("watcher", WATCHER, "hub/metrics")).add(key("reader", READER, "**"))));
  }

  private static JsonObject key(String name, String key, String subscribe) throws Exception {
    byte[] sha256 = MessageDigest.getInstance("SHA-256").digest(key.getBytes(UTF_8));
    return new JsonObject()
        .put("name", name)
        .put("sha256", HexFormat.of().formatHex(sha256))
        .put("subscribe", new JsonArray().add(subscribe));
  }

  private static Http.Response get(URI hub, String target, String... headers) {
    return Http.exchange(hub, "GET", target, new byte[0], headers);
  }

  @Test
  void noPortOfTheirOwn_answersOnTheClientsPort() throws Exception {
    URI hub = start(new JsonObject());
    assertEquals("{\"status\":\"up\"}\n", get(hub, "/health/live").text());
    Http.Response ready = get(hub, "/health/ready");
    assertEquals(200, ready.status(), ready.text());
    assertEquals("no-store", ready.head().field("cache-control").orElse(""));
    JsonObject checks = new JsonObject(ready.text()).getJsonObject("checks");
    for (String check : new String[] {"serving", "log", "tail", "cluster"}) {
      assertEquals("up", checks.getString(check), ready.text());
    }
    Http.Response metrics = get(hub, "/metrics");
    assertEquals(200, metrics.status(), metrics.text());
    assertEquals("text/plain; version=0.0.4; charset=utf-8", metrics.head().field("content-type").orElse(""));
    assertTrue(metrics.text().contains("\ncarillon_streams_open 0.0\n"), metrics.text());
    assertTrue(metrics.text().contains("\njvm_memory_used_bytes{"), "the machine is there");
    assertTrue(verticle.operatorPort().isEmpty());
    for (String path : new String[] {"/health/live", "/health/ready", "/metrics"}) {
      Http.Response refused = Http.post(hub, path, "x");
      assertEquals(405, refused.status(), path);
      assertEquals("GET, HEAD", refused.head().field("allow").orElse(""));
    }
    assertEquals(404, get(hub, "/health").status());
  }

  @Test
  void metrics_askedAsOpenMetrics_areThat() throws Exception {
    URI hub = start(new JsonObject());
    Http.Response metrics =
        get(hub, "/metrics", "Accept: application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5");
    assertTrue(metrics.head().field("content-type").orElse("").startsWith("application/openmetrics-text"));
    assertTrue(metrics.text().endsWith("# EOF\n"), metrics.text());
  }

  /** The hub on a laptop shows its figures; the same hub behind a proxy shows them to nobody by accident. */
  @Test
  void metrics_onTheClientsPort_areForThisMachineAndForWhoeverIsGranted() throws Exception {
    URI hub = start(keys());
    String forwarded = "X-Forwarded-For: 192.0.2.1";
    assertEquals(200, get(hub, "/metrics").status());
    assertEquals(401, get(hub, "/metrics", forwarded).status());
    assertEquals(401, get(hub, "/metrics", "Via: 1.1 proxy").status());
    assertEquals(401, get(hub, "/metrics", "Forwarded: for=127.0.0.1").status());
    assertEquals(403, get(hub, "/metrics", "Authorization: Bearer " + READER).status());
    assertEquals(401, get(hub, "/metrics", "Authorization: Bearer of-nobody").status());
    assertEquals(200, get(hub, "/metrics", "Authorization: Bearer " + WATCHER, forwarded).status());
    assertEquals(200, get(hub, "/health/ready", forwarded).status(), "whoever sends clients here has to know");
    assertTrue(get(hub, "/metrics").head().field("access-control-allow-origin").isEmpty(), "no page may read them");
  }

  @Test
  void portOfTheirOwn_hasEverything_andTheClientsPortHasHealthOnly() throws Exception {
    URI hub = start(new JsonObject().put("ops", new JsonObject().put("port", 0)));
    URI operators = URI.create("http://127.0.0.1:" + verticle.operatorPort().orElseThrow());
    assertEquals(200, get(operators, "/health/live").status());
    assertEquals(200, get(operators, "/health/ready").status());
    assertEquals(200, get(operators, "/metrics", "X-Forwarded-For: 192.0.2.1").status());
    assertEquals(404, get(operators, "/events/a?poll").status());
    assertEquals(405, Http.post(operators, "/metrics", "").status());
    assertEquals(200, get(hub, "/health/ready").status());
    assertEquals(404, get(hub, "/metrics").status());
  }

  @Test
  void ready_aDrainBegins_isOffBeforeTheStreamsEnd() throws Exception {
    var http = new JsonObject().put("port", 0).put("instances", 1).put("drain", "10m");
    URI hub = start(new JsonObject().put("http", http).put("ops", new JsonObject().put("port", 0)));
    URI operators = URI.create("http://127.0.0.1:" + verticle.operatorPort().orElseThrow());
    var clients = new ArrayList<Socket>();
    try {
      for (int i = 0; i < STREAMS; i++) {
        clients.add(stream(hub));
      }
      Future<Void> stopping = vertx.undeploy(deployment);
      for (URI server : new URI[] {hub, operators}) {
        Eventually.await("not ready", PATIENCE, () -> get(server, "/health/ready").status() == 503);
        JsonObject checks = new JsonObject(get(server, "/health/ready").text()).getJsonObject("checks");
        assertEquals("down", checks.getString("serving"));
        assertEquals("up", checks.getString("log"));
        assertEquals(200, get(server, "/health/live").status(), "a hub that drains is not to be killed");
      }
      assertTrue(verticle.usage().await(60, SECONDS).get(0).streams() > 0, "streams are still open");
      assertFalse(stopping.isComplete());
      for (Socket client : clients) {
        client.close();
      }
      stopping.await(60, SECONDS);
    } finally {
      for (Socket client : clients) {
        client.close();
      }
    }
  }

  /** An open stream that nobody reads. */
  private static Socket stream(URI hub) throws IOException {
    var socket = new Socket(hub.getHost(), hub.getPort());
    socket.setSoTimeout((int) PATIENCE.toMillis());
    socket.getOutputStream().write("GET /events/a HTTP/1.1\r\nHost: a\r\n\r\n".getBytes(UTF_8));
    assertEquals("HTTP/1.1 200", new String(socket.getInputStream().readNBytes(12), UTF_8));
    return socket;
  }
}
