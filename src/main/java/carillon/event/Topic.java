package carillon.event;

/**
 * The name events are published under and followed by: 1 to 255 bytes of UTF-8, segments separated by {@code /}. No
 * segment is empty, {@code .} or {@code ..}; no control characters; no {@code *}, which only a {@link Selector} may
 * hold. Topics are compared byte for byte. Immutable.
 *
 * @param name the whole text
 */
public record Topic(String name) implements Comparable<Topic> {

  /** Longest name, in bytes of UTF-8. */
  public static final int BYTES_MAX = 255;

  /** Topics under this prefix are the hub's own: they are followed by name, and nobody may publish to them. */
  public static final String RESERVED_PREFIX = "hub/";

  /** @throws InvalidValueException if {@code name} breaks a rule above */
  public Topic {
    requireSegments("topic", Text.requireLine("topic", name, BYTES_MAX));
    if (name.indexOf('*') >= 0) {
      throw new InvalidValueException("topic", "no '*' (only a selector may hold one)", name);
    }
  }

  /** Whether this topic is the hub's own. */
  public boolean isReserved() {
    return name.startsWith(RESERVED_PREFIX);
  }

  static void requireSegments(String what, String name) {
    int start = 0;
    while (true) {
      int slash = name.indexOf('/', start);
      int end = slash < 0 ? name.length() : slash;
      if (end == start) {
        throw new InvalidValueException(what, "no empty segment", name);
      }
      if (name.startsWith(".", start) && (end - start == 1 || (end - start == 2 && name.charAt(start + 1) == '.'))) {
        throw new InvalidValueException(what, "no segment '.' or '..'", name);
      }
      if (slash < 0) {
        return;
      }
      start = slash + 1;
    }
  }

  @Override
  public int compareTo(Topic other) {
    return name.compareTo(other.name);
  }

  @Override
  public String toString() {
    return name;
  }
}
