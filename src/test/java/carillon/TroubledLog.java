package carillon;

import carillon.event.Draft;
import carillon.event.Payload;
import carillon.event.Selectors;
import carillon.event.Topic;
import carillon.log.Appended;
import carillon.log.Durability;
import carillon.log.EventLog;
import carillon.log.LogException;
import carillon.log.LogException.Reason;
import carillon.log.MemoryLog;
import carillon.log.Page;
import carillon.log.SteadyClock;
import java.time.Instant;
import java.util.List;
import java.util.OptionalLong;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** A log in memory, as nodes would share it, that gets into whatever trouble it is told to. Any thread. */
final class TroubledLog implements EventLog {

  private static final int EVENTS_MAX = 1_000;

  private volatile MemoryLog log = fresh();
  private volatile CompletableFuture<Void> released = CompletableFuture.completedFuture(null);
  private volatile @Nullable Reason appendFailure;
  private volatile boolean isUnreadable;
  private volatile boolean isDefective;

  private static MemoryLog fresh() {
    return new MemoryLog(EVENTS_MAX, 1 << 20, List.of(), SteadyClock.system(), new Random());
  }

  /** Whether it cannot be read from now on. */
  void unreadable(boolean fails) {
    isUnreadable = fails;
  }

  /** Whether it has a bug from now on: it throws what nobody expects. */
  void defective(boolean throwsUp) {
    isDefective = throwsUp;
  }

  /** From now on groups fail; {@code null} heals it. */
  void failAppends(@Nullable Reason reason) {
    appendFailure = reason;
  }

  /** From now on groups wait for {@link #release}. */
  void hold() {
    released = new CompletableFuture<>();
  }

  /** Lets go what waits, and whatever comes. */
  void release() {
    released.complete(null);
  }

  /** As another node would, without a word of it. */
  void appendElsewhere() {
    var unused = log.append(List.of(Draft.of(new Topic("a"), Payload.of("x"))), Instant.EPOCH);
  }

  /** Another life. */
  void beginAnew() {
    log = fresh();
  }

  @Override
  public long epoch() {
    return log.epoch();
  }

  @Override
  public long head() {
    if (isDefective) {
      throw new IllegalStateException("as the test says");
    }
    return log.head();
  }

  @Override
  public CompletionStage<Long> refreshHead() {
    return isUnreadable ? away() : CompletableFuture.completedStage(log.head());
  }

  @Override
  public long oldest() {
    return log.oldest();
  }

  @Override
  public OptionalLong bytes() {
    return log.bytes();
  }

  @Override
  public Durability durability() {
    return Durability.DATABASE;
  }

  @Override
  public CompletionStage<Appended> append(List<Draft> drafts, Instant now) {
    Reason failure = appendFailure;
    return failure != null
        ? CompletableFuture.failedStage(new LogException(failure, "as the test says"))
        : released.thenCompose(free -> log.append(drafts, now));
  }

  @Override
  public CompletionStage<Page> read(long after, Selectors selectors, Limit limit, Reading reading) {
    return isUnreadable ? away() : log.read(after, selectors, limit, reading);
  }

  @Override
  public CompletionStage<Long> offsetBefore(Instant time) {
    return isUnreadable ? away() : log.offsetBefore(time);
  }

  @Override
  public CompletionStage<Long> offsetBeforeLast(int count, Selectors selectors) {
    return isUnreadable ? away() : log.offsetBeforeLast(count, selectors);
  }

  private static <T> CompletionStage<T> away() {
    return CompletableFuture.failedStage(new LogException(Reason.UNAVAILABLE, "away"));
  }

  @Override
  public CompletionStage<Void> close() {
    return log.close();
  }
}
