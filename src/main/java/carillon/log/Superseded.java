package carillon.log;

import carillon.event.Topic;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What somebody who catches up can do without: of each topic of which only the newest event is wanted, every other one,
 * kept or not. Confined to the read it serves.
 *
 * <p>The index goes on growing while a read looks at it. That a newer event comes is no harm: it supersedes what the
 * read has not passed yet, and it is itself still to be read, now or later.
 */
final class Superseded {

  /** Every event is wanted. */
  static final Superseded NOTHING = new Superseded(false, topic -> null, Map.of());

  private final boolean any;
  private final Function<Topic, @Nullable TopicState> indexed;
  private final Map<Topic, Long> unindexed;

  /**
   * For a read that catches up.
   *
   * @param indexed what the index knows of a topic
   * @param unindexed the newest event of each topic that has one beyond the index; only those of which only the newest
   *     event is wanted
   */
  Superseded(Function<Topic, @Nullable TopicState> indexed, Map<Topic, Long> unindexed) {
    this(true, indexed, unindexed);
  }

  private Superseded(boolean any, Function<Topic, @Nullable TopicState> indexed, Map<Topic, Long> unindexed) {
    this.any = any;
    this.indexed = indexed;
    this.unindexed = unindexed;
  }

  /** Whether a newer event of {@code topic} makes the one at {@code offset} worthless there. */
  boolean contains(Topic topic, long offset) {
    if (!any) {
      return false;
    }
    TopicState state = indexed.apply(topic);
    return unindexed.getOrDefault(topic, 0L) > offset || (state != null && state.latestOnly && state.newest > offset);
  }

  /** Whether only the newest event of {@code topic} is wanted. */
  boolean isNewestOnly(TopicState topic) {
    return any && topic.latestOnly;
  }

  /** Whether only the newest event of {@code topic} is wanted, which has some that the index lacks. */
  boolean isNewestOnly(Topic topic) {
    return unindexed.containsKey(topic);
  }

  /** The newest event of {@code topic}, which has some that the index lacks. */
  long newest(Topic topic) {
    return unindexed.getOrDefault(topic, 0L);
  }

  /** The newest event there ever was of {@code topic}. */
  long newest(TopicState topic) {
    return Math.max(topic.newest, unindexed.getOrDefault(topic.topic, 0L));
  }

  /** The largest offset that has left {@code topic} and would be wanted if it had not. */
  long removedUpTo(TopicState topic) {
    long removed = topic.removedUpTo; // looked at before the newest, which may only be too new then
    return isNewestOnly(topic) && removed < newest(topic) ? 0 : removed;
  }
}
