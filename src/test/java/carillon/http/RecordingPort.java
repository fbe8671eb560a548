package carillon.http;

import carillon.event.Draft;
import carillon.event.EventId;
import carillon.publish.Outcome;
import carillon.publish.PublishPort;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;

/**
 * A publisher that keeps what it is given and answers as it was told: with ids 1, 2, 3 … unless said otherwise,
     at once unless it is
 * held. Any thread.
 */
final class RecordingPort implements PublishPort {

  static final long EPOCH = 0xabc;

  private final List<Draft> drafts = new ArrayList<>();
  private final List<Integer> groupSizes = new ArrayList<>();
  private final ArrayDeque<Runnable> held = new ArrayDeque<>();
  private Function<Draft, Outcome> answer = this::stored;
  private Context context;
  private boolean isBusy;
  private boolean isHolding;
  private boolean isFailing;

  static String id(long offset) {
    return new EventId(EPOCH, offset).toString();
  }

  /** Where held answers are given. */
  synchronized void answerOn(Context loop) {
    context = loop;
  }

  /** Says that the port is busy, or no longer. */
  synchronized void busy(boolean busy) {
    isBusy = busy;
  }

  @Override
  public synchronized boolean isBusy() {
    return isBusy;
  }

  synchronized void reset() {
    isBusy = false;
    drafts.clear();
    groupSizes.clear();
    held.clear();
    answer = this::stored;
    isHolding = false;
    isFailing = false;
  }

  synchronized void answerWith(Function<Draft, Outcome> outcome) {
    answer = outcome;
  }

  synchronized void answerWith(Outcome outcome) {
    answer = draft -> outcome;
  }

  /** Breaks the promise that the future never fails. */
  synchronized void fail() {
    isFailing = true;
  }

  /** Answers nothing until {@link #release}. */
  synchronized void hold() {
    isHolding = true;
  }

  void release() {
    List<Runnable> now;
    synchronized (this) {
      isHolding = false;
      now = List.copyOf(held);
      held.clear();
    }
    now.forEach(Runnable::run);
  }

  synchronized List<Draft> drafts() {
    return List.copyOf(drafts);
  }

  synchronized List<Integer> groupSizes() {
    return List.copyOf(groupSizes);
  }

  synchronized int heldCount() {
    return held.size();
  }

  @Override
  public Future<Outcome> publish(Draft draft) {
    return publishAll(List.of(draft)).map(outcomes -> outcomes.get(0));
  }

  @Override
  public synchronized Future<List<Outcome>> publishAll(List<Draft> more) {
    if (isFailing) {
      return Future.failedFuture("broken on purpose");
    }
    List<Outcome> outcomes = new ArrayList<>();
    for (Draft draft : more) {
      drafts.add(draft);
      outcomes.add(answer.apply(draft));
    }
    groupSizes.add(more.size());
    if (!isHolding) {
      return Future.succeededFuture(outcomes);
    }
    Promise<List<Outcome>> promise = Promise.promise();
    Context loop = Objects.requireNonNull(context, "answerOn"); // a port answers on the loop it was asked on
    held.add(() -> loop.runOnContext(now -> promise.complete(outcomes)));
    return promise.future();
  }

  private Outcome stored(Draft draft) {
    return new Outcome.Accepted(new EventId(EPOCH, drafts.size()), false);
  }
}
