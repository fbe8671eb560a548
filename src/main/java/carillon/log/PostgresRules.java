package carillon.log;

import carillon.event.Topic;
import carillon.event.TopicRule;
import carillon.event.TopicRule.Retention;
import java.util.Collection;
import java.util.List;

/**
 * What the rules say about some topics, column by column. Confined to its maker.
 *
 * @param names of the topics
 * @param latestOnly whether only the newest event is wanted by whoever catches up
 * @param ages in milliseconds, the largest number without a bound
 * @param counts most events
 * @param bytes most bytes of data
 */
@SuppressWarnings("ArrayRecordComponent") // what the driver takes for an array of SQL; nobody compares them
record PostgresRules(String[] names, Boolean[] latestOnly, Long[] ages, Long[] counts, Long[] bytes) {

  static PostgresRules of(Collection<Topic> topics, Retentions retentions) {
    int size = topics.size();
    var rules =
        new PostgresRules(new String[size], new Boolean[size], new Long[size], new Long[size], new Long[size]);
    int i = 0;
    for (Topic topic : topics) {
      Retention retention = retentions.of(topic);
      rules.names[i] = topic.name();
      rules.latestOnly[i] = retentions.isLatestOnly(topic);
      rules.ages[i] = Retentions.isAgeing(retention) ? ageMillis(retention) : Long.MAX_VALUE;
      rules.counts[i] = retention.count();
      rules.bytes[i] = retention.bytes();
      i++;
    }
    return rules;
  }

  /** All rules as text, to be compared with those in force. */
  static String text(List<TopicRule> rules) {
    return rules.stream()
        .map(rule -> rule.selector() + " " + rule.retention() + " " + rule.latestOnly())
        .toList()
        .toString();
  }

  /** Never less than the rule says. */
  private static long ageMillis(Retention retention) {
    return retention.age().plusNanos(999_999).toMillis();
  }
}
