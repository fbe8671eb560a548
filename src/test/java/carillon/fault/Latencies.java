package carillon.fault;

import java.util.concurrent.atomic.AtomicLongArray;

/**
 * How long things took, in buckets that are at most a sixteenth wide, so that any number of them can be counted. Any
 * thread.
 */
final class Latencies {

  private static final int BUCKETS_PER_DOUBLING = 16;
  private static final int BUCKETS = Long.SIZE * BUCKETS_PER_DOUBLING;

  private final AtomicLongArray counts = new AtomicLongArray(BUCKETS);

  void add(long nanos) {
    counts.incrementAndGet(bucket(Math.max(nanos, BUCKETS_PER_DOUBLING)));
  }

  /** Forgets everything. */
  void clear() {
    for (int i = 0; i < BUCKETS; i++) {
      counts.set(i, 0);
    }
  }

  /** What {@code share} of all took less than, in milliseconds; 0 when there are none. */
  double millis(double share) {
    long total = 0;
    for (int i = 0; i < BUCKETS; i++) {
      total += counts.get(i);
    }
    long wanted = (long) Math.ceil(total * share);
    long sum = 0;
    for (int i = 0; i < BUCKETS && wanted > 0; i++) {
      sum += counts.get(i);
      if (sum >= wanted) {
        return upperBound(i) / 1e6;
      }
    }
    return 0;
  }

  /** The highest bit says which doubling, the four bits below it which sixteenth. */
  static int bucket(long nanos) {
    int doubling = Long.SIZE - 1 - Long.numberOfLeadingZeros(nanos);
    int sixteenth = (int) (nanos >>> (doubling - 4)) & (BUCKETS_PER_DOUBLING - 1);
    return doubling * BUCKETS_PER_DOUBLING + sixteenth;
  }

  static double upperBound(int bucket) {
    int sixteenths = BUCKETS_PER_DOUBLING + bucket % BUCKETS_PER_DOUBLING + 1;
    return Math.scalb((double) sixteenths / BUCKETS_PER_DOUBLING, bucket / BUCKETS_PER_DOUBLING);
  }
}
