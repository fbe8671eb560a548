package carillon.log;

import carillon.event.Draft;
import carillon.event.EventId;
import carillon.event.Selectors;
import carillon.event.TopicRule;
import java.time.Instant;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.random.RandomGenerator;

/**
 * The log of a hub that keeps nothing: bounded, in the memory of this process, gone with it. For tests and throw-away
 * hubs. Any thread.
 */
public final class MemoryLog implements EventLog {

  private final long epoch;
  private final LocalHistory history;
  private final KeyWindow keys = new KeyWindow(); // guarded by the lock of the history: touched in its changes only

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
    this.history = new LocalHistory(new History(eventsMax, bytesMax, new Retentions(rules)), clock);
  }

  @Override
  public long epoch() {
    return epoch;
  }

  @Override
  public long head() {
    return history.head();
  }

  @Override
  public long oldest() {
    return history.oldest();
  }

  @Override
  public OptionalLong bytes() {
    return OptionalLong.of(history.bytes());
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
    return history.change(
        (kept, steady) -> {
          Instant time = Admission.timeFor(now, kept.newestTime());
          Admission admission = Admission.of(drafts, keys::find, new EventId(epoch, kept.head()), time);
          kept.add(admission.appended().events());
          keys.remember(admission.keys(), time, steady);
          return admission.appended();
        });
  }

  @Override
  public CompletionStage<Page> read(long after, Selectors selectors, Limit limit, Reading reading) {
    if (after < 0) {
      throw new IllegalArgumentException("read: expected an offset of at least 0, got " + after);
    }
    return history.read(after, selectors, limit, reading);
  }

  @Override
  public CompletionStage<Long> offsetBefore(Instant time) {
    return history.offsetBefore(time);
  }

  @Override
  public CompletionStage<Long> offsetBeforeLast(int count, Selectors selectors) {
    if (count < 1) {
      throw new IllegalArgumentException("offsetBeforeLast: expected a count of at least 1, got " + count);
    }
    return history.offsetBeforeLast(count, selectors);
  }

  @Override
  public CompletionStage<Void> changeRules(List<TopicRule> rules) {
    return history.changeRules(rules);
  }

  @Override
  public CompletionStage<Void> close() {
    history.close();
    return CompletableFuture.completedFuture(null);
  }
}
