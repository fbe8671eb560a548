package carillon.subscribe;

import java.util.concurrent.atomic.AtomicLong;

/**
 * How many bytes all streams of a node hold because their clients do not take them. Any thread.
 *
 * <p>Nobody counts while bytes flow: a stream says what it holds when its outlet has become full, and takes that back
 * when it has drained or ended.
 */
public final class UnsentBytes {

  private final long max;
  private final AtomicLong bytes = new AtomicLong();

  /** @param max beyond it streams are closed */
  public UnsentBytes(long max) {
    this.max = max;
  }

  void add(long change) {
    bytes.addAndGet(change);
  }

  /** How many there are. */
  public long bytes() {
    return bytes.get();
  }

  /** Whether there are more than there may be. */
  boolean isTooMany() {
    return bytes.get() > max;
  }
}
