package carillon.http;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FieldValueTest {

  private static Optional<FieldValue> value(String value, String... parameters) {
    var map = new LinkedHashMap<String, String>();
    for (int i = 0; i < parameters.length; i += 2) {
      map.put(parameters[i], parameters[i + 1]);
    }
    return Optional.of(new FieldValue(value, map));
  }

  @Test
  void wellFormed_parse_readsValueAndParameters() {
    assertEquals(value("text/plain"), FieldValue.parse(" Text/Plain "));
    assertEquals(value("text/plain", "charset", "UTF-8"), FieldValue.parse("text/plain;Charset=UTF-8"));
    assertEquals(value("a", "b", "c", "d", "e"), FieldValue.parse("a ; b=c;\td=e ;"));
    assertEquals(value("form-data", "name", "a;\"b\\,"), FieldValue.parse("form-data; name=\"a;\\\"b\\\\,\""));
    assertEquals(value("a", "b", ""), FieldValue.parse("a;b=\"\""));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " ", ";", "a b", "a;b", "a;b=", "a;=c", "a;b=c d", "a;b=\"c", "a;b=\"c\"d", "a;b=c;b=d",
      "a/b/c", "a;b=c=d", "a,b", "a;b=\"\\"})
  void malformed_parse_isEmpty(String field) {
    assertEquals(Optional.empty(), FieldValue.parse(field));
  }

  @Test
  void list_parse_leavesOutWhatIsMalformed() {
    assertEquals(
        List.of(new FieldValue("a", Map.of("x", ",")), new FieldValue("c", Map.of())),
        FieldValue.parseList("a;x=\",\", b b, ,;,c,d;e"));
  }

  @Test
  void random_parse_endsAndThrowsNothing() {
    long seed = new Random().nextLong();
    System.out.println("FieldValueTest seed " + seed);
    var random = new Random(seed);
    String structure = "ab/*;,=\"\\ \tq01.";
    for (int i = 0; i < 20_000; i++) {
      var field = new StringBuilder();
      for (int length = random.nextInt(16); length > 0; length--) {
        field.append(structure.charAt(random.nextInt(structure.length())));
      }
      String text = field.toString();
      Optional<FieldValue> one = FieldValue.parse(text);
      List<FieldValue> list = FieldValue.parseList(text);
      if (one.isPresent() && !text.contains(",")) {
        assertEquals(List.of(one.get()), list, text);
      }
      assertEquals(true, Negotiation.best(List.of(text), List.of("a/b", "b/a")) != null);
    }
  }
}
