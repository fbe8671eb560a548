package carillon.sse;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import carillon.event.Event;
import carillon.event.EventId;
import carillon.event.EventType;
import carillon.event.Payload;
import carillon.event.Topic;
import carillon.sse.EventStreamReader.Field;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;
import java.util.Random;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Whatever is an event comes back from the wire as the same event, however the bytes are cut; and the bytes are these.
 */
class FrameTest {

  private static final EventId ID = new EventId(0x00c4f1a90b7eL, 1042);
  private static final Instant TIME = Instant.parse("2026-11-20T12:38:00.125Z");

  /** What could be taken for something else, by a writer or by a reader. */
  private static final List<String> NASTY = List.of(
      "\n", "\r", "\r\n", "\n\r", "a", " ", ":", "\0", "\"", "\\", "\t", "data: ", "data", "id: 1", "event: x",
      "retry: 9", ": c",
      "\ufeff", "\u2028", "\u2029", "\u0085", "\u000b", "\u000c", "\u007f", "é", "€", "\ud83d\ude00", "\uffff",
      "\ufffd", "\udbff\udfff");

  private static Event event(String data) {
    return new Event(ID, List.of(new Topic("news")), null, Payload.of(data), TIME, null, null);
  }

  private static Event event(
      @Nullable EventId id, List<String> topics, @Nullable String type, String data, @Nullable Duration retry) {
    return new Event(
        id,
        topics.stream().map(Topic::new).toList(),
        type == null ? null : new EventType(type),
        Payload.of(data),
        TIME,
        null,
        retry);
  }

  /** The bytes, after a look at whether their number is what was said. */
  private static byte[] bytes(Event event, Rendering rendering) {
    Frame frame = Frame.of(event);
    Buffer out = Buffer.buffer("before");
    int size = frame.size(rendering);
    frame.appendTo(out, rendering);
    assertEquals("before", out.getString(0, 6));
    assertEquals(size, out.length() - 6, "size in " + rendering);
    return out.getBytes(6, out.length());
  }

  private static String text(Event event, Rendering rendering) {
    return new String(bytes(event, rendering), UTF_8);
  }

  private static String lineFeedsOnly(String data) {
    return data.replace("\r\n", "\n").replace('\r', '\n');
  }

  /** The fields that the wire must hold, in this order, and no other. */
  private static List<Field> fields(Event event, Rendering rendering, String data) {
    var fields = new ArrayList<Field>();
    if (rendering == Rendering.EVENTS_WITH_TOPICS) {
      event.topics().forEach(topic -> fields.add(new Field("topic", topic.name())));
    }
    if (event.id() != null) {
      fields.add(new Field("id", event.id().toString()));
    }
    if (event.type() != null && rendering != Rendering.ENVELOPE_UNTYPED) {
      fields.add(new Field("event", event.type().name()));
    }
    if (event.retry() != null) {
      fields.add(new Field("retry", Long.toString(event.retry().toMillis())));
    }
    for (String line : data.split("\n", -1)) {
      fields.add(new Field("data", line));
    }
    return fields;
  }

  private static JsonObject json(Event event) {
    var json = new JsonObject();
    if (event.id() != null) {
      json.put("id", event.id().toString());
    }
    json.put("topics", new JsonArray(event.topics().stream().map(Topic::name).toList()));
    if (event.type() != null) {
      json.put("type", event.type().name());
    }
    return json.put("time", event.time().toString()).put("data", event.data().toString());
  }

  private static void assertReadsBack(Event event, Rendering rendering, EventStreamReader reader) {
    Supplier<String> context = () -> rendering + " of " + json(event);
    assertEquals(1, reader.events().size(), context);
    EventStreamReader.Event read = reader.events().get(0);
    if (rendering == Rendering.ENVELOPE || rendering == Rendering.ENVELOPE_UNTYPED) {
      assertEquals(json(event), new JsonObject(read.data()), context);
      assertEquals(fields(event, rendering, read.data()), read.fields(), context);
    } else {
      String data = lineFeedsOnly(event.data().toString());
      assertEquals(data, read.data(), context);
      assertEquals(fields(event, rendering, data), read.fields(), context);
    }
    String type = event.type() == null || rendering == Rendering.ENVELOPE_UNTYPED ? "message" : event.type().name();
    assertEquals(type, read.type(), context);
    assertEquals(event.id() == null ? "" : event.id().toString(), read.lastEventId(), context);
    assertEquals(event.id() == null ? "" : event.id().toString(), reader.lastEventId(), context);
    Duration retry = event.retry();
    assertEquals(retry == null ? OptionalLong.empty() : OptionalLong.of(retry.toMillis()), reader.retry(), context);
    assertEquals(List.of(), reader.comments(), context);
    assertEquals(List.of(), reader.silentBlocks(), context);
    assertTrue(reader.isWellFormed(), context);
    assertTrue(reader.isBetweenBlocks(), context);
  }

  private static void assertReadsBackWhole(Event event) {
    for (Rendering rendering : Rendering.values()) {
      byte[] bytes = bytes(event, rendering);
      if (rendering.isEventStream()) {
        assertReadsBack(event, rendering, new EventStreamReader().feed(bytes));
      } else {
        assertIsOneLine(event, bytes);
      }
    }
  }

  private static void assertIsOneLine(Event event, byte[] bytes) {
    String text = new String(bytes, UTF_8);
    assertEquals(text.length() - 1, text.indexOf('\n'));
    assertEquals(-1, text.indexOf('\r'));
    assertEquals(json(event), new JsonObject(text));
  }

  private static void assertReadsBackAtEverySplit(Event event) {
    assertReadsBackWhole(event);
    for (Rendering rendering : Rendering.values()) {
      if (!rendering.isEventStream()) {
        continue;
      }
      byte[] bytes = bytes(event, rendering);
      for (int i = 0; i <= bytes.length; i++) {
        assertReadsBack(event, rendering, new EventStreamReader().feed(bytes, 0, i).feed(bytes, i, bytes.length));
      }
      var byByte = new EventStreamReader();
      for (int i = 0; i < bytes.length; i++) {
        byByte.feed(bytes, i, i + 1);
      }
      assertReadsBack(event, rendering, byByte);
    }
  }

  // The bytes, literally.

  @Test
  void events_oneLine_isThis() {
    assertEquals("id: 00c4f1a90b7e-1042\ndata: hello\n\n", text(event("hello"), Rendering.EVENTS));
  }

  @Test
  void eventsWithTopics_everyField_isThis() {
    Event event = event(ID, List.of("news", "a/b c"), "greeting", "first line\nsecond line", Duration.ofMillis(1500));
    assertEquals(
        """
        topic: news
        topic: a/b c
        id: 00c4f1a90b7e-1042
        event: greeting
        retry: 1500
        data: first line
        data: second line

        """,
        text(event, Rendering.EVENTS_WITH_TOPICS));
  }

  @Test
  void events_everyField_isTheSameWithoutTopics() {
    Event event = event(ID, List.of("news", "a/b c"), "greeting", "first line\nsecond line", Duration.ofMillis(1500));
    assertEquals(
        """
        id: 00c4f1a90b7e-1042
        event: greeting
        retry: 1500
        data: first line
        data: second line

        """,
        text(event, Rendering.EVENTS));
  }

  @Test
  void envelope_everyField_isThis() {
    Event event = event(ID, List.of("news", "a/b"), "greeting", "1\n\"2\"", Duration.ZERO);
    assertEquals(
        """
        id: 00c4f1a90b7e-1042
        event: greeting
        retry: 0
        data: {"id":"00c4f1a90b7e-1042","topics":["news","a/b"],"type":"greeting","time":"2026-11-20T12:38:00.125Z",\
        "data":"1\\n\\"2\\""}

        """,
        text(event, Rendering.ENVELOPE));
  }

  @Test
  void untypedEnvelope_everyField_isThis() {
    Event event = event(ID, List.of("news", "a/b"), "greeting", "1", Duration.ZERO);
    assertEquals(
        """
        id: 00c4f1a90b7e-1042
        retry: 0
        data: {"id":"00c4f1a90b7e-1042","topics":["news","a/b"],"type":"greeting","time":"2026-11-20T12:38:00.125Z",\
        "data":"1"}

        """,
        text(event, Rendering.ENVELOPE_UNTYPED));
  }

  @Test
  void ndjson_transient_isThis() {
    assertEquals(
        "{\"topics\":[\"clock\"],\"time\":\"2026-11-20T12:38:00.125Z\",\"data\":\"{}\"}\n",
        text(event(null, List.of("clock"), null, "{}", null), Rendering.NDJSON));
  }

  @Test
  void events_transient_hasNoId() {
    assertEquals("data: {}\n\n", text(event(null, List.of("clock"), null, "{}", null), Rendering.EVENTS));
  }

  @Test
  void data_ofEveryShape_isTheseLines() {
    assertEquals("data: \n\n", dataLines(""));
    assertEquals("data: a\ndata: \n\n", dataLines("a\n"));
    assertEquals("data: \ndata: a\n\n", dataLines("\ra"));
    assertEquals("data: \ndata: \n\n", dataLines("\r\n"));
    assertEquals("data: \ndata: \ndata: \n\n", dataLines("\n\r"));
    assertEquals("data: \ndata: \ndata: \n\n", dataLines("\r\r\n"));
    assertEquals("data: \ndata: \ndata: \n\n", dataLines("\r\n\n"));
    assertEquals("data:  a\n\n", dataLines(" a"));
    assertEquals("data: data: a\n\n", dataLines("data: a"));
    assertEquals("data: : a\n\n", dataLines(": a"));
    assertEquals("data: \0\u2028\ufeff\ud83d\ude00\n\n", dataLines("\0\u2028\ufeff\ud83d\ude00"));
  }

  private static String dataLines(String data) {
    return text(event(null, List.of("t"), null, data, null), Rendering.EVENTS);
  }

  // Every way to cut.

  @ParameterizedTest
  @ValueSource(strings = {
    "", "hello", "\n", "\r", "\r\n", "\n\n", "\r\r", "\r\n\r\n", "\n\r", "a\nb", "a\rb", "a\r\nb", "a\r\n\rb\n\nc",
    "\na", "a\n", "\n\na\n\n",
    " a", "  a", "   ", " \n ", "data: x", "data: x\ndata: y", "data", "id: 7\n\ndata: x\n\n", ": a", ":", ":\n:",
    "\ud83d\ude00",
    "é\r€\r\n\ud83d\ude00\n", "\0", "a\0b", "id\0", "\ufeff", "\ufeffdata: x", "a\n\ufeffb", "a\u2028b\u2029c\u0085d",
    "\uffff\ufffd"
  })
  void data_cutAnywhere_readsBack(String data) {
    assertReadsBackAtEverySplit(event(data));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a\r\nb", "\r\n", "\n\r\r\n", "\ud83d\ude00\r", " \0:"})
  void data_cutTwiceAnywhere_readsBack(String data) {
    Event event = event(new EventId(1, 1), List.of("t"), "é", data, null);
    byte[] bytes = bytes(event, Rendering.EVENTS_WITH_TOPICS);
    for (int i = 0; i <= bytes.length; i++) {
      for (int j = i; j <= bytes.length; j++) {
        var reader = new EventStreamReader().feed(bytes, 0, i).feed(bytes, i, j).feed(bytes, j, bytes.length);
        assertReadsBack(event, Rendering.EVENTS_WITH_TOPICS, reader);
      }
    }
  }

  @Test
  void names_anyLegalCharacters_readBack() {
    for (String name : List.of(
        " ", "  a ", ":", "::", "a: b", "data: x", "é€\ud83d\ude00", "\ufeff", "\u2028\u2029", "\u200b\u202e",
        "\uffff\udbff\udfff", "\"\\", "{}", "message")) {
      assertReadsBackAtEverySplit(event(ID, List.of(name, "a/" + name), name, "x", null));
    }
    for (String longest : List.of("x".repeat(255), "\ud83d\ude00".repeat(63))) {
      assertReadsBackWhole(event(ID, List.of(longest), longest, "x", null));
    }
  }

  @Test
  void topics_mostAllowed_readBack() {
    var topics = new ArrayList<String>();
    for (int i = 0; i < 16; i++) {
      topics.add("\"".repeat(250) + "/" + i);
    }
    assertReadsBackWhole(event(ID, topics, null, "x", Duration.ofDays(1)));
  }

  @Test
  void fields_presentOrNot_readBack() {
    for (EventId id : Arrays.asList(null, new EventId(1, 0), new EventId(EventId.EPOCH_MAX, Long.MAX_VALUE))) {
      for (String type : Arrays.asList(null, "t")) {
        for (Duration retry : Arrays.asList(null, Duration.ZERO, Duration.ofDays(1))) {
          assertReadsBackAtEverySplit(event(id, List.of("a", "b/c"), type, "x\ny", retry));
        }
      }
    }
  }

  @Test
  void frames_manyInARow_areOneEventEach() {
    Buffer stream = Buffer.buffer();
    for (String data : NASTY) {
      Frame.of(event(data)).appendTo(stream, Rendering.EVENTS_WITH_TOPICS);
    }
    var reader = new EventStreamReader().feed(stream.getBytes());
    assertEquals(
        NASTY.stream().map(FrameTest::lineFeedsOnly).toList(),
        reader.events().stream().map(EventStreamReader.Event::data).toList());
  }

  // Large.

  @Test
  void data_oneMebibyteInOneLine_readsBack() {
    assertReadsBackWhole(event("x".repeat(Payload.BYTES_MAX)));
    assertReadsBackWhole(event("\ud83d\ude00".repeat(Payload.BYTES_MAX / 4)));
  }

  @Test
  void data_oneMebibyteOfLineFeeds_isOneEmptyLineMore() {
    Event event = event("\n".repeat(Payload.BYTES_MAX));
    byte[] bytes = bytes(event, Rendering.EVENTS);
    assertArrayEquals(("id: " + ID + "\n" + "data: \n".repeat(Payload.BYTES_MAX + 1) + "\n").getBytes(UTF_8), bytes);
    var reader = new EventStreamReader().feed(bytes);
    assertEquals(1, reader.events().size());
    assertEquals("\n".repeat(Payload.BYTES_MAX), reader.events().get(0).data());
    assertIsOneLine(event, bytes(event, Rendering.NDJSON));
  }

  @Test
  void data_oneMebibyteOfCarriageReturns_isTheSame() {
    byte[] bytes = bytes(event("\r".repeat(Payload.BYTES_MAX)), Rendering.EVENTS);
    assertArrayEquals(bytes(event("\n".repeat(Payload.BYTES_MAX)), Rendering.EVENTS), bytes);
  }

  @Test
  void data_oneMebibyteOfCrlf_isHalfAsManyLines() {
    byte[] bytes = bytes(event("\r\n".repeat(Payload.BYTES_MAX / 2)), Rendering.EVENTS);
    String lines = "data: \n".repeat(Payload.BYTES_MAX / 2 + 1);
    assertArrayEquals(("id: " + ID + "\n" + lines + "\n").getBytes(UTF_8), bytes);
  }

  // Random.

  @Test
  void data_random_readsBack() {
    long seed = System.nanoTime();
    System.out.println("FrameTest.data_random_readsBack seed " + seed);
    var random = new Random(seed);
    for (int n = 0; n < 2000; n++) {
      var data = new StringBuilder();
      for (int length = random.nextInt(24); length > 0; length--) {
        data.append(NASTY.get(random.nextInt(NASTY.size())));
      }
      String name = randomName(random);
      EventId id = random.nextInt(4) == 0 ? null : new EventId(1 + random.nextInt(1 << 30), random.nextLong() >>> 1);
      Duration retry = random.nextInt(4) > 0 ? null : Duration.ofMillis(random.nextInt(1 << 20));
      Event event = event(id, List.of(name, "t/" + name), random.nextBoolean() ? null : name, data.toString(), retry);
      assertReadsBackWhole(event);
      for (Rendering rendering : List.of(Rendering.EVENTS, Rendering.EVENTS_WITH_TOPICS, Rendering.ENVELOPE)) {
        byte[] bytes = bytes(event, rendering);
        var reader = new EventStreamReader();
        int from = 0;
        while (from < bytes.length) {
          int to = Math.min(bytes.length, from + random.nextInt(9));
          reader.feed(bytes, from, to);
          from = to;
        }
        assertReadsBack(event, rendering, reader);
      }
    }
  }

  private static String randomName(Random random) {
    var name = new StringBuilder();
    for (int length = 1 + random.nextInt(8); length > 0; length--) {
      String part = NASTY.get(random.nextInt(NASTY.size()));
      if (part.chars().noneMatch(Character::isISOControl)) {
        name.append(part);
      }
    }
    return name.isEmpty() ? "n" : name.toString();
  }

  // Sharing and memory.

  @ParameterizedTest
  @EnumSource(Rendering.class)
  void appendTo_twice_appendsTheSame(Rendering rendering) {
    Frame frame = Frame.of(event(ID, List.of("a", "b"), "t", "x\ny", Duration.ZERO));
    Buffer first = Buffer.buffer();
    frame.appendTo(first, rendering);
    byte[] before = first.getBytes();
    first.setByte(0, (byte) '!'); // the frame's own bytes must not be reachable through what it wrote
    Buffer second = Buffer.buffer();
    frame.appendTo(second, rendering);
    assertArrayEquals(before, second.getBytes());
  }

  @Test
  void memorySize_beforeAndAfterJson_isTheSame() {
    Frame frame = Frame.of(event("\n\"".repeat(1000)));
    int before = frame.memorySize();
    frame.appendTo(Buffer.buffer(), Rendering.NDJSON);
    assertEquals(before, frame.memorySize());
  }

  @Test
  void memorySize_anyData_isNoLessThanAllItsArrays() {
    for (String unit : List.of("", "x", "\n", "\r\n", "\0", "\"\\", "€\ud83d\ude00")) {
      String data = unit.repeat(500);
      for (String name : List.of("t", "\"".repeat(255), "é".repeat(127), "a€".repeat(60))) {
        Event event = event(ID, List.of(name), name, data, Duration.ofDays(1));
        Frame frame = Frame.of(event);
        int encoded = frame.size(Rendering.EVENTS_WITH_TOPICS) + frame.size(Rendering.NDJSON);
        int arrays = encoded + event.data().size() + 2 * name.length();
        assertTrue(arrays <= frame.memorySize(), () -> arrays + " > " + frame.memorySize());
      }
    }
  }

  @Test
  void memorySize_plainEvent_isNotFarFromTheTruth() {
    int size = Frame.of(event("x".repeat(10_000))).memorySize();
    assertTrue(size < 31_000, "three copies and little else, got " + size);
    assertFalse(size < 30_000);
  }
}
