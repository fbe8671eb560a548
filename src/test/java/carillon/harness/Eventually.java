package carillon.harness;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * Waits for something to come true in a world the test does not control. The one place where tests poll; any thread.
 */
public final class Eventually {

  private static final long PAUSE_NANOS = Duration.ofMillis(5).toNanos();

  private Eventually() {}

  /**
   * Returns as soon as {@code condition} holds, at once if it holds already.
   *
   * @param what is awaited, for the message
   * @throws AssertionError if it does not hold within {@code patience}
   */
  public static void await(String what, Duration patience, BooleanSupplier condition) {
    await(what, patience, condition, () -> "");
  }

  /**
   * The same, with a description of the world at the moment of failure.
   *
   * @param evidence asked once, when the wait has run out
   */
  public static void await(String what, Duration patience, BooleanSupplier condition, Supplier<String> evidence) {
    long startNanos = System.nanoTime();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - startNanos >= patience.toNanos()) {
        throw new AssertionError("not within " + patience + ": " + what + tail(evidence.get()));
      }
      if (Thread.currentThread().isInterrupted()) {
        throw new AssertionError("interrupted while waiting for: " + what);
      }
      LockSupport.parkNanos(PAUSE_NANOS);
    }
  }

  private static String tail(String evidence) {
    return evidence.isEmpty() ? "" : System.lineSeparator() + evidence;
  }
}
