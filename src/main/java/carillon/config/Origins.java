package carillon.config;

import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Which pages of other origins may call the hub: {@code *} alone, or origins as browsers spell them (RFC 6454, section
 * 6.2). Any thread.
 */
final class Origins {

  /** Any page, without credentials. */
  static final String ANY = "*";

  private static final int COUNT_MAX = 256;
  private static final Pattern ORIGIN =
      Pattern.compile("[a-z][a-z0-9+.-]*://([a-z0-9._-]+|\\[[0-9a-f:.]+])(:[1-9][0-9]{0,4})?");

  private static final Kind<List<String>> LIST =
      Kinds.list(
          COUNT_MAX,
          Kinds.text("* or an origin in lower case without a path, such as https://example.org", Origins::require));

  /** A list of them; as text, between commas. */
  static final Kind<List<String>> KIND =
      ((Kind<List<String>>)
              (key, raw, problems) ->
                  LIST.read(key, raw, problems).flatMap(origins -> alone(key, origins, problems)))
          .withSchema(LIST.schema());

  private Origins() {}

  private static String require(String text) {
    if (!text.equals(ANY) && !ORIGIN.matcher(text).matches()) {
      throw new IllegalArgumentException("no origin");
    }
    return text;
  }

  private static Optional<List<String>> alone(String key, List<String> origins, Problems problems) {
    if (origins.contains(ANY) && origins.size() > 1) {
      problems.say(key, "expected either * alone or a list of origins, got both: * would make the others useless");
      return Optional.empty();
    }
    return Optional.of(origins);
  }
}
