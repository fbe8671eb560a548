package carillon.bus;

import carillon.event.Event;
import java.util.List;

/**
 * A group that the log has committed. Immutable.
 *
 * @param epoch of the log
 * @param events at least one, in offset order, without a hole
 */
public record Committed(long epoch, List<Event> events) {

  /** Copies the list. */
  public Committed {
    events = List.copyOf(events);
  }
}
