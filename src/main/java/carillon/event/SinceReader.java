package carillon.event;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Reads from where a subscriber wants to be served: once strictly, for what a person writes, once for what a browser
 * says by itself. Any thread.
 */
public final class SinceReader {

  /*
   * Two doors, because two kinds of callers stand before them. `since=` is written by a person or a program that can be
   * told of its mistake: 400. `Last-Event-ID` is sent by an EventSource, which gives up for ever on a 400 and would
   * never be told; it may be years old, from another hub, or cut by a proxy. Whatever it says, it is answered with a
   * stream, and with hub.gap where it says nothing we know.
   */

  private static final String LAST = "last:";

  /** RFC 3339, section 5.6; java.time alone would let more pass, such as a time without seconds. */
  private static final Pattern RFC_3339 =
      Pattern.compile("\\d{4}-\\d{2}-\\d{2}[Tt]\\d{2}:\\d{2}:\\d{2}(\\.\\d{1,9})?([Zz]|[+ -]\\d{2}:\\d{2})");

  private static final String EXPECTED =
      "an event id, 'all', a duration such as 10m, a time such as 2026-01-31T23:59:59Z, or last:<number>";

  private SinceReader() {}

  /**
   * Reads the value of {@code since=}: an event id, {@code all}, a duration back from {@code now}, a time by RFC 3339
   * with an offset, or {@code last:N}.
   *
   * <p>A blank in place of the offset's {@code +} is taken as one, for that is what a {@code +} in a query becomes. A
   * leap second (23:59:60) is refused, because the time scale here has none. A duration that goes back before 1970
   * begins there.
   *
   * @throws InvalidValueException if it is none of them
   */
  public static Since parse(String text, Instant now) {
    if (text.equals("all")) {
      return new Since.All();
    }
    if (text.startsWith(LAST)) {
      return last(text);
    }
    Optional<EventId> id = EventId.parse(text);
    if (id.isPresent()) {
      return new Since.After(id.get());
    }
    Optional<Duration> age = Durations.parse(text);
    if (age.isPresent()) {
      return new Since.From(before(now, age.get()));
    }
    if (RFC_3339.matcher(text).matches()) {
      return new Since.From(time(text));
    }
    throw new InvalidValueException("since", EXPECTED, text);
  }

  /**
   * Reads the value of {@code Last-Event-ID}, header or query: an event id, or nothing for live only. Any other text is
   * {@link Since.Unknown}; never fails.
   */
  public static Since ofLastEventId(String text) {
    if (text.isEmpty()) {
      return new Since.Now();
    }
    Optional<EventId> id = EventId.parse(text);
    return id.isPresent() ? new Since.After(id.get()) : new Since.Unknown(text);
  }

  private static Since last(String text) {
    String number = text.substring(LAST.length());
    boolean isNumber = !number.isEmpty() && number.length() <= 9 && number.chars().allMatch(c -> c >= '0' && c <= '9');
    if (!isNumber) {
      throw new InvalidValueException("since", "last:1 to last:" + Since.Last.COUNT_MAX, text);
    }
    return new Since.Last(Integer.parseInt(number));
  }

  /** Nothing was accepted before 1970, and an Instant cannot go back as far as a duration can. */
  private static Instant before(Instant now, Duration age) {
    return age.compareTo(Duration.between(Instant.EPOCH, now)) > 0 ? Instant.EPOCH : now.minus(age);
  }

  private static Instant time(String text) {
    try {
      return OffsetDateTime.parse(text.replace(' ', '+')).toInstant();
    } catch (DateTimeException e) {
      throw new InvalidValueException("since", "a time that exists, with an offset of at most 18 hours", text);
    }
  }
}
