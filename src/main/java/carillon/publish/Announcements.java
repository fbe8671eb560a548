package carillon.publish;

import carillon.bus.Addresses;
import carillon.bus.Committed;
import carillon.bus.Transient;
import carillon.event.Event;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.EventBus;
import java.util.List;

/**
 * Tells the tail what there is to deliver. On the event loop of whoever announces, so that order of calls is order of
 * arrival.
 */
final class Announcements {

  /** What stays on this node; nothing is looked up in the cluster for it. */
  private static final DeliveryOptions LOCAL = new DeliveryOptions().setLocalOnly(true);

  /**
   * Who hears of a committed group. The log is this node's alone, so nobody else could make sense of its offsets; with
   * a log that nodes share, this becomes every node, and {@link Committed} gets a codec for the wire.
   */
  private static final DeliveryOptions READERS_OF_THE_LOG = LOCAL;

  private Announcements() {}

  /** A stretch of the log of {@code epoch}, committed. */
  static void committed(EventBus eventBus, long epoch, List<Event> events) {
    eventBus.publish(Addresses.COMMITTED, new Committed(epoch, events), READERS_OF_THE_LOG);
  }

  /** Events without id. */
  static void transients(EventBus eventBus, List<Event> events) {
    eventBus.publish(Addresses.TRANSIENT, new Transient(events), LOCAL);
  }
}
