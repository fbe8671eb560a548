package carillon.publish;

import static java.lang.System.Logger.Level.ERROR;
import static java.lang.System.Logger.Level.INFO;
import static java.lang.System.Logger.Level.WARNING;

import carillon.bus.Addresses;
import carillon.bus.Announcer;
import carillon.bus.Transient;
import carillon.config.PublishOptions;
import carillon.event.Draft;
import carillon.event.Event;
import carillon.event.EventId;
import carillon.event.InvalidValueException;
import carillon.event.TopicRule;
import carillon.log.Appended;
import carillon.log.EventLog;
import carillon.log.LogException;
import carillon.meter.LoopDelay;
import carillon.meter.Metric;
import carillon.meter.Readings;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.MessageConsumer;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The one place of a node where drafts become events of the log: takes what ports and other verticles hand in, has the
 * log commit it group by group, announces what is committed, and then answers. One instance per node, deployed before
 * the first port and undeployed after the last; confined to its event loop.
 *
 * <p>Undeploying drains: what is handed in from then on is refused, what waits is still committed, for at most {@link
 * #DRAIN_MAX}.
 */
public final class PublisherVerticle extends VerticleBase {

  /**
   * How long a log may take over what waits when the hub closes; then the waiting are refused, and those in flight
   * unknown.
   */
  public static final Duration DRAIN_MAX = Duration.ofSeconds(5);

  /*
   * One group at a time. The stages of the log complete on foreign threads, so every completion first hops back onto
   * the loop; meanwhile messages arrive there and become the next group, which GroupCommit decides.
   *
   *   message ──▶ submit ──▶ step ──▶ commit ──▶ (log) ──▶ onLoop ──▶ settle: announce, then answer ──▶ step …
   *                            └────▶ all transient: settle at once
   */
  private static final System.Logger LOGGER = System.getLogger(PublisherVerticle.class.getName());

  private final EventLog log;
  private final InstantSource clock;
  private final long node;
  private final Duration drainMax;

  // confined to the event loop
  private HistoryRules rules;
  private final GroupCommit groups;
  private final List<MessageConsumer<?>> consumers = new ArrayList<>();
  private final Promise<Void> drained = Promise.promise();
  private final PublishCounts counts = new PublishCounts();
  private @Nullable LoopDelay delay;
  private @Nullable Announcer announcer;
  private @Nullable Group inFlight;
  private long begunNanos;
  private @Nullable String trouble;
  private long failedInTrouble;
  private boolean hasSparedTheBus;

  /**
   * A publisher for {@code log}, which stays the caller's to close, after this verticle.
   *
   * @param rules the first one that matches a topic says whether its events are logged
   * @param clock of the events' times
   * @param node by which other nodes know this one, if they share the log; the same as that of the tail
   */
  public PublisherVerticle(
      EventLog log, PublishOptions options, List<TopicRule> rules, InstantSource clock, long node) {
    this(log, options, rules, clock, node, DRAIN_MAX);
  }

  /** The same for a log that is this node's alone. */
  public PublisherVerticle(EventLog log, PublishOptions options, List<TopicRule> rules, InstantSource clock) {
    this(log, options, rules, clock, DRAIN_MAX);
  }

  /** The same with another bound on draining. */
  PublisherVerticle(
      EventLog log, PublishOptions options, List<TopicRule> rules, InstantSource clock, Duration drainMax) {
    this(log, options, rules, clock, 0, drainMax);
  }

  private PublisherVerticle(
      EventLog log, PublishOptions options, List<TopicRule> rules, InstantSource clock, long node, Duration drainMax) {
    this.log = log;
    this.rules = new HistoryRules(rules);
    this.clock = clock;
    this.node = node;
    this.drainMax = drainMax;
    this.groups = new GroupCommit(options);
  }

  @Override
  public Future<?> start() {
    var eventBus = vertx.eventBus();
    delay = LoopDelay.begin(vertx);
    announcer =
        log.isShared()
            ? Announcer.toEveryNode(eventBus, node, System::nanoTime)
            : Announcer.toThisNode(eventBus);
    consumers.add(eventBus.localConsumer(Addresses.DRAFTS, this::onDrafts));
    consumers.add(eventBus.consumer(Addresses.PUBLISH, this::onRequest));
    consumers.add(eventBus.<Transient>localConsumer(Addresses.STATUS, this::onStatus));
    return Future.join(consumers.stream().map(MessageConsumer::completion).toList());
  }

  /**
   * Takes over other bounds and rules; what waits already waits under the old ones.
   *
   * @return completes on any thread when they hold
   */
  public Future<Void> change(PublishOptions options, List<TopicRule> fresh) {
    return Future.future(
        promise ->
            context.runOnContext(
                turn -> {
                  groups.change(options);
                  rules = new HistoryRules(fresh);
                  promise.complete();
                }));
  }

  @Override
  public Future<?> stop() {
    groups.drain();
    long timer = vertx.setTimer(drainMax.toMillis(), late -> giveUp());
    step();
    return drained
        .future()
        .onComplete(done -> vertx.cancelTimer(timer))
        .transform(done -> Future.join(consumers.stream().map(MessageConsumer::unregister).toList()));
  }

  /** What it has counted, and what waits. Any thread. */
  public Future<Readings> measure() {
    return Future.future(promise -> context.runOnContext(turn -> promise.complete(readings())));
  }

  private Readings readings() {
    var readings = new Readings();
    counts.measure(readings);
    readings.add(Metric.PUBLISH_WAITING, groups.waiting());
    if (delay != null) {
      delay.measure(readings);
    }
    return readings;
  }

  private void onDrafts(Message<Drafts> message) {
    submit(message.body().list(), outcomes -> message.reply(new Outcomes(outcomes)));
  }

  private void onRequest(Message<Object> message) {
    Draft draft;
    try {
      draft = BusRequest.read(message);
    } catch (InvalidValueException e) {
      BusRequest.refuse(message, e);
      return;
    }
    submit(List.of(draft), outcomes -> BusRequest.answer(message, draft, outcomes.get(0)));
  }

  private void onStatus(Message<Transient> message) {
    announcer().status(message.body().events());
  }

  private void submit(List<Draft> drafts, Consumer<List<Outcome>> whenSettled) {
    long now = System.nanoTime();
    var answers = new Answers(drafts.size(), whenSettled);
    var entries = new ArrayList<Waiting>(drafts.size());
    for (int i = 0; i < drafts.size(); i++) {
      Draft draft = drafts.get(i);
      Optional<Refusal> refusal = Admission.refusalOf(draft);
      if (refusal.isPresent()) {
        answers.settle(i, counted(new Outcome.Refused(refusal.get())));
      } else {
        entries.add(new Waiting(draft, rules.isLogged(draft), answers, i, now));
      }
    }
    groups.offer(entries).ifPresent(refusal -> settleAll(entries, new Outcome.Refused(refusal)));
    step();
  }

  /** Goes on with whatever is next: transient groups at once, a logged one with the log. */
  private void step() {
    for (var next = groups.next(); next.isPresent(); next = groups.next()) {
      Group group = next.get();
      if (group.isLogged()) {
        inFlight = group;
        begunNanos = System.nanoTime();
        counts.begins(group, begunNanos);
        commit(group);
        return; // nothing else is next before this one is settled
      }
      settle(group, Settlement.ofTransient(group, clock.instant()));
    }
    if (groups.isDrained()) {
      drained.tryComplete();
    }
  }

  private void commit(Group group) {
    CompletionStage<Appended> appended;
    try {
      appended = log.append(group.logged(), clock.instant());
    } catch (RuntimeException e) {
      onLoop(null, e); // a mistake in the engine; what it has done by then nobody knows
      return;
    }
    appended.whenComplete(this::onLoop);
  }

  private void onLoop(@Nullable Appended appended, @Nullable Throwable failure) {
    context.runOnContext(hopped -> {
      Group group = inFlight;
      if (group != null) { // otherwise it was given up, and nothing has been begun since
        inFlight = null;
        settle(group, settlementOf(group, appended, failure));
        step();
      }
    });
  }

  private Settlement settlementOf(Group group, @Nullable Appended appended, @Nullable Throwable failure) {
    if (appended == null) {
      return failed(group, failure);
    }
    try {
      var settlement = Settlement.ofCommitted(group, appended, clock.instant());
      counts.committed(System.nanoTime() - begunNanos, appended.syncNanos());
      logRecovery();
      return settlement;
    } catch (IllegalArgumentException e) {
      return failed(group, e); // an engine that breaks its contract; the readers find in the log whatever it has stored
    }
  }

  private Settlement failed(Group group, @Nullable Throwable failure) {
    Throwable cause = unwrapped(failure);
    logTrouble(group, cause);
    return Settlement.ofFailed(group, outcomeOf(cause), clock.instant());
  }

  private static @Nullable Throwable unwrapped(@Nullable Throwable failure) {
    return failure instanceof CompletionException wrapper && wrapper.getCause() != null ? wrapper.getCause() : failure;
  }

  private static Outcome outcomeOf(@Nullable Throwable cause) {
    if (cause instanceof LogException known) {
      return switch (known.reason()) {
        case FULL -> new Outcome.Refused(Refusal.LOG_FULL);
        case UNAVAILABLE, CLOSED -> new Outcome.Refused(Refusal.LOG_UNAVAILABLE);
        case IN_DOUBT -> new Outcome.Unknown(String.valueOf(known.getMessage()));
      };
    }
    return new Outcome.Unknown(String.valueOf(cause)); // it does not say "not stored", so it may be
  }

  /**
   * Commit before sight, and announced before answered: whoever is told of an event finds that its readers have been,
   * too.
   */
  private void settle(Group group, Settlement settlement) {
    groups.completed();
    for (Settlement.Run run : settlement.runs()) {
      if (run.isLogged()) {
        announcer().committed(epochOf(run.events()), run.events());
      } else if (!announcer().passing(run.events())) {
        logSparedTheBus(run.events().size());
      }
    }
    long now = System.nanoTime();
    for (int i = 0; i < group.entries().size(); i++) {
      Waiting entry = group.entries().get(i);
      Outcome outcome = settlement.outcomes().get(i);
      counts.settled(entry, outcome, now);
      entry.settle(outcome);
    }
  }

  /** That of the events, because the log may have begun anew since. */
  private static long epochOf(List<Event> logged) {
    EventId id = logged.get(0).id();
    if (id == null) {
      throw new IllegalArgumentException("an event of the log without an id");
    }
    return id.epoch();
  }

  private Announcer announcer() {
    if (announcer == null) {
      throw new IllegalStateException("the publisher has not started");
    }
    return announcer;
  }

  private void giveUp() {
    List<Waiting> waiting = groups.abandon();
    Group unanswered = inFlight;
    inFlight = null;
    settleAll(waiting, new Outcome.Refused(Refusal.DRAINING));
    if (unanswered != null) {
      var unknown = new Outcome.Unknown("the hub closed before the log answered");
      settle(unanswered, Settlement.ofFailed(unanswered, unknown, clock.instant()));
    }
    logGivenUp(waiting.size(), unanswered == null ? 0 : unanswered.entries().size());
    step();
  }

  private Outcome counted(Outcome refused) {
    counts.refused(refused);
    return refused;
  }

  private void settleAll(List<Waiting> entries, Outcome outcome) {
    entries.forEach(entry -> entry.settle(counted(outcome)));
  }

  /** Once when it begins and once when its kind changes: every group of a full disk fails alike. */
  private void logTrouble(Group group, @Nullable Throwable cause) {
    failedInTrouble += group.logged().size();
    String kind = cause instanceof LogException known ? known.reason().name() : "UNEXPECTED";
    if (kind.equals(trouble)) {
      return;
    }
    trouble = kind;
    int drafts = group.logged().size();
    String what = "the log does not commit (" + kind + "), as " + drafts + " drafts of one group are told: " + cause;
    if (cause instanceof LogException known) {
      LOGGER.log(WARNING, what, known.getCause()); // where the engine noticed says nothing that its reason does not
    } else {
      LOGGER.log(ERROR, what, cause);
    }
  }

  private void logRecovery() {
    if (trouble != null) {
      LOGGER.log(INFO, "the log commits again, after " + trouble + " for " + failedInTrouble + " drafts");
      trouble = null;
      failedInTrouble = 0;
    }
  }

  /** Once: what is too much for the bus is so many times a second. */
  private void logSparedTheBus(int events) {
    if (!hasSparedTheBus) {
      hasSparedTheBus = true;
      LOGGER.log(WARNING, "too much for the bus: " + events + " events without history stay on this node");
    }
  }

  private void logGivenUp(int refused, int unknown) {
    LOGGER.log(
        WARNING,
        "the log took longer than " + drainMax + " to drain: " + refused + " drafts refused, " + unknown + " unknown");
  }
}
