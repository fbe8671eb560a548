package carillon.sse;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import carillon.event.Event;
import carillon.event.EventId;
import carillon.event.GapReason;
import carillon.event.Payload;
import carillon.event.Topic;
import carillon.sse.EventStreamReader.Field;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the hub itself says on a stream: the bytes, and what a client makes of them. */
class ControlFramesTest {

  private static final EventId OLD = new EventId(0x00c4f1a90b7eL, 7);
  private static final EventId NEW = new EventId(0x00c4f1a90b7eL, 1042);
  private static final Duration RETRY = Duration.ofSeconds(2);

  /** A reader whose client has seen an event already, so that a moved cursor shows. */
  private static EventStreamReader readerAt(EventId id) {
    return new EventStreamReader().feed(("id: " + id + "\ndata: x\n\n").getBytes(UTF_8));
  }

  // Opening.

  @Test
  void opening_eventStream_isRetryAndComment() {
    for (Rendering rendering : List.of(Rendering.EVENTS, Rendering.EVENTS_WITH_TOPICS, Rendering.ENVELOPE)) {
      Buffer opening = ControlFrames.opening(rendering, RETRY);
      assertEquals("retry: 2000\n: carillon\n\n", opening.toString());
      var reader = new EventStreamReader().feed(opening.getBytes());
      assertEquals(OptionalLong.of(2000), reader.retry());
      assertEquals(1, reader.comments().size());
      assertEquals(List.of(), reader.events());
      assertEquals("", reader.lastEventId());
      assertTrue(reader.isBetweenBlocks());
    }
  }

  @Test
  void opening_ndjson_isNothing() {
    assertEquals(0, ControlFrames.opening(Rendering.NDJSON, RETRY).length());
  }

  @Test
  void opening_negativeRetry_isTheCallersError() {
    assertThrows(IllegalArgumentException.class, () -> ControlFrames.opening(Rendering.EVENTS, Duration.ofMillis(-1)));
  }

  // Heartbeat.

  @Test
  void heartbeat_eventStream_isOneCommentLine() {
    assertEquals(": heartbeat\n", ControlFrames.heartbeat(Rendering.EVENTS).toString());
    EventStreamReader reader = readerAt(OLD).feed(ControlFrames.heartbeat(Rendering.EVENTS).getBytes());
    assertEquals(List.of(" heartbeat"), reader.comments());
    assertEquals(1, reader.events().size());
    assertEquals(List.of(), reader.silentBlocks());
    assertTrue(reader.isBetweenBlocks());
  }

  @Test
  void heartbeat_ndjson_isOneObject() {
    assertEquals("{\"type\":\"hub.heartbeat\"}\n", ControlFrames.heartbeat(Rendering.NDJSON).toString());
  }

  @ParameterizedTest
  @EnumSource(Rendering.class)
  void heartbeat_appendedTo_leavesTheNextOneAsItWas(Rendering rendering) {
    String before = ControlFrames.heartbeat(rendering).toString();
    ControlFrames.heartbeat(rendering).appendString("x");
    assertEquals(before, ControlFrames.heartbeat(rendering).toString());
  }

  // Checkpoint.

  @Test
  void checkpoint_eventStream_movesTheCursorAndFiresNothing() {
    assertEquals("id: 00c4f1a90b7e-1042\n\n", ControlFrames.checkpoint(Rendering.EVENTS, NEW).toString());
    Buffer checkpoint = ControlFrames.checkpoint(Rendering.EVENTS_WITH_TOPICS, NEW);
    EventStreamReader reader = readerAt(OLD).feed(checkpoint.getBytes());
    assertEquals(NEW.toString(), reader.lastEventId());
    assertEquals(1, reader.events().size());
    assertEquals(List.of(List.of(new Field("id", NEW.toString()))), reader.silentBlocks());
    assertTrue(reader.isBetweenBlocks());
  }

  @Test
  void checkpoint_ndjson_isAHeartbeatWithId() {
    assertEquals(
        "{\"id\":\"00c4f1a90b7e-1042\",\"type\":\"hub.heartbeat\"}\n",
        ControlFrames.checkpoint(Rendering.NDJSON, NEW).toString());
  }

  // Gap.

  @Test
  void gap_eventStream_isThis() {
    assertEquals(
        """
        event: hub.gap
        data: {"reason":"expired","requested":"00c4f1a90b7e-3","oldest":"00c4f1a90b7e-7","newest":"00c4f1a90b7e-1042"}

        """,
        ControlFrames.gap(Rendering.EVENTS, GapReason.EXPIRED, "00c4f1a90b7e-3", OLD, NEW).toString());
  }

  @Test
  void gap_emptyLog_saysNull() {
    assertEquals(
        "event: hub.gap\ndata: {\"reason\":\"unknown\",\"requested\":\"42\",\"oldest\":null,\"newest\":null}\n\n",
        ControlFrames.gap(Rendering.ENVELOPE, GapReason.UNKNOWN, "42", null, null).toString());
  }

  @Test
  void gap_ndjson_isOneObjectWithDataAsText() {
    String line = ControlFrames.gap(Rendering.NDJSON, GapReason.AHEAD, "\"\n", OLD, NEW).toString();
    assertEquals(line.length() - 1, line.indexOf('\n'));
    JsonObject json = new JsonObject(line);
    assertEquals(List.of("type", "data"), List.copyOf(json.fieldNames()));
    assertEquals("hub.gap", json.getString("type"));
    assertEquals("\"\n", new JsonObject(json.getString("data")).getString("requested"));
  }

  @ParameterizedTest
  @EnumSource(GapReason.class)
  void gap_anyReason_firesOneEventAndLeavesTheCursor(GapReason reason) {
    Buffer gap = ControlFrames.gap(Rendering.EVENTS, reason, "x", OLD, NEW);
    EventStreamReader reader = readerAt(OLD).feed(gap.getBytes());
    EventStreamReader.Event event = reader.events().get(1);
    assertEquals("hub.gap", event.type());
    assertEquals(reason.label(), new JsonObject(event.data()).getString("reason"));
    assertEquals(OLD.toString(), reader.lastEventId());
    assertEquals(List.of("event", "data"), event.fields().stream().map(Field::name).toList());
    assertTrue(reader.isBetweenBlocks());
  }

  /** A client's text must not end the line, the string or the encoding it stands in. */
  @ParameterizedTest
  @ValueSource(strings = {
    "", "\n\ndata: forged\n\n", "\r", "\r\nid: 1", "\"}", "\\", "\0", "\u001f\u007f\u0085", "\u2028\u2029", "\ufeff",
    "é€\ud83d\ude00", "</script>"
  })
  void gap_hostileRequest_comesBackEscaped(String requested) {
    byte[] bytes = ControlFrames.gap(Rendering.EVENTS, GapReason.UNKNOWN, requested, null, NEW).getBytes();
    for (int i = 0; i <= bytes.length; i++) {
      EventStreamReader reader = readerAt(OLD).feed(bytes, 0, i).feed(bytes, i, bytes.length);
      assertEquals(2, reader.events().size());
      assertEquals(requested, new JsonObject(reader.events().get(1).data()).getString("requested"));
      assertEquals(OLD.toString(), reader.lastEventId());
      assertTrue(reader.isWellFormed());
      assertTrue(reader.isBetweenBlocks());
    }
  }

  @Test
  void gap_longRequest_isCutBetweenCharacters() {
    assertEquals("x".repeat(128), requestedBack("x".repeat(128)));
    assertEquals("x".repeat(128) + "…", requestedBack("x".repeat(129)));
    assertEquals("x".repeat(127) + "…", requestedBack("x".repeat(127) + "\ud83d\ude00"));
    assertEquals("x".repeat(126) + "\ud83d\ude00…", requestedBack("x".repeat(126) + "\ud83d\ude00y"));
    int longest = ControlFrames.gap(Rendering.NDJSON, GapReason.UNKNOWN, "\0".repeat(1 << 16), NEW, NEW).length();
    assertTrue(longest < 1200, "128 characters of 7 bytes and little else, got " + longest);
  }

  @Test
  void gap_unpairedSurrogate_isStillWellFormed() {
    byte[] bytes = ControlFrames.gap(Rendering.EVENTS, GapReason.UNKNOWN, "a\ud83d", null, null).getBytes();
    assertTrue(new EventStreamReader().feed(bytes).isWellFormed());
  }

  private static String requestedBack(String requested) {
    byte[] bytes = ControlFrames.gap(Rendering.EVENTS, GapReason.UNKNOWN, requested, null, null).getBytes();
    return new JsonObject(new EventStreamReader().feed(bytes).events().get(0).data()).getString("requested");
  }

  @Test
  void gapReason_labels_areTheContract() {
    assertEquals(
        List.of("expired", "ahead", "epoch", "unknown"),
        List.of(GapReason.values()).stream().map(GapReason::label).toList());
  }

  // Closing.

  @Test
  void closing_eventStream_isThis() {
    Buffer closing = ControlFrames.closing(Rendering.EVENTS, "draining", Duration.ofMillis(3120));
    assertEquals("retry: 3120\nevent: hub.closing\ndata: {\"reason\":\"draining\"}\n\n", closing.toString());
    EventStreamReader reader = readerAt(OLD).feed(closing.getBytes()).end();
    assertEquals(OptionalLong.of(3120), reader.retry());
    assertEquals("hub.closing", reader.events().get(1).type());
    assertEquals(OLD.toString(), reader.lastEventId());
  }

  @Test
  void closing_ndjson_isOneObject() {
    assertEquals(
        "{\"type\":\"hub.closing\",\"retry\":3120,\"data\":\"{\\\"reason\\\":\\\"draining\\\"}\"}\n",
        ControlFrames.closing(Rendering.NDJSON, "draining", Duration.ofMillis(3120)).toString());
  }

  @Test
  void tokenExpiring_saysWhenAndMovesNothing() {
    Instant end = Instant.parse("2026-01-31T23:59:59.250Z");
    Buffer expiring = ControlFrames.tokenExpiring(Rendering.EVENTS, end);
    assertEquals(
        "event: hub.token-expiring\ndata: {\"expiresAt\":\"2026-01-31T23:59:59.250Z\"}\n\n", expiring.toString());
    EventStreamReader reader = readerAt(OLD).feed(expiring.getBytes()).end();
    assertEquals("hub.token-expiring", reader.events().get(1).type());
    assertEquals(OLD.toString(), reader.lastEventId());
    assertEquals(
        "{\"type\":\"hub.token-expiring\",\"data\":\"{\\\"expiresAt\\\":\\\"2026-01-31T23:59:59.250Z\\\"}\"}\n",
        ControlFrames.tokenExpiring(Rendering.NDJSON, end).toString());
  }

  @Test
  void closing_negativeRetry_isTheCallersError() {
    Duration negative = Duration.ofMillis(-1);
    assertThrows(IllegalArgumentException.class, () -> ControlFrames.closing(Rendering.EVENTS, "x", negative));
  }

  // Together.

  @Test
  void wholeStream_cutAnywhere_saysWhatWasMeant() {
    Buffer stream = Buffer.buffer()
        .appendBuffer(ControlFrames.opening(Rendering.EVENTS, RETRY))
        .appendBuffer(ControlFrames.gap(Rendering.EVENTS, GapReason.EPOCH, "0000000000ff-1", OLD, NEW))
        .appendBuffer(ControlFrames.heartbeat(Rendering.EVENTS));
    Frame.of(new Event(OLD, List.of(new Topic("t")), null, Payload.of("a\r\n"), Instant.EPOCH, null, null))
        .appendTo(stream, Rendering.EVENTS);
    stream
        .appendBuffer(ControlFrames.heartbeat(Rendering.EVENTS))
        .appendBuffer(ControlFrames.checkpoint(Rendering.EVENTS, NEW))
        .appendBuffer(ControlFrames.closing(Rendering.EVENTS, "draining", Duration.ofMillis(9)));
    byte[] bytes = stream.getBytes();
    for (int i = 0; i <= bytes.length; i++) {
      var reader = new EventStreamReader().feed(bytes, 0, i).feed(bytes, i, bytes.length).end();
      assertEquals(
          List.of("hub.gap", "message", "hub.closing"),
          reader.events().stream().map(EventStreamReader.Event::type).toList());
      assertEquals(
          List.of("", OLD.toString(), NEW.toString()),
          reader.events().stream().map(EventStreamReader.Event::lastEventId).toList());
      assertEquals("a\n", reader.events().get(1).data());
      assertEquals(3, reader.comments().size());
      assertEquals(OptionalLong.of(9), reader.retry());
    }
  }
}
