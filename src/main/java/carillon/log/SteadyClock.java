package carillon.log;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.function.LongSupplier;

/**
 * The time by which history ages: never ahead of the wall clock, and never faster than time really passes. Any thread.
 *
 * <p>When the wall clock jumps ahead, this clock goes on as before; when it jumps back, this clock goes back with it.
 * So an event that was stamped by the wall clock never looks older than it is, and nothing is removed early; it may be
 * removed late by as much as the clock jumped. Across a restart the wall clock is believed.
 */
public final class SteadyClock implements InstantSource {

  private final InstantSource wall;
  private final LongSupplier nanos;

  // Guarded by this: a few instructions, never held across a call that waits.
  private Instant last;
  private long lastNanos;

  /**
   * A clock that begins with the wall clock's time.
   *
   * @param wall the clock events are stamped by
   * @param nanos time that really passes, in nanoseconds from anywhere, as {@link System#nanoTime()}
   */
  public SteadyClock(InstantSource wall, LongSupplier nanos) {
    this.wall = wall;
    this.nanos = nanos;
    this.last = wall.instant();
    this.lastNanos = nanos.getAsLong();
  }

  /** The clock of this machine. */
  public static SteadyClock system() {
    return new SteadyClock(Clock.systemUTC(), System::nanoTime);
  }

  @Override
  public synchronized Instant instant() {
    long nowNanos = nanos.getAsLong();
    Instant passed = last.plus(Duration.ofNanos(nowNanos - lastNanos));
    Instant shown = wall.instant();
    last = shown.isBefore(passed) ? shown : passed;
    lastNanos = nowNanos;
    return last;
  }
}
