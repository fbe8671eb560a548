package carillon.http;

import static carillon.http.PublishServer.request;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import carillon.event.Draft;
import carillon.event.EventId;
import carillon.event.Payload;
import carillon.event.Topic;
import carillon.harness.Eventually;
import carillon.publish.Outcome;
import carillon.publish.Refusal;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Every spelling of a publish, literally on the wire. */
class PublishTest {

  private static final String FORM = "Content-Type: application/x-www-form-urlencoded\r\n";
  private static final String JSON = "Content-Type: application/json\r\n";
  private static final String NDJSON = "Content-Type: application/x-ndjson\r\n";

  private static PublishServer server;

  @BeforeAll
  static void start() {
    server = new PublishServer();
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  @BeforeEach
  void forget() {
    server.port.reset();
  }

  private static Draft onlyDraft() {
    List<Draft> drafts = server.port.drafts();
    assertEquals(1, drafts.size());
    return drafts.get(0);
  }

  private static List<String> topics(Draft draft) {
    return draft.topics().stream().map(topic -> topic.name()).toList();
  }

  private static String latin1(String text) {
    return new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
  }

  // One event, raw.

  @Test
  void item_post_answersLiterally() {
    try (RawConnection connection = server.connect()) {
      RawConnection.Answer answer = connection.send(request("POST /events/news", "", "hello")).answer();
      assertEquals(201, answer.status());
      assertEquals(
          List.of("content-type: text/plain; charset=utf-8", "content-length: 14", "cache-control: no-store"),
              answer.head());
      assertEquals(RecordingPort.id(1), answer.body());
    }
    assertEquals(Draft.of(new Topic("news"), Payload.of("hello")), onlyDraft());
  }

  @Test
  void item_put_isTheSame() {
    assertEquals(201, server.ask("PUT /events/news", "", "hello").status());
    assertEquals("hello", onlyDraft().data().toString());
  }

  @Test
  void item_anyContentType_takesTheBodyAsItIs() {
    for (String type :
        List.of("application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/json", "image/png",
            "text/plain; charset=x", ";")) {
      server.port.reset();
      assertEquals(201, server.ask("POST /events/news", "Content-Type: " + type + "\r\n", "a=b&c=%zz+{").status(),
          type);
      assertEquals("a=b&c=%zz+{", onlyDraft().data().toString(), type);
    }
  }

  @Test
  void item_deepAndEncodedPath_isOneTopic() {
    assertEquals(201, server.ask("POST /events/a/b%2Fc/z%C3%BCrich+1%20%2b", "", "x").status());
    assertEquals(List.of("a/b/c/zürich+1 +"), topics(onlyDraft()));
  }

  @Test
  void item_rawUtf8InPath_isTheSameTopicAsEncoded() {
    assertEquals(201, server.ask("POST /events/" + latin1("zürich"), "", "x").status());
    assertEquals(List.of("zürich"), topics(onlyDraft()));
  }

  @Test
  void item_absoluteForm_isTheSameTopic() {
    assertEquals(201, server.ask("POST http://hub/events/news?type=a", "", "x").status());
    assertEquals(List.of("news"), topics(onlyDraft()));
  }

  @Test
  void item_payloads_arriveAsSent() {
    for (String data : List.of("", "a\nb\r\nc\rd", "  leading", "data: x\n\n", "😀", "a\0b", "\uFEFFbom")) {
      server.port.reset();
      assertEquals(201, server.ask("POST /events/news", "", latin1(data)).status());
      assertEquals(data, onlyDraft().data().toString());
    }
  }

  @Test
  void item_noBodyAtAll_isAnEmptyEvent() {
    assertEquals(201, server.ask("POST /events/news HTTP/1.1\r\nHost: hub\r\n\r\n").status());
    assertEquals(0, onlyDraft().data().size());
  }

  @Test
  void item_chunkedBody_isPutTogether() {
    String head = "POST /events/news HTTP/1.1\r\nHost: hub\r\nTransfer-Encoding: chunked\r\n\r\n";
    assertEquals(201, server.ask(head + "3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nTrailer: x\r\n\r\n").status());
    assertEquals("abcde", onlyDraft().data().toString());
  }

  @Test
  void item_headOfHttp10_isAnsweredAndClosed() {
    try (RawConnection connection = server.connect()) {
      connection.send("POST /events/news HTTP/1.0\r\nContent-Length: 2\r\n\r\nhi");
      assertEquals(RecordingPort.id(1), connection.answer().body());
      assertTrue(connection.isClosed());
    }
  }

  @Test
  void item_options_byHeaderQueryOrBoth() {
    String said = "type=greeting key=k1 ttl=PT10M retry=PT2S";
    for (String[] spelling :
        new String[][] {
          {"?type=greeting&key=k1&ttl=10m&retry=2s", ""},
          {"?ttl=600&retry=2000", "X-Type: greeting\r\nIdempotency-Key: k1\r\n"},
          {"", "Type: greeting\r\nKey: k1\r\nTTL: 10m\r\nRetry: 2s\r\n"},
          {"", "x-type: greeting\r\nx-key: k1\r\nx-ttl: 600\r\nx-retry: 2000\r\n"},
          {"?type=greeting&type=greeting&key=", "Type: greeting\r\nKey: k1\r\nX-Key: k1\r\nTTL: 10m\r\nRetry: 2s\r\n"},
        }) {
      server.port.reset();
      assertEquals(201, server.ask("POST /events/news" + spelling[0], spelling[1], "x").status(), spelling[0]
          + spelling[1]);
      Draft draft = onlyDraft();
      assertEquals(said, "type=" + draft.type() + " key=" + draft.key() + " ttl=" + draft.ttl() + " retry="
          + draft.retry());
    }
  }

  @Test
  void item_private_byHeaderOrQuery() {
    for (String[] spelling :
        new String[][] {
          {"?private=true", "", "true"},
          {"?private=1", "X-Private: true\r\n", "true"},
          {"", "X-Private: on\r\nPrivate: on\r\n", "true"},
          {"?private=false", "", "false"},
          {"?private=", "Private: 0\r\n", "false"},
          {"", "", "false"},
        }) {
      server.port.reset();
      assertEquals(201, server.ask("POST /events/news" + spelling[0], spelling[1], "x").status());
      assertEquals(spelling[2], Boolean.toString(onlyDraft().isPrivate()), spelling[0] + spelling[1]);
    }
    for (String line : List.of("POST /events/a?private=yes", "POST /events/a?private=true&private=false")) {
      assertEquals(400, server.ask(line, "", "x").status(), line);
    }
  }

  @Test
  void form_private_isTheSameInBodyAndQuery() {
    String form = "Content-Type: application/x-www-form-urlencoded\r\n";
    assertEquals(201, server.ask("POST /events", form, "topic=a&data=x&private=on").status());
    assertTrue(onlyDraft().isPrivate());
    server.port.reset();
    String json = "Content-Type: application/json\r\n";
    assertEquals(201, server.ask("POST /events?private=true", json, "{\"topic\":\"a\"}").status());
    assertTrue(onlyDraft().isPrivate());
    String said = "{\"topic\":\"a\",\"private\":true}";
    assertEquals(400, server.ask("POST /events?private=false", json, said).status());
  }

  @Test
  void item_utf8InOptions_isTheSameByHeaderAndQuery() {
    assertEquals(201, server.ask("POST /events/news?key=schl%C3%BCssel", "Idempotency-Key: " + latin1("schlüssel")
        + "\r\n", "").status());
    assertEquals("schlüssel", String.valueOf(onlyDraft().key()));
  }

  @Test
  void item_moreTopicsInQuery_areAddedBehindThePath() {
    assertEquals(201, server.ask("POST /events/a?topic=b&topic=c%2Fd&topic=a", "", "x").status());
    assertEquals(List.of("a", "b", "c/d"), topics(onlyDraft()));
  }

  // Answers.

  @Test
  void accept_json_answersAnObject() {
    RawConnection.Answer answer = server.ask("POST /events/a?topic=b", "Accept: application/json\r\n", "x");
    assertEquals("application/json", answer.header("content-type").orElseThrow());
    assertEquals(
        new JsonObject().put("id", RecordingPort.id(1)).put("topics",
            new JsonArray().add("a").add("b")).put("duplicate", false),
        new JsonObject(answer.body()));
  }

  @Test
  void accept_nothingWeHave_storesAllTheSame() {
    RawConnection.Answer answer = server.ask("POST /events/a", "Accept: text/html\r\n", "x");
    assertEquals(201, answer.status());
    assertEquals(RecordingPort.id(1), answer.body());
  }

  @Test
  void outcome_duplicate_answers200WithTheFirstId() {
    server.port.answerWith(new Outcome.Accepted(new EventId(RecordingPort.EPOCH, 7), true));
    RawConnection.Answer text = server.ask("POST /events/a", "", "x");
    assertEquals(200, text.status());
    assertEquals(RecordingPort.id(7), text.body());
    assertTrue(new JsonObject(server.ask("POST /events/a", "Accept: application/json\r\n",
        "x").body()).getBoolean("duplicate"));
  }

  @Test
  void outcome_transient_answers202WithoutId() {
    server.port.answerWith(new Outcome.Accepted(null, false));
    RawConnection.Answer text = server.ask("POST /events/a", "", "x");
    assertEquals(202, text.status());
    assertEquals("", text.body());
    assertFalse(new JsonObject(server.ask("POST /events/a", "Accept: application/json\r\n",
        "x").body()).containsKey("id"));
  }

  @Test
  void outcome_refused_isTheProblemOfTheReason() {
    for (Refusal reason : Refusal.values()) {
      server.port.answerWith(new Outcome.Refused(reason));
      RawConnection.Answer answer = server.ask("POST /events/a", "", "x");
      assertEquals(reason.status(), answer.status());
      assertEquals("application/problem+json", answer.header("content-type").orElseThrow());
      assertEquals(reason.label(), new JsonObject(answer.body()).getString("code"));
      assertEquals(reason.status() == 503, answer.header("retry-after").isPresent());
    }
  }

  @Test
  void outcome_unknownOrBroken_is504() {
    server.port.answerWith(new Outcome.Unknown("a secret of the operator"));
    RawConnection.Answer answer = server.ask("POST /events/a", "", "x");
    assertEquals(504, answer.status());
    assertEquals("outcome-unknown", new JsonObject(answer.body()).getString("code"));
    assertFalse(answer.body().contains("secret"));
    server.port.fail();
    assertEquals(504, server.ask("POST /events/a", "", "x").status());
  }

  @Test
  void pipelined_mixed_answersInOrder() {
    try (RawConnection connection = server.connect()) {
      var requests = new StringBuilder();
      for (int i = 0; i < 50; i++) {
        requests.append(request("POST /events/" + (i % 5 == 4 ? "a//b" : "a"), "", "event " + i));
      }
      connection.send(requests.toString());
      List<Integer> statuses = IntStream.range(0, 50).mapToObj(i -> connection.answer().status()).toList();
      assertEquals(IntStream.range(0, 50).mapToObj(i -> i % 5 == 4 ? 400 : 201).toList(), statuses);
    }
    assertEquals(
        IntStream.range(0, 50).filter(i -> i % 5 != 4).mapToObj(i -> "event " + i).toList(),
        server.port.drafts().stream().map(draft -> draft.data().toString()).toList());
  }

  // Forms.

  @Test
  void form_urlEncoded_isOneEvent() {
    String body = "topic=a&topic=b%2Fc&data=x%20y+%F0%9F%98%80%0A&type=t&key=k&ttl=60&retry=";
    assertEquals(201, server.ask("POST /events", FORM, body).status());
    Draft draft = onlyDraft();
    assertEquals(List.of("a", "b/c"), topics(draft));
    assertEquals("x y 😀\n", draft.data().toString());
    assertEquals(Duration.ofMinutes(1), draft.ttl());
    assertNull(draft.retry());
  }

  @Test
  void form_multipart_isOneEvent() {
    String body =
        "preamble\r\n--b0 \r\nContent-Disposition: form-data; name=topic\r\n\r\na\r\n"
            + "--b0\r\ncontent-disposition: form-data; name=\"data\"; filename=\"x.bin\"\r\n"
            + "Content-Type: image/png\r\n\r\n"
            + latin1("zwei\r\n--Zeilen – 😀\r\n") + "\r\n--b0--\r\nepilogue";
    assertEquals(201, server.ask("POST /events?type=t", "Content-Type: multipart/form-data; boundary=\"b0\"\r\n",
        body).status());
    assertEquals(List.of("a"), topics(onlyDraft()));
    assertEquals("zwei\r\n--Zeilen – 😀\r\n", onlyDraft().data().toString());
    assertEquals("t", String.valueOf(onlyDraft().type()));
  }

  // JSON.

  @Test
  void json_object_isOneEvent() {
    assertEquals(201, server.ask("POST /events", JSON,
        " {\"topic\":[\"a\",\"b\"],\"data\":{\"n\":1.10},\"key\":\"k\"}").status());
    assertEquals("{\"n\":1.10}", onlyDraft().data().toString());
    assertEquals(List.of("a", "b"), topics(onlyDraft()));
  }

  @Test
  void json_objectAndQuery_addUp() {
    assertEquals(201, server.ask("POST /events?topic=b&type=t&ttl=1m", JSON,
        "{\"topic\":\"a\",\"ttl\":60,\"retry\":5}").status());
    Draft draft = onlyDraft();
    assertEquals(List.of("a", "b"), topics(draft));
    assertEquals("t", String.valueOf(draft.type()));
    assertEquals(Duration.ofMillis(5), draft.retry());
  }

  @Test
  void json_array_answersOneItemInOneLine() {
    server.port.answerWith(
        draft ->
            switch (draft.data().toString()) {
              case "conflict" -> new Outcome.Refused(Refusal.KEY_CONFLICT);
              case "transient" -> new Outcome.Accepted(null, false);
              default -> new Outcome.Accepted(new EventId(RecordingPort.EPOCH, 1), false);
            });
    String items =
        "[{\"topic\":\"a\"},\n{\"topic\":\"b\",\"data\":\"conflict\"},{\"topic\":\"c\",\"data\":\"transient\"}]";
    RawConnection.Answer answer = server.ask("POST /events", JSON, items);
    assertEquals(207, answer.status());
    assertEquals("application/json", answer.header("content-type").orElseThrow());
    assertEquals(3, answer.body().lines().count());
    var results = new JsonArray(answer.body());
    assertEquals(RecordingPort.id(1), results.getJsonObject(0).getString("id"));
    assertEquals("key-conflict", results.getJsonObject(1).getJsonObject("error").getString("code"));
    assertEquals(new JsonArray().add("c"), results.getJsonObject(2).getJsonArray("topics"));
  }

  @Test
  void json_arrayAllAlike_hasTheStatusOfItsItems() {
    String items = "[{\"topic\":\"a\"},{\"topic\":\"b\"}]";
    assertEquals(201, server.ask("POST /events", JSON, items).status());
    server.port.answerWith(new Outcome.Accepted(new EventId(1, 1), true));
    assertEquals(200, server.ask("POST /events", JSON, items).status());
    server.port.answerWith(new Outcome.Refused(Refusal.LOG_FULL));
    RawConnection.Answer full = server.ask("POST /events", JSON, items);
    assertEquals(507, full.status());
    assertEquals("log-full", new JsonObject(full.body()).getString("code"));
    assertEquals("[]", server.ask("POST /events", JSON, "[]").body());
  }

  @Test
  void json_arrayWithAcceptLines_answersLines() {
    String items = "[{\"topic\":\"a\"},{\"topic\":\"b\"}]";
    String lines = server.ask("POST /events", JSON + "Accept: application/x-ndjson\r\n", items).body();
    assertEquals(List.of(RecordingPort.id(1), RecordingPort.id(2)),
        lines.lines().map(line -> new JsonObject(line).getString("id")).toList());
    assertEquals(RecordingPort.id(3) + "\n" + RecordingPort.id(4), server.ask("POST /events", JSON
        + "Accept: text/plain\r\n", items).body());
  }

  @Test
  void json_longArray_goesInSlicesInOrder() {
    int count = 2 * PublishHandler.SLICE_MAX + 1;
    var items = new JsonArray();
    IntStream.range(0, count).forEach(i -> items.add(new JsonObject().put("topic", "a").put("data", "" + i)));
    RawConnection.Answer answer = server.ask("POST /events", JSON, items.encode());
    assertEquals(201, answer.status());
    assertEquals(count, answer.body().lines().count());
    assertEquals(List.of(PublishHandler.SLICE_MAX, PublishHandler.SLICE_MAX, 1), server.port.groupSizes());
    assertEquals(
        IntStream.range(0, count).mapToObj(Integer::toString).toList(),
        server.port.drafts().stream().map(draft -> draft.data().toString()).toList());
  }

  @Test
  void json_arrayWithOneBadItem_storesNothingAndNamesIt() {
    RawConnection.Answer answer = server.ask("POST /events", JSON, "[{\"topic\":\"a\"},{\"topic\":\"a//b\"}]");
    assertEquals(400, answer.status());
    assertEquals("invalid-topic", new JsonObject(answer.body()).getString("code"));
    assertTrue(new JsonObject(answer.body()).getString("detail").startsWith("[1]"));
    assertEquals(List.of(), server.port.drafts());
  }

  // NDJSON.

  @Test
  void ndjson_mixed_answersEachLineInOrder() {
    String body =
        "{\"topic\":\"a\",\"data\":\"1\"}\n\n{\"topic\":\"..\"}\r\nnonsense\n{\"topic\":\"b\",\"data\":\"2\"}";
    RawConnection.Answer answer = server.ask("POST /events", NDJSON, body);
    assertEquals(200, answer.status());
    assertEquals("application/x-ndjson", answer.header("content-type").orElseThrow());
    List<JsonObject> lines = answer.body().lines().map(JsonObject::new).toList();
    assertEquals(4, lines.size());
    assertEquals(RecordingPort.id(1), lines.get(0).getString("id"));
    assertEquals("invalid-topic", lines.get(1).getJsonObject("error").getString("code"));
    assertEquals("malformed-request", lines.get(2).getJsonObject("error").getString("code"));
    assertEquals(RecordingPort.id(2), lines.get(3).getString("id"));
  }

  @Test
  void ndjson_linesComeSlowly_eachIsAnsweredAtOnce() {
    try (RawConnection connection = server.connect()) {
      connection.send("POST /events HTTP/1.1\r\nHost: hub\r\nTransfer-Encoding: chunked\r\n" + NDJSON + "\r\n");
      connection.send("c\r\n{\"topic\":\"a\"\r\n");
      connection.send("2\r\n}\n\r\n");
      assertEquals(200, connection.head().status());
      assertEquals(RecordingPort.id(1), new JsonObject(connection.chunk()).getString("id"));
      connection.send("e\r\n{\"topic\":\"b\"}\n\r\n");
      assertEquals(RecordingPort.id(2), new JsonObject(connection.chunk()).getString("id"));
      connection.send("0\r\n\r\n");
      assertNull(connection.chunk());
    }
  }

  @Test
  void ndjson_busyPublisher_gathersTheNextGroupAndPausesTheClient() throws Exception {
    server.port.hold();
    try (RawConnection connection = server.connect()) {
      int count = 1_200;
      // 19 MB, more than the sockets between us hold
      String line = "{\"topic\":\"a\",\"data\":\"" + "x".repeat(16_000) + "\"}\n";
      connection.send("POST /events HTTP/1.1\r\nHost: hub\r\n" + NDJSON + "Content-Length: " + (count * line.length())
          + "\r\n\r\n");
      var sender = new Thread(() -> IntStream.range(0, count).forEach(i -> connection.send(line)));
      sender.start();
      Eventually.await("one batch is held", Duration.ofSeconds(10), () -> server.port.heldCount() == 1);
      for (int turns = 0; turns < 100; turns++) {
        // the loop has time to read on
        assertEquals(404, server.ask("GET /elsewhere HTTP/1.1\r\nHost: h\r\n\r\n").status());
      }
      server.port.release();
      assertEquals(count, connection.answer().body().lines().count());
      sender.join(10_000);
    }
    assertEquals(1_200, server.port.drafts().size());
    int largest = server.port.groupSizes().stream().mapToInt(size -> size).max().orElseThrow();
    int linesOfAPausedClient = BatchStream.WAITING_BYTES_MAX / 16_000 + 10;
    assertTrue(largest > 1 && largest <= linesOfAPausedClient, "largest group " + largest);
  }

  @Test
  void ndjson_tooLongLine_isOneProblemAndTheNextGoOn() {
    String body = "{\"topic\":\"a\",\"data\":\"" + "x".repeat(PublishServer.BATCH_BYTES_MAX)
        + "\"}\n{\"topic\":\"b\"}\n";
    List<JsonObject> lines = server.ask("POST /events", NDJSON, body).body().lines().map(JsonObject::new).toList();
    assertEquals("payload-too-large", lines.get(0).getJsonObject("error").getString("code"));
    assertEquals(RecordingPort.id(1), lines.get(1).getString("id"));
  }

  @Test
  void ndjson_http10_endsWithTheConnection() {
    try (RawConnection connection = server.connect()) {
      connection.send("POST /events HTTP/1.0\r\nContent-Length: 13\r\n" + NDJSON + "\r\n{\"topic\":\"a\"}");
      RawConnection.Answer answer = connection.answer();
      assertTrue(answer.header("transfer-encoding").isEmpty());
      assertEquals(RecordingPort.id(1), new JsonObject(answer.body()).getString("id"));
    }
  }

  @Test
  void ndjson_clientLeaves_wholeLinesAreStoredAndTheRestIsNot() throws Exception {
    try (RawConnection connection = server.connect()) {
      connection.send("POST /events HTTP/1.1\r\nHost: hub\r\n" + NDJSON
          + "Content-Length: 999\r\n\r\n{\"topic\":\"a\"}\n{\"topic\":\"b\"}");
      assertEquals(200, connection.head().status());
      connection.reset();
    }
    assertEquals(201, server.ask("POST /events/after", "", "").status());
    assertEquals(List.of("a", "after"), server.port.drafts().stream().map(draft -> topics(draft).get(0)).toList());
  }

  // HTTP/2.

  @Test
  void http2_everySpelling_isTheSame() {
    var client =
        server
            .vertx()
            .createHttpClient(new HttpClientOptions().setProtocolVersion(HttpVersion.HTTP_2).setHttp2ClearTextUpgrade(
                false));
    List<String> answers = new ArrayList<>();
    for (String[] publish :
        new String[][] {
          {"/events/news?type=t", "text/plain", "hello"},
          {"/events", "application/json", "[{\"topic\":\"a\"}]"},
          {"/events", "application/x-ndjson", "{\"topic\":\"a\"}\n"},
          {"/events/a/../b", "text/plain", "x"},
          {"/events/big", "text/plain", "x".repeat(Payload.BYTES_MAX + 1)},
          {"/events/big", "text/plain", "x".repeat(Payload.BYTES_MAX)},
        }) {
      answers.add(
          PublishServer.await(
              client
              .request(HttpMethod.POST, server.listeningOn(), "127.0.0.1", publish[0])
              .compose(
                  request ->
                      request
                          .putHeader("content-type", publish[1])
                          .send(Buffer.buffer(publish[2]))
                          .compose(response -> response.body().map(body -> response.statusCode() + " "
                              + response.version())))));
    }
    assertEquals(List.of("201 HTTP_2", "201 HTTP_2", "200 HTTP_2", "400 HTTP_2", "413 HTTP_2", "201 HTTP_2"), answers);
    PublishServer.await(client.close());
  }

  @Test
  void smallRequest_splitAnywhere_isTheSame() {
    byte[] whole =
        ("POST /events/a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n")
            .getBytes(StandardCharsets.ISO_8859_1);
    try (RawConnection connection = server.connect()) {
      for (int split = 1; split < whole.length; split++) {
        connection.send(Arrays.copyOf(whole, split)).send(Arrays.copyOfRange(whole, split, whole.length));
        assertEquals(RecordingPort.id(split), connection.answer().body(), "split at " + split);
      }
    }
    assertTrue(server.port.drafts().stream().allMatch(draft -> draft.data().toString().equals("abc")));
  }
}
