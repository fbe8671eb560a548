package carillon.bus;

/**
 * How much goes over the wire as it is. Decides only: a bucket of bytes that fills again with time. Confined to its
 * owner.
 */
final class WireBudget {

  /*
   * The event bus has no back-pressure between nodes: what a node that is frozen, or behind a dead link, does not take
   * is kept in this process until the connection is given up, about ten seconds later. Events are in the log anyway. So
   * what is kept for each such node is bounded by ten times this, and a hub that publishes more tells the others only
   * how far the log is, and they read it in pages, which is cheaper at that rate as well.
   */
  static final int BYTES_PER_SECOND = 8 << 20;

  /** What an event costs besides its data, about. */
  static final int EVENT_BYTES = 64;

  private static final long NANOS_PER_SECOND = 1_000_000_000L;

  private final int bytesPerSecond;
  private long left;
  private long filledNanos;

  /** A full bucket. */
  WireBudget(int bytesPerSecond, long nowNanos) {
    this.bytesPerSecond = bytesPerSecond;
    this.left = bytesPerSecond;
    this.filledNanos = nowNanos;
  }

  /** Takes {@code bytes} out if they are there; otherwise nothing. */
  boolean takes(long bytes, long nowNanos) {
    long elapsed = Math.max(0, Math.min(NANOS_PER_SECOND, nowNanos - filledNanos));
    long filled = elapsed * bytesPerSecond / NANOS_PER_SECOND;
    if (filled > 0) {
      left = Math.min(bytesPerSecond, left + filled);
      filledNanos = nowNanos;
    }
    if (bytes > left) {
      return false;
    }
    left -= bytes;
    return true;
  }
}
