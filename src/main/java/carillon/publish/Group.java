package carillon.publish;

import carillon.event.Draft;
import java.util.List;

/**
 * Drafts that are settled together: committed as one unit, or all of them transient. Immutable.
 *
 * @param entries at least one, in order; when any is logged, the first one is
 */
record Group(List<Waiting> entries) {

  Group {
    entries = List.copyOf(entries);
  }

  /** Whether there is something to commit. */
  boolean isLogged() {
    return entries.get(0).isLogged();
  }

  /** What the log is asked to append. */
  List<Draft> logged() {
    return entries.stream().filter(Waiting::isLogged).map(Waiting::draft).toList();
  }
}
