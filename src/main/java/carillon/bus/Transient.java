package carillon.bus;

import carillon.event.Event;
import java.util.List;

/**
 * Events without id, for whoever listens now. Immutable.
 *
 * @param events at least one, in the publisher's order
 */
public record Transient(List<Event> events) {

  /** Copies the list. */
  public Transient {
    events = List.copyOf(events);
  }
}
