package carillon;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import carillon.bus.Addresses;
import carillon.harness.Eventually;
import carillon.harness.Http;
import carillon.harness.SseClient;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Settings that change under a hub that runs, seen from outside.
 *
 * <p>Seen to fail while it was written: a digest of the files that was taken before they were read, which missed one that
 * changed and changed back; a gate that went on with the rights it began with.
 */
final class ReloadTest {

  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final String BASE =
      """
      http: {port: 0, instances: 2, allowAnonymousPublish: loopback}
      log: {engine: memory}
      clocks: []
      reload: {interval: 50ms}
      """;

  // Keys and their SHA-256.
  private static final String ONE = "one";
  private static final String ONE_SHA256 = "7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed";
  private static final String TWO = "two";
  private static final String TWO_SHA256 = "3fc4ccfe745870e2c0d99f71f30ff0656c8dedd41cc1d7d3d376b0dbe685e2f3";

  @TempDir private Path directory;
  private Vertx vertx;
  private URI hub;

  @BeforeEach
  void open() {
    vertx = Vertx.vertx();
  }

  @AfterEach
  void close() throws Exception {
    vertx.close().await(30, SECONDS);
  }

  private void start(Path file) throws Exception {
    var verticle = new HubVerticle();
    var config = new JsonObject().put("-conf", file.toString());
    vertx.deployVerticle(verticle, new DeploymentOptions().setConfig(config)).await(30, SECONDS);
    hub = URI.create("http://127.0.0.1:" + verticle.port());
  }

  private void start(String more) throws Exception {
    write(more);
    start(file());
  }

  private Path file() {
    return directory.resolve("settings.yaml");
  }

  /** In one move, as one should. */
  private void write(String more) throws Exception {
    Path next = directory.resolve("next.yaml");
    Files.writeString(next, BASE + more);
    Files.move(next, file(), StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
  }

  private int publish(String target, String data, String... headers) {
    return Http.exchange(hub, "POST", target, data.getBytes(UTF_8), headers).status();
  }

  private void awaitStatus(int expected, String target, String data) {
    Eventually.await(expected + " for " + target, PATIENCE, () -> publish(target, data) == expected);
  }

  @Test
  void rule_withoutHistory_holdsSoonAndStreamsStay() throws Exception {
    start("");
    try (SseClient stream = SseClient.to(hub, "/events/a").open()) {
      stream.awaitHead();
      assertEquals(201, publish("/events/a", "kept"));
      write("topics: [{match: a, history: none}]\n");
      awaitStatus(202, "/events/a", "passing");
      stream.awaitEvent(event -> event.data().equals("passing"), PATIENCE);
      write("");
      awaitStatus(201, "/events/a", "kept again");
      stream.awaitEvent(event -> event.data().equals("kept again"), PATIENCE);
      assertEquals("kept", stream.events().get(0).data());
      assertTrue(stream.end().isEmpty());
    }
  }

  @Test
  void rule_ofRetention_reachesTheLog() throws Exception {
    String few = "tail: {recentFramesMax: 16}\n"; // what is recent is there whatever the log has let go of
    start(few);
    for (int i = 0; i < 40; i++) {
      assertEquals(201, publish("/events/a", "e" + i));
    }
    Eventually.await("all are there", PATIENCE, () -> kept() == 40);
    write(few + "topics: [{match: a, count: 1}]\n");
    Eventually.await("most are gone", PATIENCE, () -> kept() <= 16);
  }

  private int kept() {
    return new JsonObject(Http.get(hub, "/events/a?poll&since=all").text()).getJsonArray("events").size();
  }

  @Test
  void file_broken_leavesTheLastGoodInForceUntilItIsMended() throws Exception {
    start("topics: [{match: a, history: none}]\n");
    assertEquals(202, publish("/events/a", "x"));
    write("topics: []\nhttp.prot: 1\n");
    write("topics: []\nhttp: {port: x}\n");
    Files.writeString(file(), "topics: [\n");
    Files.delete(file());
    vertx.eventBus().send(Addresses.RELOAD, "");
    assertEquals(202, publish("/events/a", "x"));
    write("topics: []\n");
    awaitStatus(201, "/events/a", "x");
  }

  @Test
  void limits_andPage_holdForTheNextRequest() throws Exception {
    start("");
    String batch = "{\"topic\": \"a\", \"data\": \"" + "x".repeat(3_000) + "\"}";
    String json = "Content-Type: application/json";
    assertEquals(201, publish("/events", batch, json));
    assertEquals(200, Http.get(hub, "/").status());
    write("http.batchBytesMax: 1KiB\nhttp.page: false\nhttp.corsOrigins: [\"https://a.example\"]\n");
    Eventually.await("413", PATIENCE, () -> publish("/events", batch, json) == 413);
    Eventually.await("no page", PATIENCE, () -> Http.get(hub, "/").status() == 404);
    String preflight =
        Http.exchange(hub, "GET", "/events/a?poll", new byte[0], "Origin: https://a.example").head().toString();
    assertTrue(preflight.contains("https://a.example"), preflight);
  }

  /** A setting that needs a restart may not make the others wrong that are taken over without it. */
  @Test
  void settings_validOnlyAfterARestart_areNotTakenOver() throws Exception {
    start("");
    write("http.idleTimeout: 10m\nsubscribe.waitMax: 5m\nhttp.page: false\n");
    write("http.idleTimeout: 10m\nhttp.page: false\n");
    Eventually.await("no page", PATIENCE, () -> Http.get(hub, "/").status() == 404);
  }

  @Test
  void key_revoked_endsItsStreamsAndNoOthers() throws Exception {
    String both = keys(key("one", ONE_SHA256), key("two", TWO_SHA256));
    start("auth.anonymous: {subscribe: [news]}\n" + both);
    try (SseClient one = client("/events/a", ONE);
        SseClient two = client("/events/a", TWO);
        SseClient anybody = client("/events/news", "")) {
      write("auth.anonymous: {subscribe: [news, more]}\n" + keys(key("two", TWO_SHA256)));
      one.awaitEvent(event -> event.type().equals("hub.closing") && event.data().contains("token-revoked"), PATIENCE);
      one.awaitEnd(PATIENCE);
      assertEquals(401, publish("/events/a", "x", "Authorization: Bearer " + ONE));
      assertEquals(201, publish("/events/a", "for two", "Authorization: Bearer " + TWO));
      two.awaitEvent(event -> event.data().equals("for two"), PATIENCE);
      write(keys(key("two", TWO_SHA256)));
      anybody.awaitEnd(PATIENCE);
      assertEquals(201, publish("/events/a", "still", "Authorization: Bearer " + TWO));
      two.awaitEvent(event -> event.data().equals("still"), PATIENCE);
    }
  }

  /** Everybody may everything until there is a key; the first one closes the hub to strangers. */
  @Test
  void key_first_shutsStrangersOut() throws Exception {
    start("");
    try (SseClient anybody = client("/events/a", "")) {
      assertEquals(201, publish("/events/a", "x"));
      write(keys(key("one", ONE_SHA256)));
      anybody.awaitEnd(PATIENCE);
      assertEquals(401, publish("/events/a", "x"));
      assertEquals(201, publish("/events/a", "x", "Authorization: Bearer " + ONE));
    }
  }

  /** A key whose file cannot be read would let nobody in: such a change is no change. */
  @Test
  void keysFile_unreadable_isNotTakenOverUntilItIsThere() throws Exception {
    start("");
    Path keys = directory.resolve("keys.yaml");
    write("auth.keysFile: " + keys + "\n");
    assertEquals(201, publish("/events/a", "x"));
    Files.writeString(keys, "keys: [" + key("one", ONE_SHA256) + "]\n");
    Eventually.await("401", PATIENCE, () -> publish("/events/a", "x") == 401);
    assertEquals(201, publish("/events/a", "x", "Authorization: Bearer " + ONE));
  }

  /** How Kubernetes replaces what it mounts: the file is a link into a directory that is a link itself. */
  @Test
  void file_behindALinkThatIsSwapped_isReadAnew() throws Exception {
    Path first = Files.createDirectory(directory.resolve("..1"));
    Path second = Files.createDirectory(directory.resolve("..2"));
    Files.writeString(first.resolve("hub.yaml"), BASE);
    Files.writeString(second.resolve("hub.yaml"), BASE + "topics: [{match: a, history: none}]\n");
    Path data = Files.createSymbolicLink(directory.resolve("..data"), first);
    Path file = Files.createSymbolicLink(directory.resolve("hub.yaml"), Path.of("..data", "hub.yaml"));
    start(file);
    assertEquals(201, publish("/events/a", "x"));
    Path next = Files.createSymbolicLink(directory.resolve("..next"), second);
    Files.move(next, data, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
    awaitStatus(202, "/events/a", "x");
  }

  private SseClient client(String target, String token) {
    var setup = SseClient.to(hub, target);
    SseClient client = (token.isEmpty() ? setup : setup.header("Authorization: Bearer " + token)).open();
    assertEquals(200, client.awaitHead().status(), client.refusal());
    return client;
  }

  private static String keys(String... keys) {
    return "auth.keys: [" + String.join(", ", keys) + "]\n";
  }

  private static String key(String name, String sha256) {
    return "{name: " + name + ", sha256: '" + sha256 + "', publish: [\"**\"], subscribe: [\"**\"]}";
  }
}
