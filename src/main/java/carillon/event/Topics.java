package carillon.event;

import java.util.Collection;
import java.util.List;

/** Rules for the list of topics that one event carries. Any thread. */
final class Topics {

  /** Most topics of one event. */
  static final int COUNT_MAX = 16;

  private Topics() {}

  /** The topics in the order given, none twice. */
  static List<Topic> require(Collection<Topic> topics) {
    if (topics.size() == 1) {
      return List.copyOf(topics);
    }
    List<Topic> distinct = topics.stream().distinct().toList();
    if (distinct.isEmpty() || distinct.size() > COUNT_MAX) {
      throw new InvalidValueException("topic", "1 to " + COUNT_MAX + " topics", Integer.toString(distinct.size()));
    }
    return distinct;
  }
}
