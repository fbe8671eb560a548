package carillon.log;

import carillon.event.Selectors;
import carillon.event.Topic;
import carillon.event.TopicRule;
import carillon.event.TopicRule.Retention;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/** What holds for a topic in the log: what the first rule that matches says, or nothing of its own. Immutable. */
final class Retentions {

  /** An age from here on is no bound; it also keeps the arithmetic within {@link Instant}. */
  private static final Duration AGE_UNBOUNDED = Duration.ofDays(365_000);

  private final List<TopicRule> rules;
  private final boolean anyLatestOnly;

  /** @param rules in the order of the configuration */
  Retentions(List<TopicRule> rules) {
    this.rules = List.copyOf(rules);
    this.anyLatestOnly = rules.stream().anyMatch(TopicRule::latestOnly);
  }

  /** What may be deleted of {@code topic}. */
  Retention of(Topic topic) {
    return TopicRule.first(rules, topic).map(TopicRule::retention).orElse(Retention.ALL);
  }

  /** Whether a reader who catches up wants only the newest event of {@code topic}. */
  boolean isLatestOnly(Topic topic) {
    return anyLatestOnly && TopicRule.first(rules, topic).map(TopicRule::latestOnly).orElse(false);
  }

  /** Whether there may be a topic that {@code selectors} match and of which only the newest event is wanted. */
  boolean mayBeLatestOnly(Selectors selectors) {
    return anyLatestOnly
        && selectors.list().stream()
            .anyMatch(selector -> !selector.isExact() || isLatestOnly(new Topic(selector.text())));
  }

  /** Whether events are let go of because of their age at all. */
  static boolean isAgeing(Retention retention) {
    return retention.age().compareTo(AGE_UNBOUNDED) < 0;
  }

  /** Events from before this time may be deleted because of their age. */
  static Instant keptSince(Retention retention, Instant now) {
    return isAgeing(retention) ? now.minus(retention.age()) : Instant.MIN;
  }
}
