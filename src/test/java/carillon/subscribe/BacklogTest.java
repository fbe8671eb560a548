package carillon.subscribe;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.Context;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Broken on purpose, and caught: no end of a slice; no pause but a task of the loop; a failure that ends it all. */
@Timeout(60)
class BacklogTest {

  private static final int TASKS = 200;
  private static final long TASK_NANOS = Duration.ofMillis(1).toNanos();

  private final Vertx vertx = Vertx.vertx();
  private final Context context = vertx.getOrCreateContext();
  private final Backlog backlog = new Backlog(vertx, context);
  private final List<Integer> done = new ArrayList<>(); // the loop's
  private final CompletableFuture<Void> all = new CompletableFuture<>();

  @AfterEach
  void close() throws Exception {
    vertx.close().await(30, SECONDS);
  }

  @Test
  void manyTasks_areDoneInOrder_withTimersInBetween() throws Exception {
    var seen = new ArrayList<Integer>();
    context.runOnContext(
        turn -> {
          for (int i = 0; i < TASKS; i++) {
            int number = i;
            backlog.add(() -> work(number));
          }
          assertEquals(List.of(), done);
          // A timer stands for a socket: nothing but a pause lets it in.
          vertx.setPeriodic(
              1,
              timer -> {
                if (!all.isDone()) {
                  seen.add(done.size());
                }
              });
        });
    all.get(30, SECONDS);
    assertEquals(IntStream.range(0, TASKS).boxed().toList(), done);
    // Each task takes a millisecond, so a slice has three or four; on a machine that stops now and then, fewer.
    assertTrue(seen.stream().filter(count -> count > 0 && count < TASKS).distinct().count() > TASKS / 10, "" + seen);
  }

  @Test
  void task_throws_othersAreDoneAllTheSame() throws Exception {
    context.exceptionHandler(failure -> {});
    context.runOnContext(
        turn -> {
          for (int i = 0; i < TASKS; i++) {
            int number = i;
            backlog.add(
                () -> {
                  work(number);
                  if (number % 2 == 0) {
                    throw new IllegalStateException("on purpose");
                  }
                });
          }
        });
    all.get(30, SECONDS);
  }

  private void work(int number) {
    for (long beganNanos = System.nanoTime(); System.nanoTime() - beganNanos < TASK_NANOS; ) {
      Thread.onSpinWait();
    }
    done.add(number);
    if (done.size() == TASKS) {
      all.complete(null);
    }
  }
}
