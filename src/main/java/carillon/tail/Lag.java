package carillon.tail;

/**
 * For how long the tail has been behind the log: since when there is something in the log that it has not delivered, as
 * exactly as it is looked at. Plain; confined to its owner.
 */
final class Lag {

  private long owed;
  private long sinceNanos;
  private boolean isBehind;

  /** The log is at {@code head} and the tail has delivered up to {@code delivered}. */
  void look(long head, long delivered, long nowNanos) {
    if (!isBehind || delivered >= owed) {
      isBehind = head > delivered;
      owed = head;
      sinceNanos = nowNanos;
    }
  }

  /** How long that has been so, in nanoseconds; 0 if the tail has since delivered what it owed. */
  long nanos(long delivered, long nowNanos) {
    return isBehind && delivered < owed ? Math.max(0, nowNanos - sinceNanos) : 0;
  }
}
