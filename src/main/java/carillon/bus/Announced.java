package carillon.bus;

import carillon.event.Event;
import java.util.List;

/** What a tail hears. Called on its event loop; late, early, again or never, as it pleases the bus. */
public interface Announced {

  /** A group has been committed, on whichever node. */
  void committed(Committed group);

  /** The log has been seen to reach an offset. */
  void reached(Reached reached);

  /** Transient events: each message at most once, those of one node in its order. */
  void passing(List<Event> events);
}
