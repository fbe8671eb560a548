package carillon.bench;

import java.time.Duration;

/**
 * A stretch of a run with one pace. Immutable.
 *
 * @param name for the report
 * @param pace when to publish
 * @param warm how long before anything counts
 * @param measured how long it counts
 * @param stalledShare how many of the subscribers, from 0 to below 1, do not read until the stage is over; what arrives
 *     at them does not count
 */
public record Stage(String name, Pace pace, Duration warm, Duration measured, double stalledShare) {

  /** @throws IllegalArgumentException if a time is negative or the share not from 0 to below 1 */
  public Stage {
    if (warm.isNegative() || measured.isNegative() || !(stalledShare >= 0 && stalledShare < 1)) {
      throw new IllegalArgumentException("stage: expected times and a share from 0 to below 1, got " + warm + ", "
          + measured + ", " + stalledShare);
    }
  }

  /** One in which everybody reads. */
  public static Stage of(String name, Pace pace, Duration warm, Duration measured) {
    return new Stage(name, pace, warm, measured, 0);
  }
}
