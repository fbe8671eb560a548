package carillon.log;

import carillon.event.Event;
import java.util.List;

/**
 * What became of a group. Immutable.
 *
 * @param outcomes one for each draft, in the order given
 * @param events the events that are new, in offset order, without a hole; empty when every draft was a duplicate or a
 *     conflict
 * @param syncNanos how long the engine has waited for its disk, where it is the one that waits: SQLite's {@code
 *     COMMIT}, which writes the group to the write-ahead log and calls fsync; {@link #UNKNOWN} otherwise, and where
 *     there was nothing to write
 */
public record Appended(List<Stored> outcomes, List<Event> events, long syncNanos) {

  /** The disk is somebody else's, or was not needed. */
  public static final long UNKNOWN = -1;

  /** Where nothing is known of a disk. */
  public Appended(List<Stored> outcomes, List<Event> events) {
    this(outcomes, events, UNKNOWN);
  }

  /** Copies both lists. */
  public Appended {
    outcomes = List.copyOf(outcomes);
    events = List.copyOf(events);
  }

  /** The same, with what the disk has taken. */
  Appended synced(long nanos) {
    return new Appended(outcomes, events, nanos);
  }
}
