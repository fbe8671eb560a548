package carillon.sse;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import carillon.event.Event;
import carillon.event.Payload;
import carillon.event.Topic;
import carillon.event.TraceParent;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Writes one event as an event-stream block into an array of exactly the right size. Used once, on one thread. */
final class FrameEncoder {

  /*
   * Two passes: one over the data to count its line ends, one to write. Each byte of the data is copied once, in runs
   * between line ends; data of one line, the usual case, is one run and is not looked at again. Every text is turned
   * into bytes once. An array that grows, or a large one that is cut, would copy all of it a second time.
   */

  static final byte[] DATA_NAME = ascii("data: ");
  private static final byte[] TOPIC_NAME = ascii("topic: ");
  private static final byte[] ID_NAME = ascii("id: ");
  private static final byte[] TYPE_NAME = ascii("event: ");
  private static final byte[] RETRY_NAME = ascii("retry: ");

  /** How much longer each byte of data can get inside a JSON string: a quote by one, a control character by five. */
  private static final byte[] JSON_ESCAPE_BYTES = jsonEscapeBytes();

  /** What a JSON rendering has besides the texts and the data, rounded up: names, quotes, the time. */
  private static final int JSON_FIXED_BYTES = 224;

  private final byte[] block;
  private final int bareStart;
  private final int typeStart;
  private final int typeEnd;
  private final int dataStart;
  private final int jsonBytesMax;

  private int at;

  FrameEncoder(Event event) {
    List<Topic> topics = event.topics();
    var names = new byte[topics.size()][];
    int topicsSize = 0;
    for (int i = 0; i < names.length; i++) {
      names[i] = utf8(topics.get(i).name());
      topicsSize += lineSize(TOPIC_NAME, names[i]);
    }
    var eventId = event.id();
    var eventType = event.type();
    var eventRetry = event.retry();
    byte[] id = eventId == null ? null : ascii(eventId.toString());
    byte[] type = eventType == null ? null : utf8(eventType.name());
    byte[] retry = eventRetry == null ? null : ascii(Long.toString(eventRetry.toMillis()));
    bareStart = topicsSize;
    typeStart = bareStart + lineSize(ID_NAME, id);
    typeEnd = typeStart + lineSize(TYPE_NAME, type);
    dataStart = typeEnd + lineSize(RETRY_NAME, retry);

    Payload data = event.data();
    int lineEnds = 0;
    int lineEndBytes = 0;
    int escapeBytes = 0;
    byte before = 0;
    for (int i = 0; i < data.size(); i++) {
      byte b = data.byteAt(i);
      escapeBytes += JSON_ESCAPE_BYTES[b & 0xff];
      if (b == '\n' || b == '\r') {
        lineEndBytes++;
        lineEnds += b == '\n' && before == '\r' ? 0 : 1; // CRLF is one line end
      }
      before = b;
    }
    jsonBytesMax = JSON_FIXED_BYTES + 2 * dataStart + data.size() + escapeBytes;

    block = new byte[dataStart + (lineEnds + 1) * (DATA_NAME.length + 1) + data.size() - lineEndBytes + 1];
    for (byte[] name : names) {
      putLine(TOPIC_NAME, name);
    }
    putLine(ID_NAME, id);
    putLine(TYPE_NAME, type);
    putLine(RETRY_NAME, retry);
    if (lineEnds == 0) {
      putDataLine(data, 0, data.size());
    } else {
      putDataLines(data);
    }
    block[at++] = '\n';
  }

  /** The topic lines, the other lines, the blank line. */
  byte[] block() {
    return block;
  }

  /** Where the lines after the topics begin. */
  int bareStart() {
    return bareStart;
  }

  /** Where the line of the type begins. */
  int typeStart() {
    return typeStart;
  }

  /** Where the line of the type ends; {@link #typeStart} if there is none. */
  int typeEnd() {
    return typeEnd;
  }

  /** Where the data lines begin. */
  int dataStart() {
    return dataStart;
  }

  /** Upper bound for the length of {@link #json}. */
  int jsonBytesMax() {
    return jsonBytesMax;
  }

  /** The event as one JSON object, without a line end. */
  static byte[] json(Event event) {
    var json = new JsonObject();
    var id = event.id();
    if (id != null) {
      json.put("id", id.toString());
    }
    var topics = new JsonArray();
    event.topics().forEach(topic -> topics.add(topic.name()));
    json.put("topics", topics);
    var type = event.type();
    if (type != null) {
      json.put("type", type.name());
    }
    json.put("time", event.time().toString());
    var trace = event.trace();
    if (trace != null) {
      json.put(TraceParent.NAME, trace.text());
    }
    return utf8(json.put("data", event.data().toString()).encode());
  }

  /** One line more than there are line ends: {@code "a\n"} is the two lines "a" and "". */
  private void putDataLines(Payload data) {
    int start = 0;
    for (int i = 0; i < data.size(); i++) {
      byte b = data.byteAt(i);
      if (b == '\n' || b == '\r') {
        putDataLine(data, start, i);
        if (b == '\r' && i + 1 < data.size() && data.byteAt(i + 1) == '\n') {
          i++;
        }
        start = i + 1;
      }
    }
    putDataLine(data, start, data.size());
  }

  private void putDataLine(Payload data, int start, int end) {
    put(DATA_NAME);
    data.copyTo(start, block, at, end - start);
    at += end - start;
    block[at++] = '\n';
  }

  private static int lineSize(byte[] name, byte @Nullable [] value) {
    return value == null ? 0 : name.length + value.length + 1;
  }

  private void putLine(byte[] name, byte @Nullable [] value) {
    if (value != null) {
      put(name);
      put(value);
      block[at++] = '\n';
    }
  }

  private void put(byte[] bytes) {
    System.arraycopy(bytes, 0, block, at, bytes.length);
    at += bytes.length;
  }

  private static byte[] utf8(String text) {
    return text.getBytes(UTF_8);
  }

  private static byte[] ascii(String text) {
    return text.getBytes(US_ASCII);
  }

  private static byte[] jsonEscapeBytes() {
    var bytes = new byte[256];
    for (int c = 0; c < ' '; c++) {
      bytes[c] = 5;
    }
    bytes['"'] = 1;
    bytes['\\'] = 1;
    return bytes;
  }
}
