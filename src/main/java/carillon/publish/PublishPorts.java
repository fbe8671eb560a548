package carillon.publish;

import carillon.config.PublishOptions;
import carillon.event.TopicRule;
import io.vertx.core.Context;
import java.time.InstantSource;
import java.util.List;

/** Makes ports. */
public final class PublishPorts {

  private PublishPorts() {}

  /** A port within a node. Confined to the event loop of its user. */
  public interface Local extends PublishPort {

    /** Takes over other options and rules, as they were given to {@link PublishPorts#local}. */
    void change(PublishOptions options, List<TopicRule> rules);
  }

  /**
   * A port to the publisher of this node.
   *
   * @param context of the verticle that will use it, on whose event loop every call is made and every future completes
   * @param options its waiting bounds also bound what this one port may have handed in without an answer: beyond them
   *     drafts are refused as {@link Refusal#OVERLOADED}, a batch as a whole. So a batch of at most {@code
   *     groupEventsMax} drafts that is handed in when the one before is answered is never refused for its size
   * @param rules those of the publisher: what has no history need not go there
   * @param isShared whether other nodes have to hear of everything, which is the publisher's business
   * @param clock of the times of events without history
   */
  public static Local local(
      Context context, PublishOptions options, List<TopicRule> rules, boolean isShared, InstantSource clock) {
    return new GatheringPort(context, options, new Shortcut(new HistoryRules(rules), !isShared, clock));
  }
}
