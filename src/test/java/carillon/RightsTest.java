package carillon;

import static carillon.auth.TokenMint.claims;
import static carillon.auth.TokenMint.token;
import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import carillon.auth.TokenMint;
import carillon.harness.Eventually;
import carillon.harness.Http;
import carillon.harness.SseClient;
import carillon.sse.EventStreamReader;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Rights as clients meet them, at a whole hub: who may do what, what is said to whom who may not, and what is seen of
 * private events.
 *
 * <p>Tried and caught: not filtering what is read from the log, not filtering what is pending, one interest for all
 * sights, a bad token taken for none, topics of a body not weighed, not ending the streams of a key that is gone.
 */
class RightsTest {

  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final String WRITER = "writer-key-0123456789abcdef";
  private static final String READER = "reader-key-0123456789abcdef";
  private static final Instant LATER = Instant.now().plus(Duration.ofHours(1));

  @TempDir static Path directory;
  private static Vertx vertx;
  private static URI hub;

  @BeforeAll
  static void start() throws Exception {
    vertx = Vertx.vertx();
    var verticle = new HubVerticle();
    vertx.deployVerticle(verticle, new DeploymentOptions().setConfig(config())).await(30, SECONDS);
    hub = URI.create("http://127.0.0.1:" + verticle.port());
  }

  private static JsonObject config() throws Exception {
    var writer = key("writer", WRITER).put("publish", new JsonArray().add("**"));
    var reader = key("reader", READER).put("subscribe", new JsonArray().add("orders/**").add("mixed/a").add("hub/status"));
    return new JsonObject()
        .put("http", new JsonObject().put("port", 0).put("instances", 1))
        .put("log", new JsonObject().put("engine", "memory"))
        .put("tail", new JsonObject().put("recentFramesMax", 16))
        .put("clocks", new JsonArray())
        .put(
            "auth",
            new JsonObject()
                .put("anonymous", new JsonObject().put("subscribe", new JsonArray().add("news/*").add("mixed/**")))
                .put("keys", new JsonArray().add(writer).add(reader))
                .put("jwtSecret", TokenMint.SECRET)
                .put("jwtLeeway", "0s")
                .put("cookie", "token")
                .put("queryToken", true)
                .put("expiringNotice", "1s"));
  }

  @AfterAll
  static void stop() throws Exception {
    vertx.close().await(30, SECONDS);
  }

  private static JsonObject key(String name, String key) throws Exception {
    byte[] sha256 = MessageDigest.getInstance("SHA-256").digest(key.getBytes(UTF_8));
    return new JsonObject().put("name", name).put("sha256", HexFormat.of().formatHex(sha256));
  }

  private static Http.Response ask(String method, String target, String body, String... headers) {
    return Http.exchange(hub, method, target, body.getBytes(UTF_8), headers);
  }

  private static Http.Response publish(String target, String data) {
    Http.Response answer = ask("POST", target, data, "Authorization: Bearer " + WRITER);
    assertEquals(201, answer.status(), answer.text());
    return answer;
  }

  private static String poll(String selectors, String... headers) {
    Http.Response answer = ask("GET", "/events?poll&" + selectors, "", headers);
    assertEquals(200, answer.status(), answer.text());
    var data = new ArrayList<String>();
    for (Object event : new JsonObject(answer.text()).getJsonArray("events")) {
      data.add(((JsonObject) event).getString("data"));
    }
    return String.join(" ", data);
  }

  /** For what has just been published: the loop that answers may hear of it a moment after the publisher did. */
  private static void awaitPoll(String expected, String selectors, String... headers) {
    Eventually.await(expected, PATIENCE, () -> poll(selectors, headers).equals(expected));
  }

  private static List<String> data(List<EventStreamReader.Event> events) {
    return events.stream().map(EventStreamReader.Event::data).toList();
  }

  @ParameterizedTest
  @CsvSource({
    // Subscribing: what, with what, answer.
    "GET,  '/events?poll&topic=news/a',                      none,   200",
    "GET,  '/events?poll&topic=news/*',                      none,   200",
    "HEAD, '/events/news/a',                                 none,   200",
    "GET,  '/events?poll&topic=news/**',                     none,   401",
    "GET,  '/events?poll&topic=**',                          none,   401",
    "GET,  '/events?poll&topic=*/a',                         none,   401",
    "GET,  '/events?poll&topic=news/a&topic=orders/1',       none,   401",
    "GET,  '/events?poll&topic=orders/1',                    none,   401",
    "GET,  '/events?poll&topic=hub/x',                       none,   401",
    "HEAD, '/events/orders/1',                               none,   401",
    "GET,  '/events?poll&topic=orders/1',                    reader, 200",
    "GET,  '/events?poll&topic=orders/**&topic=news/*',      reader, 200",
    "GET,  '/events?poll&topic=*/1',                         reader, 403",
    "GET,  '/events?poll&topic=**',                          reader, 403",
    "GET,  '/events?poll&topic=orders',                      reader, 403",
    "GET,  '/events?poll&topic=orders/1',                    writer, 403",
    "GET,  '/events?poll&topic=news/a',                      wrong,  401",
    "GET,  '/events?poll&topic=news/a',                      empty,  401",
    "GET,  '/events?poll&topic=news/a',                      two,    400",
    "GET,  '/events?poll&topic=a//b',                        wrong,  401",
    "GET,  '/events?poll&topic=orders/1&access_token=wrong', none,   401",
    "GET,  '/events?poll&topic=hub/status',                  none,   401",
    "GET,  '/events?poll&topic=hub/status',                  writer, 403",
    "GET,  '/events?poll&topic=hub/status',                  reader, 200",
    "GET,  '/events?poll&topic=hub/*',                       reader, 403",
    // Asking about a topic takes the right to subscribe to it.
    "GET,  '/topics/news/a',                                 none,   200",
    "HEAD, '/topics/news/a',                                 none,   200",
    "GET,  '/topics/orders/1',                               none,   401",
    "GET,  '/topics/orders/1',                               writer, 403",
    "GET,  '/topics/orders/1',                               reader, 200",
    "GET,  '/topics/hub/status',                             reader, 200",
    "GET,  '/topics/orders/1',                               wrong,  401",
    // The files of the page hold nothing that anybody would need a right for.
    "GET,  '/',                                              none,   200",
    "GET,  '/docs',                                          none,   200",
    "GET,  '/page/app.js',                                   none,   200",
    "GET,  '/carillon.js',                                   none,   200",
    // Publishing.
    "POST, '/events/news/a',                                 none,   401",
    "POST, '/events/news/a',                                 reader, 403",
    "POST, '/events/news/a',                                 wrong,  401",
    "POST, '/events/rights/a',                               writer, 201",
    "PUT,  '/events/rights/a',                               writer, 201",
    "POST, '/events/rights/a',                               basic,  201",
    "POST, '/events/rights/a?topic=hub/b',                   writer, 403",
  })
  void request_withTokenOrNot_isAnsweredByItsRights(String method, String target, String who, int status) {
    List<String> headers =
        switch (who) {
          case "none" -> List.of();
          case "empty" -> List.of("Authorization: Bearer ");
          case "two" -> List.of("Authorization: Bearer " + READER, "Authorization: Bearer " + WRITER);
          case "basic" -> List.of(
              "Authorization: Basic "
                  + Base64.getEncoder().encodeToString(("me:" + WRITER).getBytes(UTF_8)));
          case "wrong" -> List.of("Authorization: Bearer wrong");
          default -> List.of("Authorization: Bearer " + (who.equals("reader") ? READER : WRITER));
        };
    Http.Response answer = ask(method, target, method.equals("GET") ? "" : "x", headers.toArray(String[]::new));
    assertEquals(status, answer.status(), answer.text());
    if (status == 401) {
      assertTrue(answer.head().field("www-authenticate").orElse("").startsWith("Bearer realm="));
    }
  }

  @Test
  void bodies_ofAnyForm_areWeighedByTheirTopics() {
    String limited = "Authorization: Bearer " + token(claims(LATER, "publish", "mine/**"));
    String json = "Content-Type: application/json";
    String form = "Content-Type: application/x-www-form-urlencoded";
    assertEquals(201, ask("POST", "/events", "{\"topic\":\"mine/a\"}", limited, json).status());
    assertEquals(403, ask("POST", "/events", "{\"topic\":[\"mine/a\",\"b\"]}", limited, json).status());
    assertEquals(403, ask("POST", "/events?topic=b", "{\"topic\":\"mine/a\"}", limited, json).status());
    assertEquals(403, ask("POST", "/events", "topic=b&data=x", limited, form).status());
    assertEquals(403, ask("POST", "/events/mine/a?topic=b", "x", limited).status());
    assertEquals(403, ask("POST", "/events", "[{\"topic\":\"mine/batch\"},{\"topic\":\"b\"}]", limited, json).status());
    String reader = token(claims(LATER, "subscribe", "mine/**"));
    assertEquals("", poll("topic=mine/batch", "Authorization: Bearer " + reader), "nothing of it was stored");
    String line = "{\"topic\":\"mine/line\",\"data\":\"1\"}\n";
    String lines = line + "{\"topic\":\"b\"}\n" + line.replace("1", "2");
    Http.Response answer = ask("POST", "/events", lines, limited, "Content-Type: application/x-ndjson");
    List<String> answers = answer.text().lines().toList();
    assertEquals(3, answers.size(), answer.text());
    assertEquals("forbidden", new JsonObject(answers.get(1)).getJsonObject("error").getString("code"));
    awaitPoll("1 2", "topic=mine/line", "Authorization: Bearer " + reader);
  }

  /** One text for each refusal, whether there is a topic of that name or not, whatever is wrong with a token. */
  @Test
  void refusals_ofOneKind_areAllTheSame() {
    publish("/events/hidden/there", "x");
    Set<String> without = new LinkedHashSet<>();
    Set<String> forbidden = new LinkedHashSet<>();
    Set<String> bad = new LinkedHashSet<>();
    for (String topic : List.of("hidden/there", "hidden/not", "hidden/**", "a")) {
      without.add(said(ask("GET", "/events?poll&topic=" + topic, "")));
      forbidden.add(said(ask("GET", "/events?poll&topic=" + topic, "", "Authorization: Bearer " + READER)));
      forbidden.add(said(ask("POST", "/events?topic=" + topic.replace("**", "x"), "{\"topic\":\"a\"}",
          "Content-Type: application/json", "Authorization: Bearer " + token(claims(LATER, "publish", "b")))));
    }
    for (String token :
        List.of(
            "x", "a.b.c", token(claims(LATER, "publish", "a")) + "x",
            token(claims(Instant.EPOCH, "publish", "a")),
            token(new JsonObject()))) {
      bad.add(said(ask("GET", "/events?poll&topic=hidden/there", "", "Authorization: Bearer " + token)));
      bad.add(said(ask("POST", "/events/hidden/there", "", "Authorization: Bearer " + token)));
    }
    assertEquals(1, without.size(), without.toString());
    assertEquals(1, forbidden.size(), forbidden.toString());
    assertEquals(1, bad.size(), bad.toString());
  }

  private static String said(Http.Response answer) {
    return answer.status() + " " + answer.text() + answer.head().field("www-authenticate").orElse("");
  }

  @Test
  void cookie_fromAnotherSite_doesNotPublish() {
    String cookie = "Cookie: a=b; token=" + WRITER;
    String here = "Origin: " + hub;
    assertEquals(201, ask("POST", "/events/rights/c", "x", cookie, "Sec-Fetch-Site: same-origin").status());
    assertEquals(201, ask("POST", "/events/rights/c", "x", cookie, here).status());
    for (String[] headers :
        new String[][] {
          {cookie},
          {cookie, "Origin: https://evil.example"},
          {cookie, "Origin: null"},
          {cookie, here, "Sec-Fetch-Site: cross-site"},
          {cookie, here, "Sec-Fetch-Site: same-site"},
        }) {
      Http.Response answer = ask("POST", "/events/rights/c", "x", headers);
      assertEquals(403, answer.status(), String.join(" | ", headers));
      assertEquals("cross-site", new JsonObject(answer.text()).getString("code"));
    }
    String both = "Authorization: Bearer " + WRITER;
    assertEquals(201, ask("POST", "/events/rights/c", "x", cookie, both, "Origin: https://evil.example").status());
    assertEquals(400, ask("POST", "/events/rights/c", "x", cookie, "Authorization: Bearer " + READER).status());
    assertEquals(401, ask("GET", "/events/news/a?poll", "", "Cookie: token=").status());
    assertEquals("", poll("topic=orders/none", "Cookie: token=" + READER));
  }

  /** In no line of ours at any level, in none of the framework's that is on in operation, and in no answer. */
  @Test
  void queryToken_goodOrBad_isInNoLogAndNoAnswer() {
    Queue<String> lines = new ConcurrentLinkedQueue<>();
    var listening =
        new Handler() {
          @Override
          public void publish(LogRecord line) {
            lines.add(line.getMessage() + Arrays.toString(line.getParameters()) + line.getThrown());
          }

          @Override
          public void flush() {}

          @Override
          public void close() {}
        };
    listening.setLevel(Level.ALL);
    Logger ours = Logger.getLogger("carillon");
    Logger theirs = Logger.getLogger("io");
    for (Logger logger : List.of(ours, theirs)) {
      logger.setLevel(logger.equals(ours) ? Level.ALL : Level.FINE);
      logger.addHandler(listening);
      logger.setUseParentHandlers(false);
    }
    try {
      var answers = new ArrayList<String>();
      for (String token : List.of(WRITER, READER, "wrong-key", "key%zz", "%ffkey", "a-key&access_token=b-key")) {
        for (String rest : List.of("", "&since=x", "&topic=a//b", "&%zz", "&private=maybe", "&topic=orders/1&poll")) {
          answers.add(ask("GET", "/events?topic=orders/1&poll&access_token=" + token + rest, "").text());
          answers.add(ask("POST", "/events/rights/q?access_token=" + token + rest, "x").text());
          answers.add(ask("POST", "/events?access_token=" + token + rest, "x").text());
        }
      }
      answers.forEach(answer -> assertTellsNothing(answer));
      assertTrue(lines.stream().anyMatch(line -> line.contains("a token is refused")), "they are heard");
      lines.forEach(line -> assertTellsNothing(line));
    } finally {
      for (Logger logger : List.of(ours, theirs)) {
        logger.setLevel(null);
        logger.removeHandler(listening);
        logger.setUseParentHandlers(true);
      }
    }
    assertEquals(201, ask("POST", "/events/rights/q?access_token=" + WRITER, "x").status());
  }

  private static void assertTellsNothing(String text) {
    for (String secret : List.of(WRITER, READER, "wrong-key", "key%zz", "ffkey", "a-key", "b-key")) {
      assertFalse(text.contains(secret), text);
    }
  }

  /** Live, from the recent frames, and from the log, which has more than the recent frames hold. */
  @Test
  void privateEvents_areSeenByWhomTheyAreGrantedOnly() {
    String reader = "Authorization: Bearer " + READER;
    String all = "Authorization: Bearer " + token(claims(LATER, "subscribe", "mixed/**"));
    try (SseClient stranger = SseClient.to(hub, "/events?topic=mixed/*").open();
        SseClient some = SseClient.to(hub, "/events?topic=mixed/*").header(reader).open();
        SseClient every = SseClient.to(hub, "/events?topic=mixed/*").header(all).open()) {
      stranger.awaitHead();
      some.awaitHead();
      every.awaitHead();
      List<String> public1 = new ArrayList<>();
      List<String> ofSome = new ArrayList<>();
      List<String> ofAll = new ArrayList<>();
      for (int i = 0; i < 60; i++) {
        boolean isPrivate = i % 3 > 0;
        String topic = i % 3 == 1 ? "a" : "b";
        publish("/events/mixed/" + topic + (isPrivate ? "?private=true" : ""), "e" + i);
        if (!isPrivate) {
          public1.add("e" + i);
        }
        if (!isPrivate || topic.equals("a")) {
          ofSome.add("e" + i);
        }
        ofAll.add("e" + i);
      }
      publish("/events/mixed/end", "end");
      for (List<String> expected : List.of(public1, ofSome, ofAll)) {
        expected.add("end");
      }
      assertEquals(public1, data(stranger.awaitEvents(public1.size(), PATIENCE)));
      assertEquals(ofSome, data(some.awaitEvents(ofSome.size(), PATIENCE)));
      assertEquals(ofAll, data(every.awaitEvents(ofAll.size(), PATIENCE)));
      assertEquals(String.join(" ", public1), poll("topic=mixed/*&since=all"));
      assertEquals(String.join(" ", ofSome), poll("topic=mixed/*&since=all", reader));
      assertEquals(String.join(" ", ofAll), poll("topic=mixed/*&since=all", all));
      String fifth = some.events().get(5).lastEventId();
      assertEquals(
          String.join(" ", ofSome.subList(6, ofSome.size())), poll("topic=mixed/*&lastEventId=" + fifth, reader));
    }
  }

  /**
   * A stream with a token that ends soon; on a machine so slow that it has ended before it was looked at, with one that
   * lasts longer.
   */
  private static SseClient endingStream(String target, List<Instant> ends) {
    for (int seconds = 2; true; seconds *= 2) {
      Instant end = Instant.ofEpochSecond(Instant.now().getEpochSecond() + seconds);
      String bearer = "Authorization: Bearer " + token(claims(end, "subscribe", "orders/**"));
      SseClient stream = SseClient.to(hub, target).header(bearer).open();
      if (stream.awaitHead().status() == 200 || seconds > 30) {
        ends.add(end);
        return stream;
      }
      stream.close();
    }
  }

  @Test
  void token_ends_streamIsToldAheadThenEndsAndResumes() {
    publish("/events/orders/ending", "1");
    var ends = new ArrayList<Instant>();
    var seen = new ArrayList<String>();
    String cursor;
    try (SseClient stream = endingStream("/events?topic=orders/ending&since=all", ends)) {
      stream.awaitEnd(PATIENCE.plusSeconds(30));
      assertFalse(Instant.now().isBefore(ends.get(0)), "not before its time");
      List<EventStreamReader.Event> said =
          stream.events().stream().filter(event -> event.type().startsWith("hub.")).toList();
      assertEquals(
          List.of("hub.token-expiring", "hub.closing"), said.stream().map(EventStreamReader.Event::type).toList());
      assertEquals(ends.get(0), Instant.parse(new JsonObject(said.get(0).data()).getString("expiresAt")));
      assertEquals("token-expired", new JsonObject(said.get(1).data()).getString("reason"));
      stream.events().stream().filter(event -> event.type().equals("message")).forEach(e -> seen.add(e.data()));
      cursor = stream.lastEventId();
    }
    publish("/events/orders/ending", "2");
    String renewed = "Authorization: Bearer " + token(claims(LATER, "subscribe", "orders/**"));
    String from = cursor.isEmpty() ? "since=all" : "lastEventId=" + cursor;
    awaitPoll(seen.isEmpty() ? "1 2" : "2", "topic=orders/ending&" + from, renewed); // exactly, with the new token
  }

  /** Long before the poll's own patience is over. */
  @Test
  void longPoll_tokenEnds_isAnswered() {
    var ends = new ArrayList<Instant>();
    Instant begun = Instant.now();
    try (SseClient poll = endingStream("/events?topic=orders/quiet&wait=59s&format=json", ends)) {
      assertEquals(200, poll.awaitHead().status());
      assertTrue(Instant.now().isBefore(begun.plusSeconds(59)), "by the token, not by the patience");
    }
  }

  @Test
  void apiKey_takenOut_endsItsStreamsAndNoOthers() throws Exception {
    Path file = directory.resolve("keys.yaml");
    write(file, "{keys: [" + fileKey("one") + ", " + fileKey("two") + "]}");
    JsonObject config = config();
    config.getJsonObject("auth").put("keysFile", file.toString()).put("refresh", "100ms");
    var verticle = new HubVerticle();
    Vertx another = Vertx.vertx();
    another.deployVerticle(verticle, new DeploymentOptions().setConfig(config)).await(30, SECONDS);
    URI other = URI.create("http://127.0.0.1:" + verticle.port());
    try (SseClient gone = SseClient.to(other, "/events?topic=file/a").header("Authorization: Bearer one").open();
        SseClient kept = SseClient.to(other, "/events?topic=file/a").header("Authorization: Bearer two").open()) {
      assertEquals(200, gone.awaitHead().status());
      assertEquals(200, kept.awaitHead().status());
      write(file, "{keys: [" + fileKey("two") + "]}");
      gone.awaitEnd(PATIENCE);
      assertEquals("{\"reason\":\"token-revoked\"}", gone.events().get(0).data());
      Http.Response published =
          Http.exchange(other, "POST", "/events/file/a", "x".getBytes(UTF_8), "Authorization: Bearer " + WRITER);
      assertEquals(201, published.status());
      assertEquals(List.of("x"), data(kept.awaitEvents(1, PATIENCE)));
      assertEquals(
          401,
          Http.exchange(other, "GET", "/events/file/a?poll", new byte[0], "Authorization: Bearer one").status());
    } finally {
      another.close().await(30, SECONDS);
    }
  }

  private static String fileKey(String key) throws Exception {
    return key(key, key).put("subscribe", new JsonArray().add("file/**")).encode();
  }

  private static void write(Path file, String text) throws Exception {
    Path made = directory.resolve("new");
    Files.writeString(made, text);
    Files.move(made, file, StandardCopyOption.ATOMIC_MOVE);
  }
}
