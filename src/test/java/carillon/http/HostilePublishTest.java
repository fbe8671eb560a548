package carillon.http;

import static carillon.http.PublishServer.request;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import carillon.event.Payload;
import carillon.harness.Eventually;
import io.vertx.core.json.JsonObject;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What must not publish anything, break a connection for others, or make a 500. Each line says what it would break. */
class HostilePublishTest {

  private static final Duration BODY_TIME_MAX = Duration.ofSeconds(3);
  private static final String FORM = "Content-Type: application/x-www-form-urlencoded\r\n";
  private static final String JSON = "Content-Type: application/json\r\n";
  private static final String MULTIPART = "Content-Type: multipart/form-data; boundary=b\r\n";

  private static PublishServer server;

  @BeforeAll
  static void start() {
    server = new PublishServer(List.of("*"), BODY_TIME_MAX);
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  @BeforeEach
  void forget() {
    server.port.reset();
  }

  private static void assertRefused(int status, String code, RawConnection.Answer answer) {
    assertEquals(status + " " + code, answer.status() + " "
        + (answer.body().startsWith("{") ? new JsonObject(answer.body()).getString("code") : answer.body()));
    assertEquals("application/problem+json", answer.header("content-type").orElseThrow());
    assertEquals("no-store", answer.header("cache-control").orElseThrow());
    assertEquals("nosniff", answer.header("x-content-type-options").orElseThrow());
    assertEquals(status, new JsonObject(answer.body()).getInteger("status"));
    assertEquals(List.of(), server.port.drafts());
  }

  // Targets and options.

  @ParameterizedTest
  @CsvSource({
    // the router would resolve these to another topic, or to none
    "/events/a/../b, invalid-topic",
    "/events/../x, invalid-topic",
    "/events/%2e%2E/x, invalid-topic",
    "/events/a/./b, invalid-topic",
    "/events/.., invalid-topic",
    // topics that no subscriber could name
    "/events/, invalid-topic",
    "/events/a/, invalid-topic",
    "/events//a, invalid-topic",
    "/events/a*b, invalid-topic",
    "/events/a%00b, invalid-topic",
    "/events/a%0Ab, invalid-topic",
    "/events/a%C2%85b, invalid-topic",
    // spellings that a lenient decoder would replace, so that two of them meet in one topic
    "/events/a%, invalid-topic",
    "/events/a%4, invalid-topic",
    "/events/a%zz, invalid-topic",
    "/events/a%ff, invalid-topic",
    "/events/a%c0%af, invalid-topic",
    "/events/a%ed%a0%80, invalid-topic",
    "/events/\u00e4, invalid-topic",
    "/events/a?topic=%ff, malformed-request",
    "/events/a?type=%, malformed-request",
    // options that would be lost or injected
    "/events/a?tpye=x, malformed-request",
    "/events/a?type=a&type=b, invalid-type",
    "/events/a?type=a%0Adata:+x, invalid-type",
    "/events/a?key=%00, invalid-key",
    "/events/a?key=%C2%85, invalid-key",
    "/events/a?ttl=soon, invalid-ttl",
    "/events/a?ttl=0, invalid-ttl",
    "/events/a?ttl=-1s, invalid-ttl",
    "/events/a?ttl=99999999999d, invalid-ttl",
    "/events/a?retry=2d, invalid-retry",
    "/events/a?topic=b/, invalid-topic",
  })
  void item_target_is400(String target, String code) {
    assertRefused(400, code, server.ask("POST " + target, "", "x"));
  }

  @ParameterizedTest
  @CsvSource({
    "Type: a\\u0007, invalid-type",
    "Key: a|X-Key: b, invalid-key",
    "Idempotency-Key: a|Idempotency-Key: b, invalid-key",
    "TTL: 10 m, invalid-ttl",
    "X-Retry: never, invalid-retry",
    "Type: \u00ff, invalid-type",
    "Content-Length: 1|Content-Length: 2, malformed-request",
  })
  void item_headers_are400(String headers, String code) {
    String lines = headers.replace("\\u0007", "\u0007").replace("|", "\r\n") + "\r\n";
    String request = "POST /events/a HTTP/1.1\r\nHost: h\r\n" + lines
        + (lines.contains("Length") ? "" : "Content-Length: 0\r\n") + "\r\n";
    RawConnection.Answer answer = server.ask(request);
    assertEquals(400, answer.status());
    assertTrue(List.of(code, "malformed-request").contains(new JsonObject(answer.body()).getString("code")),
        answer.body());
    assertEquals(List.of(), server.port.drafts());
  }

  @Test
  void item_tooManyTopics_is400() {
    var target = new StringBuilder("POST /events/t0?");
    for (int i = 1; i <= 16; i++) {
      target.append("&topic=t").append(i);
    }
    assertRefused(400, "invalid-topic", server.ask(target.toString(), "", "x"));
  }

  @Test
  void item_detail_showsClientTextShortAndEscaped() {
    String body = server.ask("POST /events/a//" + "%3Cscript%3E%22%0A".repeat(20), "", "x").utf8();
    String detail = new JsonObject(body).getString("detail");
    assertTrue(detail.length() < 200, detail);
    assertTrue(detail.chars().allMatch(c -> (c >= 0x20 && c < 0x7f) || c == '…'), detail);
  }

  // Bodies.

  @ParameterizedTest
  @CsvSource({"ff", "c080", "eda080", "f4908080", "61e282"})
  void item_notUtf8_is400(String hex) {
    String octets = new String(HexFormat.of().parseHex(hex), StandardCharsets.ISO_8859_1);
    assertRefused(400, "invalid-data", server.ask("POST /events/a", "", octets));
  }

  @Test
  void item_largest_isTakenAndOneMoreIsNot() {
    assertEquals(201, server.ask("POST /events/a", "", "x".repeat(Payload.BYTES_MAX)).status());
    server.port.reset();
    assertRefused(413, "payload-too-large", server.ask("POST /events/a", "", "x".repeat(Payload.BYTES_MAX + 1)));
  }

  @Test
  void item_tooLargeByItsHead_isRefusedBeforeTheBody() {
    try (RawConnection connection = server.connect()) {
      RawConnection.Answer answer =
          connection.send("POST /events/a HTTP/1.1\r\nHost: h\r\nContent-Length: 1048577\r\n\r\n").answer();
      assertRefused(413, "payload-too-large", answer);
      assertEquals("close", answer.header("connection").orElseThrow());
      connection.send("x".repeat(1048577)); // a client that had begun to send must get to the end, not be cut off
      assertTrue(connection.isClosed());
    }
  }

  @Test
  void item_endlessChunks_areRefusedAndCutOff() {
    String chunk = "10000\r\n" + "x".repeat(0x10000) + "\r\n";
    try (RawConnection connection = server.connect()) {
      connection.send("POST /events/a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n");
      for (int i = 0; i < 17; i++) {
        connection.send(chunk);
      }
      assertRefused(413, "payload-too-large", connection.answer());
      int more = 0;
      while (more < 1000 && connection.trySend(chunk.getBytes(StandardCharsets.ISO_8859_1))) {
        more++;
      }
      assertTrue(more < 1000, "read on for " + more + " chunks");
    }
  }

  @Test
  void item_oneChunkTooMany_isRefusedAndTheConnectionGoesOn() {
    try (RawConnection connection = server.connect()) {
      connection.send("POST /events/a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n");
      connection.send("100001\r\n" + "x".repeat(0x100001) + "\r\n0\r\n\r\n");
      assertRefused(413, "payload-too-large", connection.answer());
      assertEquals(201, connection.send(request("POST /events/a", "", "x")).answer().status());
    }
  }

  @Test
  void item_chunkNotFramed_isCutOffAndNothingIsStored() {
    for (String chunks : List.of("zz\r\nab\r\n0\r\n\r\n", "-1\r\nab\r\n", "2\r\nabcd\r\n0\r\n\r\n",
        "fffffffffffffffff\r\n")) {
      try (RawConnection connection = server.connect()) {
        connection.send("POST /events/a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks);
        assertTrue(connection.isGone(), chunks);
      }
    }
    assertEquals(List.of(), server.port.drafts());
  }

  @Test
  void item_bodyTooSlow_is408() {
    try (RawConnection connection = server.connect()) {
      connection.send("POST /events/a HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nhalf");
      assertRefused(408, "request-timeout", connection.answer());
    }
  }

  @Test
  void item_clientLeavesInTheBody_storesNothing() {
    for (boolean hard : new boolean[] {true, false}) {
      RawConnection connection = server.connect();
      connection.send("POST /events/a HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nhalf");
      if (hard) {
        connection.reset();
      } else {
        connection.close();
      }
    }
    assertEquals(201, server.ask("POST /events/after", "", "").status());
    assertEquals(1, server.port.drafts().size());
  }

  @Test
  void item_clientLeavesBeforeTheAnswer_harmsNobody() {
    server.port.hold();
    RawConnection connection = server.connect();
    connection.send(request("POST /events/a", "", "x"));
    Eventually.await("one batch is held", Duration.ofSeconds(10), () -> server.port.heldCount() == 1);
    connection.reset();
    assertRefusedNothingElse();
    server.port.release();
    assertEquals(201, server.ask("POST /events/a", "", "x").status());
  }

  private static void assertRefusedNothingElse() {
    assertEquals(404, server.ask("GET /elsewhere HTTP/1.1\r\nHost: h\r\n\r\n").status());
  }

  @Test
  void item_contentEncoding_is415() {
    RawConnection.Answer answer = server.ask("POST /events/a", "Content-Encoding: gzip\r\n", "x");
    assertRefused(415, "unsupported-media-type", answer);
    assertEquals("identity", answer.header("accept-encoding").orElseThrow());
  }

  // 100-continue.

  @Test
  void expectContinue_acceptable_isInvitedThenStored() {
    try (RawConnection connection = server.connect()) {
      connection.send("POST /events/a HTTP/1.1\r\nHost: h\r\nExpect: 100-Continue\r\nContent-Length: 2\r\n\r\n");
      assertEquals(100, connection.answer().status());
      connection.send("hi");
      assertEquals(201, connection.answer().status());
      assertEquals(201, connection.send(request("POST /events/a", "", "x")).answer().status());
    }
  }

  @Test
  void expectContinue_notAcceptable_isRefusedWithoutInvitation() {
    for (String head :
        List.of("POST /events/a HTTP/1.1\r\nContent-Length: 1048577\r\n",
            "POST /events/a//b HTTP/1.1\r\nContent-Length: 2\r\n", "POST /events HTTP/1.1\r\nContent-Length: 2\r\n",
            "PATCH /events HTTP/1.1\r\nContent-Length: 2\r\n", "POST /elsewhere HTTP/1.1\r\nContent-Length: 2\r\n")) {
      try (RawConnection connection = server.connect()) {
        RawConnection.Answer answer = connection.send(head + "Host: h\r\nExpect: 100-continue\r\n\r\n").answer();
        assertTrue(answer.status() >= 400, head);
        assertEquals("close", answer.header("connection").orElseThrow(), head);
      }
    }
    assertEquals(List.of(), server.port.drafts());
  }

  @Test
  void expect_unknown_is417() {
    assertRefused(417, "expectation-failed", server.ask("POST /events/a", "Expect: miracles\r\n", "x"));
  }

  @Test
  void expectContinue_ndjson_isInvited() {
    try (RawConnection connection = server.connect()) {
      String fields = "Content-Type: application/x-ndjson\r\nExpect: 100-continue\r\nContent-Length: 13\r\n";
      connection.send("POST /events HTTP/1.1\r\nHost: h\r\n" + fields + "\r\n");
      assertEquals(100, connection.answer().status());
      assertEquals(200, connection.send("{\"topic\":\"a\"}").answer().status());
    }
  }

  // Structured bodies.

  @Test
  void events_otherOrNoType_is415WithWhatWorks() {
    for (String type : List.of("", "Content-Type: text/plain\r\n", "Content-Type: \r\n",
        "Content-Type: application/json; charset=latin1\r\n", "Content-Type: nonsense;;=\r\n",
        "Content-Type: application/json, text/plain\r\n")) {
      RawConnection.Answer answer = server.ask("POST /events", type, "{\"topic\":\"a\"}");
      assertRefused(415, "unsupported-media-type", answer);
      assertTrue(answer.header("accept").orElseThrow().contains("application/x-ndjson"));
    }
  }

  @Test
  void events_tooLarge_is413() {
    String body = "{\"topic\":\"a\",\"data\":\"" + "x".repeat(PublishServer.BATCH_BYTES_MAX) + "\"}";
    assertRefused(413, "payload-too-large", server.ask("POST /events", JSON, body));
  }

  @Test
  void events_dataTooLarge_is413InEveryForm() {
    String data = "x".repeat(Payload.BYTES_MAX + 1);
    assertRefused(413, "payload-too-large", server.ask("POST /events", JSON, "{\"topic\":\"a\",\"data\":\"" + data
        + "\"}"));
    assertRefused(413, "payload-too-large", server.ask("POST /events", JSON, "[{\"topic\":\"a\",\"data\":\"" + data
        + "\"}]"));
    assertRefused(413, "payload-too-large", server.ask("POST /events", FORM, "topic=a&data=" + data));
    assertRefused(
        413,
        "payload-too-large",
        server.ask("POST /events", MULTIPART, part("topic", "a") + part("data", data) + "--b--"));
  }

  private static String part(String name, String value) {
    return "--b\r\nContent-Disposition: form-data; name=\"" + name + "\"\r\n\r\n" + value + "\r\n";
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "data=x | invalid-topic", // no topic at all
        "topic=&data=x | invalid-topic",
        "topic=a&dta=x | malformed-request",
        "topic=a&data=x&data=y | invalid-data",
        "topic=a&data=%ff | malformed-request",
        "topic=a&data=% | malformed-request",
        "{\"topic\":\"a\"} | malformed-request", // what curl -d makes of JSON
        "topic=a&type=a%0ab | invalid-type",
      })
  void form_wrong_is400(String body, String code) {
    assertRefused(400, code, server.ask("POST /events", FORM, body));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{ | malformed-request",
        "\"x\" | malformed-request",
        "{} | invalid-topic",
        "{\"topic\":\"a\",\"dta\":1} | malformed-request",
        "{\"topic\":\"a\",\"topic\":\"b\"} | malformed-request",
        "{\"topic\":\"a\"} x | malformed-request",
        "{\"topic\":\"a\\u0000\"} | invalid-topic",
        "{\"topic\":\"a\",\"data\":\"\\ud800\"} | invalid-data",
        "{\"topic\":[]} | invalid-topic",
        "{\"topic\":\"a\",\"ttl\":\"x\"} | invalid-ttl",
      })
  void json_wrong_is400(String body, String code) {
    RawConnection.Answer answer = server.ask("POST /events", JSON, body);
    assertEquals(400, answer.status());
    assertTrue(List.of(code, "malformed-request").contains(new JsonObject(answer.body()).getString("code")),
        answer.body());
    assertEquals(List.of(), server.port.drafts());
  }

  @Test
  void json_contradictsTheHead_is400() {
    assertRefused(400, "invalid-type", server.ask("POST /events?type=x", JSON, "{\"topic\":\"a\",\"type\":\"y\"}"));
    assertRefused(400, "invalid-key", server.ask("POST /events", JSON + "Idempotency-Key: 1\r\n",
        "{\"topic\":\"a\",\"key\":\"2\"}"));
  }

  @Test
  void batch_optionsForAll_are400() {
    assertRefused(400, "malformed-request", server.ask("POST /events", JSON + "Idempotency-Key: 1\r\n",
        "[{\"topic\":\"a\"}]"));
    assertRefused(400, "malformed-request", server.ask("POST /events?topic=a", "Content-Type: application/x-ndjson\r\n",
        "{\"topic\":\"a\"}"));
  }

  @Test
  void multipart_wrong_is400() {
    for (String body : List.of("", "--b", "--b--garbage--b", "--b\r\n", "--b\r\n\r\nx\r\n--b--", part("topic", "a"),
        part("topic", "a") + part("x", "y") + "--b--", "--bb\r\n\r\n--bb--")) {
      RawConnection.Answer answer = server.ask("POST /events", MULTIPART, body);
      assertEquals(400, answer.status(), body);
    }
    assertEquals(400, server.ask("POST /events", "Content-Type: multipart/form-data\r\n", part("topic", "a")
        + "--b--").status());
    assertEquals(List.of(), server.port.drafts());
  }

  // Methods and other places.

  @Test
  void methods_other_are405WithAllow() {
    for (String method : List.of("DELETE", "PATCH", "TRACE", "PURGE")) {
      RawConnection.Answer item = server.ask(method + " /events/a HTTP/1.1\r\nHost: h\r\n\r\n");
      assertRefused(405, "method-not-allowed", item);
      assertEquals("GET, HEAD, OPTIONS, POST, PUT", item.header("allow").orElseThrow());
      assertEquals("GET, HEAD, OPTIONS, POST", server.ask(method
          + " /events HTTP/1.1\r\nHost: h\r\n\r\n").header("allow").orElseThrow());
    }
    assertRefused(405, "method-not-allowed", server.ask("PUT /events", JSON, "{\"topic\":\"a\"}"));
    assertEquals("GET", server.ask("POST /", "", "x").header("allow").orElseThrow());
  }

  @Test
  void options_withoutOrigin_is204WithAllow() {
    RawConnection.Answer answer = server.ask("OPTIONS /events/a HTTP/1.1\r\nHost: h\r\n\r\n");
    assertEquals(204, answer.status());
    assertEquals("GET, HEAD, OPTIONS, POST, PUT", answer.header("allow").orElseThrow());
  }

  @Test
  void elsewhere_is404AndHeadHasNoBody() {
    assertRefused(404, "not-found", server.ask("GET /eventsx HTTP/1.1\r\nHost: h\r\n\r\n"));
    try (RawConnection connection = server.connect()) {
      connection.send("HEAD /elsewhere HTTP/1.1\r\nHost: h\r\n\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n");
      assertEquals(404, connection.head().status());
      assertEquals("the page", connection.answer().body());
    }
  }

  @Test
  void bug_is500AndShowsNothingOfIt() {
    RawConnection.Answer answer = server.ask("GET /bug HTTP/1.1\r\nHost: h\r\n\r\n");
    assertRefused(500, "internal", answer);
    assertFalse(answer.body().contains("secret"));
  }

  @Test
  void notHttp_isAnsweredAndClosed() {
    for (String[] bad :
        new String[][] {
          {"POST /events/a HTTP/1.1\r\nbad header\u0001: x\r\n\r\n", "400"},
          {"nonsense\r\n\r\n", "400"},
          {"POST /events/a HTTP/1.1\r\n\r\n", "400"}, // no host
          {"POST /" + "x".repeat(5000) + " HTTP/1.1\r\nHost: h\r\n\r\n", "414"},
          {"POST / HTTP/1.1\r\nHost: h\r\nx: " + "x".repeat(17000) + "\r\n\r\n", "431"},
        }) {
      RawConnection.Answer answer = server.ask(bad[0]);
      assertEquals(bad[1], Integer.toString(answer.status()));
      assertTrue(new JsonObject(answer.body()).containsKey("code"));
    }
  }

  @Test
  void requestSmuggling_lengthAndChunks_neverStoreASecondEvent() {
    try (RawConnection connection = server.connect()) {
      String fields = "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n";
      String body = "0\r\n\r\nPOST /events/evil HTTP/1.1\r\n";
      connection.send("POST /events/a HTTP/1.1\r\nHost: h\r\n" + fields + "\r\n" + body);
      assertTrue(List.of(201, 400).contains(connection.answer().status()));
    }
    assertTrue(server.port.drafts().stream().noneMatch(draft -> draft.topics().get(0).name().equals("evil")));
  }

  /** Random mutations of valid requests: whatever they are, the answer is no 500 and the server lives. */
  @Test
  void fuzz_mutatedRequests_neverMakeA500() {
    long seed = new Random().nextLong();
    System.out.println("HostilePublishTest.fuzz seed " + seed);
    var random = new Random(seed);
    String[] valid = {
      request("POST /events/a/b?type=t&key=k&topic=c", "X-TTL: 5m\r\nAccept: application/json;q=0.5, */*\r\n", "hello"),
      request("POST /events", FORM, "topic=a&data=x%20y&type=t"),
      request("POST /events", JSON, "{\"topic\":[\"a\"],\"data\":{\"x\":[1,2.5e3,\"y\"]},\"key\":\"k\"}"),
      request("POST /events", JSON, "[{\"topic\":\"a\"},{\"topic\":\"b\",\"data\":null}]"),
      request("POST /events", "Content-Type: application/x-ndjson\r\n", "{\"topic\":\"a\"}\n{\"topic\":\"b\"}\n"),
      request("POST /events", MULTIPART, part("topic", "a") + part("data", "x") + "--b--"),
      "POST /events/a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
    };
    String structure = "%\r\n:{}[]\",;=&/*.\0- ";
    for (int i = 0; i < 400; i++) {
      byte[] mutated = valid[i % valid.length].getBytes(StandardCharsets.ISO_8859_1);
      for (int times = 1 + random.nextInt(3); times > 0; times--) {
        mutated[random.nextInt(mutated.length)] =
            (byte) (random.nextBoolean() ? random.nextInt(256) : structure.charAt(random.nextInt(structure.length())));
      }
      try (RawConnection connection = server.connect()) {
        connection.send(mutated).send("\r\n\r\nGET /eventsx HTTP/1.1\r\nConnection: close\r\nHost: h\r\n\r\n".repeat(3))
            .finish();
        int status = connection.head().status();
        // 501 is how the framework answers other versions of HTTP, before anything of ours sees them
        assertTrue(status < 500 || status == 501, () -> "500 for " + new String(mutated, StandardCharsets.ISO_8859_1));
      } catch (UncheckedIOException closedOrWaiting) {
        // no answer, because the body was declared to be longer or is no longer HTTP: fine as long as the server lives
      }
    }
    assertEquals(201, server.ask("POST /events/a", "", "x").status());
  }
}
