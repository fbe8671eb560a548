package carillon.tail;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import carillon.event.Selector;
import carillon.event.Topic;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class SelectorIndexTest {

  private static final int SEGMENTS_MAX = 3;
  private static final List<Topic> TOPICS =
      texts(List.of("a", "b", "hub"), List.of()).stream().map(Topic::new).toList();
  private static final List<Selector> SELECTORS =
      texts(List.of("a", "b", "hub", "*"), List.of("**")).stream().map(Selector::new).toList();

  private final SelectorIndex index = new SelectorIndex();

  @Test
  void empty_anyTopic_matchesNothing() {
    TOPICS.forEach(topic -> assertMatches(topic, List.of()));
    assertTrue(index.isEmpty());
  }

  @Test
  void one_anyTopic_matchesWhenTheSelectorDoes() {
    for (Selector selector : SELECTORS) {
      add(selector);
      TOPICS.forEach(topic -> assertMatches(topic, List.of(selector)));
      index.remove(selector);
      assertTrue(index.isEmpty(), selector.text());
    }
  }

  @Test
  void all_anyTopic_callsEachMatchingSelectorOnce() {
    SELECTORS.forEach(this::add);
    assertEquals(SELECTORS.size(), index.size());
    TOPICS.forEach(topic -> assertMatches(topic, SELECTORS));
  }

  @Test
  void followed_addedAgain_isTheSameEntry() {
    for (Selector selector : SELECTORS) {
      SelectorIndex.Entry entry = index.add(selector, "first");
      assertSame(entry, index.add(selector, "second"), selector.text());
      assertSame(entry, index.find(selector), selector.text());
      assertEquals("first", entry.address);
      assertEquals(selector, entry.selector);
    }
    assertEquals(SELECTORS.size(), index.size());
  }

  @Test
  void some_unknownSelectorRemoved_changesNothing() {
    index.remove(new Selector("a/b"));
    index.remove(new Selector("a/*"));
    index.remove(new Selector("a/**"));
    assertTrue(index.isEmpty());
    add(new Selector("a/*/b"));
    index.remove(new Selector("a/*"));
    index.remove(new Selector("a/**"));
    index.remove(new Selector("a/*/**"));
    index.remove(new Selector("a/*/b/*"));
    assertEquals(1, index.size());
    assertMatches(new Topic("a/a/b"), List.of(new Selector("a/*/b")));
  }

  @Test
  void any_addedAndRemovedInAnyOrder_matchesWhatIsLeftAndLeavesNothing() {
    for (long seed = 0; seed < 40; seed++) {
      var random = new Random(seed);
      var followed = new ArrayList<Selector>();
      var order = new ArrayList<Selector>(SELECTORS);
      Collections.shuffle(order, random);
      for (Selector selector : order) {
        add(selector);
        followed.add(selector);
        if (random.nextBoolean()) {
          Selector gone = followed.remove(random.nextInt(followed.size()));
          index.remove(gone);
          assertNull(index.find(gone), "seed " + seed);
        }
        assertEquals(followed.size(), index.size(), "seed " + seed);
      }
      TOPICS.forEach(topic -> assertMatches(topic, followed));
      Collections.shuffle(followed, random);
      for (Selector selector : followed) {
        assertFalse(index.isEmpty(), "seed " + seed);
        index.remove(selector);
      }
      assertTrue(index.isEmpty(), "seed " + seed);
    }
  }

  /**
   * What a match costs depends on the topic, not on who else is there. Counted, not timed. Broken on purpose, and
   * caught: a wildcard's tree searched without regard to the segment.
   */
  @Test
  void hundredThousandSelectors_oneTopic_looksAtFewPlaces() {
    for (int i = 0; i < 50_000; i++) {
      add(new Selector("exact/" + i));
      add(new Selector("tree/" + i / 100 + "/*/" + i % 100));
    }
    add(new Selector("tree/**"));
    add(new Selector("*/7/x/7"));
    var matched = new ArrayList<String>();
    int looks = index.match(new Topic("exact/4711"), entry -> matched.add(entry.selector.text()));
    assertEquals(List.of("exact/4711"), matched);
    assertTrue(looks <= 4, looks + " places");
    matched.clear();
    looks = index.match(new Topic("tree/7/x/7"), entry -> matched.add(entry.selector.text()));
    assertEquals(List.of("*/7/x/7", "tree/**", "tree/7/*/7"), matched.stream().sorted().toList());
    assertTrue(looks <= 16, looks + " places");
    assertEquals(100_002, index.size());
  }

  private void add(Selector selector) {
    SelectorIndex.Entry entry = index.add(selector, "bell." + selector);
    assertEquals(selector, entry.selector);
  }

  private void assertMatches(Topic topic, List<Selector> followed) {
    var found = new ArrayList<Selector>();
    index.match(topic, entry -> found.add(entry.selector));
    Collections.sort(found);
    assertEquals(followed.stream().filter(selector -> selector.matches(topic)).sorted().toList(), found, topic.name());
  }

  /** Every text of up to {@value #SEGMENTS_MAX} {@code segments}; the last one may also be from {@code ends}. */
  private static List<String> texts(List<String> segments, List<String> ends) {
    var texts = new ArrayList<String>();
    List<String> prefixes = List.of("");
    for (int i = 0; i < SEGMENTS_MAX; i++) {
      var longer = new ArrayList<String>();
      for (String prefix : prefixes) {
        segments.forEach(segment -> longer.add(prefix + segment + "/"));
        ends.forEach(end -> texts.add(prefix + end));
      }
      longer.forEach(text -> texts.add(text.substring(0, text.length() - 1)));
      prefixes = longer;
    }
    return texts;
  }
}
