package carillon.bus;

import io.vertx.core.Future;
import io.vertx.core.eventbus.EventBus;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.MessageConsumer;
import java.lang.System.Logger.Level;
import java.util.List;

/**
 * Where a node hears what an {@link Announcer} says, its own and those of other nodes: one consumer for each address
 * and node, whatever the number of clients. Confined to the event loop of the verticle that opens it.
 */
public final class AnnouncementConsumers {

  private static final System.Logger LOG = System.getLogger(AnnouncementConsumers.class.getName());

  private final EventBus eventBus;
  private final Announced announced;
  private final Origins origins;
  private boolean hasComplained;

  private AnnouncementConsumers(EventBus eventBus, Announced announced, long node) {
    this.eventBus = eventBus;
    this.announced = announced;
    this.origins = new Origins(node);
  }

  /** Hears this node only. Completes when it does; the consumers go with the verticle. */
  public static Future<Void> ofThisNode(EventBus eventBus, Announced announced) {
    return new AnnouncementConsumers(eventBus, announced, 0).local();
  }

  /**
   * Hears every node. Completes when the consumers are registered in the cluster; others may need some more
   * milliseconds until they know.
   *
   * @param node as the {@link Announcer} of the same node knows it
   */
  public static Future<Void> ofEveryNode(EventBus eventBus, Announced announced, long node) {
    var consumers = new AnnouncementConsumers(eventBus, announced, node);
    return Future.all(consumers.local(), consumers.cluster()).mapEmpty();
  }

  private Future<Void> local() {
    return registered(
        eventBus.<Committed>localConsumer(Addresses.COMMITTED, message -> announced.committed(message.body())),
        eventBus.<Transient>localConsumer(Addresses.TRANSIENT, message -> announced.passing(message.body().events())));
  }

  private Future<Void> cluster() {
    return registered(
        eventBus.consumer(Addresses.CLUSTER_COMMITTED, this::heard),
        eventBus.consumer(Addresses.CLUSTER_TRANSIENT, this::heard));
  }

  private static Future<Void> registered(MessageConsumer<?>... consumers) {
    return Future.all(List.of(consumers).stream().map(MessageConsumer::completion).toList()).mapEmpty();
  }

  /** The body is decoded here, and anybody in the cluster may have sent it. */
  private void heard(Message<Object> message) {
    Object body;
    try {
      body = message.body();
    } catch (RuntimeException e) {
      complain(String.valueOf(e.getMessage()));
      return;
    }
    if (body instanceof Committed group) {
      announced.committed(group);
    } else if (body instanceof Reached reached) {
      announced.reached(reached);
    } else if (body instanceof Passing passing) {
      if (origins.isNews(passing.node(), passing.number())) {
        announced.passing(passing.events());
      }
    } else {
      complain(body == null ? "nothing" : body.getClass().getName());
    }
  }

  /** Once: a node of another version sends many, and what they were about is in the log. */
  private void complain(String what) {
    if (!hasComplained) {
      hasComplained = true;
      LOG.log(Level.WARNING, "another node sends what is no message of ours; the log serves instead: {0}", what);
    }
  }
}
