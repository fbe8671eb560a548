package carillon.bus;

import io.vertx.core.eventbus.EventBus;

/** Lets an event bus carry the messages of this package. Any thread. */
public final class BusCodecs {

  private BusCodecs() {}

  /** Once for each event bus, before the first verticle is deployed. */
  public static void register(EventBus eventBus) {
    WireCodec.register(eventBus, Committed.class, WireFormat::write, WireFormat::committed);
    WireCodec.register(eventBus, Reached.class, WireFormat::write, WireFormat::reached);
    WireCodec.register(eventBus, Passing.class, WireFormat::write, WireFormat::passing);
    ByReferenceCodec.register(eventBus, Transient.class);
  }
}
