package carillon.event;

/**
 * What kind of event it is; the {@code event:} field of the stream. 1 to 255 bytes of UTF-8, no control characters.
 * Immutable.
 *
 * @param name the whole text
 */
public record EventType(String name) {

  /** Longest name, in bytes of UTF-8. */
  public static final int BYTES_MAX = 255;

  /** Types with this prefix are the hub's own: publishers may not use them. */
  public static final String RESERVED_PREFIX = "hub.";

  /** @throws InvalidValueException if {@code name} breaks a rule above */
  public EventType {
    name = Text.requireLine("type", name, BYTES_MAX);
  }

  /** Whether this type is the hub's own. */
  public boolean isReserved() {
    return name.startsWith(RESERVED_PREFIX);
  }

  @Override
  public String toString() {
    return name;
  }
}
