package carillon.bench;

/** How far those have come who came back for what they missed. Confined to the thread of a {@link Load}. */
final class LoadStorm {

  private final int behind;
  private int left;

  /** From when one began to connect until it had everything. */
  final Latencies caughtUp = new Latencies();

  /**
   * @param behind events that each of them missed, at least 1
   * @param subscribers how many come back
   */
  LoadStorm(int behind, int subscribers) {
    this.behind = behind;
    this.left = subscribers;
  }

  /** One of them has got an event, its n-th since it began to connect, at that time of {@link System#nanoTime}. */
  void got(int nth, long connectNanos) {
    if (nth == behind) {
      caughtUp.add(System.nanoTime() - connectNanos);
      left--;
    }
  }

  /** Whether everybody has everything. */
  boolean isOver() {
    return left <= 0;
  }
}
