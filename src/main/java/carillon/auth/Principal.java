package carillon.auth;

import carillon.event.Grants;
import carillon.event.Selector;
import carillon.event.Selectors;
import carillon.event.Sight;
import carillon.event.Topic;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Somebody who came to the hub, and what it lets them do: what they were granted, and what everybody may. Immutable.
 *
 * @param name for logs: never a secret, never with control characters
 * @param own what was granted to them by name; nothing to who is anonymous
 * @param everybody what those may do who show nothing
 * @param end when what they showed ends; {@code null}: never
 * @param key the API key they showed; {@code null} when it was none
 */
public record Principal(String name, Grants own, Grants everybody, @Nullable Instant end, @Nullable KeyDigest key) {

  private static final String ANONYMOUS = "anonymous";

  /** Somebody who showed nothing. */
  static Principal anonymous(Grants everybody) {
    return new Principal(ANONYMOUS, Grants.NONE, everybody, null, null);
  }

  /** The same among others who may do something else. */
  Principal amongst(Grants others) {
    return others.equals(everybody) ? this : new Principal(name, own, others, end, key);
  }

  /** Whether they showed nothing. */
  public boolean isAnonymous() {
    return key == null && end == null; // a token always ends
  }

  /** Whether there is any topic they may publish to; if not, there is no need to read what they send. */
  public boolean mayPublishAnything() {
    return !own.publish().isEmpty() || !everybody.publish().isEmpty();
  }

  /** Whether they may publish an event of {@code topics}: to each of them. */
  public boolean mayPublish(List<Topic> topics) {
    for (Topic topic : topics) {
      if (!own.allowsPublish(topic) && !everybody.allowsPublish(topic)) {
        return false;
      }
    }
    return true;
  }

  /** Whether they may subscribe to all of {@code asked}; each must be covered by one grant. */
  public boolean maySubscribe(Selectors asked) {
    for (Selector selector : asked.list()) {
      if (!own.allowsSubscribe(selector) && !everybody.allowsSubscribe(selector)) {
        return false;
      }
    }
    return true;
  }

  /** What they see of private events when they ask for {@code asked}: what they were granted by name. */
  public Sight sight(Selectors asked) {
    return Sight.of(asked, own.subscribe());
  }
}
