package carillon.meter;

/** How often which size was seen, since the beginning. Confined to one thread. */
public final class Distribution {

  private final Metric.Scale scale;
  private final long[] counts;
  private long sum;

  /** An empty one for {@code metric}, a histogram. */
  public Distribution(Metric metric) {
    this(metric.scale());
  }

  Distribution(Metric.Scale scale) {
    this.scale = scale;
    this.counts = new long[scale.size() + 1];
  }

  /** Puts down one size, in the unit of the scale; a negative one, which only clocks make, counts as 0. */
  public void record(long value) {
    long size = Math.max(0, value);
    counts[scale.indexOf(size)]++;
    sum += size;
  }

  /** Adds what another one of the same scale has seen. */
  void add(Distribution other) {
    for (int i = 0; i < counts.length; i++) {
      counts[i] += other.counts[i];
    }
    sum += other.sum;
  }

  /** A copy, to be handed over. */
  Distribution copy() {
    var copy = new Distribution(scale);
    copy.add(this);
    return copy;
  }

  /** How many sizes lie above the bound before and not above the bound with this index; the last index has no bound. */
  public long count(int index) {
    return counts[index];
  }

  /** How many there were. */
  public long count() {
    long count = 0;
    for (long each : counts) {
      count += each;
    }
    return count;
  }

  /** All of them together, in the unit of the scale. */
  public long sum() {
    return sum;
  }
}
