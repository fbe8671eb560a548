package carillon.publish;

import carillon.event.Draft;
import carillon.event.Event;
import carillon.event.EventId;
import carillon.event.Key;
import carillon.event.Selectors;
import carillon.log.Appended;
import carillon.log.Durability;
import carillon.log.EventLog;
import carillon.log.LogException;
import carillon.log.Page;
import carillon.log.Stored;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A log that records the groups it is given, and answers as the test says: at once, when released, or with a failure.
 * Any thread.
 */
final class ScriptedLog implements EventLog {

  static final long EPOCH = 7;

  private final List<List<Draft>> groups = new ArrayList<>();
  private final Set<Thread> callers = new HashSet<>();
  private final Map<Key, Event> keys = new HashMap<>();
  private final Queue<Runnable> held = new ArrayDeque<>();
  private boolean holds;
  private @Nullable Supplier<? extends RuntimeException> failure;
  private boolean throwsAtOnce;
  private long head;

  /** From now on groups are answered only by {@link #release}. */
  synchronized ScriptedLog hold() {
    holds = true;
    return this;
  }

  /** Answers the oldest held group, on the calling thread. */
  void release() {
    Runnable oldest;
    synchronized (this) {
      oldest = held.remove();
    }
    oldest.run();
  }

  /** Answers everything that is held, and from now on at once. */
  void releaseAll() {
    while (true) {
      Runnable oldest;
      synchronized (this) {
        holds = false;
        oldest = held.poll();
      }
      if (oldest == null) {
        return;
      }
      oldest.run();
    }
  }

  /** From now on every group fails; {@code null} heals the log. */
  synchronized void failWith(LogException.@Nullable Reason reason) {
    failure = reason == null ? null : () -> new LogException(reason, "as the test says");
  }

  /** From now on every group ends with an exception that is none of the contract's. */
  synchronized void breakDown(boolean atOnce) {
    failure = () -> new IllegalStateException("as the test says");
    throwsAtOnce = atOnce;
  }

  /** The groups given so far. */
  synchronized List<List<Draft>> groups() {
    return List.copyOf(groups);
  }

  /** The threads that have asked. */
  synchronized Set<Thread> callers() {
    return Set.copyOf(callers);
  }

  synchronized int heldCount() {
    return held.size();
  }

  @Override
  public synchronized CompletionStage<Appended> append(List<Draft> drafts, Instant now) {
    groups.add(drafts);
    callers.add(Thread.currentThread());
    var answer = new CompletableFuture<Appended>();
    if (failure != null && throwsAtOnce) {
      throw failure.get();
    }
    Runnable complete;
    if (failure != null) {
      RuntimeException failed = failure.get();
      complete = () -> answer.completeExceptionally(failed);
    } else {
      Appended appended = store(drafts, now);
      complete = () -> answer.complete(appended);
    }
    if (holds) {
      held.add(complete);
    } else {
      complete.run();
    }
    return answer;
  }

  private Appended store(List<Draft> drafts, Instant now) {
    var outcomes = new ArrayList<Stored>();
    var events = new ArrayList<Event>();
    for (Draft draft : drafts) {
      Event known = draft.key() == null ? null : keys.get(draft.key());
      if (known == null) {
        var event = Event.of(draft, new EventId(EPOCH, ++head), now);
        if (draft.key() != null) {
          keys.put(draft.key(), event);
        }
        events.add(event);
        outcomes.add(new Stored(event.id(), Stored.Verdict.NEW));
      } else {
        boolean same = known.data().equals(draft.data()) && known.topics().equals(draft.topics());
        outcomes.add(new Stored(known.id(), same ? Stored.Verdict.DUPLICATE : Stored.Verdict.CONFLICT));
      }
    }
    return new Appended(outcomes, events);
  }

  @Override
  public long epoch() {
    return EPOCH;
  }

  @Override
  public synchronized long head() {
    return head;
  }

  @Override
  public long oldest() {
    return 1;
  }

  @Override
  public Durability durability() {
    return Durability.PROCESS;
  }

  @Override
  public CompletionStage<Page> read(long after, Selectors selectors, Limit limit, Reading reading) {
    throw new UnsupportedOperationException("publishers do not read");
  }

  @Override
  public CompletionStage<Long> offsetBefore(Instant time) {
    throw new UnsupportedOperationException("publishers do not read");
  }

  @Override
  public CompletionStage<Long> offsetBeforeLast(int count, Selectors selectors) {
    throw new UnsupportedOperationException("publishers do not read");
  }

  @Override
  public CompletionStage<Void> close() {
    return CompletableFuture.completedFuture(null);
  }
}
