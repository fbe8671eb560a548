package carillon.tail;

import static org.junit.jupiter.api.Assertions.assertEquals;

import carillon.config.TailOptions;
import carillon.event.Selector;
import carillon.event.Selectors;
import carillon.event.Sight;
import carillon.event.TopicRule;
import carillon.event.TopicRule.Retention;
import carillon.sse.Rendering;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Tried and caught: keeping the oldest instead of the newest, looking at topics nobody selected, forgetting other
 * topics.
 */
final class LatestOnlyTest {

  private static final LatestOnly PRICES =
      new LatestOnly(
          List.of(
              new TopicRule(new Selector("prices/kept"), true, Retention.ALL, false),
              new TopicRule(new Selector("prices/*"), true, Retention.ALL, true)));

  private final RecentFrames recent = new RecentFrames(new TailOptions(64, 1 << 20), 1, 0);

  @Test
  void catchingUp_eachTopicOfALatestRule_getsItsNewestOnly() {
    arrive("prices/a", "prices/b", "prices/a", "news", "prices/a", "news", "prices/kept", "prices/kept");
    assertEquals(List.of(2L, 4L, 5L, 6L, 7L, 8L), sent(PRICES, "**"));
    assertEquals(List.of(5L), sent(PRICES, "prices/a"));
  }

  @Test
  void catchingUp_withoutALatestRule_getsAll() {
    arrive("prices/a", "prices/a");
    assertEquals(List.of(1L, 2L), sent(LatestOnly.NOTHING, "**"));
  }

  @Test
  void eventOfSeveralTopics_oneOfThemIsNews_isSent() {
    recent.append(Samples.frame(1, 8, "prices/a", "prices/b"));
    recent.append(Samples.frame(2, 8, "prices/a"));
    recent.append(Samples.frame(3, 8, "prices/c", "news"));
    recent.append(Samples.frame(4, 8, "prices/c"));
    assertEquals(List.of(1L, 2L, 3L, 4L), sent(PRICES, "**"));
    assertEquals(List.of(2L), sent(PRICES, "prices/a"), "the other topic was not selected");
    assertEquals(List.of(4L), sent(PRICES, "prices/c"));
  }

  @Test
  void transientFrame_passedBeforeJoining_supersedesNothing() {
    recent.append(Samples.frame(1, 8, "prices/a"));
    recent.append(Samples.frame(0, 8, "prices/a"));
    var interest = new Interest(Selectors.of("prices/a"), Sight.ALL, Rendering.EVENTS, recent, PRICES);
    assertEquals(1, interest.after(0, 2, 1_000).lastOffset(), "who joined later gets what is logged");
    assertEquals(0, interest.after(0, 0, 1_000).lastOffset(), "who was there gets what is newest");
  }

  private void arrive(String... topics) {
    for (int i = 0; i < topics.length; i++) {
      recent.append(Samples.frame(i + 1, 8, topics[i]));
    }
  }

  /** What somebody is sent who has seen nothing, in pieces of one frame, by offset. */
  private List<Long> sent(LatestOnly latestOnly, String... selectors) {
    var interest = new Interest(Selectors.of(selectors), Sight.ALL, Rendering.EVENTS, recent, latestOnly);
    var offsets = new ArrayList<Long>();
    for (long position = 0; position < recent.head(); ) {
      Answer answer = interest.after(position, 0, 1);
      if (answer.lastOffset() > 0) {
        offsets.add(answer.lastOffset());
      }
      position = answer.to();
    }
    return offsets;
  }
}
