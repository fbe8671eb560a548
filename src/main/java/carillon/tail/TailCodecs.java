package carillon.tail;

import carillon.bus.ByReferenceCodec;
import io.vertx.core.eventbus.EventBus;

/** Lets an event bus carry the messages of this package. Any thread. */
public final class TailCodecs {

  private TailCodecs() {}

  /** Once for each event bus, before the first verticle is deployed. */
  public static void register(EventBus eventBus) {
    ByReferenceCodec.register(eventBus, FrameBatch.class);
    ByReferenceCodec.register(eventBus, LogReach.class);
    ByReferenceCodec.register(eventBus, Snapshot.class);
    ByReferenceCodec.register(eventBus, Bell.class);
  }
}
