package carillon.tail;

import carillon.bus.Addresses;
import carillon.bus.Announced;
import carillon.bus.AnnouncementConsumers;
import carillon.bus.Committed;
import carillon.bus.Reached;
import carillon.config.TailOptions;
import carillon.event.Event;
import carillon.event.EventId;
import carillon.event.Selectors;
import carillon.log.EventLog;
import carillon.log.Page;
import carillon.meter.LoopDelay;
import carillon.meter.Metric;
import carillon.meter.Readings;
import carillon.sse.Frame;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.EventBus;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.eventbus.ReplyFailure;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The tail of this node: takes what the bus brings, has {@link Tail} put it in order, encodes each event once and hands
 * the frames to the views. One instance per node, confined to its event loop. Deploy it before anything that publishes
 * or subscribes.
 */
public final class TailVerticle extends VerticleBase {

  /*
   * What the bus brings may come late, early, again or never, from this node or another; Tail puts it in order. Besides
   * the bus there is the log, which is looked at for three reasons:
   *
   *   head     every 200 ms, without I/O    the last message of a burst may be lost, and nobody else would tell
   *   epoch    with it                      a shared log may begin anew; then the order does, and streams are told
   *   reach    every second, shared only    whether it answers at all: if not for logAwayMax, streams go elsewhere
   *
   * A long way behind (frozen, cut off) it reads page by page, and asks for the next only when every loop has taken the
   * last: what is on its way to a loop is one page, however far behind.
   */
  private static final System.Logger LOG = System.getLogger(TailVerticle.class.getName());
  private static final DeliveryOptions LOCAL = new DeliveryOptions().setLocalOnly(true);
  private static final EventLog.Limit PAGE = new EventLog.Limit(1_000, 4 << 20);

  /** Longest pause before the log is read again after it could not be, or did not have what it should, in milliseconds. */
  private static final long READ_AGAIN_MS = 250;

  /** How long a loop may take over a page before the next is read all the same, in milliseconds. */
  private static final long PACE_MAX_MS = 2_000;

  /** The hub's own topics are under {@code hub/}, which no other wildcard covers. */
  private static final Selectors EVERY_TOPIC = Selectors.of("**", "hub/**");

  /** How often the tail looks whether the log is further than it has heard, in milliseconds. */
  private static final long LOOK_MS = 200;

  /** How often it asks a shared log whether it is there. */
  private static final Duration REACH_PERIOD = Duration.ofSeconds(1);

  private final EventLog log;
  private final TailOptions options;
  private final Reach reach;
  private final long node;

  // confined to the event loop
  private final Set<Integer> views = new HashSet<>();
  private @Nullable RecentFrames recent;
  private @Nullable Tail tail;
  private long epoch;
  private long pauseMs;
  private final Lag lag = new Lag();
  private @Nullable LoopDelay delay;
  private long heardNanos;
  private boolean isAway;
  private boolean isAsking;

  /**
   * @param log where missing events are read
   * @param logAwayMax how long a shared log may give no answer before streams are sent away
   * @param node by which other nodes know this one, if they share the log; the same as that of the publisher
   */
  public TailVerticle(EventLog log, TailOptions options, Duration logAwayMax, long node) {
    this.log = log;
    this.options = options;
    this.reach = new Reach(logAwayMax, REACH_PERIOD);
    this.node = node;
  }

  /** The same for a log that is this node's alone. */
  TailVerticle(EventLog log, TailOptions options) {
    this(log, options, Duration.ofSeconds(10), 0);
  }

  /** Reads the newest events of the log into the recent frames, then listens. Fails if the log cannot be read. */
  @Override
  public Future<?> start() {
    epoch = log.epoch();
    delay = LoopDelay.begin(vertx);
    long from = newestKept();
    recent = new RecentFrames(options, 1, from);
    tail = new Tail(from);
    return warm()
        .compose(
            warmed -> {
              vertx.setPeriodic(LOOK_MS, timer -> look());
              return Future.all(listen(), answerViews());
            })
        .onSuccess(listening -> askWhetherThere());
  }

  /** What it has counted, and how far behind the log it is. Any thread. */
  public Future<Readings> measure() {
    return Future.future(promise -> context.runOnContext(turn -> promise.complete(readings())));
  }

  private Readings readings() {
    var readings = new Readings();
    if (tail != null && recent != null) {
      readings.add(Metric.TAIL_LAG_EVENTS, Math.max(0, log.head() - tail.delivered()));
      readings.add(Metric.TAIL_LAG, lag.nanos(tail.delivered(), System.nanoTime()));
      readings.add(Metric.RECENT_FRAMES, recent.head() - recent.first() + 1);
    }
    if (delay != null) {
      delay.measure(readings);
    }
    return readings;
  }

  private Future<Void> listen() {
    return log.isShared()
        ? AnnouncementConsumers.ofEveryNode(eventBus(), new Heard(), node)
        : AnnouncementConsumers.ofThisNode(eventBus(), new Heard());
  }

  private Future<Void> answerViews() {
    return eventBus().localConsumer(Addresses.SNAPSHOT, this::answerView).completion();
  }

  private void answerView(Message<Integer> message) {
    views.add(message.body());
    message.reply(snapshot(), LOCAL);
  }

  /** The offset behind which the recent frames begin. */
  private long newestKept() {
    return Math.max(log.oldest() - 1, log.head() - options.recentFramesMax());
  }

  private Future<Void> warm() {
    return read(tail().delivered())
        .compose(
            page -> {
              Tail.Step step = tail().read(page);
              var unused = keep(step.lostUpTo(), step.deliver()); // no view is open yet that could be told
              return tail().delivered() < log.head() ? warm() : Future.succeededFuture();
            });
  }

  /** What the bus brings. */
  private final class Heard implements Announced {

    @Override
    public void committed(Committed group) {
      if (isOfThisEpoch(group.epoch())) {
        heardNanos = group.sinceNanos() == 0 ? System.nanoTime() : group.sinceNanos();
        carryOut(tail().committed(group.events()));
        heardNanos = 0;
      }
    }

    @Override
    public void reached(Reached reached) {
      if (isOfThisEpoch(reached.epoch())) {
        carryOut(tail().reached(reached.offset()));
      }
    }

    @Override
    public void passing(List<Event> events) {
      deliver(0, events);
    }
  }

  /** A message of another epoch is late, or the log has begun anew and this node does not know yet: the log tells. */
  private boolean isOfThisEpoch(long heard) {
    if (heard != epoch && log.isShared()) {
      askWhetherChanged();
    }
    return heard == epoch;
  }

  private void look() {
    if (log.epoch() == epoch) {
      carryOut(tail().head(log.head()));
      lag.look(log.head(), tail().delivered(), System.nanoTime());
    } else {
      beginAnew();
    }
  }

  /** The log has begun anew, and everything before it is another history. */
  private void beginAnew() {
    long before = epoch;
    epoch = log.epoch();
    long from = newestKept();
    tail = new Tail(from);
    LOG.log(
        Level.WARNING,
        "the log has begun anew: epoch {0} after {1}; open streams are told and ended",
        EventId.epochText(epoch),
        EventId.epochText(before));
    recent().beginAnew(from);
    publish(new FrameBatch(epoch, from, recent().head() + 1, List.of()));
    carryOut(tail().reached(log.head()));
  }

  private void carryOut(Tail.Step step) {
    if (step.lostUpTo() > 0) {
      LOG.log(Level.WARNING, "retention was faster than the tail: up to offset {0} the log serves", step.lostUpTo());
    }
    if (step.lostUpTo() > 0 || !step.deliver().isEmpty()) {
      deliver(step.lostUpTo(), step.deliver());
    }
    Tail asking = tail();
    pauseMs = step.deliver().isEmpty() ? pauseMs : 0;
    if (step.read() == Tail.Read.NOW) {
      (step.deliver().isEmpty() ? nextTurn() : paced())
          .compose(taken -> read(asking.delivered()))
          .onComplete(page -> onPage(asking, page), failure -> onUnread(asking, failure));
    } else if (step.read() == Tail.Read.LATER) {
      pauseMs = Math.min(READ_AGAIN_MS, pauseMs * 2 + 5);
      readAgain(asking, pauseMs);
    }
  }

  /** An engine may answer at once, and again at once: reading must not go deeper each time. */
  private Future<Void> nextTurn() {
    return Future.future(promise -> context.runOnContext(turn -> promise.complete()));
  }

  private void onPage(Tail asking, Page page) {
    if (asking != tail) {
      return; // the log has begun anew since
    }
    if (log.epoch() != epoch) {
      beginAnew();
    } else if (isOf(page, epoch)) {
      carryOut(asking.read(page));
    } else {
      onUnread(asking, new IllegalStateException("the log answers with events of another epoch"));
    }
  }

  private static boolean isOf(Page page, long epoch) {
    for (Event event : page.events()) {
      EventId id = event.id();
      if (id == null || id.epoch() != epoch) {
        return false;
      }
    }
    return true;
  }

  private void onUnread(Tail asking, Throwable failure) {
    LOG.log(
        Level.WARNING, "the tail cannot read the log after offset {0}: {1}", asking.delivered(), failure.getMessage());
    readAgain(asking, READ_AGAIN_MS);
  }

  private void readAgain(Tail asking, long afterMs) {
    vertx.setTimer(
        afterMs,
        timer -> {
          if (asking == tail) {
            carryOut(asking.retry());
          }
        });
  }

  private Future<Page> read(long after) {
    return Future.fromCompletionStage(log.read(after, EVERY_TOPIC, PAGE, EventLog.Reading.EVERYTHING), context);
  }

  /** Completes when every loop has taken the frames that were sent to it, or has been given time enough. */
  private Future<Void> paced() {
    var options = new DeliveryOptions().setLocalOnly(true).setSendTimeout(PACE_MAX_MS);
    List<Future<?>> taken = new ArrayList<>();
    for (int view : views) {
      taken.add(
          eventBus()
              .request(Addresses.pace(view), "", options)
              .onFailure(
                  failure -> {
                    if (failure instanceof ReplyException reply && reply.failureType() == ReplyFailure.NO_HANDLERS) {
                      views.remove(view); // it has been closed
                    }
                  }));
    }
    return Future.join(taken).transform(done -> nextTurn());
  }

  private void deliver(long lostUpTo, List<Event> events) {
    publish(keep(lostUpTo, events));
  }

  private void publish(FrameBatch batch) {
    eventBus().publish(Addresses.FRAMES, batch, LOCAL);
  }

  private FrameBatch keep(long lostUpTo, List<Event> events) {
    RecentFrames kept = recent();
    if (lostUpTo > 0) {
      kept.beginAnew(lostUpTo);
    }
    long firstPosition = kept.head() + 1;
    var frames = new ArrayList<Frame>(events.size());
    for (Event event : events) {
      Frame frame = Frame.of(event);
      kept.append(frame);
      frames.add(frame);
    }
    return new FrameBatch(epoch, lostUpTo, firstPosition, frames, heardNanos);
  }

  private Snapshot snapshot() {
    RecentFrames kept = recent();
    return new Snapshot(epoch, isAway, kept.floorOffset(), kept.first(), kept.list());
  }

  /**
   * Asks again and again whether a shared log is there. By a timer that is set anew each time: a periodic one would
   * make up for all the questions that a frozen node has not asked, at once.
   */
  private void askWhetherThere() {
    if (!log.isShared()) {
      return;
    }
    vertx.setTimer(
        REACH_PERIOD.toMillis(),
        timer -> {
          if (reach.ask()) {
            isAway = true;
            LOG.log(Level.WARNING, "the log does not answer: streams are ended, their clients may try another node");
            tellReach();
          }
          askWhetherChanged();
          askWhetherThere();
        });
  }

  /** One question at a time. What it answers is noted by the engine; here it matters that it does. */
  private void askWhetherChanged() {
    if (isAsking) {
      return;
    }
    isAsking = true;
    Future.fromCompletionStage(log.refreshHead(), context)
        .onComplete(
            newest -> {
              isAsking = false;
              if (reach.answered()) {
                isAway = false;
                LOG.log(Level.INFO, "the log answers again");
                tellReach();
              }
              if (log.epoch() != epoch) {
                beginAnew();
              }
            },
            failure -> isAsking = false); // that it does not is what the questions count
  }

  private void tellReach() {
    eventBus().publish(Addresses.LOG_REACH, new LogReach(isAway), LOCAL);
  }

  private EventBus eventBus() {
    return vertx.eventBus();
  }

  private RecentFrames recent() {
    if (recent == null) {
      throw new IllegalStateException("the tail has not started");
    }
    return recent;
  }

  private Tail tail() {
    if (tail == null) {
      throw new IllegalStateException("the tail has not started");
    }
    return tail;
  }
}
