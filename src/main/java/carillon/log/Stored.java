package carillon.log;

import carillon.event.EventId;

/**
 * What became of one draft that reached the log.
 *
 * @param id the event's id; of the first event stored under the draft's key when it is not new
 * @param verdict whether it is new
 */
public record Stored(EventId id, Verdict verdict) {

  /** Whether a draft is new to the log. */
  public enum Verdict {
    /** A new event. */
    NEW,
    /** The key is known and the content the same: nothing was stored, {@link Stored#id()} is the first id. */
    DUPLICATE,
    /** The key is known with other content: nothing was stored. */
    CONFLICT
  }
}
