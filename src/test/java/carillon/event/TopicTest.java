package carillon.event;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The segments of a topic; what topics share with other names is in {@link NamesTest}. */
class TopicTest {

  @ParameterizedTest
  @ValueSource(strings = {
    "a", "a/b", "a/b/c/d/e/f", "...", ".a", "a.", "..a", "a..b", "a/...", "a/.b/..c", " ", " / ", "%2F", "hub",
    "hub/x"
  })
  void topic_legalSegments_isAccepted(String name) {
    assertEquals(name, new Topic(name).name());
  }

  /** An empty or dotted segment would be another topic after a proxy has tidied the path. */
  @ParameterizedTest
  @ValueSource(strings = {
    "/", "//", "/a", "a/", "a//b", "a/b/", "//a", ".", "..", "./a", "a/.", "a/./b", "../a", "a/..", "a/../b", "hub/"
  })
  void topic_emptyOrDottedSegment_isRefused(String name) {
    NamesTest.assertIsHarmless(assertThrows(InvalidValueException.class, () -> new Topic(name)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"*", "**", "a*", "*a", "a/*", "a/**", "*/a", "a/b*c/d"})
  void topic_asterisk_isRefused(String name) {
    assertThrows(InvalidValueException.class, () -> new Topic(name));
  }
}
