package carillon.log;

import carillon.event.Selectors;
import carillon.event.TopicRule;
import carillon.log.EventLog.Limit;
import carillon.log.EventLog.Reading;
import carillon.log.History.LastSearch;
import carillon.log.LogException.Reason;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BiFunction;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * A history in the memory of this process, with everything that readers ask of a log.
 *
 * <p>Any thread. One lock guards everything that changes; it is held for one group or for a short stretch of a read, so
 * neither holds up the other for long. Nothing is completed while it is held. A read that needs more than one stretch
 * goes on in the common pool.
 */
final class LocalHistory {

  /** Events looked at in one hold of the lock; a publisher waits for that at the most. */
  private static final int STRETCH_EVENTS = 2_048;

  private final SteadyClock clock;
  private final ReentrantLock lock = new ReentrantLock(true); // fair: a long read lets a publisher in between stretches

  // Guarded by the lock.
  private final History history;
  private boolean closed;

  // Written under the lock, read by anybody.
  private volatile long head;
  private volatile long oldest;
  private volatile long bytes;

  /**
   * Takes over a history.
   *
   * @param clock by which events age
   */
  LocalHistory(History history, SteadyClock clock) {
    this.history = history;
    this.clock = clock;
    this.head = history.head();
    this.oldest = history.oldest();
  }

  /** Offset of the newest event. Any thread. */
  long head() {
    return head;
  }

  /** Offset of the oldest event that is kept. Any thread. */
  long oldest() {
    return oldest;
  }

  /** Bytes of data of the events that are kept. Any thread. */
  long bytes() {
    return bytes;
  }

  /**
   * Changes the history; what has become of it is seen all at once.
   *
   * @param work gets the history and the time by which it ages; called with the lock held
   */
  <T> CompletionStage<T> change(BiFunction<History, Instant, T> work) {
    return answer(
        () -> {
          Instant now = clock.instant();
          T result = work.apply(history, now);
          sweep(now);
          head = history.head();
          bytes = history.bytes();
          return result;
        });
  }

  /** See {@link EventLog#changeRules}. */
  CompletionStage<Void> changeRules(List<TopicRule> rules) {
    var retentions = new Retentions(rules);
    return change(
            (kept, now) -> {
              kept.change(retentions);
              return kept.head();
            })
        .thenAccept(head -> {});
  }

  /** See {@link EventLog#read}. */
  CompletionStage<Page> read(long after, Selectors selectors, Limit limit, Reading reading) {
    var page = new PageBuilder(after, limit);
    return answerInStretches(
        now -> {
          history.read(page, selectors, reading, STRETCH_EVENTS, now);
          return page.isComplete();
        },
        page::build);
  }

  /** See {@link EventLog#offsetBefore}. */
  CompletionStage<Long> offsetBefore(Instant time) {
    return answer(() -> history.offsetBefore(time.truncatedTo(ChronoUnit.MILLIS)));
  }

  /** See {@link EventLog#offsetBeforeLast}. */
  CompletionStage<Long> offsetBeforeLast(int count, Selectors selectors) {
    var search = new LastSearch(count, selectors);
    long atMost = head;
    return answerInStretches(
        now -> {
          history.search(search, STRETCH_EVENTS, now);
          return search.isComplete();
        },
        () -> search.offsetBefore(atMost));
  }

  /** From now on everything fails; the plain numbers stay. */
  void close() {
    lock.lock();
    try {
      closed = true;
    } finally {
      lock.unlock();
    }
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
