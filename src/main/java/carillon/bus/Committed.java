package carillon.bus;

import carillon.event.Event;
import java.util.List;

/**
 * A group that the log has committed. Immutable.
 *
 * @param epoch of the log
 * @param events at least one, in offset order, without a hole
 * @param sinceNanos when it was committed, by {@link System#nanoTime} of this node; 0 if another node did that. For
 *     measuring, and nobody else's business
 */
public record Committed(long epoch, List<Event> events, long sinceNanos) {

  /** One of another node, or of no known time. */
  public Committed(long epoch, List<Event> events) {
    this(epoch, events, 0);
  }

  /** Copies the list. */
  public Committed {
    events = List.copyOf(events);
  }
}
