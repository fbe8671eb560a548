package carillon.publish;

import carillon.event.Draft;
import java.util.List;

/**
 * What one port gathered in one turn of its loop, on its way to the publisher. Immutable.
 *
 * @param list at least one, in the order handed in
 */
record Drafts(List<Draft> list) {

  Drafts {
    list = List.copyOf(list);
  }
}
