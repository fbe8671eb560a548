package carillon.event;

import java.util.List;

/**
 * What somebody may publish and subscribe to. Immutable.
 *
 * @param publish the topics that may be published to: those that a selector matches; at most
 *     {@value Selectors#COUNT_MAX}
 * @param subscribe what may be subscribed to: whatever a selector covers; at most {@value Selectors#COUNT_MAX}
 */
public record Grants(List<Selector> publish, List<Selector> subscribe) {

  /** Nothing. */
  public static final Grants NONE = new Grants(List.of(), List.of());

  /** Everything there is, the hub's own topics included. */
  public static final Grants ALL = new Grants(everything(), everything());

  /** @throws InvalidValueException if there are too many selectors */
  public Grants {
    publish = requireFew(publish);
    subscribe = requireFew(subscribe);
  }

  /** Whether {@code topic} may be published to. */
  public boolean allowsPublish(Topic topic) {
    return publish.stream().anyMatch(grant -> grant.matches(topic));
  }

  /** Whether one grant covers all that {@code wanted} can match. */
  public boolean allowsSubscribe(Selector wanted) {
    return subscribe.stream().anyMatch(grant -> grant.covers(wanted));
  }

  private static List<Selector> everything() {
    return List.of(new Selector("**"), new Selector(Topic.RESERVED_PREFIX + "**"));
  }

  private static List<Selector> requireFew(List<Selector> selectors) {
    if (selectors.size() > Selectors.COUNT_MAX) {
      String expected = "at most " + Selectors.COUNT_MAX + " selectors";
      throw new InvalidValueException("grant", expected, Integer.toString(selectors.size()));
    }
    return List.copyOf(selectors);
  }
}
