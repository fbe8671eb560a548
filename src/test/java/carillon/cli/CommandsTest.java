package carillon.cli;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import carillon.HubVerticle;
import carillon.harness.Eventually;
import carillon.harness.Http;
import carillon.harness.Relay;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The commands at a whole hub, some of them through a relay that misbehaves.
 *
 * <p>Tried and caught: a follower that comes back without its cursor, or with that of the first stream; a publisher
 * that sends again under other keys; one that takes a lost answer for success.
 */
@Timeout(120)
class CommandsTest {

  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final String KEY = "writer-key-0123456789abcdef";
  private static final String ID = "[0-9a-f]{12}-[1-9]\\d*";

  @TempDir static Path directory;
  private static Vertx vertx;
  private static URI hub;

  @BeforeAll
  static void start() throws Exception {
    vertx = Vertx.vertx();
    String sha256 =
        HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(KEY.getBytes(StandardCharsets.UTF_8)));
    var secret = new JsonArray().add("secret/**");
    var config =
        new JsonObject()
            .put("http", new JsonObject().put("port", 0).put("instances", 1))
            .put("log", new JsonObject().put("engine", "memory"))
            .put("subscribe", new JsonObject().put("heartbeat", "1s").put("retry", "10ms"))
            .put("topics", new JsonArray().add(new JsonObject().put("match", "fleeting").put("history", "none")))
            .put(
                "auth",
                new JsonObject()
                    .put(
                        "anonymous",
                        new JsonObject()
                            .put("publish", new JsonArray().add("open/**").add("fleeting").add("carillon/doctor"))
                            .put("subscribe", new JsonArray().add("open/**").add("carillon/doctor")))
                    .put(
                        "keys",
                        new JsonArray()
                            .add(
                                new JsonObject().put("name", "writer").put("sha256", sha256).put("publish", secret)
                                    .put("subscribe", secret))));
    var verticle = new HubVerticle();
    vertx.deployVerticle(verticle, new DeploymentOptions().setConfig(config)).await(60, SECONDS);
    hub = URI.create("http://127.0.0.1:" + verticle.port());
  }

  @AfterAll
  static void stop() throws Exception {
    vertx.close().await(60, SECONDS);
  }

  @Test
  void help_everyCommand_saysHowItIsWrittenAndHowItEnds() {
    for (String name : Commands.names()) {
      var shell = new Shell();
      assertEquals(0, shell.run(name, "--help"));
      assertTrue(shell.out().startsWith("usage: " + name), shell.out());
      assertTrue(shell.out().contains("exit codes: 0"), shell.out());
      assertTrue(Commands.summaries().contains("  " + name + " "));
    }
  }

  @Test
  void wrongArguments_everyCommand_listsAllAndEndsWith2() {
    for (String name : Commands.names()) {
      var shell = new Shell();
      assertEquals(2, shell.run(name, "--bogus", "--also=x"), name);
      assertTrue(shell.err().contains("--bogus") && shell.err().contains("--also"), shell.err());
      assertEquals("", shell.out());
    }
    var shell = new Shell();
    assertEquals(2, shell.run("publish", "ftp://x", "a//b", "data", "more", "--token", "t", "--ttl", "soon"));
    for (String problem : List.of("ftp://x", "no empty segment", "more", "seen by everybody", "--ttl: expected")) {
      assertTrue(shell.err().contains(problem), problem + " in " + shell.err());
    }
  }

  @Test
  void publish_oneEvent_printsItsId() {
    var shell = new Shell();
    assertEquals(0, shell.run("publish", hub.toString(), "open/one", "hello", "--type", "greeting"), shell::err);
    assertTrue(shell.out().matches(ID + "\n"), shell.out());
    JsonObject event = history("open/one").getJsonObject(0);
    assertEquals("hello", event.getString("data"));
    assertEquals("greeting", event.getString("type"));
    assertEquals(shell.out().strip(), event.getString("id"));
  }

  @Test
  void publish_standardInput_isOneEventWithItsLineEnds() {
    var shell = new Shell().in("a\nb\n");
    assertEquals(0, shell.run("publish", "--url", hub + "/", "open/in", "-"), shell::err);
    assertEquals("a\nb\n", history("open/in").getJsonObject(0).getString("data"));
  }

  @Test
  void publish_topicWithoutHistory_printsADash() {
    var shell = new Shell();
    assertEquals(0, shell.run("publish", hub.toString(), "fleeting", "hello"), shell::err);
    assertEquals("-\n", shell.out());
  }

  @Test
  void publish_manyLines_areStoredInTheirOrderWithoutKeysTwice() {
    var shell = new Shell().in(numbers(1_000));
    assertEquals(0, shell.run("publish", hub.toString(), "open/many", "--lines"), shell::err);
    assertEquals(1_000, shell.lines().size());
    assertEquals(1_000, shell.lines().stream().distinct().count());
    assertEquals(List.of(numbers(1_000).split("\n")), data("open/many"));
  }

  @Test
  void publish_ndjson_linesSayTheirOwnAndBadOnesAreNamed() {
    var shell =
        new Shell()
            .in("{\"data\":\"a\"}\n{\"topic\":\"open/other\",\"data\":{\"b\":1}}\nnonsense\n{\"data\":\"c\",\"x\":1}\n\n"
                + "{\"data\":\"d\",\"type\":\"t\"}");
    assertEquals(1, shell.run("publish", hub.toString(), "open/json", "--ndjson", "--json"), shell::err);
    assertEquals(3, shell.lines().size(), shell::out);
    assertEquals(List.of("a", "d"), data("open/json"));
    assertEquals(List.of("{\"b\":1}"), data("open/other"));
    assertTrue(shell.err().contains("line 3 is refused") && shell.err().contains("line 4 is refused"), shell.err());
  }

  /** Who types wants to see the line go out before the next one. */
  @Test
  void publish_lineByLine_doesNotWaitForTheEndOfInput() throws Exception {
    var typed = new PipedOutputStream();
    var shell = new Shell().in(new PipedInputStream(typed));
    var code = shell.start("publish", hub.toString(), "open/typed", "--lines");
    typed.write("first\n".getBytes(StandardCharsets.UTF_8));
    typed.flush();
    Eventually.await("the id of the first line", PATIENCE, () -> shell.lines().size() == 1, shell::err);
    typed.write("second".getBytes(StandardCharsets.UTF_8));
    typed.close();
    assertEquals(0, code.get(60, SECONDS));
    assertEquals(List.of("first", "second"), data("open/typed"));
  }

  @Test
  void publish_busyHub_isTriedAgainAndStoredOnce() {
    try (Relay relay = Relay.to(hub.getPort())) {
      relay.refuse(503, 2);
      var shell = new Shell().in(numbers(5));
      assertEquals(0, shell.run("publish", relay.uri().toString(), "open/busy", "--lines"), shell::err);
      assertTrue(shell.err().contains("again in"), shell.err());
      assertEquals(List.of(numbers(5).split("\n")), data("open/busy"));
    }
  }

  /** The hub has stored them all; only its word for it was lost. */
  @Test
  void publish_answersLost_askedAgainUnderTheSameKeys() {
    try (var relay = new LosingRelay(hub.getPort(), 2)) {
      var shell = new Shell().in(numbers(20));
      assertEquals(0, shell.run("publish", relay.uri().toString(), "open/lost", "--lines", "--json"), shell::err);
      assertTrue(relay.lost() > 0);
      assertTrue(shell.out().contains("\"duplicate\":true"), shell.out());
      assertEquals(List.of(numbers(20).split("\n")), data("open/lost"));
    }
  }

  @Test
  void publish_answersLostForGood_saysThatItIsNotKnown() {
    try (var relay = new LosingRelay(hub.getPort(), Integer.MAX_VALUE)) {
      var shell = new Shell();
      assertEquals(3, shell.run("publish", relay.uri().toString(), "open/never", "x", "--give-up", "1ms"));
      assertTrue(shell.err().contains("may be stored or not"), shell.err());
      assertEquals("", shell.out());
    }
  }

  @Test
  void publish_withoutGrant_endsWith1AndTheHubsWords() throws Exception {
    var shell = new Shell();
    assertEquals(1, shell.run("publish", hub.toString(), "secret/a", "x"));
    assertTrue(shell.err().contains("401 unauthorized"), shell.err());
    Path file = Files.writeString(directory.resolve("token"), KEY + "\n");
    assertEquals(
        0, new Shell().run("publish", hub.toString(), "secret/a", "x", "--token-file", file.toString()));
    assertEquals(
        0, new Shell().environment("CARILLON_TOKEN", KEY).run("publish", hub.toString(), "secret/a", "x"));
  }

  @Test
  void subscribe_history_isPrintedAsTheHubTellsIt() {
    publish("open/sub", 3);
    var shell = new Shell();
    assertEquals(
        0, shell.run("subscribe", hub.toString(), "open/sub", "--since", "all", "--count", "3", "--quiet"),
        shell::err);
    assertEquals("", shell.err());
    assertEquals(
        history("open/sub").stream().map(event -> ((JsonObject) event).encode()).toList(), shell.lines());
  }

  @Test
  void subscribe_typeAndCount_othersAreNotCounted() {
    for (String type : List.of("a", "b", "a", "b")) {
      assertEquals(0, new Shell().run("publish", hub.toString(), "open/types", type, "--type", type));
    }
    var shell = new Shell();
    assertEquals(
        0, shell.run("subscribe", hub.toString(), "open/types", "--since=all", "--type=b", "--count=2"), shell::err);
    assertTrue(shell.lines().stream().allMatch(line -> line.contains("\"type\":\"b\"")), shell.out());
  }

  @Test
  void subscribe_timeUpBeforeCount_endsWith4() {
    var shell = new Shell();
    assertEquals(
        4, shell.run("subscribe", hub.toString(), "open/nothing", "--count", "1", "--for", "200ms"), shell::err);
    assertEquals(0, new Shell().run("subscribe", hub.toString(), "open/nothing", "--for", "200ms"));
  }

  @Test
  void subscribe_connectionsCut_getsEveryEventOnce() throws Exception {
    int count = 60;
    try (Relay relay = Relay.to(hub.getPort())) {
      var shell = new Shell();
      var code =
          shell.start("subscribe", relay.uri().toString(), "open/cut", "--count", Integer.toString(count));
      for (int i = 1; i <= count; i++) {
        if (i % 20 == 1) {
          int shown = i - 1;
          Eventually.await("a stream", PATIENCE, () -> relay.openStreams() > 0 && shell.lines().size() == shown,
              shell::err);
          if (i == 1) {
            Eventually.await("following", PATIENCE, () -> shell.err().contains("following"), shell::err);
          }
        }
        if (i % 20 == 10) {
          relay.cut();
        }
        Http.post(hub, "/events/open/cut", Integer.toString(i));
      }
      assertEquals(0, code.get(60, SECONDS), shell::err);
      assertEquals(
          IntStream.rangeClosed(1, count).mapToObj(Integer::toString).toList(),
          shell.lines().stream().map(line -> new JsonObject(line).getString("data")).toList());
      assertTrue(shell.err().contains("again in"), shell.err());
    }
  }

  @Test
  void subscribe_frozenConnection_isNoticedByItsSilence() throws Exception {
    try (Relay relay = Relay.to(hub.getPort())) {
      var shell = new Shell();
      var code =
          shell.start(
              "subscribe", relay.uri().toString(), "open/frozen", "--since=all", "--count=1", "--silence=3s");
      Eventually.await("following", PATIENCE, () -> shell.err().contains("following"), shell::err);
      relay.manner(Relay.Manner.FROZEN);
      Eventually.await("notice", PATIENCE, () -> shell.err().contains("not even a heartbeat"), shell::err);
      relay.manner(Relay.Manner.OPEN);
      Http.post(hub, "/events/open/frozen", "at last");
      assertEquals(0, code.get(60, SECONDS), shell::err);
      assertTrue(shell.out().contains("at last"), shell.out());
    }
  }

  @Test
  void subscribe_refused_endsWith1_andBusyIsTriedAgain() {
    var refused = new Shell();
    assertEquals(1, refused.run("subscribe", hub.toString(), "secret/**"));
    assertTrue(refused.err().contains("401 unauthorized"), refused.err());
    publish("open/tried", 1);
    try (Relay relay = Relay.to(hub.getPort())) {
      relay.refuse(503, 2);
      var shell = new Shell();
      assertEquals(
          0, shell.run("subscribe", relay.uri().toString(), "open/tried", "--since=all", "--count=1"), shell::err);
    }
  }

  @Test
  void subscribe_gap_isSaidOnStandardError() {
    publish("open/gap", 1);
    var shell = new Shell();
    assertEquals(
        0,
        shell.run("subscribe", hub.toString(), "open/gap", "--since", "0000deadbeef-7", "--count", "1"), shell::err);
    assertTrue(shell.err().contains("hub.gap {\"reason\":\"epoch\""), shell.err());
    assertEquals(1, shell.lines().size());
  }

  @Test
  void subscribe_nobodyThere_givesUpWith3() throws Exception {
    int port;
    try (var socket = new ServerSocket(0)) {
      port = socket.getLocalPort();
    }
    var shell = new Shell();
    assertEquals(
        3, shell.run("subscribe", "http://127.0.0.1:" + port, "open/x", "--give-up", "700ms"), shell::err);
    assertTrue(shell.err().contains("no stream from"), shell.err());
  }

  @Test
  void bench_againstTheHub_printsStages() {
    var shell = new Shell();
    int code =
        shell.run("bench", hub.toString(), "--publish", "/events/open/bench", "--subscribe", "/events/open/bench",
            "--subscribers", "3", "window=2,warm=0.1,for=0.2");
    assertEquals(0, code, shell::err);
    assertTrue(shell.out().contains("\"stages\":[{"), shell.out());
    assertEquals(2, new Shell().run("bench", "https://localhost"));
  }

  @Test
  void doctor_healthyHub_everythingIsFine() {
    var shell = new Shell();
    assertEquals(0, shell.run("doctor", hub.toString(), "--wait", "60s", "--patience", "60s"), shell::out);
    for (String check : List.of(
        "reach", "http", "stream", "compression", "events", "clock", "resume", "cors", "heartbeat")) {
      assertTrue(shell.out().contains("ok    " + check), check + " in " + shell.out());
    }
    assertFalse(shell.out().contains("tls"), shell.out());
  }

  @Test
  void doctor_bufferingProxy_saysSo() {
    try (Relay relay = Relay.to(hub.getPort())) {
      relay.manner(Relay.Manner.BUFFERING);
      var shell = new Shell();
      assertEquals(1, shell.run("doctor", relay.uri().toString(), "--patience", "2s", "--json"), shell::err);
      JsonObject report = new JsonObject(shell.out());
      assertEquals("fail", report.getString("verdict"));
      JsonObject stream = check(report, "stream");
      assertEquals("fail", stream.getString("verdict"));
      assertTrue(stream.getString("advice").contains("proxy_buffering off"), stream.encode());
    }
  }

  @Test
  void doctor_withoutGrants_leavesOutWhatNeedsOne() {
    var shell = new Shell();
    assertEquals(1, shell.run("doctor", hub.toString(), "--topic", "secret/a", "--json"), shell::err);
    assertTrue(check(new JsonObject(shell.out()), "stream").getString("advice").contains("--token-file"), shell.out());
  }

  @Test
  void doctor_nobodyThere_endsWith1() throws Exception {
    int port;
    try (var socket = new ServerSocket(0)) {
      port = socket.getLocalPort();
    }
    var shell = new Shell();
    assertEquals(1, shell.run("doctor", "http://127.0.0.1:" + port));
    assertTrue(shell.out().startsWith("FAIL  reach"), shell.out());
  }

  private static JsonObject check(JsonObject report, String name) {
    return report.getJsonArray("checks").stream()
        .map(JsonObject.class::cast)
        .filter(check -> check.getString("check").equals(name))
        .findFirst()
        .orElseThrow();
  }

  private static String numbers(int count) {
    return IntStream.rangeClosed(1, count).mapToObj(Integer::toString).collect(Collectors.joining("\n"));
  }

  private static void publish(String topic, int count) {
    for (int i = 1; i <= count; i++) {
      assertEquals(201, Http.post(hub, "/events/" + topic, Integer.toString(i)).status());
    }
  }

  private static JsonArray history(String topic) {
    return new JsonObject(Http.get(hub, "/events/" + topic + "?poll&since=all").text()).getJsonArray("events");
  }

  private static List<String> data(String topic) {
    return history(topic).stream().map(event -> ((JsonObject) event).getString("data")).toList();
  }
}
