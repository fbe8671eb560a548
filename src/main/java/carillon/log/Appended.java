package carillon.log;

import carillon.event.Event;
import java.util.List;

/**
 * What became of a group. Immutable.
 *
 * @param outcomes one for each draft, in the order given
 * @param events the events that are new, in offset order, without a hole; empty when every draft was a duplicate or a
 *     conflict
 */
public record Appended(List<Stored> outcomes, List<Event> events) {

  /** Copies both lists. */
  public Appended {
    outcomes = List.copyOf(outcomes);
    events = List.copyOf(events);
  }
}
