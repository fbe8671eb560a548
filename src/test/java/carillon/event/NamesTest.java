package carillon.event;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What all short texts of the interface have in common: topics, selectors, types and keys. */
class NamesTest {

  /** A kind of text: what it is called, and its constructor. */
  record Kind(String what, Function<String, Object> constructor) {
    void accepts(String text) {
      assertEquals(text, assertDoesNotThrow(() -> constructor.apply(text)).toString());
    }

    void refuses(String text) {
      var e = assertThrows(InvalidValueException.class, () -> constructor.apply(text));
      assertEquals(what, e.what());
      assertTrue(String.valueOf(e.getMessage()).startsWith(what + ": expected "), e.getMessage());
      assertIsHarmless(e);
    }

    @Override
    public String toString() {
      return what;
    }
  }

  static List<Kind> kinds() {
    return List.of(
        new Kind("topic", Topic::new),
        new Kind("selector", Selector::new),
        new Kind("type", EventType::new),
        new Kind("key", Key::new));
  }

  static void assertIsHarmless(InvalidValueException e) {
    String message = String.valueOf(e.getMessage());
    assertTrue(message.chars().allMatch(c -> (c >= 0x20 && c <= 0x7e) || c == '…'), message);
    assertTrue(message.length() < 450, message);
  }

  /** CR and LF would forge fields, NUL makes a browser ignore an id, the others corrupt logs and terminals. */
  @ParameterizedTest
  @MethodSource("kinds")
  void name_controlCharacterAnywhere_isRefused(Kind kind) {
    for (char c = 0; c < 0x100; c++) {
      boolean isControl = c < 0x20 || (c >= 0x7f && c < 0xa0);
      for (String text : List.of("" + c, c + "bc", "a" + c + "c", "ab" + c)) {
        if (isControl) {
          kind.refuses(text);
        } else if (c != '*' && c != '/' && c != '.') {
          kind.accepts(text);
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void name_unpairedSurrogateAnywhere_isRefused(Kind kind) {
    var single = List.of("\ud800", "\udbff", "\udc00", "\udfff");
    var several = List.of("\udc00\ud800", "\ud800\ud800\udc00", "\ud800\udc00\udc00");
    for (String bad : Stream.concat(single.stream(), several.stream()).toList()) {
      Stream.of(bad, bad + "a", "a" + bad, "a" + bad + "a", "é" + bad).forEach(kind::refuses);
    }
  }

  /** Odd, legal on the wire, and not for the hub to judge. */
  @ParameterizedTest
  @MethodSource("kinds")
  void name_oddButLegal_isAccepted(Kind kind) {
    Stream.of(
            " ", "a b", ":", "a: b", "\ufeff", "\u200b", "\u202e", "\u2028", "\u2029", "\uffff", "\ufffe", "\ufdd0",
            "\ufffd",
            "\ud800\udc00", "\udbff\udfff", "\u00a0", "é", "e\u0301", "€", "\ud83d\ude00", "%2e",
            "\\", "\"", "<script>", "a.b", "...")
        .forEach(kind::accepts);
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void name_empty_isRefused(Kind kind) {
    kind.refuses("");
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void name_length_isCountedInBytes(Kind kind) {
    for (String character : List.of("a", "é", "€", "\ud83d\ude00")) {
      int bytes = character.getBytes(StandardCharsets.UTF_8).length;
      String longest = character.repeat(255 / bytes);
      String full = longest + "x".repeat(255 % bytes);
      kind.accepts(longest);
      kind.accepts(full);
      kind.refuses(full + "x");
      kind.refuses(longest + character);
      kind.refuses(character.repeat(100_000));
    }
  }

  @Test
  void name_differentUnicodeForms_areDifferent() {
    assertTrue(!new Topic("é").equals(new Topic("e\u0301")));
    assertTrue(!new Topic("A").equals(new Topic("a")));
  }

  @Test
  void reserved_prefix_isTheHubsOwn() {
    assertTrue(new Topic("hub/x").isReserved());
    assertTrue(Stream.of("hub", "hubs/x", "Hub/x", "a/hub/x").noneMatch(name -> new Topic(name).isReserved()));
    assertTrue(new EventType("hub.").isReserved());
    assertTrue(new EventType("hub.gap").isReserved());
    assertTrue(Stream.of("hub", "hubs", "Hub.gap", "a.hub.").noneMatch(name -> new EventType(name).isReserved()));
  }
}
