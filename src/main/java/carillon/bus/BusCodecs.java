package carillon.bus;

import io.vertx.core.eventbus.EventBus;

/** Lets an event bus carry the messages of this package. Any thread. */
public final class BusCodecs {

  private BusCodecs() {}

  /** Once for each event bus, before the first verticle is deployed. */
  public static void register(EventBus eventBus) {
    ByReferenceCodec.register(eventBus, Committed.class);
    ByReferenceCodec.register(eventBus, Transient.class);
  }
}
