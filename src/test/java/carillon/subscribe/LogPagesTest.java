package carillon.subscribe;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import carillon.config.SubscribeOptions;
import carillon.event.Draft;
import carillon.event.Selectors;
import carillon.log.Appended;
import carillon.log.Durability;
import carillon.log.EventLog;
import carillon.log.Page;
import carillon.sse.Rendering;
import carillon.tail.Samples;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * A crowd costs one read of the log.
 *
 * <p>Broken on purpose, and caught: each given a read of its own; an old read for one who wants a fresh one.
 */
@Timeout(60)
class LogPagesTest {

  private static final Selectors SELECTORS = Selectors.of("a");
  private static final SubscribeOptions OPTIONS = new SubscribeOptions(
      Duration.ofSeconds(15), Duration.ofSeconds(2), Duration.ofSeconds(30), 65_536, Duration.ofSeconds(60), 1 << 20,
      true, 1 << 18, Duration.ofSeconds(2));
  private static final int CROWD = 1_000;

  private final Vertx vertx = Vertx.vertx();
  private final Context context = vertx.getOrCreateContext();
  private final ReadingLog log = new ReadingLog();
  private final Backlog backlog = new Backlog(vertx, context);
  private final LogPages pages = new LogPages(vertx, context, log, OPTIONS, backlog);
  private final List<Buffer> answers = new ArrayList<>(); // the loop's
  private final List<Throwable> failures = new ArrayList<>(); // the loop's

  private final class Crowd implements LogPages.Reader {
    @Override
    public void pageRead(SharedPage page, long after) {
      answers.add(page.bytes(after, 1_000, Rendering.EVENTS));
    }

    @Override
    public void pageFailed(Throwable failure) {
      failures.add(failure);
    }
  }

  @AfterEach
  void close() throws Exception {
    vertx.close().await(30, SECONDS);
  }

  @Test
  void crowd_sameQuestion_isOneReadAndOneBuffer() throws Exception {
    turn(this::crowdReads);
    assertEquals(1, log.reads.size());
    log.reads.get(0).complete(new Page(List.of(Samples.logged(1, "a")), 1, 0));
    awaitAll(answers);
    assertEquals(CROWD, answers.size());
    answers.forEach(bytes -> assertSame(answers.get(0), bytes));
    turn(() -> pages.read(Samples.EPOCH, 0, SELECTORS, false, new Crowd()));
    awaitMore(answers, CROWD + 1);
    assertEquals(1, log.reads.size(), "kept for whoever is late");
  }

  @Test
  void crowd_logFails_everybodyHearsOfItAndMayAskAgain() throws Exception {
    turn(this::crowdReads);
    log.reads.get(0).completeExceptionally(new IllegalStateException("no disk"));
    awaitAll(failures);
    turn(this::crowdReads);
    assertEquals(2, log.reads.size());
    log.reads.get(1).complete(new Page(List.of(), 7, 0));
    awaitAll(answers);
  }

  @Test
  void crowd_wantsAFreshRead_getsOneThatBeganLater() throws Exception {
    turn(() -> pages.read(Samples.EPOCH, 0, SELECTORS, false, new Crowd()));
    turn(
        () -> {
          for (int i = 1; i < CROWD; i++) {
            pages.read(Samples.EPOCH, 0, SELECTORS, true, new Crowd());
          }
        });
    assertEquals(1, log.reads.size());
    log.reads.get(0).complete(new Page(List.of(Samples.logged(1, "a")), 1, 0));
    awaitMore(answers, 1);
    assertEquals(2, log.reads.size());
    assertEquals(1, answers.size());
    log.reads.get(1).complete(new Page(List.of(Samples.logged(1, "a")), 1, 0));
    awaitAll(answers);
    assertEquals(2, log.reads.size());
  }

  private void crowdReads() {
    for (int i = 0; i < CROWD; i++) {
      pages.read(Samples.EPOCH, 0, SELECTORS, false, new Crowd());
    }
  }

  private void awaitAll(List<?> list) throws Exception {
    awaitMore(list, CROWD);
  }

  /** Waits until {@code list} has so many. */
  private void awaitMore(List<?> list, int wanted) throws Exception {
    var done = new CompletableFuture<Void>();
    context.runOnContext(turn -> look(list, wanted, done));
    done.get(30, SECONDS);
  }

  private void look(List<?> list, int wanted, CompletableFuture<Void> done) {
    if (list.size() >= wanted) {
      done.complete(null);
    } else {
      vertx.setTimer(1, timer -> look(list, wanted, done));
    }
  }

  private void turn(Runnable action) throws Exception {
    var done = new CompletableFuture<Void>();
    context.runOnContext(
        turn -> {
          action.run();
          done.complete(null);
        });
    done.get(30, SECONDS);
  }

  /** A log that answers reads when the test says so. */
  private static final class ReadingLog implements EventLog {
    private final List<CompletableFuture<Page>> reads = new ArrayList<>();

    @Override
    public CompletionStage<Page> read(long after, Selectors selectors, Limit limit, Reading reading) {
      var read = new CompletableFuture<Page>();
      reads.add(read);
      return read;
    }

    @Override
    public long epoch() {
      return Samples.EPOCH;
    }

    @Override
    public long head() {
      return 0;
    }

    @Override
    public long oldest() {
      return 1;
    }

    @Override
    public Durability durability() {
      throw new UnsupportedOperationException();
    }

    @Override
    public CompletionStage<Appended> append(List<Draft> drafts, Instant now) {
      throw new UnsupportedOperationException();
    }

    @Override
    public CompletionStage<Long> offsetBefore(Instant time) {
      throw new UnsupportedOperationException();
    }

    @Override
    public CompletionStage<Long> offsetBeforeLast(int count, Selectors selectors) {
      throw new UnsupportedOperationException();
    }

    @Override
    public CompletionStage<Void> close() {
      throw new UnsupportedOperationException();
    }
  }
}
