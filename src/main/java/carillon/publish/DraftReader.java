package carillon.publish;

import static com.fasterxml.jackson.core.JsonToken.END_ARRAY;
import static com.fasterxml.jackson.core.JsonToken.END_OBJECT;
import static com.fasterxml.jackson.core.JsonToken.START_ARRAY;
import static com.fasterxml.jackson.core.JsonToken.START_OBJECT;
import static com.fasterxml.jackson.core.JsonToken.VALUE_FALSE;
import static com.fasterxml.jackson.core.JsonToken.VALUE_NULL;
import static com.fasterxml.jackson.core.JsonToken.VALUE_STRING;
import static com.fasterxml.jackson.core.JsonToken.VALUE_TRUE;
import static java.nio.charset.StandardCharsets.UTF_8;

import carillon.event.Draft;
import carillon.event.Durations;
import carillon.event.EventType;
import carillon.event.InvalidValueException;
import carillon.event.Key;
import carillon.event.Payload;
import carillon.event.Topic;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Reads drafts as publishers write them. The one place that knows the fields of a JSON draft and the spelling of its
 * options, so that they mean the same in a body, a form, a query, a header and on the event bus. Any thread.
 *
 * <pre>
 *   {"topic": "a" or ["a", "b"],      or "topics"; 1 to 16
 *    "data":  "text" or any JSON,     absent: empty. A string is its text; any other JSON is kept as compact JSON text
 *    "type":  "greeting",             absent, null or "": no type
 *    "key":   "order-4711",           absent or null: no key
 *    "ttl":   60 or "10m",            a number is seconds
 *    "retry": 1500 or "2s",           a number is milliseconds
 *    "private": true}                 absent or null: false
 * </pre>
 *
 * <p>Strict, because a draft that is only half understood would be stored for good: unknown and repeated fields, text
 * after the end, more than {@value #DEPTH_MAX} levels, and anything but UTF-8 (RFC 8259) throw {@link
 * InvalidValueException}, and nothing else is ever thrown.
 */
public final class DraftReader {

  /** Deepest nesting of objects and arrays, the draft itself included. */
  public static final int DEPTH_MAX = 64;

  /** Most drafts in one array; whoever has more sends NDJSON, which needs no end to be in sight. */
  public static final int ARRAY_MAX = 10_000;

  /*
   * Data that is not a string is cut out of the publisher's own text: a number that went through a double would come
   * back as another one (0.1, 1e400, 30 digits). Jackson validates the subtree and says where it begins and ends;
   * between tokens and outside of strings only white space can stand there, so leaving that out is all it takes to make
   * it compact.
   */
  private static final JsonFactory JSON =
      JsonFactory.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(DEPTH_MAX)
                  .maxNumberLength(Payload.BYTES_MAX) // numbers are copied, never computed: a long one costs its length
                  .build())
          .build();

  private static final String FIELDS = "only the fields topic (or topics), data, type, key, ttl, retry and private";
  private static final int COUNT_DIGITS_MAX = 12;
  private static final Payload EMPTY = Payload.of("");

  private DraftReader() {}

  /** Reads one JSON object. */
  public static Draft read(byte[] json) {
    return read(json, 0, json.length);
  }

  /** Reads one JSON object that stands between two places, such as one line of NDJSON; {@code to} is exclusive. */
  public static Draft read(byte[] json, int from, int to) {
    return new Reading(json, from, to).only(Reading::draft);
  }

  /**
   * Reads a JSON array of at most {@value #ARRAY_MAX} objects; an empty one is an empty list. One bad item is an
   * exception for the whole array; its message begins with the place, as in {@code [3]: topic: expected …}.
   */
  public static List<Draft> readAll(byte[] json) {
    return new Reading(json, 0, json.length).only(Reading::drafts);
  }

  /**
   * The same from texts. An option that is {@code null} is not given; neither is an empty {@code type}, which in an
   * event stream means the default type anyway.
   *
   * @param ttl whole seconds, or a duration such as {@code 10m}
   * @param retry whole milliseconds, or a duration such as {@code 2s}
   * @param isPrivate see {@link Draft#isPrivate()}
   */
  public static Draft of(
      List<Topic> topics,
      @Nullable String type,
      Payload data,
      @Nullable String key,
      @Nullable String ttl,
      @Nullable String retry,
      boolean isPrivate) {
    return new Draft(
        topics,
        type == null || type.isEmpty() ? null : new EventType(type),
        data,
        key == null ? null : new Key(key),
        ttl == null ? null : duration("ttl", ttl, Duration::ofSeconds, "whole seconds"),
        retry == null ? null : duration("retry", retry, Duration::ofMillis, "whole milliseconds"),
        isPrivate);
  }

  private static Duration duration(String what, String text, Function<Long, Duration> ofCount, String counted) {
    return isCount(text)
        ? ofCount.apply(Long.parseLong(text))
        : Durations.parse(text)
            .orElseThrow(() -> new InvalidValueException(what, counted + " or a duration such as 90s, 10m, 2h", text));
  }

  private static boolean isCount(String text) {
    return !text.isEmpty() && text.length() <= COUNT_DIGITS_MAX && text.chars().allMatch(c -> c >= '0' && c <= '9');
  }

  /** One pass over one text. */
  private static final class Reading {

    private final byte[] json;
    private final int from;
    private final int to;
    private final JsonParser parser;

    Reading(byte[] json, int from, int to) {
      requireUtf8(json, from, to);
      this.json = json;
      this.from = from;
      this.to = to;
      try {
        this.parser = JSON.createParser(json, from, to - from);
      } catch (IOException e) {
        throw malformed(from);
      }
    }

    /** What {@code read} finds, if nothing follows it. */
    <T> T only(Read<T> read) {
      try (parser) {
        parser.nextToken();
        T value = read.from(this);
        if (parser.nextToken() != null) {
          throw new InvalidValueException("json", "nothing after the end", textFrom(tokenStart()));
        }
        return value;
      } catch (IOException e) { // also what Jackson says to field names made to collide in its symbol table
        throw malformed(end());
      }
    }

    List<Draft> drafts() throws IOException {
      require(START_ARRAY, "json", "an array of objects");
      var drafts = new ArrayList<Draft>();
      while (parser.nextToken() != END_ARRAY) {
        String place = "[" + drafts.size() + "]";
        if (drafts.size() == ARRAY_MAX) {
          throw new InvalidValueException("json", "at most " + ARRAY_MAX + " items (NDJSON has no such bound)", place);
        }
        try {
          drafts.add(draft());
        } catch (InvalidValueException e) {
          throw e.at(place);
        }
      }
      return drafts;
    }

    Draft draft() throws IOException {
      require(START_OBJECT, "json", "an object");
      List<Topic> topics = null;
      Payload data = EMPTY;
      String type = null;
      String key = null;
      String ttl = null;
      String retry = null;
      boolean isPrivate = false;
      while (parser.nextToken() != END_OBJECT) {
        String field = parser.currentName();
        parser.nextToken();
        switch (field) {
          case "topic", "topics" -> {
            if (topics != null) {
              throw new InvalidValueException("topic", "either topic or topics", "both");
            }
            topics = topics();
          }
          case "data" -> data = data();
          case "type" -> type = text("type");
          case "key" -> key = text("key");
          case "ttl" -> ttl = textOrCount("ttl");
          case "retry" -> retry = textOrCount("retry");
          case "private" -> isPrivate = flag("private");
          default -> throw new InvalidValueException("json", FIELDS, field);
        }
      }
      if (topics == null) {
        throw new InvalidValueException("topic", "a field topic", "none");
      }
      return of(topics, type, data, key, ttl, retry, isPrivate);
    }

    private List<Topic> topics() throws IOException {
      if (parser.currentToken() != START_ARRAY) {
        return List.of(topic());
      }
      var topics = new ArrayList<Topic>();
      while (parser.nextToken() != END_ARRAY) {
        topics.add(topic()); // a draft bounds how many different ones there are, the body how often one is repeated
      }
      return topics;
    }

    private Topic topic() throws IOException {
      require(VALUE_STRING, "topic", "a string or an array of strings");
      return new Topic(parser.getText());
    }

    private @Nullable String text(String what) throws IOException {
      if (parser.currentToken() == VALUE_NULL) {
        return null;
      }
      require(VALUE_STRING, what, "a string");
      return parser.getText();
    }

    private @Nullable String textOrCount(String what) throws IOException {
      return parser.currentToken().isNumeric() ? parser.getText() : text(what); // that it is a whole one is seen later
    }

    private boolean flag(String what) throws IOException {
      JsonToken token = parser.currentToken();
      if (token != VALUE_TRUE && token != VALUE_FALSE && token != VALUE_NULL) {
        throw new InvalidValueException(what, "true or false", textFrom(tokenStart()));
      }
      return token == VALUE_TRUE;
    }

    private Payload data() throws IOException {
      JsonToken token = parser.currentToken();
      if (!token.isStructStart()) {
        return Payload.of(parser.getText()); // of a number, true, false and null this is the text as it stands there
      }
      int start = tokenStart();
      parser.skipChildren();
      return Payload.ofUtf8(compact(start, end()));
    }

    private byte[] compact(int start, int end) {
      var compact = new byte[end - start];
      int size = 0;
      boolean inString = false;
      for (int i = start; i < end; i++) {
        byte b = json[i];
        if (inString && b == '\\') {
          compact[size++] = b;
          b = json[++i]; // whatever is escaped does not end the string; the text is known to be well-formed
        } else if (b == '"') {
          inString = !inString;
        }
        if (inString || !isWhiteSpace(b)) {
          compact[size++] = b;
        }
      }
      return size == compact.length ? compact : Arrays.copyOf(compact, size);
    }

    private void require(JsonToken expected, String what, String description) {
      if (parser.currentToken() != expected) {
        throw new InvalidValueException(what, description, textFrom(tokenStart()));
      }
    }

    private int tokenStart() {
      return parser.currentToken() == null ? to : from + (int) parser.currentTokenLocation().getByteOffset();
    }

    private int end() {
      return Math.min(to, from + (int) parser.currentLocation().getByteOffset());
    }

    private InvalidValueException malformed(int at) {
      String expected = "well-formed JSON without repeated names, at most " + DEPTH_MAX + " levels deep";
      return new InvalidValueException("json", expected + ", at byte " + (at - from), textFrom(at));
    }

    /** Enough for a message, which shortens and escapes it. */
    private String textFrom(int start) {
      return new String(json, start, Math.min(to - start, 100), UTF_8);
    }

    private static boolean isWhiteSpace(byte b) {
      return b == ' ' || b == '\n' || b == '\r' || b == '\t';
    }

    /**
     * Jackson guesses UTF-16 and UTF-32 from zero bytes and lets encoded surrogates pass; JSON between systems is
     * UTF-8.
     */
    private static void requireUtf8(byte[] json, int from, int to) {
      int any = 0;
      for (int i = from; i < to; i++) {
        any |= json[i];
        if (json[i] == 0) {
          throw new InvalidValueException("json", "UTF-8 without NUL", "a NUL at byte " + (i - from));
        }
      }
      if (any < 0) {
        try {
          UTF_8.newDecoder().decode(ByteBuffer.wrap(json, from, to - from));
        } catch (CharacterCodingException e) {
          throw new InvalidValueException("json", "well-formed UTF-8", (to - from) + " bytes that are not");
        }
      }
    }
  }

  /** One way to read; may throw what Jackson throws. */
  private interface Read<T> {
    T from(Reading reading) throws IOException;
  }
}
