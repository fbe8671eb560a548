package carillon.http;

import carillon.event.Draft;
import carillon.event.InvalidValueException;
import carillon.event.Payload;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.util.AsciiString;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A publish whose head says nothing but what a {@link PublishLane} knows how to answer: {@code POST} or {@code PUT
 * /events/{topic…}} without a query, with a declared length and no field beyond a short list. Confined to one thread.
 *
 * <p>The list names what is understood, not what is suspicious: whatever has a meaning that is not on it (transfer and
 * content codings, {@code Expect}, {@code Upgrade}, {@code Origin}, {@code Authorization}, {@code Cookie}), and
 * whatever breaks a rule, is no plain publish and goes the ordinary way, which knows the answer. So a field that the
 * hub learns to understand one day is safe before anybody thinks of this class.
 */
final class PlainPublish {

  /** Largest body, in bytes: its memory is given on the client's word alone. */
  static final int BODY_BYTES_MAX = 16 << 10;

  /** What an answer can be, the default first. */
  static final List<String> FORMATS = List.of(BatchAnswer.TEXT, BatchAnswer.JSON);

  private static final int PORT_MAX = 65_535;
  private static final int NONE = -1;

  private final DraftFields fields;
  private int length = NONE;
  private @Nullable String accept;
  private boolean hasHost;

  private PlainPublish(DraftFields fields) {
    this.fields = fields;
  }

  /** The publish that {@code head} begins; {@code null} if it is anything else, a wrong one included. */
  static @Nullable PlainPublish read(HttpRequest head) {
    if (!head.decoderResult().isSuccess()
        || !isHttp11(head)
        || !(head.method().equals(HttpMethod.POST) || head.method().equals(HttpMethod.PUT))
        || !PathText.isItem(head.uri())
        || head.uri().indexOf('?') >= 0) {
      return null;
    }
    try {
      var plain = new PlainPublish(DraftFields.ofTopic(head.uri()));
      Iterator<Map.Entry<CharSequence, CharSequence>> entries = head.headers().iteratorCharSequence();
      while (entries.hasNext()) {
        Map.Entry<CharSequence, CharSequence> field = entries.next();
        if (!plain.takes(field.getKey(), field.getValue().toString())) {
          return null;
        }
      }
      if (!plain.hasHost || plain.length == NONE) {
        return null;
      }
      var unused = plain.fields.requireValid();
      return plain;
    } catch (InvalidValueException e) {
      return null;
    }
  }

  /**
   * Whether the version is HTTP/1.1 to the letter. In other letters it is another one to everything above, while Netty
   * calls the two equal.
   */
  @SuppressWarnings("ReferenceEquality") // the decoder has the constant for this one spelling
  static boolean isHttp11(HttpRequest head) {
    return head.protocolVersion() == HttpVersion.HTTP_1_1;
  }

  /** The declared length of the body, in bytes: 0 to {@link #BODY_BYTES_MAX}. */
  int length() {
    return length;
  }

  /** The media type of the answer, if it is no problem. */
  String format() {
    return accept == null
        ? BatchAnswer.TEXT
        : Negotiation.best(List.of(accept), FORMATS).orElse(BatchAnswer.TEXT);
  }

  /**
   * The draft with {@code body}, which is its own from now on.
   *
   * @throws InvalidValueException if the body is not UTF-8
   */
  Draft draft(byte[] body) {
    return fields.draft(Payload.ofUtf8(body));
  }

  /** Whether one field of the head leaves it a plain publish. */
  private boolean takes(CharSequence name, String value) {
    return switch (name.length()) {
      case 0 -> false;
      case 4 -> is("host", name) ? takesHost(value) : fields.takesHeader(name, value);
      case 6 -> is("accept", name) ? takesAccept(value) : fields.takesHeader(name, value);
      case 10 -> is("user-agent", name) || (is("connection", name) && value.equalsIgnoreCase("keep-alive"));
      case 12 -> is("content-type", name);
      case 14 -> is("content-length", name) && takesLength(value);
      case 15 -> is("accept-encoding", name) || is("accept-language", name) || fields.takesHeader(name, value);
      default -> fields.takesHeader(name, value);
    };
  }

  private static boolean is(String lowerCase, CharSequence name) {
    return AsciiString.contentEqualsIgnoreCase(lowerCase, name);
  }

  private boolean takesAccept(String value) {
    boolean isFirst = accept == null;
    accept = value;
    return isFirst;
  }

  /** Digits and nothing else, once: any other spelling is a matter for the one place that judges it. */
  private boolean takesLength(String value) {
    if (length != NONE || value.isEmpty() || value.length() > 5) {
      return false;
    }
    int said = 0;
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      if (c < '0' || c > '9') {
        return false;
      }
      said = said * 10 + (c - '0');
    }
    length = said;
    return said <= BODY_BYTES_MAX;
  }

  /** A name or an IPv4 address with or without a port: what nobody could find fault with. */
  private boolean takesHost(String value) {
    int colon = value.indexOf(':');
    int end = colon < 0 ? value.length() : colon;
    if (hasHost || end == 0) {
      return false;
    }
    for (int i = 0; i < end; i++) {
      char c = value.charAt(i);
      boolean isPlain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')
          || c == '.' || c == '-';
      if (!isPlain) {
        return false;
      }
    }
    hasHost = true;
    return colon < 0 || isPort(value, colon + 1);
  }

  private static boolean isPort(String value, int from) {
    int port = 0;
    for (int i = from; i < value.length(); i++) {
      char c = value.charAt(i);
      if (c < '0' || c > '9') {
        return false;
      }
      port = port * 10 + (c - '0');
      if (port > PORT_MAX) {
        return false;
      }
    }
    return from < value.length();
  }
}
