package carillon.bus;

import carillon.event.Event;
import java.util.List;

/**
 * Transient events of one node, for the others. Immutable.
 *
 * @param node which node, a number that it has drawn when it started
 * @param number counts the messages of that node from 1, so that one that comes twice is known
 * @param events at least one, in the publisher's order
 */
public record Passing(long node, long number, List<Event> events) {

  /** Copies the list. */
  public Passing {
    events = List.copyOf(events);
  }
}
