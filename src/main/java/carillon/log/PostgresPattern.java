package carillon.log;

import carillon.event.Selector;
import carillon.event.Selectors;
import carillon.event.Topic;
import java.util.stream.Collectors;

/**
 * Selectors as a regular expression of PostgreSQL, which matches exactly the topics that they match, and the range in
 * which those lie. Immutable.
 *
 * @param regex an advanced regular expression; a parameter, never part of a statement
 * @param low every topic that matches is this or comes after it, by bytes
 * @param high every topic that matches comes before it
 */
record PostgresPattern(String regex, String low, String high) {

  private static final String SPECIAL = "\\^$.[]|()*+?{}";

  /** More than any topic can go on with: it has at most {@link Topic#BYTES_MAX} bytes, this character has four. */
  private static final String LAST = Character.toString(0x10FFFF).repeat(1 + Topic.BYTES_MAX / 4);

  static PostgresPattern of(Selectors selectors) {
    String regex =
        selectors.list().stream()
            .map(selector -> PostgresPattern.regex(selector.text()))
            .collect(Collectors.joining("|", "^(?:", ")$"));
    String prefix = selectors.list().stream().map(PostgresPattern::prefix).reduce(PostgresPattern::common).orElse("");
    return new PostgresPattern(regex, prefix, prefix + LAST);
  }

  private static String regex(String selector) {
    var regex = new StringBuilder();
    if (selector.startsWith("*")) {
      regex.append("(?!").append(Topic.RESERVED_PREFIX).append(')'); // the hub's own topics must be named
    }
    String[] segments = selector.split("/", -1);
    for (int i = 0; i < segments.length; i++) {
      regex.append(i == 0 ? "" : "/");
      switch (segments[i]) {
        case "*" -> regex.append("[^/]+");
        case "**" -> regex.append(".+");
        default -> escape(segments[i], regex);
      }
    }
    return regex.toString();
  }

  private static void escape(String segment, StringBuilder regex) {
    for (int i = 0; i < segment.length(); i++) {
      char next = segment.charAt(i);
      if (SPECIAL.indexOf(next) >= 0) {
        regex.append('\\');
      }
      regex.append(next);
    }
  }

  private static String prefix(Selector selector) {
    int wildcard = selector.text().indexOf('*');
    return wildcard < 0 ? selector.text() : selector.text().substring(0, wildcard);
  }

  private static String common(String one, String other) {
    int length = 0;
    while (length < Math.min(one.length(), other.length()) && one.charAt(length) == other.charAt(length)) {
      length++;
    }
    boolean splitsPair = length > 0 && Character.isHighSurrogate(one.charAt(length - 1));
    return one.substring(0, splitsPair ? length - 1 : length);
  }
}
