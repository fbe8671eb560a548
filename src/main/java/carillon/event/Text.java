package carillon.event;

import java.nio.charset.StandardCharsets;

/** The rules that all short texts of the interface share. Immutable, any thread. */
final class Text {

  private static final int BYTES_PER_CHAR_MAX = 3;

  private Text() {}

  /**
   * Returns {@code text} if it is 1 to {@code bytesMax} bytes of UTF-8 without control characters (Unicode category Cc:
   * C0, DEL and C1) and without unpaired surrogates. Everything else is a publisher's own affair: spaces, U+2028, byte
   * order marks, noncharacters.
   *
   * @throws InvalidValueException otherwise
   */
  static String requireLine(String what, String text, int bytesMax) {
    if (text.isEmpty()) {
      throw new InvalidValueException(what, "at least one character", text);
    }
    for (int i = 0; i < text.length(); i++) {
      if (Character.isISOControl(text.charAt(i))) {
        throw new InvalidValueException(what, "no control characters", text);
      }
    }
    if (!isWellFormed(text)) {
      throw new InvalidValueException(what, "well-formed Unicode", text);
    }
    if (text.length() > bytesMax / BYTES_PER_CHAR_MAX && text.getBytes(StandardCharsets.UTF_8).length > bytesMax) {
      throw new InvalidValueException(what, "at most " + bytesMax + " bytes of UTF-8", text);
    }
    return text;
  }

  /** Whether {@code text} has no unpaired surrogate, and so has bytes of UTF-8. */
  static boolean isWellFormed(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (Character.isSurrogate(text.charAt(i))) {
        if (i + 1 == text.length() || !Character.isSurrogatePair(text.charAt(i), text.charAt(i + 1))) {
          return false;
        }
        i++;
      }
    }
    return true;
  }
}
