package carillon.log;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.atomic.AtomicLong;

/** A wall clock and the time that really passes, both moved by the test. Any thread may read. */
final class TestClock implements InstantSource {

  private final AtomicLong nanos = new AtomicLong(1_000);
  private volatile Instant wall = Instant.parse("2024-03-01T12:00:00Z");

  /** Lets time pass. */
  void pass(Duration time) {
    wall = wall.plus(time);
    nanos.addAndGet(time.toNanos());
  }

  /** Sets the wall clock forward, or back when {@code by} is negative. No time passes. */
  void jump(Duration by) {
    wall = wall.plus(by);
  }

  @Override
  public Instant instant() {
    return wall;
  }

  SteadyClock steady() {
    return new SteadyClock(this, nanos::get);
  }
}
