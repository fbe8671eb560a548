package carillon.publish;

import carillon.bus.Addresses;
import carillon.bus.Transient;
import carillon.config.StatusOptions;
import carillon.log.EventLog;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.eventbus.DeliveryOptions;
import java.lang.System.Logger.Level;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Has a node say what it knows of itself, again and again: a transient event under {@code hub/status}, to every node
 * that shares its log. So whoever follows that topic anywhere sees the whole cluster, and a node that falls silent is
 * gone. One instance per node, deployed after the publisher; confined to its event loop.
 */
public final class StatusVerticle extends VerticleBase {

  /*
   * Nothing is counted for it: each period the loops are asked for what they count anyway, and one event goes the way
   * of all events without history. It is handed to the publisher, because what a node tells others is numbered there.
   * The next period begins when this one is done, so a node that was frozen makes up for nothing.
   */
  private static final System.Logger LOG = System.getLogger(StatusVerticle.class.getName());
  private static final DeliveryOptions LOCAL = new DeliveryOptions().setLocalOnly(true);

  private final StatusOptions options;
  private final EventLog log;
  private final InstantSource clock;
  private final long node;
  private final @Nullable String version;
  private final Future<Integer> listening;
  private final Supplier<Future<Figures>> figures;

  // confined to the event loop
  private long timer = -1;
  private boolean isStopped;

  /**
   * A node that says nothing before it serves.
   *
   * @param log how far it is, is part of the status
   * @param clock the wall clock
   * @param node by which other nodes know this one
   * @param version of the jar, if there is one
   * @param listening completes with the port as soon as the node serves
   * @param figures asks for what has been counted; not before {@code listening} has completed
   */
  public StatusVerticle(
      StatusOptions options,
      EventLog log,
      InstantSource clock,
      long node,
      @Nullable String version,
      Future<Integer> listening,
      Supplier<Future<Figures>> figures) {
    this.options = options;
    this.log = log;
    this.clock = clock;
    this.node = node;
    this.version = version;
    this.listening = listening;
    this.figures = figures;
  }

  @Override
  public Future<?> start() {
    if (!options.period().isZero()) {
      var started = clock.instant().truncatedTo(ChronoUnit.MILLIS);
      listening
          .compose(port -> vertx.executeBlocking(() -> name(port), false)) // the system may have to ask others
          .onSuccess(
              name -> {
                var self = new NodeStatus.Self(node, name, version, started, options.period());
                context.runOnContext(turn -> say(self));
              })
          .onFailure(failure -> LOG.log(Level.WARNING, "the node will not say how it is", failure));
    }
    return Future.succeededFuture();
  }

  @Override
  public Future<?> stop() {
    isStopped = true;
    vertx.cancelTimer(timer);
    return Future.succeededFuture();
  }

  private String name(int port) {
    return options.name().isEmpty() ? host() + ":" + port : options.name();
  }

  private static String host() {
    try {
      return InetAddress.getLocalHost().getHostName();
    } catch (UnknownHostException e) {
      return "localhost"; // a machine that does not know its own name
    }
  }

  private void say(NodeStatus.Self self) {
    if (isStopped) {
      return;
    }
    figures
        .get()
        .onComplete(
            counted ->
                context.runOnContext(
                    turn -> {
                      if (counted.succeeded()) {
                        publish(self, counted.result());
                      } else {
                        LOG.log(Level.WARNING, "the node cannot say how it is: {0}", counted.cause().getMessage());
                      }
                      sayAgain(self);
                    }));
  }

  private void publish(NodeStatus.Self self, Figures counted) {
    var reach = new NodeStatus.Reach(log.epoch(), log.oldest(), log.head());
    var event = new NodeStatus(self, counted, reach).toEvent(clock.instant());
    vertx.eventBus().publish(Addresses.STATUS, new Transient(List.of(event)), LOCAL);
  }

  private void sayAgain(NodeStatus.Self self) {
    if (!isStopped) {
      timer = vertx.setTimer(options.period().toMillis(), fired -> say(self));
    }
  }
}
