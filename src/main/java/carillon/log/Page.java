package carillon.log;

import carillon.event.Event;
import java.util.List;

/**
 * A stretch of history for one question. Immutable.
 *
 * @param events the matching events, in offset order
 * @param upTo the page is complete up to this offset, inclusive: no matching event after the asked offset and up to
 *     here is left out, except what retention removed and what is superseded for a reader who catches up. At least the
 *     asked offset or, when that is beyond it, {@link EventLog#head()}
 * @param removedUpTo the largest offset of an event that retention removed and that may have matched; 0 when there is
 *     none. An engine that does not remember topics of removed events answers for all topics: it may say too much,
 *     never too little
 */
public record Page(List<Event> events, long upTo, long removedUpTo) {

  /** Copies the list. */
  public Page {
    events = List.copyOf(events);
  }
}
