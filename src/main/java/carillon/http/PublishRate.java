package carillon.http;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * How fast each of many may publish: a bucket of tokens for each, one for an event, filled at the rate and never fuller
 * than the burst. Any thread.
 *
 * <p>Arithmetic is exact: a bucket is counted in billionths of a token, of which a rate of <i>n</i> per second brings
 * <i>n</i> each nanosecond. Those who published least recently are forgotten first when there are too many, and begin
 * with a full bucket when they come again.
 */
final class PublishRate {

  /** Billionths. */
  private static final long TOKEN = 1_000_000_000L;

  private final int perSecond;
  private final int burst;
  private final LongSupplier nanoTime;
  private final Map<Object, Bucket> buckets; // guarded by this

  private static final class Bucket {
    private long level;
    private long atNanos;

    Bucket(long level, long atNanos) {
      this.level = level;
      this.atNanos = atNanos;
    }
  }

  /**
   * @param perSecond events; at least 1
   * @param burst events; at least 1
   * @param bucketsMax how many are remembered
   * @param nanoTime a clock that only goes forward
   */
  PublishRate(int perSecond, int burst, int bucketsMax, LongSupplier nanoTime) {
    this.perSecond = perSecond;
    this.burst = burst;
    this.nanoTime = nanoTime;
    this.buckets =
        new LinkedHashMap<>(16, 0.75f, true) {
          private static final long serialVersionUID = 1L;

          @Override
          protected boolean removeEldestEntry(Map.Entry<Object, Bucket> eldest) {
            return size() > bucketsMax;
          }
        };
  }

  /**
   * Takes {@code events} tokens of {@code who}, or none. More than the burst are taken from a full bucket, which then
   * owes the rest.
   *
   * @return 0 if they were taken, else for how long they will not be there, in nanoseconds
   */
  synchronized long take(Object who, int events) {
    return take(who, events, events);
  }

  /** How long {@code who} has to wait until one event would be taken, in nanoseconds; takes nothing. */
  synchronized long wait(Object who) {
    return take(who, 1, 0);
  }

  /** Gives back what {@link #take} took. */
  synchronized void giveBack(Object who, int events) {
    Bucket bucket = buckets.get(who);
    if (bucket != null) {
      bucket.level = Math.min(burst * TOKEN, bucket.level + events * TOKEN);
    }
  }

  private long take(Object who, int needed, int taken) {
    long now = nanoTime.getAsLong();
    Bucket bucket = buckets.computeIfAbsent(who, same -> new Bucket(burst * TOKEN, now));
    fill(bucket, now);
    long missing = Math.min(needed, burst) * TOKEN - bucket.level;
    if (missing > 0) {
      return (missing + perSecond - 1) / perSecond;
    }
    bucket.level -= taken * TOKEN;
    return 0;
  }

  private void fill(Bucket bucket, long now) {
    long elapsed = now - bucket.atNanos;
    long room = burst * TOKEN - bucket.level;
    bucket.atNanos = now;
    bucket.level = elapsed > room / perSecond ? burst * TOKEN : bucket.level + elapsed * perSecond;
  }

  /** How many are remembered. */
  synchronized int size() {
    return buckets.size();
  }
}
