package carillon.bench;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * Wakes one thread at a time that is finer than the milliseconds a selector waits in. {@link #wakeAt} is called by that
 * thread, {@link #close} by any.
 */
final class Pacer implements AutoCloseable {

  private static final long NEVER = Long.MAX_VALUE;

  private final Runnable wake;
  private final Thread thread = new Thread(this::run, "pacer");
  private final AtomicLong due = new AtomicLong(NEVER);
  private volatile boolean isEnding;

  /** @param wake called on a thread of the pacer's own */
  Pacer(Runnable wake) {
    this.wake = wake;
    thread.setDaemon(true);
    thread.start();
  }

  /** Replaces what was asked for before. {@code nanos} is of the clock of {@link System#nanoTime}. */
  void wakeAt(long nanos) {
    long before = due.getAndSet(nanos);
    if (nanos < before) {
      LockSupport.unpark(thread);
    }
  }

  @Override
  public void close() {
    isEnding = true;
    LockSupport.unpark(thread);
  }

  private void run() {
    while (!isEnding) {
      long at = due.get();
      long left = at - System.nanoTime();
      if (at == NEVER) {
        LockSupport.park(this);
      } else if (left > 0) {
        LockSupport.parkNanos(this, left);
      } else if (due.compareAndSet(at, NEVER)) {
        wake.run();
      }
    }
  }
}
