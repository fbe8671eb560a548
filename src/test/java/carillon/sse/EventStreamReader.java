package carillon.sse;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.OptionalLong;

/**
 * Reads {@code text/event-stream} as a browser must: written from the WHATWG HTML standard, sections 9.2.5 "Parsing an
 * event stream" and 9.2.6 "Interpreting an event stream", without a look at the code that writes streams.
 *
 * <p>Bytes go in by {@link #feed}, in pieces of any size; what they mean is there when {@code feed} returns. Besides
 * the events it keeps what a browser throws away (comments, unknown fields, blocks that fire nothing, ill-formed
 * UTF-8), so that tests can say something about it. Not thread-safe.
 */
public final class EventStreamReader {

  /*
   * The standard decodes first and looks for line ends then. Here the lines are cut out of the bytes and decoded one by
   * one, which is the same: CR and LF are never part of a longer sequence of UTF-8, and a sequence cut short by one of
   * them is ill-formed either way. A line that ends in CR is complete at once; an LF that follows it, be it in the next
   * piece, belongs to that line end.
   */

  private static final byte[] BYTE_ORDER_MARK = {(byte) 0xef, (byte) 0xbb, (byte) 0xbf};

  private final List<Event> events = new ArrayList<>();
  private final List<String> comments = new ArrayList<>();
  private final List<List<Field>> silentBlocks = new ArrayList<>();

  private final ByteArrayOutputStream line = new ByteArrayOutputStream();
  private boolean firstLine = true;
  private boolean afterCarriageReturn;
  private boolean wellFormed = true;
  private boolean ended;

  private List<Field> block = new ArrayList<>();
  private final StringBuilder dataBuffer = new StringBuilder();
  private String typeBuffer = "";
  private String idBuffer = "";
  private String lastEventId = "";
  private OptionalLong retry = OptionalLong.empty();

  /**
   * An event as a page would get it.
   *
   * @param type {@code message} unless the stream said otherwise
   * @param data without the line feed at the very end
   * @param lastEventId the client's cursor after this event; empty when no id has come yet
   * @param fields all fields of the event's block as they came, known or not
   */
  public record Event(String type, String data, String lastEventId, List<Field> fields) {

    /** The values of all fields of that name in the event's block, in order. */
    public List<String> values(String name) {
      return valuesOf(fields, name);
    }
  }

  /**
   * A line that is no comment.
   *
   * @param name what is before the colon, or the whole line
   * @param value what is after the colon, less one space; empty without a colon
   */
  public record Field(String name, String value) {}

  /** Reads all of {@code bytes}. */
  public EventStreamReader feed(byte[] bytes) {
    return feed(bytes, 0, bytes.length);
  }

  /**
   * Reads the bytes from {@code from} (inclusive) to {@code to} (exclusive).
   *
   * @throws IllegalStateException after {@link #end()}
   */
  public EventStreamReader feed(byte[] bytes, int from, int to) {
    if (ended) {
      throw new IllegalStateException("the stream has ended");
    }
    int start = from;
    for (int i = from; i < to; i++) {
      byte b = bytes[i];
      if (b == '\n' && afterCarriageReturn) {
        start = i + 1;
      } else if (b == '\n' || b == '\r') {
        line.write(bytes, start, i - start);
        start = i + 1;
        endLine();
      }
      afterCarriageReturn = b == '\r';
    }
    line.write(bytes, start, to - start);
    return this;
  }

  /** The stream is over: what no blank line has completed is discarded. */
  public EventStreamReader end() {
    ended = true;
    decode(line.toByteArray());
    line.reset();
    forgetBlock();
    return this;
  }

  /** The events so far, in order; a live view. */
  public List<Event> events() {
    return Collections.unmodifiableList(events);
  }

  /** The events since the last call, for long streams: they are forgotten here. */
  public List<Event> takeEvents() {
    List<Event> taken = List.copyOf(events);
    events.clear();
    return taken;
  }

  /** What followed the colon of each comment line, in order; a live view. */
  public List<String> comments() {
    return Collections.unmodifiableList(comments);
  }

  /** The fields of each block that was completed by a blank line, had fields, and fired no event; a live view. */
  public List<List<Field>> silentBlocks() {
    return Collections.unmodifiableList(silentBlocks);
  }

  /** What a client would send as {@code Last-Event-ID} if the connection broke now; empty: it would send none. */
  public String lastEventId() {
    return lastEventId;
  }

  /** The reconnection time in milliseconds, if the stream has set one. */
  public OptionalLong retry() {
    return retry;
  }

  /** Whether all lines so far were well-formed UTF-8 (RFC 3629). */
  public boolean isWellFormed() {
    return wellFormed;
  }

  /** Whether nothing is half-said: no line without an end, no field without the blank line that completes its block. */
  public boolean isBetweenBlocks() {
    return line.size() == 0 && block.isEmpty();
  }

  private void endLine() {
    byte[] bytes = line.toByteArray();
    line.reset();
    int skip = firstLine && startsWithByteOrderMark(bytes) ? BYTE_ORDER_MARK.length : 0;
    firstLine = false;
    String text = decode(skip == 0 ? bytes : Arrays.copyOfRange(bytes, skip, bytes.length));
    int colon = text.indexOf(':');
    if (text.isEmpty()) {
      dispatch();
    } else if (colon == 0) {
      comments.add(text.substring(1));
    } else if (colon > 0) {
      String value = text.substring(colon + 1);
      process(new Field(text.substring(0, colon), value.startsWith(" ") ? value.substring(1) : value));
    } else {
      process(new Field(text, ""));
    }
  }

  private static boolean startsWithByteOrderMark(byte[] bytes) {
    return bytes.length >= BYTE_ORDER_MARK.length
        && Arrays.equals(bytes, 0, BYTE_ORDER_MARK.length, BYTE_ORDER_MARK, 0, BYTE_ORDER_MARK.length);
  }

  private String decode(byte[] bytes) {
    String text = new String(bytes, UTF_8); // with U+FFFD for what is ill-formed, as the standard's decoder does
    if (text.indexOf('\ufffd') >= 0) {
      try {
        UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes));
      } catch (CharacterCodingException e) {
        wellFormed = false;
      }
    }
    return text;
  }

  /** 9.2.6, "process the field". Names are compared as they are; case matters. */
  private void process(Field field) {
    block.add(field);
    String value = field.value();
    switch (field.name()) {
      case "event" -> typeBuffer = value;
      case "data" -> dataBuffer.append(value).append('\n');
      case "id" -> {
        if (value.indexOf('\0') < 0) {
          idBuffer = value;
        }
      }
      case "retry" -> {
        // An empty value has no digit to interpret; the standard's text leaves that case to the reader.
        if (!value.isEmpty() && value.chars().allMatch(c -> c >= '0' && c <= '9')) {
          retry = OptionalLong.of(value.length() > 18 ? Long.MAX_VALUE : Long.parseLong(value));
        }
      }
      default -> {
        // ignored by rule; the block remembers it
      }
    }
  }

  /**
   * 9.2.6, "dispatch the event". The id buffer is never reset; it becomes the last event id even when nothing is fired.
   */
  private void dispatch() {
    lastEventId = idBuffer;
    if (dataBuffer.length() > 0) {
      String data = dataBuffer.substring(0, dataBuffer.length() - 1);
      events.add(new Event(typeBuffer.isEmpty() ? "message" : typeBuffer, data, lastEventId, List.copyOf(block)));
    } else if (!block.isEmpty()) {
      silentBlocks.add(List.copyOf(block));
    }
    forgetBlock();
  }

  private void forgetBlock() {
    block = new ArrayList<>();
    dataBuffer.setLength(0);
    typeBuffer = "";
  }

  private static List<String> valuesOf(List<Field> fields, String name) {
    return fields.stream().filter(field -> field.name().equals(name)).map(Field::value).toList();
  }
}
