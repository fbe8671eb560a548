package carillon.log;

import carillon.event.Draft;
import carillon.event.EventType;
import carillon.event.InvalidValueException;
import carillon.event.Key;
import carillon.event.Payload;
import carillon.event.Topic;
import carillon.event.TraceParent;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/**
 * A group of drafts as it is kept in the grid: what one node's publisher handed in, before it has offsets. Immutable.
 *
 * @param writer the node's log that stores it
 * @param mark counts the groups of that writer, from 1
 * @param now the publisher's clock, whole milliseconds
 * @param stamp the time by which the writer's history ages, whole milliseconds
 * @param drafts at least 1
 */
record GridGroup(UUID writer, long mark, Instant now, Instant stamp, List<Draft> drafts) {

  /*
   *  group:  version 1 | writer 16 | mark 8 | now 8 | stamp 8 | count 4 | draft …
   *  draft:  topics 1 | topic … | flags 1 | type? | key? | ttl? 12 | retry? 8 | trace? | data
   *  text, data:  length 4 | UTF-8
   *
   * Every node derives offsets from these bytes, so a change of their meaning needs a new version, which nodes that do
   * not know it refuse.
   */

  /** The only version there is. */
  static final int VERSION = 1;

  private static final int TYPE = 1;
  private static final int KEY = 2;
  private static final int TTL = 4;
  private static final int RETRY = 8;
  private static final int PRIVATE = 16;
  private static final int TRACE = 32;
  private static final int ALL_FLAGS = TYPE | KEY | TTL | RETRY | PRIVATE | TRACE;

  /** Copies the list. */
  GridGroup {
    drafts = List.copyOf(drafts);
  }

  /** The bytes. */
  byte[] encode() {
    var bytes = new ByteArrayOutputStream(64 + 64 * drafts.size());
    try (var out = new DataOutputStream(bytes)) {
      out.writeByte(VERSION);
      out.writeLong(writer.getMostSignificantBits());
      out.writeLong(writer.getLeastSignificantBits());
      out.writeLong(mark);
      out.writeLong(now.toEpochMilli());
      out.writeLong(stamp.toEpochMilli());
      out.writeInt(drafts.size());
      for (Draft draft : drafts) {
        write(draft, out);
      }
    } catch (IOException e) {
      throw new AssertionError("writing to memory does not fail", e);
    }
    return bytes.toByteArray();
  }

  /**
   * Reads what {@link #encode()} gave.
   *
   * @throws IOException if the bytes are not exactly one group of a version that is known
   */
  static GridGroup decode(byte[] bytes) throws IOException {
    var in = new DataInputStream(new ByteArrayInputStream(bytes));
    int version = in.readByte();
    if (version != VERSION) {
      throw new IOException("a group of version " + version + ", where this hub knows " + VERSION);
    }
    var writer = new UUID(in.readLong(), in.readLong());
    long mark = in.readLong();
    Instant now = Instant.ofEpochMilli(in.readLong());
    Instant stamp = Instant.ofEpochMilli(in.readLong());
    int count = in.readInt();
    if (count < 1 || count > in.available()) {
      throw new IOException("a group of " + count + " drafts in " + bytes.length + " bytes");
    }
    var drafts = new ArrayList<Draft>(count);
    try {
      for (int i = 0; i < count; i++) {
        drafts.add(readDraft(in));
      }
    } catch (InvalidValueException e) {
      throw new IOException("a draft that cannot be", e);
    }
    if (in.available() > 0) {
      throw new IOException(in.available() + " bytes behind a group");
    }
    return new GridGroup(writer, mark, now, stamp, drafts);
  }

  private static void write(Draft draft, DataOutputStream out) throws IOException {
    out.writeByte(draft.topics().size());
    for (Topic topic : draft.topics()) {
      write(topic.name(), out);
    }
    EventType type = draft.type();
    Key key = draft.key();
    Duration ttl = draft.ttl();
    Duration retry = draft.retry();
    out.writeByte(
        (type == null ? 0 : TYPE)
            | (key == null ? 0 : KEY)
            | (ttl == null ? 0 : TTL)
            | (retry == null ? 0 : RETRY)
            | (draft.isPrivate() ? PRIVATE : 0)
            | (draft.trace() == null ? 0 : TRACE));
    if (type != null) {
      write(type.name(), out);
    }
    if (key != null) {
      write(key.text(), out);
    }
    if (ttl != null) {
      out.writeLong(ttl.getSeconds());
      out.writeInt(ttl.getNano());
    }
    if (retry != null) {
      out.writeLong(retry.toMillis());
    }
    if (draft.trace() != null) {
      write(draft.trace().text(), out);
    }
    write(draft.data().toBytes(), out);
  }

  private static Draft readDraft(DataInputStream in) throws IOException {
    int count = in.readUnsignedByte();
    var topics = new ArrayList<Topic>(count);
    for (int i = 0; i < count; i++) {
      topics.add(new Topic(readText(in)));
    }
    int flags = in.readUnsignedByte();
    if ((flags & ~ALL_FLAGS) != 0) {
      throw new IOException("a draft with flags " + flags + ", some of which are unknown");
    }
    EventType type = (flags & TYPE) == 0 ? null : new EventType(readText(in));
    Key key = (flags & KEY) == 0 ? null : new Key(readText(in));
    Duration ttl = (flags & TTL) == 0 ? null : readDuration(in);
    Duration retry = (flags & RETRY) == 0 ? null : Duration.ofMillis(in.readLong());
    TraceParent trace = (flags & TRACE) == 0 ? null : new TraceParent(readText(in));
    return new Draft(topics, type, Payload.ofUtf8(readBytes(in)), key, ttl, retry, (flags & PRIVATE) != 0, trace);
  }

  private static Duration readDuration(DataInputStream in) throws IOException {
    long seconds = in.readLong();
    int nanos = in.readInt();
    if (seconds < 0 || seconds > Draft.TTL_MAX.toSeconds() || nanos < 0) {
      throw new IOException("a duration of " + seconds + " s and " + nanos + " ns");
    }
    return Duration.ofSeconds(seconds, nanos);
  }

  private static void write(String text, DataOutputStream out) throws IOException {
    write(text.getBytes(StandardCharsets.UTF_8), out);
  }

  private static void write(byte[] bytes, DataOutputStream out) throws IOException {
    out.writeInt(bytes.length);
    out.write(bytes);
  }

  private static String readText(DataInputStream in) throws IOException {
    return new String(readBytes(in), StandardCharsets.UTF_8);
  }

  private static byte[] readBytes(DataInputStream in) throws IOException {
    int length = in.readInt();
    if (length < 0 || length > in.available()) {
      throw new EOFException("a text of " + length + " bytes where " + in.available() + " are left");
    }
    return in.readNBytes(length);
  }
}
