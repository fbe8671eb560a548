package carillon.publish;

import carillon.bus.Addresses;
import carillon.config.PublishOptions;
import carillon.event.Draft;
import carillon.meter.Readings;
import carillon.event.TopicRule;
import io.vertx.core.AsyncResult;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.EventBus;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.eventbus.ReplyFailure;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Sends what one event loop hands in during one turn as one message. Confined to that event loop. */
final class GatheringPort implements PublishPorts.Local {

  /*
   * One message for each draft would cost more than the draft: a reply handler, a timer, two hops. The turn of the loop
   * is a natural batch, because Netty serves every readable connection before it runs tasks: a draft alone waits for
   * nothing but the end of its turn, and a thousand connections that are readable at once make one message.
   *
   * What is handed in and not answered is bounded here as well as at the publisher, because between the two stands the
   * publisher's task queue, which has no bound of its own.
   *
   * A transient draft with nothing of this port unanswered before it needs no publisher: the Shortcut announces it at
   * the end of the turn. Behind a draft that is on its way it waits like any other, so one port has one order.
   */

  /** After this time nobody at the other end of a connection waits any longer; the draft may still be stored. */
  static final Duration ANSWER_TIMEOUT = Duration.ofSeconds(30);

  private static final DeliveryOptions DELIVERY =
      new DeliveryOptions().setLocalOnly(true).setSendTimeout(ANSWER_TIMEOUT.toMillis());
  private static final Outcome OVERLOADED = new Outcome.Refused(Refusal.OVERLOADED);
  private static final Outcome DRAINING = new Outcome.Refused(Refusal.DRAINING);

  private final Context context;
  private final EventBus eventBus;
  private final Shortcut shortcut;

  // confined to the event loop of the context
  private final PublishCounts.OutcomeCounts outcomes = new PublishCounts.OutcomeCounts();
  private PublishOptions options;
  private List<Draft> drafts = new ArrayList<>();
  private List<Call> calls = new ArrayList<>();
  private boolean isTurnNoted;
  private int unansweredEvents;
  private long unansweredBytes;
  private int shortcutEvents; // of these
  private long shortcutBytes;

  GatheringPort(Context context, PublishOptions options, Shortcut shortcut) {
    this.context = context;
    this.eventBus = context.owner().eventBus();
    this.options = options;
    this.shortcut = shortcut;
  }

  @Override
  public void change(PublishOptions fresh, List<TopicRule> rules) {
    options = fresh;
    shortcut.change(new HistoryRules(rules));
  }

  @Override
  public boolean isBusy() {
    return unansweredEvents > options.waitingEventsMax() / 2 || unansweredBytes > options.waitingBytesMax() / 2;
  }

  @Override
  public Future<Outcome> publish(Draft draft) {
    if (isBeyondBounds(1, draft.data().size())) {
      outcomes.count(OVERLOADED);
      return Future.succeededFuture(OVERLOADED);
    }
    Promise<Outcome> promise = Promise.promise();
    if (unansweredEvents == shortcutEvents && shortcut.isFor(draft)) {
      shortcut.add(draft, promise);
      shortcutEvents++;
      shortcutBytes += draft.data().size();
      count(draft);
      noteTurn();
    } else {
      gather(draft);
      call(new One(promise));
    }
    return promise.future();
  }

  @Override
  public Future<List<Outcome>> publishAll(List<Draft> batch) {
    if (batch.isEmpty()) {
      return Future.succeededFuture(List.of());
    }
    if (isBeyondBounds(batch.size(), bytesOf(batch))) {
      List<Outcome> refused = Collections.nCopies(batch.size(), OVERLOADED);
      refused.forEach(outcomes::count);
      return Future.succeededFuture(refused);
    }
    Promise<List<Outcome>> promise = Promise.promise();
    batch.forEach(this::gather);
    call(new Batch(promise, batch.size()));
    return promise.future();
  }

  @Override
  public void measure(Readings readings) {
    outcomes.measure(readings);
  }

  private boolean isBeyondBounds(int events, long bytes) {
    return events > options.waitingEventsMax() - unansweredEvents
        || bytes > options.waitingBytesMax() - unansweredBytes;
  }

  private void gather(Draft draft) {
    drafts.add(draft);
    count(draft);
  }

  private void count(Draft draft) {
    unansweredEvents++;
    unansweredBytes += draft.data().size();
  }

  private void call(Call call) {
    noteTurn();
    calls.add(call);
  }

  private void noteTurn() {
    if (!isTurnNoted) {
      isTurnNoted = true;
      context.runOnContext(turnEnds -> turnEnds());
    }
  }

  private void turnEnds() {
    isTurnNoted = false;
    List<Promise<Outcome>> passedOn = shortcut.isEmpty() ? List.of() : shortcut.announce(eventBus);
    unansweredEvents -= shortcutEvents;
    unansweredBytes -= shortcutBytes;
    shortcutEvents = 0;
    shortcutBytes = 0;
    if (!calls.isEmpty()) {
      send();
    }
    for (Promise<Outcome> promise : passedOn) {
      outcomes.count(Shortcut.outcome());
      answerSafely(() -> promise.complete(Shortcut.outcome()));
    }
  }

  private void send() {
    var message = new Drafts(drafts);
    List<Call> callers = calls;
    drafts = new ArrayList<>(Math.min(callers.size(), options.groupEventsMax()));
    calls = new ArrayList<>(drafts.size());
    eventBus.<Outcomes>request(Addresses.DRAFTS, message, DELIVERY)
        .onComplete(reply -> answer(message.list(), callers, reply));
  }

  private void answer(List<Draft> answered, List<Call> callers, AsyncResult<Message<Outcomes>> reply) {
    // first, so that a caller who hands in the next draft at once finds the room
    unansweredEvents -= answered.size();
    unansweredBytes -= bytesOf(answered);
    List<Outcome> outcomes =
        reply.succeeded()
            ? reply.result().body().list()
            : Collections.nCopies(answered.size(), outcomeOf(reply.cause()));
    int from = 0;
    for (Call call : callers) {
      int first = from;
      answerSafely(() -> call.answer(outcomes, first));
      from += call.count();
    }
  }

  /** One caller's mistake is reported as its own and takes nobody else's answer away. */
  private void answerSafely(Runnable answer) {
    try {
      answer.run();
    } catch (RuntimeException e) {
      context.runOnContext(report -> {
        throw e;
      });
    }
  }

  private static Outcome outcomeOf(Throwable failure) {
    if (failure instanceof ReplyException reply && reply.failureType() == ReplyFailure.NO_HANDLERS) {
      return DRAINING; // nobody has received it: the publisher comes before every port and leaves when it has drained
    }
    return new Outcome.Unknown("no answer from the publisher: " + failure.getMessage());
  }

  private static long bytesOf(List<Draft> drafts) {
    long bytes = 0;
    for (Draft draft : drafts) {
      bytes += draft.data().size();
    }
    return bytes;
  }

  /** One call of the interface, to be answered from its part of the outcomes. */
  private sealed interface Call {
    int count();

    void answer(List<Outcome> outcomes, int from);
  }

  private record One(Promise<Outcome> promise) implements Call {
    @Override
    public int count() {
      return 1;
    }

    @Override
    public void answer(List<Outcome> outcomes, int from) {
      promise.complete(outcomes.get(from));
    }
  }

  private record Batch(Promise<List<Outcome>> promise, int count) implements Call {
    @Override
    public void answer(List<Outcome> outcomes, int from) {
      promise.complete(List.copyOf(outcomes.subList(from, from + count)));
    }
  }
}
