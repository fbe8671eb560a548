package carillon.event;

import java.util.Collection;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What a subscription may see of private events: nothing, all that it asks for, or what certain selectors name. What is
 * not private everybody sees who asks for it. Equal sights are equal values, so that subscriptions may share what they
 * are sent. Immutable.
 */
public final class Sight {

  /** Nothing that is private. */
  public static final Sight PUBLIC = new Sight(false, null);

  /** Everything that is asked for. */
  public static final Sight ALL = new Sight(true, null);

  private final boolean all;
  private final @Nullable Selectors named;

  private Sight(boolean all, @Nullable Selectors named) {
    this.all = all;
    this.named = named;
  }

  /**
   * What somebody who asks for {@code asked} may see.
   *
   * @param granted the topics whose private events may be seen, at most {@value Selectors#COUNT_MAX}
   */
  public static Sight of(Selectors asked, Collection<Selector> granted) {
    if (granted.isEmpty()) {
      return PUBLIC;
    }
    boolean coversAll =
        asked.list().stream().allMatch(wanted -> granted.stream().anyMatch(grant -> grant.covers(wanted)));
    return coversAll ? ALL : new Sight(false, Selectors.of(granted));
  }

  /** Whether nothing is hidden, so that nobody needs to look. */
  public boolean isAll() {
    return all;
  }

  /**
   * Whether {@code event}, which matches {@code asked}, may be seen: it is not private, or one of its topics is both
   * asked for and granted.
   */
  public boolean sees(Event event, Selectors asked) {
    return all || !event.isPrivate() || (named != null && sees(event, asked, named));
  }

  private static boolean sees(Event event, Selectors asked, Selectors named) {
    for (Topic topic : event.topics()) {
      if (named.matches(topic) && asked.matches(topic)) {
        return true;
      }
    }
    return false;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Sight that && all == that.all && Objects.equals(named, that.named);
  }

  @Override
  public int hashCode() {
    return Objects.hash(all, named);
  }

  @Override
  public String toString() {
    return all ? "all" : named == null ? "public" : named.toString();
  }
}
