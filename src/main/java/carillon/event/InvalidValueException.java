package carillon.event;

import java.util.HexFormat;

/**
 * Says that text from outside is not a valid value: which one, what was expected, what came. Safe to show to whoever
 * sent it.
 */
public final class InvalidValueException extends IllegalArgumentException {

  private static final long serialVersionUID = 1L;
  private static final int SHOWN_MAX = 40;

  private final String what;
  private final boolean tooLarge;

  /**
   * @param what the value as the interface calls it, such as {@code topic} or {@code type}
   * @param expected completes "expected …"
   * @param actual what came; shortened and escaped here, so it may be hostile
   */
  public InvalidValueException(String what, String expected, String actual) {
    this(what + ": expected " + expected + ", got " + shown(actual), what, false);
  }

  private InvalidValueException(String message, String what, boolean tooLarge) {
    super(message);
    this.what = what;
    this.tooLarge = tooLarge;
  }

  /**
   * Says that a value is valid in kind but larger than the hub takes: {@code bytes} instead of at most
   * {@code bytesMax}.
   */
  public static InvalidValueException tooLarge(String what, int bytesMax, int bytes) {
    return new InvalidValueException(what + ": expected at most " + bytesMax + " bytes, got " + bytes, what, true);
  }

  /**
   * The same about a value inside something larger; {@code place}, in the hub's own words, comes first in the message.
   */
  public InvalidValueException at(String place) {
    var moved = new InvalidValueException(place + ": " + getMessage(), what, tooLarge);
    moved.initCause(this);
    return moved;
  }

  /** The value that was refused, as the interface calls it. */
  public String what() {
    return what;
  }

  /** Whether nothing is wrong with the value but its size, so that HTTP answers 413 instead of 400. */
  public boolean isTooLarge() {
    return tooLarge;
  }

  /** Quotes {@code text}, shortened and escaped, so that hostile text can stand in a message or a log line. */
  public static String shown(String text) {
    var shown = new StringBuilder("\"");
    int end = Math.min(text.length(), SHOWN_MAX);
    for (int i = 0; i < end; i++) {
      char c = text.charAt(i);
      if (c == '"' || c == '\\') {
        shown.append('\\').append(c);
      } else if (c < 0x20 || c > 0x7e) {
        shown.append("\\u").append(HexFormat.of().toHexDigits(c));
      } else {
        shown.append(c);
      }
    }
    return shown.append(text.length() > SHOWN_MAX ? "…\"" : "\"").toString();
  }
}
