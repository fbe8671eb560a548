package carillon.event;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * How the topics that a selector matches are kept and served; the first rule that matches a topic holds. Immutable.
 *
 * @param selector which topics
 * @param history whether their events go to the log; without it they are transient
 * @param retention what of them may be deleted from the log
 * @param latestOnly {@code slow: latest}: a subscriber that catches up gets only the newest event of each topic
 */
public record TopicRule(Selector selector, boolean history, Retention retention, boolean latestOnly) {

  /** The rule that holds for {@code topic}: the first of {@code rules} whose selector matches, if any. */
  public static Optional<TopicRule> first(List<TopicRule> rules, Topic topic) {
    for (TopicRule rule : rules) {
      if (rule.selector().matches(topic)) {
        return Optional.of(rule);
      }
    }
    return Optional.empty();
  }

  /**
   * What may be deleted: whatever is beyond any one of the bounds. The largest value means no bound.
   *
   * @param age how old an event may become, above zero
   * @param count how many events the topic may hold, at least 1
   * @param bytes how many bytes of data the topic may hold, at least 1
   */
  public record Retention(Duration age, long count, long bytes) {

    /** Keeps everything. */
    public static final Retention ALL =
        new Retention(Duration.ofSeconds(Long.MAX_VALUE), Long.MAX_VALUE, Long.MAX_VALUE);

    /** @throws InvalidValueException if a bound is not above zero */
    public Retention {
      if (age.isNegative() || age.isZero() || count < 1 || bytes < 1) {
        throw new InvalidValueException("retention", "bounds above zero", age + ", " + count + ", " + bytes);
      }
    }
  }
}
