package carillon.event;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which topics a selector matches: by a table, and against a reference over everything small. */
class SelectorTest {

  @ParameterizedTest
  @CsvSource({
    "news,          news,             true",
    "news,          news2,            false",
    "news,          new,              false",
    "news,          News,             false",
    "news,          news/sport,       false",
    "news/*,        news/sport,       true",
    "news/*,        news,             false",
    "news/*,        news/sport/today, false",
    "news/**,       news/sport,       true",
    "news/**,       news/sport/today, true",
    "news/**,       news,             false",
    "news/**,       newspaper/x,      false",
    "news/*,        new/x,            false",
    "*,             news,             true",
    "*,             news/sport,       false",
    "**,            news,             true",
    "**,            news/sport/today, true",
    "*/**,          news,             false",
    "*/**,          news/sport,       true",
    "*/sport,       news/sport,       true",
    "*/sport,       a/b/sport,        false",
    "*/*/today,     news/sport/today, true",
    "news/*/today,  news/sport/today, true",
    "news/*/today,  news/sport/other, false",
    "a.c,           abc,              false",
    "a.c/*,         abc/x,            false",
    "(a|b)/*,       (a|b)/x,          true",
    "**,            hub,              true",
    "**,            hub/nodes,        false",
    "*/nodes,       hub/nodes,        false",
    "*/**,          hub/nodes,        false",
    "hub/**,        hub/nodes,        true",
    "hub/*,         hub/nodes,        true",
    "hub/nodes,     hub/nodes,        true",
    "*/hub/x,       a/hub/x,          true"
  })
  void matches_table(String selector, String topic, boolean expected) {
    assertEquals(expected, new Selector(selector).matches(new Topic(topic)));
  }

  @ParameterizedTest
  @ValueSource(strings = {
    "a*", "*a", "a*b", "***", "**a", "a**", "**/a", "a/**/b", "**/**", "**/*", "a/*b", "a/b*/c", "a/***", "", "/", "*/",
    "/*", "*//a", "*/.", "../*"
  })
  void selector_malformed_isRefused(String text) {
    var e = assertThrows(InvalidValueException.class, () -> new Selector(text));
    assertEquals("selector", e.what());
    NamesTest.assertIsHarmless(e);
  }

  @Test
  void matches_everySmallPattern_agreesWithTheReference() {
    List<Topic> topics = paths(List.of("a", "b", "ab", "hub")).stream().map(Topic::new).toList();
    int valid = 0;
    for (String text : paths(List.of("a", "b", "ab", "hub", "*", "**"))) {
      if (text.contains("**/")) {
        assertThrows(InvalidValueException.class, () -> new Selector(text), text);
        continue;
      }
      valid++;
      var selector = new Selector(text);
      Pattern reference = reference(text);
      for (Topic topic : topics) {
        boolean expected =
            reference.matcher(topic.name()).matches() && (!topic.name().startsWith("hub/") || text.startsWith("hub/"));
        assertEquals(expected, selector.matches(topic), text + " and " + topic);
      }
    }
    assertEquals(6 + 5 * 6 + 25 * 6 + 125 * 6, valid); // '**' only as the last segment
  }

  /** All paths of one to four of these segments. */
  private static List<String> paths(List<String> segments) {
    var all = new ArrayList<String>(segments);
    List<String> longest = segments;
    for (int length = 2; length <= 4; length++) {
      List<String> shorter = longest;
      longest = segments.stream().flatMap(segment -> shorter.stream().map(path -> segment + "/" + path)).toList();
      all.addAll(longest);
    }
    return all;
  }

  /** Written from the sentence in the contract, with the regular expressions that the code avoids. */
  private static Pattern reference(String text) {
    var regex = new StringBuilder();
    for (String segment : text.split("/")) {
      regex.append(regex.isEmpty() ? "" : "/");
      regex.append(segment.equals("**") ? "[^/]+(/[^/]+)*" : segment.equals("*") ? "[^/]+" : Pattern.quote(segment));
    }
    return Pattern.compile(regex.toString());
  }

  @ParameterizedTest
  @CsvSource({
    "**,          a/*/b,   true",
    "**,          **,      true",
    "**,          hub/a,   false",
    "**,          hub/**,  false",
    "hub/**,      hub/*,   true",
    "*/**,        hub/a,   false",
    "news/*,      news/**, false",
    "news/*,      *,       false",
    "news/**,     news,    false",
    "*,           **,      false",
    "*/**,        **,      false",
    "*/**,        a/**,    true",
    "a,           *,       false",
  })
  void covers_table(String selector, String other, boolean covers) {
    assertEquals(covers, new Selector(selector).covers(new Selector(other)));
  }

  /**
   * Every pair of selectors of up to four segments: one covers the other exactly if there is no topic, of up to five
   * segments, that tells them apart. Among the segments of the topics is one that no selector names.
   */
  @Test
  void covers_everyPair_agreesWithTheTopicsTheyMatch() {
    List<Selector> selectors =
        paths(List.of("hub", "a", "*", "**")).stream().filter(SelectorTest::isSelector).map(Selector::new).toList();
    var names = new ArrayList<>(paths(List.of("hub", "a", "x")));
    for (String path : paths(List.of("hub", "a", "x"))) {
      if (path.chars().filter(c -> c == '/').count() == 3) {
        names.add(path + "/x");
      }
    }
    List<Topic> topics = names.stream().map(Topic::new).toList();
    List<BitSet> matched = new ArrayList<>();
    for (Selector selector : selectors) {
      var bits = new BitSet();
      for (int i = 0; i < topics.size(); i++) {
        bits.set(i, selector.matches(topics.get(i)));
      }
      matched.add(bits);
    }
    int covering = 0;
    for (int i = 0; i < selectors.size(); i++) {
      for (int j = 0; j < selectors.size(); j++) {
        var beyond = (BitSet) matched.get(j).clone();
        beyond.andNot(matched.get(i));
        boolean covers = selectors.get(i).covers(selectors.get(j));
        assertEquals(beyond.isEmpty(), covers, selectors.get(i) + " and " + selectors.get(j));
        covering += covers ? 1 : 0;
      }
    }
    assertTrue(covering > selectors.size(), "the test itself must be able to fail: " + covering);
  }

  private static boolean isSelector(String text) {
    int rest = text.indexOf("**");
    return rest < 0 || rest == text.length() - 2;
  }

  @Test
  void exactly_topic_matchesOnlyThat() {
    Selector selector = Selector.exactly(new Topic("a/b"));
    assertTrue(selector.isExact());
    assertTrue(selector.matches(new Topic("a/b")));
    assertFalse(selector.matches(new Topic("a/c")));
    assertFalse(new Selector("a/*").isExact());
  }
}
