package carillon.log;

import carillon.event.Draft;
import carillon.event.EventId;
import carillon.event.Selectors;
import carillon.event.TopicRule;
import carillon.log.History.LastSearch;
import carillon.log.LogException.Reason;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/**
 * The log of a hub that keeps nothing: bounded, in the memory of this process, gone with it. For tests and throw-away
 * hubs.
 *
 * <p>Any thread. One lock guards everything that changes; it is held for one group or for a short stretch of a read, so
 * neither holds up the other for long. Nothing is completed while it is held. A read that needs more than one stretch
 * goes on in the common pool.
 */
public final class MemoryLog implements EventLog {

  /** Events looked at in one hold of the lock; a publisher waits for that at the most. */
  private static final int STRETCH_EVENTS = 2_048;

  private final long epoch;
  private final SteadyClock clock;
  private final ReentrantLock lock = new ReentrantLock(true); // fair: a long read lets a publisher in between stretches

  // Guarded by the lock.
  private final History history;
  private final KeyWindow keys = new KeyWindow();
  private boolean closed;

  // Written under the lock, read by anybody.
  private volatile long head;
  private volatile long oldest = 1;

  /**
   * An empty log with an epoch of its own.
   *
   * @param eventsMax most events kept, at least 1; beyond it the oldest are removed
   * @param bytesMax most bytes of data kept, at least 1; beyond it the oldest are removed, but never the newest event
   * @param rules for topics, the first that matches holds
   * @param clock by which events age
   * @param random for the epoch
   */
  public MemoryLog(
      int eventsMax, long bytesMax, List<TopicRule> rules, SteadyClock clock, RandomGenerator random) {
    if (eventsMax < 1 || bytesMax < 1) {
      throw new IllegalArgumentException("bounds: expected at least 1, got " + eventsMax + ", " + bytesMax);
    }
    this.epoch = random.nextLong(1, EventId.EPOCH_MAX + 1);
    this.clock = clock;
    this.history = new History(eventsMax, bytesMax, new Retentions(rules));
  }

  @Override
  public long epoch() {
    return epoch;
  }

  @Override
  public long head() {
    return head;
  }

  @Override
  public long oldest() {
    return oldest;
  }

  @Override
  public Durability durability() {
    return Durability.PROCESS;
  }

  @Override
  public CompletionStage<Appended> append(List<Draft> drafts, Instant now) {
    if (drafts.isEmpty()) {
      throw new IllegalArgumentException("append: expected at least one draft");
    }
    return answer(
        () -> {
          Instant steady = clock.instant();
          Instant time = Admission.timeFor(now, history.newestTime());
          Admission admission = Admission.of(drafts, keys::find, new EventId(epoch, history.head()), time);
          history.add(admission.appended().events());
          keys.remember(admission.keys(), time, steady);
          sweep(steady);
          head = history.head();
          return admission.appended();
        });
  }

  @Override
  public CompletionStage<Page> read(long after, Selectors selectors, Limit limit, Reading reading) {
    if (after < 0) {
      throw new IllegalArgumentException("read: expected an offset of at least 0, got " + after);
    }
    var page = new PageBuilder(after, limit);
    return answerInStretches(
        now -> {
          history.read(page, selectors, reading, STRETCH_EVENTS, now);
          return page.isComplete();
        },
        page::build);
  }

  @Override
  public CompletionStage<Long> offsetBefore(Instant time) {
    return answer(() -> history.offsetBefore(time.truncatedTo(ChronoUnit.MILLIS)));
  }

  @Override
  public CompletionStage<Long> offsetBeforeLast(int count, Selectors selectors) {
    if (count < 1) {
      throw new IllegalArgumentException("offsetBeforeLast: expected a count of at least 1, got " + count);
    }
    var search = new LastSearch(count, selectors);
    long atMost = head;
    return answerInStretches(
        now -> {
          history.search(search, STRETCH_EVENTS, now);
          return search.isComplete();
        },
        () -> search.offsetBefore(atMost));
  }

  @Override
  public CompletionStage<Void> close() {
    lock.lock();
    try {
      closed = true;
    } finally {
      lock.unlock();
    }
    return CompletableFuture.completedFuture(null);
  }

  private <T> CompletionStage<T> answer(Supplier<T> work) {
    var answer = new CompletableFuture<T>();
    try {
      answer.complete(locked(work));
    } catch (LogException e) {
      answer.completeExceptionally(e);
    }
    return answer;
  }

  /** Answers at once when one stretch is enough, and from the common pool when it is not. */
  private <T> CompletionStage<T> answerInStretches(Predicate<Instant> stretch, Supplier<T> result) {
    var answer = new CompletableFuture<T>();
    if (!tryStretch(stretch, result, answer)) {
      ForkJoinPool.commonPool()
          .execute(
              () -> {
                boolean done = false;
                while (!done) {
                  done = tryStretch(stretch, result, answer);
                }
              });
    }
    return answer;
  }

  private <T> boolean tryStretch(Predicate<Instant> stretch, Supplier<T> result, CompletableFuture<T> answer) {
    try {
      boolean done =
          locked(
              () -> {
                Instant now = clock.instant();
                sweep(now);
                return stretch.test(now);
              });
      if (done) {
        answer.complete(result.get());
      }
      return done;
    } catch (LogException e) {
      answer.completeExceptionally(e);
      return true;
    }
  }

  private void sweep(Instant now) {
    history.sweep(now);
    oldest = history.oldest();
  }

  private <T> T locked(Supplier<T> work) {
    lock.lock();
    try {
      if (closed) {
        throw new LogException(Reason.CLOSED, "the log has been closed");
      }
      return work.get();
    } finally {
      lock.unlock();
    }
  }
}
