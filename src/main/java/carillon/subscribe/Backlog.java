package carillon.subscribe;

import io.vertx.core.Context;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayDeque;

/**
 * What a crowd wants of one event loop, done a slice at a time: those who are live have their turns in between. Confined
 * to that loop.
 */
public final class Backlog {

  /*
   * A task that has the loop run another one is no pause: a loop runs all its tasks, for up to a second, before it looks
   * at its sockets again, and what would have to be read there is the very event that everybody live waits for. Only a
   * timer lets sockets have their turn.
   *
   *   sockets │ other tasks │ slice ≤ 3 ms │ sockets │ other tasks │ … 1 ms … │ slice │ …
   *
   * An idle loop begins at once, so a single client notices nothing of it.
   */
  private static final long SLICE_NANOS = Duration.ofMillis(3).toNanos();

  /** Pause between two slices, in milliseconds: the shortest a timer knows. */
  private static final long PAUSE_MS = 1;

  private final Vertx vertx;
  private final Context context;

  // Everything below belongs to the event loop.
  private final ArrayDeque<Runnable> tasks = new ArrayDeque<>(); // one for each connection, at the most
  private boolean isScheduled;

  /** @param context of the verticle */
  public Backlog(Vertx vertx, Context context) {
    this.vertx = vertx;
    this.context = context;
  }

  /** Has {@code task} run once, after those before it, on the loop, never within this call. */
  public void add(Runnable task) {
    tasks.add(task);
    if (!isScheduled) {
      isScheduled = true;
      context.runOnContext(turn -> slice());
    }
  }

  private void slice() {
    long beganNanos = System.nanoTime();
    try {
      do {
        tasks.remove().run();
      } while (!tasks.isEmpty() && System.nanoTime() - beganNanos < SLICE_NANOS);
    } finally { // a task that throws takes none of the others with it
      isScheduled = !tasks.isEmpty();
      if (isScheduled) {
        vertx.setTimer(PAUSE_MS, timer -> slice());
      }
    }
  }
}
