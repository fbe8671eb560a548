package carillon.event;

/**
 * A publisher's own mark on a draft: within the window, the same key is stored once. 1 to 255 bytes of UTF-8, no
 * control characters. Immutable.
 *
 * @param text the whole text
 */
public record Key(String text) {

  /** Longest key, in bytes of UTF-8. */
  public static final int BYTES_MAX = 255;

  /** @throws InvalidValueException if {@code text} breaks a rule above */
  public Key {
    text = Text.requireLine("key", text, BYTES_MAX);
  }

  @Override
  public String toString() {
    return text;
  }
}
