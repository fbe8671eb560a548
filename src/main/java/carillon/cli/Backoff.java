package carillon.cli;

import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * How long to wait before the next attempt: doubling from the hub's own {@code retry:} up to a minute, and a random
 * part of that, so that those who were sent away together do not come back together. Confined to one thread.
 */
final class Backoff {

  private static final Duration BEGIN = Duration.ofMillis(500);
  private static final Duration MAX = Duration.ofMinutes(1);
  private static final int DOUBLINGS_MAX = 16;

  private final RandomGenerator random;
  private Duration begin = BEGIN;
  private int failures;

  Backoff(RandomGenerator random) {
    this.random = random;
  }

  /** The hub has said how long to wait. */
  void begin(Duration retry) {
    begin = retry.compareTo(MAX) > 0 ? MAX : retry;
  }

  /** It has worked again. */
  void succeeded() {
    failures = 0;
  }

  /** The next pause: from half to the whole of what is due. */
  Duration next() {
    long due = begin.toMillis() << Math.min(failures++, DOUBLINGS_MAX);
    due = due < 0 || due > MAX.toMillis() ? MAX.toMillis() : due;
    return Duration.ofMillis(due / 2 + random.nextLong(due / 2 + 1));
  }
}
