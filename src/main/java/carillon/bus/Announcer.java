package carillon.bus;

import carillon.event.Event;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.EventBus;
import java.util.List;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Tells the tails what there is to deliver: that of this node at once, by reference and without asking the cluster
 * anything; those of the other nodes over the cluster's addresses, one message for a group and node. Confined to the
 * event loop of whoever announces, so that order of calls is order of arrival.
 */
public final class Announcer {

  /** What stays on this node; nothing is looked up in the cluster for it. */
  private static final DeliveryOptions LOCAL = new DeliveryOptions().setLocalOnly(true);

  private static final DeliveryOptions CLUSTER = new DeliveryOptions();

  private final EventBus eventBus;
  private final @Nullable Wire wire;

  private Announcer(EventBus eventBus, @Nullable Wire wire) {
    this.eventBus = eventBus;
    this.wire = wire;
  }

  /** Towards other nodes: who we are, and how much they are sent. */
  private static final class Wire {
    private final long node;
    private final LongSupplier nanos;
    private final WireBudget budget;
    private long passed;

    Wire(long node, LongSupplier nanos) {
      this.node = node;
      this.nanos = nanos;
      this.budget = new WireBudget(WireBudget.BYTES_PER_SECOND, nanos.getAsLong());
    }

    boolean takes(List<Event> events) {
      long bytes = 0;
      for (Event event : events) {
        bytes += event.data().size() + WireBudget.EVENT_BYTES;
      }
      return budget.takes(bytes, nanos.getAsLong());
    }
  }

  /** For a node whose log is its own: nobody else could make sense of its offsets. And for clocks. */
  public static Announcer toThisNode(EventBus eventBus) {
    return new Announcer(eventBus, null);
  }

  /**
   * For nodes that share a log.
   *
   * @param node as {@link AnnouncementConsumers} of the same node knows it
   * @param nanos a clock such as {@link System#nanoTime}
   */
  public static Announcer toEveryNode(EventBus eventBus, long node, LongSupplier nanos) {
    return new Announcer(eventBus, new Wire(node, nanos));
  }

  /**
   * A stretch of the log, committed.
   *
   * @param events at least one, in offset order, without a hole, of one epoch
   */
  public void committed(long epoch, List<Event> events) {
    var group = new Committed(epoch, events, System.nanoTime());
    eventBus.publish(Addresses.COMMITTED, group, LOCAL);
    if (wire == null || wire.takes(events)) {
      eventBus.publish(Addresses.CLUSTER_COMMITTED, group, wire == null ? LOCAL : CLUSTER);
    } else {
      var reached = new Reached(epoch, events.get(events.size() - 1).offset());
      eventBus.publish(Addresses.CLUSTER_COMMITTED, reached, CLUSTER);
    }
  }

  /**
   * Events without id. What is too much for the wire does not reach the other nodes.
   *
   * @param events at least one
   * @return whether they go to every node they are meant for
   */
  public boolean passing(List<Event> events) {
    boolean isForAll = wire == null || wire.takes(events);
    pass(events, isForAll);
    return isForAll;
  }

  /**
   * The same for what the hub itself has to say: few, short, and not to be missed when there is much else on the wire.
   *
   * @param events at least one
   */
  public void status(List<Event> events) {
    pass(events, true);
  }

  private void pass(List<Event> events, boolean isForAll) {
    eventBus.publish(Addresses.TRANSIENT, new Transient(events), LOCAL);
    if (wire != null && isForAll) {
      eventBus.publish(Addresses.CLUSTER_TRANSIENT, new Passing(wire.node, ++wire.passed, events), CLUSTER);
    }
  }
}
