package carillon.publish;

import java.util.List;

/**
 * The publisher's answer to {@link Drafts}. Immutable.
 *
 * @param list one for each draft, in the same order
 */
record Outcomes(List<Outcome> list) {

  Outcomes {
    list = List.copyOf(list);
  }
}
