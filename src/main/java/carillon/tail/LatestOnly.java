package carillon.tail;

import carillon.event.Event;
import carillon.event.Selectors;
import carillon.event.Topic;
import carillon.event.TopicRule;
import java.util.BitSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Which frames a subscriber that catches up can do without: those of topics whose rule says {@code slow: latest}
 * (prices, states, positions) that a newer one has superseded. Confined to one event loop.
 */
final class LatestOnly {

  /** Every event matters. */
  static final LatestOnly NOTHING = new LatestOnly(List.of());

  private static final BitSet NONE = new BitSet(0);

  private List<TopicRule> rules = List.of();

  /** @param rules for topics, the first that matches holds */
  LatestOnly(List<TopicRule> rules) {
    change(rules);
  }

  /** From now on other rules hold. */
  final void change(List<TopicRule> fresh) {
    // Without a rule that says "latest" none of the others can change an answer: the usual case costs nothing.
    rules = fresh.stream().anyMatch(TopicRule::latestOnly) ? List.copyOf(fresh) : List.of();
  }

  /**
   * The positions, counted from {@code from}, of the recent frames after {@code from} that {@code selectors} match only
   * by topics of which a newer frame has come. What stands at them need not be sent.
   *
   * @param end up to this position whoever asks gets only what is logged, so what is transient supersedes nothing there
   */
  BitSet superseded(RecentFrames recent, long from, long end, Selectors selectors) {
    if (rules.isEmpty()) {
      return NONE;
    }
    var superseded = new BitSet();
    Set<Topic> seen = new HashSet<>();
    for (long position = recent.head(); position > from; position--) {
      Event event = recent.at(position).event();
      boolean passed = position <= end && event.isTransient();
      if (passed || !isNews(event, selectors, seen)) {
        superseded.set((int) (position - from));
      }
    }
    return superseded;
  }

  private boolean isNews(Event event, Selectors selectors, Set<Topic> seen) {
    boolean isNews = false;
    boolean isWanted = false;
    for (Topic topic : event.topics()) {
      if (selectors.matches(topic)) {
        isWanted = true;
        isNews |= !isLatestOnly(topic) || seen.add(topic);
      }
    }
    return isNews || !isWanted;
  }

  private boolean isLatestOnly(Topic topic) {
    return TopicRule.first(rules, topic).map(TopicRule::latestOnly).orElse(false);
  }
}
