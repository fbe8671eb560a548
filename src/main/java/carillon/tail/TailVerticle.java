package carillon.tail;

import carillon.bus.Addresses;
import carillon.bus.Committed;
import carillon.bus.Transient;
import carillon.config.TailOptions;
import carillon.event.Event;
import carillon.event.Selectors;
import carillon.log.EventLog;
import carillon.log.Page;
import carillon.sse.Frame;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.EventBus;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The tail of this node: takes what the bus brings, has {@link Tail} put it in order, encodes each event once and hands
 * the frames to the views. One instance per node, confined to its event loop. Deploy it before anything that publishes
 * or subscribes.
 */
public final class TailVerticle extends VerticleBase {

  private static final System.Logger LOG = System.getLogger(TailVerticle.class.getName());
  private static final DeliveryOptions LOCAL = new DeliveryOptions().setLocalOnly(true);
  private static final EventLog.Limit PAGE = new EventLog.Limit(1_000, 4 << 20);

  /** Pause before the log is read again after it could not be, in milliseconds. */
  private static final long READ_AGAIN_MS = 250;

  /** The hub's own topics are under {@code hub/}, which no other wildcard covers. */
  private static final Selectors EVERY_TOPIC = Selectors.of("**", "hub/**");

  /** How often the tail looks whether the log is further than it has heard, in milliseconds. */
  private static final long LOOK_MS = 400;

  private final EventLog log;
  private final TailOptions options;
  private @Nullable RecentFrames recent;
  private @Nullable Tail tail;

  /** @param log where missing events are read */
  public TailVerticle(EventLog log, TailOptions options) {
    this.log = log;
    this.options = options;
  }

  /** Reads the newest events of the log into the recent frames, then listens. Fails if the log cannot be read. */
  @Override
  public Future<?> start() {
    return warm(Math.max(log.oldest() - 1, log.head() - options.recentFramesMax()))
        .compose(
            warmed -> {
              vertx.setPeriodic(LOOK_MS, timer -> carryOut(tail().head(log.head())));
              return Future.all(
                  eventBus()
                      .<Committed>localConsumer(Addresses.COMMITTED, message -> committed(message.body()))
                      .completion(),
                  eventBus()
                      .<Transient>localConsumer(Addresses.TRANSIENT, message -> deliver(0, message.body().events()))
                      .completion(),
                  eventBus()
                      .localConsumer(Addresses.SNAPSHOT, message -> message.reply(snapshot(), LOCAL))
                      .completion());
            });
  }

  private Future<Void> warm(long from) {
    if (recent == null) {
      recent = new RecentFrames(options, 1, from);
      tail = new Tail(from);
    }
    return read(from)
        .compose(
            page -> {
              Tail.Step step = tail().read(page);
              var unused = keep(step.lostUpTo(), step.deliver()); // no view is open yet that could be told
              return tail().delivered() < log.head() ? warm(tail().delivered()) : Future.succeededFuture();
            });
  }

  private void committed(Committed group) {
    if (group.epoch() == log.epoch()) {
      carryOut(tail().committed(group.events()));
    }
  }

  private void carryOut(Tail.Step step) {
    if (step.lostUpTo() > 0) {
      LOG.log(Level.WARNING, "retention was faster than the tail: up to offset {0} the log serves", step.lostUpTo());
    }
    if (step.lostUpTo() > 0 || !step.deliver().isEmpty()) {
      deliver(step.lostUpTo(), step.deliver());
    }
    if (step.read()) {
      read(tail().delivered())
          .onSuccess(page -> carryOut(tail().read(page)))
          .onFailure(
              failure -> {
                LOG.log(
                    Level.WARNING,
                    "the tail cannot read the log after offset {0}: {1}",
                    tail().delivered(),
                    failure.getMessage());
                vertx.setTimer(READ_AGAIN_MS, timer -> carryOut(tail().retry()));
              });
    }
  }

  private Future<Page> read(long after) {
    return Future.fromCompletionStage(log.read(after, EVERY_TOPIC, PAGE, EventLog.Reading.EVERYTHING), context);
  }

  private void deliver(long lostUpTo, List<Event> events) {
    eventBus().publish(Addresses.FRAMES, keep(lostUpTo, events), LOCAL);
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
    return new FrameBatch(lostUpTo, firstPosition, frames);
  }

  private Snapshot snapshot() {
    RecentFrames kept = recent();
    return new Snapshot(log.epoch(), kept.floorOffset(), kept.first(), kept.list());
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
