package carillon.publish;

import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.time.zone.ZoneOffsetTransition;
import java.time.zone.ZoneRules;

/**
 * At which instants a clock ticks. Immutable.
 *
 * <p>A tick is every multiple of the interval since the epoch, 1970-01-01T00:00Z. A clock whose interval is a minute or
 * more and divides a day ticks by the local time of its zone instead: daily at local midnight, every six hours at 0, 6,
 * 12 and 18 o'clock.
 */
final class ClockSchedule {

  /*
   * Local time has holes and repeats, and this is what becomes of a tick there.
   *
   *   02:00 does not exist (spring): the first moment that exists stands for it, so a day without a midnight begins
   *                                  with a tick, too
   *   02:00 exists twice (autumn):   it ticks twice if a whole interval fits between the two, as an hourly clock is
   *                                  expected to; a daily one whose midnight comes twice ticks at the first
   */
  private static final Duration LOCAL_MIN = Duration.ofMinutes(1);
  private static final Duration DAY = Duration.ofDays(1);

  private final Duration interval;
  private final ZoneRules rules;
  private final boolean isLocal;

  /** @param interval at least 1 ms; a fraction of a millisecond is cut off */
  ClockSchedule(Duration interval, ZoneId zone) {
    this.interval = interval.truncatedTo(ChronoUnit.MILLIS);
    if (this.interval.isNegative() || this.interval.isZero()) {
      throw new IllegalArgumentException("interval: expected at least 1 ms, got " + interval);
    }
    this.rules = zone.getRules();
    this.isLocal = this.interval.compareTo(LOCAL_MIN) >= 0 && DAY.toMillis() % this.interval.toMillis() == 0;
  }

  /** From tick to tick, where local time has neither holes nor repeats. */
  Duration interval() {
    return interval;
  }

  /** The newest tick at {@code now} or before. */
  Instant atOrBefore(Instant now) {
    return isLocal ? localAtOrBefore(now) : multipleAtOrBefore(now);
  }

  /** The first tick after {@code now}. */
  Instant after(Instant now) {
    return isLocal ? localAfter(now) : multipleAtOrBefore(now).plus(interval);
  }

  private Instant multipleAtOrBefore(Instant now) {
    long millis = now.toEpochMilli();
    return Instant.ofEpochMilli(millis - Math.floorMod(millis, interval.toMillis()));
  }

  private Instant localAtOrBefore(Instant now) {
    LocalDateTime local = slotOf(now);
    Instant candidate = local.toInstant(rules.getOffset(now));
    ZoneOffsetTransition change = rules.previousTransition(now.plusNanos(1));
    if (change == null) {
      return candidate;
    }
    boolean isBeforeChange = candidate.isBefore(change.getInstant());
    if (change.isGap()) {
      if (!isBeforeChange) {
        return candidate;
      }
      return local.isBefore(change.getDateTimeBefore()) ? before(change) : change.getInstant();
    }
    return isBeforeChange || isRepeatedTooSoon(local, change) ? before(change) : candidate;
  }

  private Instant localAfter(Instant now) {
    Instant candidate = slotOf(now).plus(interval).toInstant(rules.getOffset(now));
    ZoneOffsetTransition change = rules.nextTransition(now);
    // The offset holds until the change, so there is no tick between now and the earlier of the two.
    Instant earliest = change != null && change.getInstant().isBefore(candidate) ? change.getInstant() : candidate;
    return localAtOrBefore(earliest).equals(earliest) ? earliest : localAfter(earliest);
  }

  private boolean isRepeatedTooSoon(LocalDateTime local, ZoneOffsetTransition overlap) {
    return local.isBefore(overlap.getDateTimeBefore()) && interval.compareTo(overlap.getDuration().abs()) > 0;
  }

  private Instant before(ZoneOffsetTransition change) {
    return localAtOrBefore(change.getInstant().minusNanos(1));
  }

  /** The local time, cut to whole intervals since midnight. */
  private LocalDateTime slotOf(Instant now) {
    ZoneOffset offset = rules.getOffset(now);
    LocalDateTime local = LocalDateTime.ofEpochSecond(now.getEpochSecond(), now.getNano(), offset);
    long nanoOfDay = local.toLocalTime().toNanoOfDay();
    return local.toLocalDate().atStartOfDay().plusNanos(nanoOfDay - nanoOfDay % interval.toNanos());
  }
}
