package carillon.event;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** A subscription's wishes as one value. */
class SelectorsTest {

  @Test
  void of_anyOrderAndRepeats_isTheSameValue() {
    Selectors selectors = Selectors.of("b", "a/*", "**", "a");
    assertEquals(List.of("**", "a", "a/*", "b"), selectors.list().stream().map(Selector::text).toList());
    assertEquals(selectors, Selectors.of("a", "a", "a/*", "b", "**", "b"));
    assertEquals(selectors.hashCode(), Selectors.of("**", "b", "a/*", "a").hashCode());
    assertEquals(selectors.toString(), Selectors.of("**", "b", "a/*", "a").toString());
    assertNotEquals(selectors, Selectors.of("a", "b"));
  }

  @Test
  void of_count_isBoundedAfterRepeatsAreDropped() {
    assertThrows(InvalidValueException.class, () -> Selectors.of(List.of()));
    var most = new ArrayList<>(IntStream.range(0, 64).mapToObj(i -> new Selector("t" + i)).toList());
    assertEquals(64, Selectors.of(most).list().size());
    most.addAll(List.copyOf(most));
    assertEquals(64, Selectors.of(most).list().size());
    most.add(new Selector("one/too/many"));
    NamesTest.assertIsHarmless(assertThrows(InvalidValueException.class, () -> Selectors.of(most)));
  }

  @Test
  void list_changed_isRefused() {
    var given = new ArrayList<>(List.of(new Selector("a")));
    Selectors selectors = Selectors.of(given);
    given.add(new Selector("b"));
    assertEquals(1, selectors.list().size());
    assertThrows(UnsupportedOperationException.class, () -> selectors.list().add(new Selector("b")));
  }

  @Test
  void isMany_severalOrWildcard_isTrue() {
    assertFalse(Selectors.of("a").isMany());
    assertFalse(Selectors.of("a/b", "a/b").isMany());
    assertTrue(Selectors.of("a", "b").isMany());
    assertTrue(Selectors.of("*").isMany());
    assertTrue(Selectors.of("a/**").isMany());
  }

  @Test
  void matches_severalTopics_isTrueForAnyOfThem() {
    Selectors selectors = Selectors.of("news", "a/*", "b/**");
    assertTrue(selectors.matches(List.of(new Topic("x"), new Topic("news"))));
    assertTrue(selectors.matches(List.of(new Topic("a/x"), new Topic("y"))));
    assertTrue(selectors.matches(new Topic("b/x/y")));
    assertFalse(selectors.matches(List.of(new Topic("x"), new Topic("a"), new Topic("a/b/c"), new Topic("b"))));
  }

  @Test
  void matches_random_agreesWithEachSelector() {
    long seed = System.nanoTime();
    System.out.println("SelectorsTest.matches_random_agreesWithEachSelector seed " + seed);
    var random = new Random(seed);
    List<String> segments = List.of("a", "b", "ab", "*");
    for (int n = 0; n < 2000; n++) {
      var list = new ArrayList<Selector>();
      for (int i = random.nextInt(6); i >= 0; i--) {
        list.add(new Selector(path(random, segments) + (random.nextInt(4) == 0 ? "/**" : "")));
      }
      Collections.shuffle(list, random);
      Selectors selectors = Selectors.of(list);
      var topic = new Topic(path(random, segments.subList(0, 3)));
      boolean expected = list.stream().anyMatch(selector -> selector.matches(topic));
      assertEquals(expected, selectors.matches(topic), () -> list + " and " + topic);
    }
  }

  private static String path(Random random, List<String> segments) {
    var path = new StringBuilder(segments.get(random.nextInt(segments.size())));
    for (int i = random.nextInt(3); i > 0; i--) {
      path.append('/').append(segments.get(random.nextInt(segments.size())));
    }
    return path.toString();
  }

  /** Asked for each event and subscription: garbage here is garbage times subscribers. */
  @Test
  void matches_manyTimes_allocatesNothing() {
    var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    assumeTrue(threads.isThreadAllocatedMemorySupported());
    Selectors selectors = Selectors.of("news", "sport", "a/*", "*/b/**");
    List<Topic> topics = List.of(new Topic("x/y/z"), new Topic("x/b/c/d"), new Topic("news"), new Topic("q"));
    int matched = 0;
    long before = 0;
    for (int n = 0; n < 10_001; n++) {
      if (n == 1) {
        before = threads.getCurrentThreadAllocatedBytes(); // after the first round: a string keeps its hash
      }
      matched += selectors.matches(topics) ? 1 : 0;
      for (int i = 0; i < topics.size(); i++) {
        matched += selectors.matches(topics.get(i)) ? 1 : 0;
      }
    }
    long allocated = threads.getCurrentThreadAllocatedBytes() - before;
    assertEquals(30_003, matched);
    assertTrue(allocated < 10_000, "less than a byte each, got " + allocated);
  }
}
