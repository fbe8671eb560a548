package carillon.log;

import carillon.event.Selector;
import carillon.event.Selectors;
import carillon.event.Topic;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Every topic that the index of the sqlite engine holds, in memory: some 250 bytes each, by estimate. The log thread
 * writes; any thread reads.
 *
 * <p>Its place in the order of things: what was removed is noted here <em>before</em> it is removed from the file, so a
 * reader who misses something in the file and asks here afterwards is always told.
 */
final class TopicDirectory {

  private final Map<Topic, TopicState> topics = new ConcurrentHashMap<>();
  private volatile long removedUpTo;
  private volatile long forgottenUpTo;

  /** The state of {@code topic}, if the index knows it. */
  @Nullable TopicState find(Topic topic) {
    return topics.get(topic);
  }

  /** Shows every topic. */
  void forEach(Consumer<TopicState> viewer) {
    topics.values().forEach(viewer);
  }

  /** Every topic that is there now and is not forgotten before its turn, and perhaps some that come later. */
  Iterator<TopicState> iterator() {
    return topics.values().iterator();
  }

  /**
   * Topics that match and have an event after {@code after} in the index. Costs a look at every topic when there is a
   * pattern.
   */
  List<TopicState> matching(Selectors selectors, long after) {
    var matching = new ArrayList<TopicState>();
    if (isExact(selectors)) {
      for (Selector selector : selectors.list()) {
        TopicState state = topics.get(new Topic(selector.text()));
        if (state != null && state.newest > after) {
          matching.add(state);
        }
      }
      return matching;
    }
    for (TopicState state : topics.values()) {
      if (state.newest > after && selectors.matches(state.topic)) {
        matching.add(state);
      }
    }
    return matching;
  }

  /** Every event up to here has left {@code topic}. */
  long cutUpTo(Topic topic) {
    TopicState state = topics.get(topic);
    return state == null ? forgottenUpTo : state.cutUpTo;
  }

  /**
   * The largest offset that has left a topic that matches, but for what is superseded there; anything up to
   * {@code after} when it is not beyond that.
   */
  long removedUpTo(Selectors selectors, Superseded superseded, long after) {
    if (removedUpTo <= after) {
      return isExact(selectors) ? removedFromNamed(selectors, superseded) : removedUpTo;
    }
    if (isExact(selectors)) {
      return removedFromNamed(selectors, superseded);
    }
    long removed = forgottenUpTo;
    for (TopicState state : topics.values()) {
      long left = superseded.removedUpTo(state);
      if (left > removed && selectors.matches(state.topic)) {
        removed = left;
      }
    }
    return removed;
  }

  /** What was removed from topics that are not known any more. */
  long forgottenUpTo() {
    return forgottenUpTo;
  }

  /** Adds a topic, as it is in the file. */
  void add(TopicState state) {
    removedUpTo = Math.max(removedUpTo, state.removedUpTo);
    topics.put(state.topic, state);
  }

  /** Notes that everything up to {@code offset} leaves a topic. */
  void cut(TopicState state, long offset) {
    state.cutUpTo = Math.max(state.cutUpTo, offset);
    remove(state, offset);
  }

  /** Notes that the event at {@code offset} leaves a topic. */
  void remove(TopicState state, long offset) {
    removedUpTo = Math.max(removedUpTo, offset);
    state.removedUpTo = Math.max(state.removedUpTo, offset);
  }

  /** Forgets a topic that has no events; what was removed from it counts for every unknown topic from now on. */
  void forget(TopicState state) {
    forgotten(state.removedUpTo);
    topics.remove(state.topic, state);
  }

  /** Notes what was removed from topics that are not known. */
  void forgotten(long offset) {
    removedUpTo = Math.max(removedUpTo, offset);
    forgottenUpTo = Math.max(forgottenUpTo, offset);
  }

  static boolean isExact(Selectors selectors) {
    for (Selector selector : selectors.list()) {
      if (!selector.isExact()) {
        return false;
      }
    }
    return true;
  }

  private long removedFromNamed(Selectors selectors, Superseded superseded) {
    long removed = 0;
    for (Selector selector : selectors.list()) {
      TopicState state = topics.get(new Topic(selector.text()));
      removed = Math.max(removed, state == null ? forgottenUpTo : superseded.removedUpTo(state));
    }
    return removed;
  }
}
