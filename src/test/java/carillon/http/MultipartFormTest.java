package carillon.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import carillon.event.InvalidValueException;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MultipartFormTest {

  private static final String HEAD = "Content-Disposition: form-data; name=\"a\"\r\n\r\n";

  private static List<String> parse(String body) {
    return MultipartForm.parse(body.getBytes(ISO_8859_1), "b").stream()
        .map(part -> part.name() + "=" + new String(part.value(), ISO_8859_1))
        .toList();
  }

  @Test
  void wellFormed_parse_keepsBytesAsTheyAre() {
    assertEquals(List.of("a=x"), parse("--b\r\n" + HEAD + "x\r\n--b--"));
    assertEquals(List.of("a="), parse("--b\r\n" + HEAD + "\r\n--b--\r\n"));
    assertEquals(List.of("a=\r\n--\r\n-b\n--b\n\u00ff\0"), parse("--b\r\n" + HEAD
        + "\r\n--\r\n-b\n--b\n\u00ff\0\r\n--b--"));
    assertEquals(List.of("a=1", "a=2"), parse("--b\r\n" + HEAD + "1\r\n--b\t \r\n" + HEAD + "2\r\n--b--"));
    assertEquals(List.of(), parse("--b--"));
  }

  @Test
  void preambleAndEpilogue_parse_areIgnored() {
    assertEquals(List.of("a=x"), parse("hello --b\r\n--b\r\n" + HEAD + "x\r\n--b--\r\n--b\r\nrest"));
  }

  @Test
  void names_parse_areTokensQuotedOrUtf8() {
    String head = "content-type: text/plain\r\nCONTENT-DISPOSITION:form-data;filename=x;name=";
    assertEquals(List.of("a=x"), parse("--b\r\n" + head + "a\r\n\r\nx\r\n--b--"));
    assertEquals("ü", MultipartForm.parse(("--b\r\n" + head
        + "\"\u00c3\u00bc\"\r\n\r\nx\r\n--b--").getBytes(ISO_8859_1), "b").get(0).name());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "", "x", "--b", "--b\r\n", "--b-", "--bx--", "--b\n" + HEAD + "x\r\n--b--", "--b\r\n" + HEAD, "--b\r\n" + HEAD
        + "x", "--b\r\n" + HEAD + "x\r\n--b",
        "--b\r\n\r\nx\r\n--b--", "--b\r\nContent-Disposition: form-data\r\n\r\nx\r\n--b--",
        "--b\r\nContent-Disposition: attachment; name=a\r\n\r\nx\r\n--b--",
        "--b\r\nContent-Disposition: form-data; name=\"\u00e4\"\r\n\r\nx\r\n--b--",
        "--b\r\nContent-Transfer-Encoding: base64\r\n" + HEAD + "x\r\n--b--"
      })
  void malformed_parse_isRefused(String body) {
    assertThrows(InvalidValueException.class, () -> parse(body));
  }

  @Test
  void bounds_parse_areKept() {
    String part = "--b\r\n" + HEAD + "x\r\n";
    assertEquals(MultipartForm.COUNT_MAX, parse(part.repeat(MultipartForm.COUNT_MAX) + "--b--").size());
    assertThrows(InvalidValueException.class, () -> parse(part.repeat(MultipartForm.COUNT_MAX + 1) + "--b--"));
    assertThrows(InvalidValueException.class, () -> parse("--b\r\nx: " + "y".repeat(MultipartForm.HEAD_BYTES_MAX)
        + "\r\n" + HEAD + "x\r\n--b--"));
    for (String boundary : List.of("", "b".repeat(71))) {
      assertThrows(InvalidValueException.class, () -> MultipartForm.parse(new byte[0], boundary));
    }
  }

  @Test
  void random_parse_isReadOrRefused() {
    long seed = new Random().nextLong();
    System.out.println("MultipartFormTest seed " + seed);
    var random = new Random(seed);
    byte[] valid = ("--b\r\n" + HEAD + "x\r\n--b\r\n" + HEAD + "y\r\n--b--").getBytes(ISO_8859_1);
    for (int i = 0; i < 20_000; i++) {
      byte[] body = Arrays.copyOf(valid, random.nextInt(valid.length + 1));
      for (int times = random.nextInt(3); times > 0 && body.length > 0; times--) {
        body[random.nextInt(body.length)] = (byte) "\r\n-b:;=\"\u00ff ".charAt(random.nextInt(10));
      }
      try {
        assertTrue(MultipartForm.parse(body, "b").size() <= 2);
      } catch (InvalidValueException refused) {
        // the only other way out
      }
    }
  }
}
