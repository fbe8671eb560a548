package carillon.publish;

import carillon.event.Draft;
import carillon.event.Topic;
import carillon.event.TopicRule;
import java.util.List;

/** Which drafts go to the log. Immutable. */
final class HistoryRules {

  private final List<TopicRule> rules;

  /** @param rules the first one that matches a topic holds; a topic that none matches keeps its history */
  HistoryRules(List<TopicRule> rules) {
    // Without a rule that says "no history" none of the others can change an answer: the usual case costs nothing.
    this.rules = rules.stream().allMatch(TopicRule::history) ? List.of() : List.copyOf(rules);
  }

  /**
   * Whether at least one of the draft's topics keeps its history: the event is one, so it is in the log for all of its
   * topics.
   */
  boolean isLogged(Draft draft) {
    return rules.isEmpty() || isAnyKept(draft.topics());
  }

  private boolean isAnyKept(List<Topic> topics) {
    for (int i = 0; i < topics.size(); i++) { // asked for each draft; a stream is a dozen objects
      if (isKept(topics.get(i))) {
        return true;
      }
    }
    return false;
  }

  private boolean isKept(Topic topic) {
    return TopicRule.first(rules, topic).map(TopicRule::history).orElse(true);
  }
}
