package carillon.tail;

import carillon.meter.Distribution;
import carillon.meter.Metric;
import carillon.meter.Readings;

/**
 * How soon one loop has written what was committed. Plain; confined to the loop of its view.
 *
 * <pre>
 *   frames arrive ──▶ arrived(since) ──┬─ ring ──▶ rung() ──┬─ everybody has asked ──▶ answered(now)
 *                     a time each      │  taken over        │  one size for each
 * </pre>
 */
final class Promptness {

  /** Beyond so many batches in one turn the others are not measured; they are as late as these. */
  private static final int TIMES_MAX = 256;

  private final Distribution latency = new Distribution(Metric.DELIVERY_LATENCY);
  private final long[] times = new long[TIMES_MAX];
  private int arrived;
  private int rung;

  /** A batch is there that somebody follows, and was committed at {@code sinceNanos}. */
  void arrived(long sinceNanos) {
    if (arrived < TIMES_MAX) {
      times[arrived++] = sinceNanos;
    }
  }

  /** Everybody who follows what has arrived until now has been rung. */
  void rung() {
    rung = arrived;
  }

  /** Whether {@link #answered} has something to say. */
  boolean isWaiting() {
    return rung > 0;
  }

  /** Everybody who was rung has been answered. */
  void answered(long nowNanos) {
    for (int i = 0; i < rung; i++) {
      latency.record(nowNanos - times[i]);
    }
    System.arraycopy(times, rung, times, 0, arrived - rung);
    arrived -= rung;
    rung = 0;
  }

  void measure(Readings readings) {
    readings.add(Metric.DELIVERY_LATENCY, latency);
  }
}
