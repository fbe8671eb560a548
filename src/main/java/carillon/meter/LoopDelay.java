package carillon.meter;

import io.vertx.core.Vertx;

/**
 * How late the timers of one event loop are, which is how long whatever comes next has to wait. Confined to that loop.
 */
public final class LoopDelay {

  /** How often it is looked at, in milliseconds: often enough to meet a loop that is blocked for half a second. */
  private static final long PERIOD_MS = 250;

  private static final long MILLI_NANOS = 1_000_000;

  private final Vertx vertx;
  private final Distribution delays = new Distribution(Metric.LOOP_DELAY);
  private long timer = -1;

  private LoopDelay(Vertx vertx) {
    this.vertx = vertx;
  }

  /** Begins to look. Call on the event loop; the timer ends with the verticle, or with {@link #stop}. */
  public static LoopDelay begin(Vertx vertx) {
    var delay = new LoopDelay(vertx);
    delay.next();
    return delay;
  }

  /** Looks no more. */
  public void stop() {
    var unused = vertx.cancelTimer(timer);
  }

  /** Adds what has been seen. */
  public void measure(Readings readings) {
    readings.add(Metric.LOOP_DELAY, delays);
  }

  /** Set anew each time: a periodic timer would make up at once for all that a blocked loop has missed. */
  private void next() {
    long due = System.nanoTime() + PERIOD_MS * MILLI_NANOS;
    timer =
        vertx.setTimer(
            PERIOD_MS,
            id -> {
              delays.record(System.nanoTime() - due);
              next();
            });
  }
}
