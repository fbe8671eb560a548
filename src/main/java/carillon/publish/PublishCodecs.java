package carillon.publish;

import carillon.bus.ByReferenceCodec;
import io.vertx.core.eventbus.EventBus;

/** Lets an event bus carry the messages of this package. Any thread. */
public final class PublishCodecs {

  private PublishCodecs() {}

  /** Once for each event bus, before the first verticle is deployed. */
  public static void register(EventBus eventBus) {
    ByReferenceCodec.register(eventBus, Drafts.class);
    ByReferenceCodec.register(eventBus, Outcomes.class);
  }
}
