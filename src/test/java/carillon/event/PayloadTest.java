package carillon.event;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What may be the data of an event: all well-formed UTF-8 (RFC 3629, section 4), nothing else, up to 1 MiB. */
class PayloadTest {

  private static void assertAccepts(byte[] utf8) {
    assertArrayEquals(utf8, Payload.ofUtf8(utf8.clone()).toBytes());
  }

  private static void assertRefuses(byte[] utf8) {
    var e = assertThrows(InvalidValueException.class, () -> Payload.ofUtf8(utf8), () -> HexFormat.of().formatHex(utf8));
    assertEquals("data", e.what());
    NamesTest.assertIsHarmless(e);
  }

  private static byte[] join(byte[]... parts) {
    int size = Arrays.stream(parts).mapToInt(part -> part.length).sum();
    var joined = new byte[size];
    int at = 0;
    for (byte[] part : parts) {
      System.arraycopy(part, 0, joined, at, part.length);
      at += part.length;
    }
    return joined;
  }

  @ParameterizedTest
  @ValueSource(strings = {
    "80", "bf", // continuation without a lead
    "c080", "c0af", "c1bf", "e08080", "e09fbf", "f0808080", "f08fbfbf", // longer than needed
    "eda080", "edadbf", "edb080", "edbfbf", "eda080edb080", // surrogates, and a pair of them (CESU-8)
    "f4908080", "f5808080", "f7bfbfbf", "f888808080", "fc8480808080", // beyond U+10FFFF
    "fe", "ff", "fffe", "feff", // never in UTF-8; byte order marks of UTF-16
    "c3", "e2", "e282", "f0", "f09f", "f09f98", // cut short
    "c328", "e228a1", "e28228", "f0288cbc", "f09028bc", "f0908c28", // interrupted
    "c3c3", "e9", "c2c280" // Latin-1, lead after lead
  })
  void ofUtf8_illFormedAtAnyPlace_isRefused(String hex) {
    byte[] bad = HexFormat.of().parseHex(hex);
    for (byte[] around : List.of(new byte[0], "abcd".getBytes(UTF_8), "é€\ud83d\ude00".getBytes(UTF_8))) {
      for (int i = 0; i <= around.length; i++) {
        // Between characters only: inside one, the pieces may happen to be well-formed.
        if (i == around.length || (around[i] & 0xc0) != 0x80) {
          assertRefuses(join(Arrays.copyOf(around, i), bad, Arrays.copyOfRange(around, i, around.length)));
        }
      }
    }
    for (int before = 1018; before <= 1030; before++) {
      assertRefuses(join("x".repeat(before).getBytes(UTF_8), bad));
      assertRefuses(join("x".repeat(before).getBytes(UTF_8), bad, "x".repeat(2000).getBytes(UTF_8)));
    }
  }

  /** All sequences of four bytes that could make a difference, against the grammar of RFC 3629, section 4. */
  @Test
  void ofUtf8_everyCriticalSequence_isJudgedAsTheGrammarSays() {
    int[] later = {0x7f, 0x80, 0xbf, 0xc0};
    int[] critical = {0x00, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc2, 0xe0, 0xed, 0xf0, 0xf4, 0xff};
    int accepted = 0;
    for (int first = 0x70; first < 0x100; first++) {
      for (int second : critical) {
        for (int third : later) {
          for (int fourth : later) {
            byte[] bytes = {(byte) first, (byte) second, (byte) third, (byte) fourth};
            boolean expected = isWellFormed(bytes);
            boolean actual;
            try {
              actual = Payload.ofUtf8(bytes).size() == 4;
            } catch (InvalidValueException e) {
              actual = false;
            }
            assertEquals(expected, actual, () -> HexFormat.of().formatHex(bytes));
            accepted += actual ? 1 : 0;
          }
        }
      }
    }
    assertNotEquals(0, accepted);
  }

  private static boolean isWellFormed(byte[] bytes) {
    int i = 0;
    while (i < bytes.length) {
      int first = bytes[i] & 0xff;
      int length = first < 0x80 ? 1 : first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0;
      if (length == 0 || i + length > bytes.length) {
        return false;
      }
      int lowest = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
      int highest = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
      for (int k = 1; k < length; k++) {
        int next = bytes[i + k] & 0xff;
        if (next < (k == 1 ? lowest : 0x80) || next > (k == 1 ? highest : 0xbf)) {
          return false;
        }
      }
      i += length;
    }
    return true;
  }

  @Test
  void ofUtf8_everyCodePoint_isAccepted() {
    var all = new StringBuilder();
    for (int codePoint = 0; codePoint <= Character.MAX_CODE_POINT; codePoint++) {
      if (codePoint < Character.MIN_SURROGATE || codePoint > Character.MAX_SURROGATE) {
        all.appendCodePoint(codePoint);
        if (all.length() > 200_000 || codePoint == Character.MAX_CODE_POINT) {
          assertAccepts(all.toString().getBytes(UTF_8));
          assertEquals(all.toString(), Payload.of(all.toString()).toString());
          all.setLength(0);
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1018, 1019, 1020, 1021, 1022, 1023, 1024, 1025, 2047, 2048})
  void ofUtf8_longCharacterAtTheDecodersEdge_isAccepted(int before) {
    assertAccepts(("x".repeat(before) + "\ud83d\ude00").getBytes(UTF_8));
    assertAccepts(("x".repeat(before) + "\ud83d\ude00".repeat(600)).getBytes(UTF_8));
  }

  @ParameterizedTest
  @ValueSource(ints = {0x0000, 0x0001, 0x007f, 0x0085, 0x2028, 0xfdd0, 0xfeff, 0xfffe, 0xffff, 0x1fffe, 0x10ffff})
  void of_oddButLegal_isKeptAsItCame(int codePoint) {
    String text = "a" + Character.toString(codePoint) + "b";
    assertEquals(text, Payload.of(text).toString());
    assertArrayEquals(text.getBytes(UTF_8), Payload.of(text).toBytes());
  }

  @Test
  void of_unpairedSurrogate_isRefused() {
    for (String bad : List.of("\ud800", "\udbff", "\udc00", "\udfff", "\udc00\ud800", "\ud83d\ud83d\ude00")) {
      for (String text : List.of(bad, bad + "a", "a" + bad, "a" + bad + "a", "\ud83d\ude00" + bad)) {
        NamesTest.assertIsHarmless(assertThrows(InvalidValueException.class, () -> Payload.of(text)));
      }
    }
  }

  @Test
  void size_atTheBound_isAccepted() {
    assertEquals(1 << 20, Payload.BYTES_MAX);
    assertEquals(1 << 20, Payload.ofUtf8(new byte[1 << 20]).size());
    assertEquals(1 << 20, Payload.of("x".repeat(1 << 20)).size());
    assertEquals(1 << 20, Payload.of("\ud83d\ude00".repeat(1 << 18)).size());
    assertEquals(0, Payload.of("").size());
    assertEquals(0, Payload.ofUtf8(new byte[0]).size());
  }

  @Test
  void size_oneByteMore_isRefused() {
    assertRefuses(new byte[(1 << 20) + 1]);
    assertThrows(InvalidValueException.class, () -> Payload.of("x".repeat((1 << 20) + 1)));
    assertThrows(InvalidValueException.class, () -> Payload.of("\ud83d\ude00".repeat(1 << 18) + "x"));
    assertThrows(InvalidValueException.class, () -> Payload.of("é".repeat((1 << 19) + 1)));
  }

  @Test
  void bytes_handedOut_areCopies() {
    Payload payload = Payload.of("abc");
    payload.toBytes()[0] = 'x';
    assertEquals("abc", payload.toString());
    var target = new byte[5];
    payload.copyTo(1, target, 2, 2);
    assertArrayEquals(new byte[] {0, 0, 'b', 'c', 0}, target);
    assertEquals('b', payload.byteAt(1));
  }

  @Test
  void equals_sameBytes_isTrue() {
    assertEquals(Payload.of("é"), Payload.ofUtf8("é".getBytes(UTF_8)));
    assertEquals(Payload.of("é").hashCode(), Payload.ofUtf8("é".getBytes(UTF_8)).hashCode());
    assertNotEquals(Payload.of("é"), Payload.of("e\u0301"));
    assertNotEquals(Payload.of("a\r\n"), Payload.of("a\n"));
  }
}
