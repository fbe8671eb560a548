package carillon.bench;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * How long things took, in buckets that are at most 1.6 % wide, so that any number of them can be counted. Any thread.
 */
public final class Latencies {

  private static final int BITS = 6;
  private static final int BUCKETS_PER_DOUBLING = 1 << BITS;
  private static final int BUCKETS = Long.SIZE * BUCKETS_PER_DOUBLING;

  private final AtomicLongArray counts = new AtomicLongArray(BUCKETS);
  private final AtomicLong longest = new AtomicLong();

  /** Counts one. */
  public void add(long nanos) {
    counts.getAndIncrement(bucket(Math.max(nanos, BUCKETS_PER_DOUBLING)));
    if (nanos > longest.getPlain()) {
      longest.accumulateAndGet(nanos, Math::max);
    }
  }

  /** Forgets everything. */
  public void clear() {
    for (int i = 0; i < BUCKETS; i++) {
      counts.set(i, 0);
    }
    longest.set(0);
  }

  /** How many have been counted. */
  public long count() {
    long total = 0;
    for (int i = 0; i < BUCKETS; i++) {
      total += counts.get(i);
    }
    return total;
  }

  /** What {@code share} of all took at the most, in milliseconds; 0 when there are none. */
  public double millis(double share) {
    long wanted = (long) Math.ceil((double) count() * share);
    long sum = 0;
    for (int i = 0; i < BUCKETS && wanted > 0; i++) {
      sum += counts.get(i);
      if (sum >= wanted) {
        return Math.min(upperBound(i), (double) longest.get()) / 1e6;
      }
    }
    return 0;
  }

  /** The highest bit says which doubling, the bits below it which part of it. */
  static int bucket(long nanos) {
    int doubling = Long.SIZE - 1 - Long.numberOfLeadingZeros(nanos);
    int part = (int) (nanos >>> (doubling - BITS)) & (BUCKETS_PER_DOUBLING - 1);
    return doubling * BUCKETS_PER_DOUBLING + part;
  }

  static double upperBound(int bucket) {
    int parts = BUCKETS_PER_DOUBLING + bucket % BUCKETS_PER_DOUBLING + 1;
    return Math.scalb((double) parts / BUCKETS_PER_DOUBLING, bucket / BUCKETS_PER_DOUBLING);
  }
}
