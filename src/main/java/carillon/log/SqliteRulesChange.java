package carillon.log;

import java.util.Iterator;
import java.util.function.Consumer;

/**
 * Has other rules hold for the topics of the index that are there, some at a time, so that groups can be stored in
 * between. Confined to the log thread.
 *
 * <p>Topics that join the index meanwhile do so by the new rules, so each is either met on the way or needs nothing. A
 * read that is under way may go by the old rules for some topics and by the new ones for others.
 */
final class SqliteRulesChange {

  /** Topics that are looked at in one step, a few milliseconds; a group that arrives meanwhile waits for it. */
  static final int STEP = 2_048;

  private final Iterator<TopicState> left;
  private final Retentions to;
  private final Consumer<TopicState> visitor;

  /**
   * @param to what holds from now on
   * @param visitor is shown each topic by the new rules
   */
  SqliteRulesChange(TopicDirectory topics, Retentions to, Consumer<TopicState> visitor) {
    this.left = topics.iterator();
    this.to = to;
    this.visitor = visitor;
  }

  /** What holds from now on. */
  Retentions to() {
    return to;
  }

  /** Goes on with some topics; returns whether there are more. */
  boolean step() {
    for (int i = 0; i < STEP && left.hasNext(); i++) {
      TopicState topic = left.next();
      topic.change(to);
      visitor.accept(topic);
    }
    return left.hasNext();
  }
}
