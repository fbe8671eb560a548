package carillon.event;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

/** A refusal goes into problem bodies, logs and terminals: what came from outside must be harmless in all of them. */
class InvalidValueExceptionTest {

  private static String shown(String actual) {
    return new InvalidValueException("topic", "something else", actual).getMessage();
  }

  @Test
  void message_plainText_saysAllThree() {
    assertEquals("topic: expected something else, got \"a/b\"", shown("a/b"));
    assertEquals("topic: expected something else, got \"\"", shown(""));
  }

  @Test
  void message_hostileText_isEscaped() {
    assertEquals("topic: expected something else, got \"\\\"\\\\\\u000d\\u000a\\u0000\"", shown("\"\\\r\n\0"));
    assertEquals(
        "topic: expected something else, got \"\\u001b[2J\\u202e\\ud83d\\ude00\\ud800\"",
        shown("\u001b[2J\u202e\ud83d\ude00\ud800"));
  }

  @Test
  void message_anyCharacter_isPrintableAscii() {
    for (int c = 0; c <= Character.MAX_VALUE; c += c < 0x3000 ? 1 : 0x35) {
      NamesTest.assertIsHarmless(new InvalidValueException("key", "x", String.valueOf((char) c)));
    }
  }

  @Test
  void message_longText_isCut() {
    assertEquals("topic: expected something else, got \"" + "x".repeat(40) + "\"", shown("x".repeat(40)));
    assertEquals("topic: expected something else, got \"" + "x".repeat(40) + "…\"", shown("x".repeat(41)));
    NamesTest.assertIsHarmless(new InvalidValueException("data", "x", "\0".repeat(1 << 20)));
  }
}
