package carillon.log;

import static carillon.log.Logs.await;
import static carillon.log.Logs.draft;
import static carillon.log.Logs.failure;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import carillon.event.TopicRule;
import carillon.log.LogException.Reason;
import com.hazelcast.core.HazelcastInstance;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The grid engine keeps the contract, on one node; it is durable as long as that node is there. */
final class GridLogTest extends EventLogContract {

  private static final GridOptions OPTIONS = new GridOptions(1_000_000, 1 << 28, 1, 1);

  private static HazelcastInstance node;

  private final String name = "test." + UUID.randomUUID();

  @BeforeAll
  static void begin() {
    node = Grids.first();
  }

  @AfterAll
  static void end() {
    node.shutdown();
  }

  @Override
  EventLog open(List<TopicRule> rules, SteadyClock clock) {
    return Logs.await(GridLog.open(node, name, 16, OPTIONS, rules, clock, new Random(), GridLog.APPEND_MS));
  }

  @Override
  boolean isDurable() {
    return true;
  }

  /** What waited used to be thrown away to make room for the end, and nobody was answered. */
  @Test
  void close_asMuchWaitsAsMay_everybodyIsAnswered() {
    var isHeld = new AtomicBoolean();
    var goOn = new CountDownLatch(1);
    InstantSource wall =
        () -> {
          if (isHeld.get()) {
            awaitUninterruptibly(goOn); // the thread of the log, which asks when it is a group's turn
          }
          return Instant.EPOCH;
        };
    EventLog log = open(List.of(), new SteadyClock(wall, System::nanoTime));
    isHeld.set(true);
    var answers = new ArrayList<CompletionStage<Appended>>();
    do {
      answers.add(log.append(List.of(draft("a", "x")), Instant.EPOCH));
    } while (!isDone(answers.get(answers.size() - 1)) && answers.size() < 10_000);
    assertEquals(Reason.UNAVAILABLE, failure(answers.get(answers.size() - 1)), "no more may wait");
    CompletionStage<Void> closed = log.close();
    goOn.countDown();
    await(closed);
    assertTrue(answers.stream().allMatch(GridLogTest::isDone), "everybody is answered");
  }

  private static boolean isDone(CompletionStage<?> stage) {
    return stage.toCompletableFuture().isDone();
  }

  private static void awaitUninterruptibly(CountDownLatch latch) {
    try {
      assertTrue(latch.await(60, TimeUnit.SECONDS));
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
