package carillon.event;

/**
 * Which topics a subscription wants: a topic, or a pattern in which {@code *} stands for exactly one whole segment and
 * {@code **}, as the last segment, for one or more. Immutable.
 *
 * <pre>
 *   news/*     matches news/sport, not news, not news/sport/today
 *   news/**    matches news/sport and news/sport/today, not news
 *   **         matches every topic but the hub's own (hub/…), which must be named: hub/**
 * </pre>
 *
 * @param text the whole text; the same length and segment rules as a {@link Topic}
 */
public record Selector(String text) implements Comparable<Selector> {

  /**
   * @throws InvalidValueException if a segment breaks the rules of {@link Topic} or holds a {@code *} beside other
   * characters
   */
  public Selector {
    Topic.requireSegments("selector", Text.requireLine("selector", text, Topic.BYTES_MAX));
    if (text.indexOf('*') >= 0) {
      requireWholeWildcards(text);
    }
  }

  /** The selector that matches {@code topic} and nothing else. */
  public static Selector exactly(Topic topic) {
    return new Selector(topic.name());
  }

  /** Whether this selector names one topic. */
  public boolean isExact() {
    return text.indexOf('*') < 0;
  }

  /** Whether events published under {@code topic} are wanted. */
  public boolean matches(Topic topic) {
    return isExact() ? text.equals(topic.name()) : matchesSegments(topic.name());
  }

  /**
   * Whether every topic that {@code other} can match is matched by this selector too. That topics are bounded in length
   * is not made use of.
   */
  public boolean covers(Selector other) {
    if (other.text.startsWith(Topic.RESERVED_PREFIX) && !text.startsWith(Topic.RESERVED_PREFIX)) {
      return false;
    }
    String[] mine = text.split("/", -1);
    String[] others = other.text.split("/", -1);
    for (int i = 0; i < mine.length; i++) {
      if (i == others.length) {
        return false;
      }
      if (mine[i].equals("**")) {
        return true; // whatever is left there is at least one segment
      }
      boolean isCovered = others[i].equals(mine[i]) || (mine[i].equals("*") && !others[i].equals("**"));
      if (!isCovered) {
        return false;
      }
    }
    return mine.length == others.length;
  }

  private boolean matchesSegments(String name) {
    if (name.startsWith(Topic.RESERVED_PREFIX) && !text.startsWith(Topic.RESERVED_PREFIX)) {
      return false;
    }
    int t = 0;
    int n = 0;
    while (true) {
      int textSlash = text.indexOf('/', t);
      int textEnd = textSlash < 0 ? text.length() : textSlash;
      if (textEnd - t == 2 && text.startsWith("**", t)) {
        return true; // by construction the last segment; the name has at least this segment
      }
      int nameSlash = name.indexOf('/', n);
      int nameEnd = nameSlash < 0 ? name.length() : nameSlash;
      boolean any = textEnd - t == 1 && text.charAt(t) == '*';
      if (!any && !(textEnd - t == nameEnd - n && text.regionMatches(t, name, n, nameEnd - n))) {
        return false;
      }
      if (textSlash < 0 || nameSlash < 0) {
        return textSlash < 0 && nameSlash < 0;
      }
      t = textSlash + 1;
      n = nameSlash + 1;
    }
  }

  private static void requireWholeWildcards(String text) {
    String[] segments = text.split("/", -1);
    for (int i = 0; i < segments.length; i++) {
      String segment = segments[i];
      boolean last = i == segments.length - 1;
      if (segment.indexOf('*') >= 0 && !segment.equals("*") && !(last && segment.equals("**"))) {
        throw new InvalidValueException("selector", "'*' as a whole segment or '**' as the last one", text);
      }
    }
  }

  @Override
  public int compareTo(Selector other) {
    return text.compareTo(other.text);
  }

  @Override
  public String toString() {
    return text;
  }
}
