package carillon.bus;

import carillon.event.Event;
import carillon.event.EventId;
import carillon.event.EventType;
import carillon.event.InvalidValueException;
import carillon.event.Topic;
import carillon.event.TraceParent;
import io.vertx.core.buffer.Buffer;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How messages look between nodes. Compact, and of exactly one spelling. Whatever comes is checked as if a stranger had
 * sent it: what is no event cannot become one. Any thread.
 */
final class WireFormat {

  /*
   *   message    length (4 bytes) version (1) body           length counts what follows it
   *   committed  epoch (8) number of events (n) first offset (n) event …      offsets go up by one
   *   reached    epoch (8) offset (n)
   *   passing    node (8) number (n) number of events (n) event …
   *   event      flags (1) number of topics (n) topic (t) … [type (t)] time (m) [ttl (m)] [retry (n, ms)]
   *              [trace (t)] data (t)
   *
   *   n  a number, 7 bits a byte, the least significant first       t  length (n) and bytes of UTF-8
   *   m  seconds (n, the sign in the lowest bit), nanoseconds (n)
   *
   * An event of 200 bytes costs about 220. The version is that of all three: nodes of different versions do not
   * understand each other's messages, drop them, and are served by the log alone while they are rolled over.
   */
  static final int VERSION = 1;

  /** Most events in one message; the largest group a publisher may be set up for. */
  static final int EVENTS_MAX = 65_536;

  /** Flags, topics, one topic, time, data: what the smallest event takes. */
  private static final int EVENT_BYTES_MIN = 7;

  private static final int TOPICS_MAX = 16;
  private static final int NANOS_MAX = 999_999_999;
  private static final int TRACE_BYTES = 55;

  private static final int HAS_TYPE = 1;
  private static final int HAS_TTL = 2;
  private static final int HAS_RETRY = 4;
  private static final int IS_PRIVATE = 8;
  private static final int HAS_TRACE = 16;

  private WireFormat() {}

  static void write(Buffer buffer, Committed group) {
    int start = begin(buffer);
    var writer = new WireWriter(buffer);
    writer.fixed(group.epoch());
    writer.number(group.events().size());
    writer.number(group.events().get(0).offset());
    group.events().forEach(event -> write(writer, event));
    finish(buffer, start);
  }

  static void write(Buffer buffer, Reached reached) {
    int start = begin(buffer);
    var writer = new WireWriter(buffer);
    writer.fixed(reached.epoch());
    writer.number(reached.offset());
    finish(buffer, start);
  }

  static void write(Buffer buffer, Passing passing) {
    int start = begin(buffer);
    var writer = new WireWriter(buffer);
    writer.fixed(passing.node());
    writer.number(passing.number());
    writer.number(passing.events().size());
    passing.events().forEach(event -> write(writer, event));
    finish(buffer, start);
  }

  /** @throws WireFormatException if it is anything else */
  static Committed committed(int position, Buffer buffer) {
    WireReader reader = open(position, buffer);
    long epoch = epoch(reader);
    int count = count(reader);
    long first = reader.number("offset", 1, Long.MAX_VALUE - count);
    var events = new ArrayList<Event>(count);
    for (int i = 0; i < count; i++) {
      events.add(event(reader, new EventId(epoch, first + i)));
    }
    reader.end();
    return new Committed(epoch, events);
  }

  /** @throws WireFormatException if it is anything else */
  static Reached reached(int position, Buffer buffer) {
    WireReader reader = open(position, buffer);
    var reached = new Reached(epoch(reader), reader.number("offset", 1, Long.MAX_VALUE));
    reader.end();
    return reached;
  }

  /** @throws WireFormatException if it is anything else */
  static Passing passing(int position, Buffer buffer) {
    WireReader reader = open(position, buffer);
    long node = reader.fixed();
    long number = reader.number("number", 1, Long.MAX_VALUE);
    int count = count(reader);
    var events = new ArrayList<Event>(count);
    for (int i = 0; i < count; i++) {
      events.add(event(reader, null));
    }
    reader.end();
    return new Passing(node, number, events);
  }

  private static int begin(Buffer buffer) {
    int start = buffer.length();
    buffer.appendInt(0).appendByte((byte) VERSION);
    return start;
  }

  private static void finish(Buffer buffer, int start) {
    buffer.setInt(start, buffer.length() - start - Integer.BYTES);
  }

  private static WireReader open(int position, Buffer buffer) {
    if (position < 0 || buffer.length() - position < Integer.BYTES) {
      throw new WireFormatException("expected a length, got " + (buffer.length() - position) + " bytes");
    }
    int from = position + Integer.BYTES;
    int length = buffer.getInt(position);
    if (length < 1 || length > buffer.length() - from) {
      throw new WireFormatException("length: expected 1 to " + (buffer.length() - from) + ", got " + length);
    }
    var reader = new WireReader(buffer, from, from + length);
    int version = reader.octet();
    if (version != VERSION) {
      throw new WireFormatException("version: expected " + VERSION + ", got " + version);
    }
    return reader;
  }

  private static long epoch(WireReader reader) {
    long epoch = reader.fixed();
    if (epoch < 1 || epoch > EventId.EPOCH_MAX) {
      throw new WireFormatException("epoch: expected 1 to 2^48-1, got " + epoch);
    }
    return epoch;
  }

  private static int count(WireReader reader) {
    int count = (int) reader.number("events", 1, EVENTS_MAX);
    if (count > reader.remaining() / EVENT_BYTES_MIN) {
      throw new WireFormatException("events: got " + count + " in " + reader.remaining() + " bytes");
    }
    return count;
  }

  private static void write(WireWriter writer, Event event) {
    var type = event.type();
    Instant time = event.time();
    var ttl = event.ttl();
    var retry = event.retry();
    var trace = event.trace();
    writer.octet(
        (type == null ? 0 : HAS_TYPE)
            | (ttl == null ? 0 : HAS_TTL)
            | (retry == null ? 0 : HAS_RETRY)
            | (event.isPrivate() ? IS_PRIVATE : 0)
            | (trace == null ? 0 : HAS_TRACE));
    writer.number(event.topics().size());
    event.topics().forEach(topic -> writer.text(topic.name()));
    if (type != null) {
      writer.text(type.name());
    }
    writer.moment(time.getEpochSecond(), time.getNano());
    if (ttl != null) {
      writer.moment(ttl.getSeconds(), ttl.getNano());
    }
    if (retry != null) {
      writer.number(retry.toMillis());
    }
    if (trace != null) {
      writer.text(trace.text());
    }
    writer.payload(event.data());
  }

  private static Event event(WireReader reader, @Nullable EventId id) {
    try {
      int flags = reader.octet();
      if ((flags & ~(HAS_TYPE | HAS_TTL | HAS_RETRY | IS_PRIVATE | HAS_TRACE)) != 0) {
        throw new WireFormatException("flags: got " + flags);
      }
      List<Topic> topics = topics(reader);
      EventType type = (flags & HAS_TYPE) == 0 ? null : new EventType(reader.text("type", EventType.BYTES_MAX));
      Instant time = Instant.ofEpochSecond(reader.signed("seconds"), reader.number("nanoseconds", 0, NANOS_MAX));
      Duration ttl =
          (flags & HAS_TTL) == 0
              ? null
              : Duration.ofSeconds(reader.signed("seconds"), reader.number("nanoseconds", 0, NANOS_MAX));
      Duration retry =
          (flags & HAS_RETRY) == 0 ? null : Duration.ofMillis(reader.number("retry", 0, Integer.MAX_VALUE));
      boolean isPrivate = (flags & IS_PRIVATE) != 0;
      TraceParent trace =
          (flags & HAS_TRACE) == 0 ? null : new TraceParent(reader.text(TraceParent.NAME, TRACE_BYTES));
      return new Event(id, topics, type, reader.payload(), time, ttl, retry, isPrivate, trace);
    } catch (InvalidValueException | DateTimeException | ArithmeticException e) {
      throw new WireFormatException("an event: " + e.getMessage(), e);
    }
  }

  private static List<Topic> topics(WireReader reader) {
    int count = (int) reader.number("topics", 1, TOPICS_MAX);
    var topics = new ArrayList<Topic>(count);
    for (int i = 0; i < count; i++) {
      topics.add(new Topic(reader.text("topic", Topic.BYTES_MAX)));
    }
    if (topics.stream().distinct().count() != count) {
      throw new WireFormatException("topics: one is there twice");
    }
    return topics;
  }
}
