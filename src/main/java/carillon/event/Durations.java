package carillon.event;

import java.time.Duration;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The one spelling of durations, in requests and in the configuration alike: {@code 250ms}, {@code 15s}, {@code 10m},
 * {@code 2h}, {@code 7d}. Any thread.
 */
public final class Durations {

  private static final Pattern SPELLING = Pattern.compile("(0|[1-9][0-9]{0,11})(ms|s|m|h|d)");

  private Durations() {}

  /** Reads a number directly followed by its unit; anything else is no duration. */
  public static Optional<Duration> parse(String text) {
    Matcher matcher = SPELLING.matcher(text);
    if (!matcher.matches()) {
      return Optional.empty();
    }
    long number = Long.parseLong(matcher.group(1));
    return Optional.of(
        switch (matcher.group(2)) {
          case "ms" -> Duration.ofMillis(number);
          case "s" -> Duration.ofSeconds(number);
          case "m" -> Duration.ofMinutes(number);
          case "h" -> Duration.ofHours(number);
          default -> Duration.ofDays(number);
        });
  }
}
