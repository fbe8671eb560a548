package carillon.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import carillon.event.InvalidValueException;
import carillon.http.QueryText.Parameter;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class QueryTextTest {

  @Test
  void none_parse_isEmpty() {
    assertEquals(List.of(), QueryText.parse(null).parameters());
    assertEquals(List.of(), QueryText.parse("").parameters());
    assertEquals(List.of(), QueryText.parse("&&&").parameters());
  }

  @Test
  void several_parse_keepsOrderAndRepeats() {
    assertEquals(
        List.of(new Parameter("topic", "a"), new Parameter("x", "1"), new Parameter("topic", "b/c d+")),
        QueryText.parse("topic=a&x=1&topic=b%2Fc+d%2B").parameters());
  }

  @Test
  void withoutEquals_parse_hasTheEmptyText() {
    QueryText query = QueryText.parse("poll&since=&=x&a==b");
    assertEquals(
        List.of(new Parameter("poll", ""), new Parameter("since", ""), new Parameter("", "x"), new Parameter("a",
            "=b")), query.parameters());
    assertTrue(query.has("poll"));
    assertFalse(query.has("wait"));
  }

  @Test
  void semicolonHashQuestionMark_parse_areText() {
    assertEquals(List.of(new Parameter("a", "1;b=2?c#d")), QueryText.parse("a=1;b=2?c#d").parameters());
  }

  @ParameterizedTest
  @ValueSource(strings = {"a=%", "a=%ff", "%=a", "%c3=a", "a=1&b=%4", "a=%4&1", "a=\u00e4"})
  void malformed_parse_isRefused(String raw) {
    assertThrows(InvalidValueException.class, () -> QueryText.parse(raw));
  }

  @Test
  void percentAtTheEndOfAPair_parse_doesNotReachIntoTheNext() {
    assertThrows(InvalidValueException.class, () -> QueryText.parse("a=%4&1=x"));
    assertThrows(InvalidValueException.class, () -> QueryText.parse("a%4=1"));
  }

  @Test
  void tooMany_parse_isRefused() {
    assertEquals(QueryText.COUNT_MAX, QueryText.parse("a&".repeat(QueryText.COUNT_MAX)).parameters().size());
    assertThrows(InvalidValueException.class, () -> QueryText.parse("a&".repeat(QueryText.COUNT_MAX + 1)));
  }

  @Test
  void repeated_one_mustAgree() {
    QueryText query = QueryText.parse("a=1&a=1&b=1&b=2");
    assertEquals(Optional.of("1"), query.one("a"));
    assertEquals(Optional.empty(), query.one("c"));
    assertThrows(InvalidValueException.class, () -> query.one("b"));
    assertEquals(List.of("1", "2"), query.all("b"));
  }

  @Test
  void unknownName_requireNames_isRefused() {
    QueryText query = QueryText.parse("a=1&b=2");
    assertEquals(query, query.requireNames(Set.of("a", "b")));
    assertThrows(InvalidValueException.class, () -> query.requireNames(Set.of("a")));
  }

  @Test
  void random_parse_isReadOrRefused() {
    long seed = new Random().nextLong();
    System.out.println("QueryTextTest seed " + seed);
    var random = new Random(seed);
    String structure = "&=%+;af0";
    for (int i = 0; i < 5000; i++) {
      var raw = new StringBuilder();
      for (int length = random.nextInt(20); length > 0; length--) {
        raw.append(random.nextInt(4) == 0 ? (char) random.nextInt(256) : structure.charAt(random.nextInt(
            structure.length())));
      }
      try {
        assertTrue(QueryText.parse(raw.toString()).parameters().size() <= raw.length());
      } catch (InvalidValueException refused) {
        // the only other way out
      }
    }
  }
}
