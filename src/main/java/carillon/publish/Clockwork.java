package carillon.publish;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * Decides when one clock ticks, whatever the wall clock does. Plain; confined to whoever owns it.
 *
 * <p>It is asked now and then what is due, late or early or after a jump. A tick is due once; when several have been
 * missed only the newest is due, never a bunch of them.
 */
final class Clockwork {

  private final ClockSchedule schedule;

  private Instant next;

  /** The first tick is the first one after {@code now}. */
  Clockwork(ClockSchedule schedule, Instant now) {
    this.schedule = schedule;
    this.next = schedule.after(now);
  }

  /** The tick that is due, as the instant it stands for, which is {@code now} or earlier. */
  Optional<Instant> due(Instant now) {
    if (now.isBefore(next)) {
      realign(now);
      return Optional.empty();
    }
    Instant tick = schedule.atOrBefore(now);
    next = schedule.after(now);
    return Optional.of(tick);
  }

  /** How long after {@code now} to ask again. */
  Duration untilNext(Instant now) {
    return Duration.between(now, next);
  }

  /**
   * A wall clock that was set back by more than the step to the next tick starts over from there. Set back by less,
   * such as by a time server's correction, it waits instead: the tick it would repeat has been seen.
   */
  private void realign(Instant now) {
    if (Duration.between(now, next).compareTo(schedule.interval().multipliedBy(2)) > 0) {
      next = schedule.after(now);
    }
  }
}
