package carillon.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import carillon.event.InvalidValueException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PercentTextTest {

  private static String decode(String raw) {
    return PercentText.decode("x", raw, 0, raw.length(), false);
  }

  @ParameterizedTest
  @CsvSource({"abc, abc", "a%20b, a b", "%2F%2f, //", "a+b, a+b", "%C3%A4, ä", "%F0%9F%98%80, 😀", "%25zz, %zz",
      "'', ''"})
  void encoded_decode_isTheText(String raw, String text) {
    assertEquals(text, decode(raw));
  }

  @Test
  void nul_decode_isLeftToTheRulesOfTheValue() {
    assertEquals("\0", decode("%00"));
  }

  @Test
  void rawOctets_decode_areUtf8Too() {
    assertEquals("zürich ü", decode("z\u00c3\u00bcrich%20%C3\u00bc"));
    assertEquals("zürich 100%", PercentText.decodeHeader("x", "z\u00c3\u00bcrich 100%"));
  }

  @Test
  void partOfText_decode_staysWithinIt() {
    assertEquals("b", PercentText.decode("x", "a%62c", 1, 4, false));
    assertThrows(InvalidValueException.class, () -> PercentText.decode("x", "a%62c", 1, 3, false));
  }

  @Test
  void plus_decode_isASpaceOnlyWhereItIs() {
    assertEquals("a b+c", PercentText.decode("x", "a+b%2Bc", 0, 7, true));
    assertEquals("a+b+c", PercentText.decode("x", "a+b%2Bc", 0, 7, false));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "%", "a%", "a%4", "%4", "%zz", "%4g", "%g4", "%-1", "%+1", "% 1", "%%", "%u0041",
        "%ff", "%c3", "%c3x", "%80", "%c0%80", "%c1%bf", "%e0%80%80", "%ed%a0%80", "%ed%bf%bf", "%f4%90%80%80",
        "%f5%80%80%80", "%f0%9f%98",
        "\u00e4", "\u0661", "%\uff14\uff11"
      })
  void malformed_decode_isRefused(String raw) {
    assertThrows(InvalidValueException.class, () -> decode(raw));
  }

  @Test
  void header_notUtf8_isRefused() {
    assertThrows(InvalidValueException.class, () -> PercentText.decodeHeader("x", "\u00e4"));
  }

  @Test
  void random_encodeThenDecode_isTheSame() {
    long seed = new Random().nextLong();
    System.out.println("PercentTextTest seed " + seed);
    var random = new Random(seed);
    for (int i = 0; i < 2000; i++) {
      String text = random.ints(random.nextInt(20), 0, 0x11000).filter(c -> c < 0xd800
          || c > 0xdfff).collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append).toString();
      String raw = URLEncoder.encode(text, StandardCharsets.UTF_8);
      assertEquals(text, PercentText.decode("x", raw, 0, raw.length(), true));
    }
  }

  @Test
  void random_octets_areDecodedOrRefused() {
    long seed = new Random().nextLong();
    System.out.println("PercentTextTest octets seed " + seed);
    var random = new Random(seed);
    for (int i = 0; i < 5000; i++) {
      String raw = random.ints(random.nextInt(12), 0,
          256).map(c -> random.nextInt(3) == 0 ? '%' : c).collect(StringBuilder::new, (s, c) -> s.append((char) c),
          StringBuilder::append).toString();
      try {
        String text = decode(raw);
        assertEquals(text, new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8)); // well-formed
      } catch (InvalidValueException refused) {
        // the only other way out
      }
    }
  }
}
