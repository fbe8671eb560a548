package carillon.subscribe;

import java.time.Duration;

/**
 * How fast many streams are ended, so that their clients do not all come back at once: evenly over a window. A few need
 * no window: they are ended at least {@value #STREAMS_PER_SECOND_MIN} a second. Decides only; any thread.
 */
final class DrainPace {

  private static final int STREAMS_PER_SECOND_MIN = 20;

  private final long startNanos;
  private final long windowNanos;

  /**
   * @param streams that are open at the start
   * @param window in which all of them are to be ended; zero ends them at once
   */
  DrainPace(int streams, Duration window, long startNanos) {
    this.startNanos = startNanos;
    this.windowNanos = Math.min(window.toNanos(), streams * (Duration.ofSeconds(1).toNanos() / STREAMS_PER_SECOND_MIN));
  }

  /**
   * How many to end now.
   *
   * @param open how many are still open; some leave by themselves
   * @param tickNanos until it is asked again
   * @return 0 to {@code open}; all of them when the window closes before the next tick
   */
  int due(int open, long nowNanos, long tickNanos) {
    long leftNanos = windowNanos - (nowNanos - startNanos);
    return leftNanos <= tickNanos ? open : (int) Math.ceil((double) open * tickNanos / leftNanos);
  }
}
