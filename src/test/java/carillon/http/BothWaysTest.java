package carillon.http;

import static carillon.http.PublishServer.request;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import carillon.event.Draft;
import carillon.event.EventId;
import carillon.harness.Eventually;
import carillon.publish.Outcome;
import carillon.publish.Refusal;
import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpVersion;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The same bytes to a server with lanes and to one without: the same drafts in the same order, and answers that are
 * equal to the byte. A header less, a status phrase, a longer text of a problem in one of them is seen here.
 */
class BothWaysTest {

  private static final Pattern CHUNKED_HEAD =
      Pattern.compile("transfer-encoding: chunked\\r\\n(?:[^\\r\\n]+\\r\\n)*\\r\\n");

  private static final List<String> ORIGINS = List.of("https://a.example");
  private static final String LAST = "GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";
  private static final String CHUNKED = "POST /events/c HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n";

  private static PublishServer lanes;
  private static PublishServer ordinary;

  @BeforeAll
  static void start() {
    lanes = new PublishServer(ORIGINS, Duration.ofSeconds(5));
    ordinary = new PublishServer(ORIGINS, Duration.ofSeconds(5), 0);
  }

  @AfterAll
  static void stop() {
    lanes.close();
    ordinary.close();
  }

  @BeforeEach
  void forget() {
    lanes.port.reset();
    ordinary.port.reset();
  }

  private static String post(String fields, String body) {
    return request("POST /events/a/b", fields, body);
  }

  private static String head(String line, String fields) {
    return line + " HTTP/1.1\r\n" + fields + "\r\n";
  }

  static Stream<String> requests() {
    var list = new ArrayList<String>();
    // plain ones
    list.add(post("", "hello"));
    list.add(request("PUT /events/a%20b/%C3%A4", "", "x"));
    list.add(post("Accept: */*\r\nUser-Agent: curl/8\r\nContent-Type: application/x-www-form-urlencoded\r\n", "a=b"));
    list.add(post("", ""));
    list.add(post("", "\u00c3\u00a4\n\u0000"));
    list.add(post("Connection: keep-alive\r\nAccept-Encoding: gzip\r\nAccept-Language: en\r\n", "x"));
    list.add(post("Connection: Keep-Alive\r\nconnection: keep-alive\r\n", "x"));
    for (String accept :
        List.of("application/json", "application/json, text/plain, */*", "image/png", "", "text/plain;q=0.1,*/*",
            "application/json\r\nAccept: text/plain", "nonsense;;;")) {
      list.add(post("Accept: " + accept + "\r\n", "x"));
    }
    for (String option :
        List.of("X-Type: t", "Type: t", "TYPE: t\r\nx-type: t", "Type: t\r\nX-Type: u", "Type: a\u00c3\u00a4",
            "Type: \u00ff", "Type:", "Key: k", "X-Key: k", "Idempotency-Key: k", "Key: k\r\nIdempotency-Key: l",
            "TTL: 10m", "X-TTL: never", "Retry: 5", "X-Retry: 5s", "Retry: -1", "TTL: 5\r\nTTL: 5",
            "Key: a\r\n b", "Key: a\r\n\tb\r\n c", "Type: hub.x")) {
      list.add(post(option + "\r\n", "x"));
    }
    // wrong or special ones
    list.add(post("", "\u00ff"));
    list.add(post("", "\u00ed\u00a0\u0080"));
    for (String target :
        List.of("/events/a/../b", "/events/", "/events//a", "/events/a*", "/events/%", "/events/%ff", "/events/a#b",
            "/events/a?type=t", "/events/a?", "/events/a?nonsense=1", "/events/hub/x", "/events/" + "x".repeat(255),
            "/events/" + "x".repeat(256), "/eventsx", "http://h/events/a", "*", "/events/\u00e4", "/events/a;b=c")) {
      list.add(request("POST " + target, "", "x"));
    }
    for (String field :
        List.of("Expect: 100-continue", "Expect: x", "Content-Encoding: gzip", "Content-Encoding: identity",
            "Origin: https://a.example", "Origin: https://b.example", "X-Unknown: 1", "Cookie: a=b",
            "Authorization: Bearer x", "Transfer-Encoding: identity", "TE: trailers", "Trailer: x", "Host: i",
            "Connection: keep-alive, x", "Upgrade: websocket", "Content-Length: 1", "Content-Length: 2",
            "Content-Length: +1", "Content-Length : 1", "Content-Length: 1, 1")) {
      list.add(post(field + "\r\n", "x"));
    }
    for (String host : List.of("", "a b", "h:80", "h:", "h:x", "h:99999", "[::1]:80", "1.2.3.4:80", "256.1.1.1", "h_1",
        "h/x", "user@h")) {
      list.add(head("POST /events/a", "Host: " + host + "\r\nContent-Length: 1\r\n") + "x");
    }
    list.add(head("POST /events/a", "Host: h\r\n"));
    list.add(head("POST /events/a", "Content-Length: 1\r\n") + "x");
    for (String length : List.of("01", "000001", "0x1", "1 ", " 1", "1\t", "-1", "1.0", "99999999999999999999")) {
      list.add(head("POST /events/a", "Host: h\r\nContent-Length: " + length + "\r\n") + "x");
    }
    list.add("POST /events/a HTTP/1.0\r\nHost: h\r\nContent-Length: 1\r\n\r\nx");
    list.add("POST /events/a HTTP/1.0\r\nHost: h\r\nConnection: keep-alive\r\nContent-Length: 1\r\n\r\nx");
    list.add("POST /events/a HTTP/2.7\r\nHost: h\r\nContent-Length: 1\r\n\r\nx");
    list.add("post /events/a HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\nx");
    list.add(head("GET /", "Host: h\r\n"));
    list.add(head("HEAD /", "Host: h\r\n"));
    list.add(head("GET /bug", "Host: h\r\n"));
    list.add(head("OPTIONS /events/a", "Host: h\r\n"));
    list.add(head("DELETE /events/a", "Host: h\r\nContent-Length: 1\r\n") + "x");
    list.add(head("POST /events/a", "Host: h\r\nx: " + "x".repeat(17_000) + "\r\nContent-Length: 1\r\n") + "x");
    list.add(post("", "x".repeat(PlainPublish.BODY_BYTES_MAX)));
    list.add(post("", "x".repeat(PlainPublish.BODY_BYTES_MAX + 1)));
    list.add(CHUNKED + "\r\n1\r\nx\r\n0\r\n\r\n");
    list.add(CHUNKED + "\r\n1;a=b\r\nx\r\n0\r\nTrailer: x\r\n\r\n");
    list.add(CHUNKED + "\r\n1\r\nxx\r\n0\r\n\r\n");
    list.add(CHUNKED + "Content-Length: 1\r\n\r\n1\r\nx\r\n0\r\n\r\n");
    list.add(CHUNKED + "Transfer-Encoding: gzip\r\n\r\n1\r\nx\r\n0\r\n\r\n");
    list.add(request("POST /events", "Content-Type: application/json\r\n", "[{\"topic\":\"a\"},{\"topic\":\"b\"}]"));
    list.add(
        request("POST /events", "Content-Type: application/x-ndjson\r\n", "{\"topic\":\"a\"}\n{\"topic\":\"b\"}\n"));
    list.add(request("POST /events", "Content-Type: text/plain\r\n", "x"));
    return list.stream();
  }

  /** Everything the server sends until it closes; what is lost by a reset counts as not sent. */
  private static String converse(PublishServer server, String... pieces) {
    try (RawConnection connection = server.connect()) {
      for (String piece : pieces) {
        if (!connection.trySend(piece.getBytes(StandardCharsets.ISO_8859_1))) {
          break;
        }
      }
      return connection.everything();
    }
  }

  /** How a chunked body is cut depends on when its parts became known; here each is one piece. */
  private static String joined(String conversation) {
    var joined = new StringBuilder();
    int at = 0;
    for (Matcher head = CHUNKED_HEAD.matcher(conversation); head.find(at); ) {
      joined.append(conversation, at, head.end());
      at = head.end();
      for (int size = -1; size != 0; ) {
        int end = conversation.indexOf("\r\n", at);
        size = Integer.parseInt(conversation.substring(at, end), 16);
        joined.append(conversation, end + 2, end + 2 + size);
        at = end + 2 + size + 2;
      }
    }
    return joined.append(conversation.substring(at)).toString();
  }

  private static void assertSame(String... pieces) {
    String expected = converse(ordinary, pieces);
    String actual = converse(lanes, pieces);
    assertEquals(joined(expected), joined(actual));
    assertEquals(ordinary.port.drafts(), lanes.port.drafts());
  }

  @ParameterizedTest
  @MethodSource("requests")
  void request_amongPublishes_isAnsweredAlike(String request) {
    String text =
        post("", "before") + post("Key: 1\r\n", "before") + request + post("", "behind") + post("", "last") + LAST;
    if (endsBadly(request)) {
      // on servers of its own: what is stored after the connection has ended must not count as another test's
      try (var ofItsOwn = new PublishServer(ORIGINS, Duration.ofSeconds(5));
          var ordinaryOfItsOwn = new PublishServer(ORIGINS, Duration.ofSeconds(5), 0)) {
        String expected = converse(ordinaryOfItsOwn, text);
        String actual = converse(ofItsOwn, text);
        assertTrue(actual.startsWith(expected), () -> "expected at least " + expected + ", got " + actual);
        assertEquals(List.of("before", "before"), data(ofItsOwn).subList(0, 2));
      }
    } else {
      assertSame(text);
    }
  }

  /**
   * Where the two ways may differ, because the connection ends on the server's side in the middle of what was sent: the
   * ordinary way drops answers it has not flushed when what follows is no longer HTTP, and still stores what stands
   * behind a request after which it closes; the lanes do neither.
   */
  private static boolean endsBadly(String request) {
    return request.contains("\r\nExpect: x") || request.contains("\r\n1\r\nxx\r\n");
  }

  private static List<String> data(PublishServer server) {
    return server.port.drafts().stream().map(Draft::data).map(Object::toString).toList();
  }

  @ParameterizedTest
  @MethodSource("requests")
  void request_alone_isAnsweredAlike(String request) {
    if (!endsBadly(request)) {
      assertSame(request, LAST);
    }
  }

  @ParameterizedTest
  @CsvSource({"stored", "duplicate", "transient", "conflict", "reserved", "overloaded", "full", "unavailable",
    "draining", "unknown", "broken"})
  void outcome_ofEveryKind_isAnsweredAlike(String kind) {
    for (PublishServer server : List.of(lanes, ordinary)) {
      var id = new EventId(0xfedcba987654L, Long.MAX_VALUE);
      switch (kind) {
        case "stored" -> server.port.answerWith(new Outcome.Accepted(id, false));
        case "duplicate" -> server.port.answerWith(new Outcome.Accepted(id, true));
        case "transient" -> server.port.answerWith(new Outcome.Accepted(null, false));
        case "conflict" -> server.port.answerWith(new Outcome.Refused(Refusal.KEY_CONFLICT));
        case "reserved" -> server.port.answerWith(new Outcome.Refused(Refusal.TOPIC_RESERVED));
        case "overloaded" -> server.port.answerWith(new Outcome.Refused(Refusal.OVERLOADED));
        case "full" -> server.port.answerWith(new Outcome.Refused(Refusal.LOG_FULL));
        case "unavailable" -> server.port.answerWith(new Outcome.Refused(Refusal.LOG_UNAVAILABLE));
        case "draining" -> server.port.answerWith(new Outcome.Refused(Refusal.DRAINING));
        case "unknown" -> server.port.answerWith(new Outcome.Unknown("a secret"));
        default -> server.port.fail();
      }
    }
    assertSame(post("", "1") + post("Accept: application/json\r\n", "2") + post("", "3") + LAST);
  }

  /** Random conversations in random pieces. */
  @Test
  void conversations_atRandom_areTheSame() {
    long seed = new Random().nextLong();
    System.out.println("BothWaysTest.conversations seed " + seed);
    var random = new Random(seed);
    List<String> all = requests().filter(request -> !endsBadly(request)).toList();
    for (int i = 0; i < 60; i++) {
      forget();
      var conversation = new StringBuilder();
      for (int n = random.nextInt(8); n >= 0; n--) {
        conversation.append(random.nextInt(3) > 0 ? all.get(random.nextInt(12)) : all.get(random.nextInt(all.size())));
      }
      String text = conversation.append(LAST).toString();
      var pieces = new ArrayList<String>();
      for (int from = 0; from < text.length(); ) {
        int to = Math.min(text.length(), from + 1 + random.nextInt(random.nextBoolean() ? 40 : 20_000));
        pieces.add(text.substring(from, to));
        from = to;
      }
      assertSame(pieces.toArray(String[]::new));
    }
  }

  /** The comparison is worth something only if the two ways are two. */
  @Test
  void plainPublish_isRecognised() {
    assertNotEquals(null, PlainPublish.read(plainHead()));
    for (String field :
        List.of("Transfer-Encoding", "Expect", "Content-Encoding", "Origin", "Authorization", "Cookie", "Upgrade",
            "X-Api-Key", "TE", "Trailer", "X-Forwarded-For", "HTTP2-Settings", "X-HTTP-Method-Override")) {
      DefaultHttpRequest head = plainHead();
      head.headers().add(field, "x");
      assertNull(PlainPublish.read(head), field);
    }
  }

  private static DefaultHttpRequest plainHead() {
    var head = new DefaultHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.POST, "/events/a");
    head.headers().add("Host", "hub:8080").add("Content-Length", "5").add("Accept", "*/*").add("X-Type", "t");
    return head;
  }

  /** Handed in before any is answered, in order, and no more of them than the bound. */
  @Test
  void publishes_onOneConnection_areHandedInTogether() {
    lanes.port.hold();
    try (RawConnection connection = lanes.connect()) {
      int count = 2 * PublishServer.PIPELINED_MAX;
      var text = new StringBuilder();
      for (int i = 0; i < count; i++) {
        text.append(post("", "" + i));
      }
      connection.send(text.toString());
      Eventually.await("the bound", Duration.ofSeconds(30),
          () -> lanes.port.drafts().size() == PublishServer.PIPELINED_MAX);
      lanes.port.release();
      for (int i = 1; i <= count; i++) {
        assertEquals(RecordingPort.id(i), connection.answer().body());
      }
      assertEquals(
          IntStream.range(0, count).mapToObj(Integer::toString).toList(),
          data(lanes));
    }
  }
}
