package carillon.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Where a token is found, what is none, and that nothing of it is said back. */
class ShownTokenTest {

  private static final ShownToken.Places ALL = new ShownToken.Places(true, Optional.of("t"), true);
  private static final ShownToken.Places HEADER = new ShownToken.Places(true, Optional.empty(), false);

  private static Optional<String> header(String value) {
    return ShownToken.find(ALL, List.of(value), List.of(), null).map(ShownToken::text);
  }

  private static String basic(String pair) {
    return "Basic " + Base64.getEncoder().encodeToString(pair.getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void nothing_isNoToken() {
    assertEquals(Optional.empty(), ShownToken.find(ALL, List.of(), List.of(), null));
    assertEquals(Optional.empty(), ShownToken.find(ALL, List.of(), List.of("other=x; tt=y"), "topic=a&&x="));
  }

  @ParameterizedTest
  @ValueSource(strings = {"Bearer abc.D-E_f~+/=", "bearer  abc.D-E_f~+/=", "BEARER abc.D-E_f~+/=  "})
  void bearer_anyCase_isTheToken(String value) {
    assertEquals(Optional.of("abc.D-E_f~+/="), header(value));
  }

  @Test
  void basic_passwordOrNameAlone_isTheToken() {
    assertEquals(Optional.of("key"), header(basic("anybody:key")));
    assertEquals(Optional.of("key"), header(basic(":key")));
    assertEquals(Optional.of("key"), header(basic("key:")));
    assertEquals(Optional.of("k:e:y"), header(basic("anybody:k:e:y")));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "", " ", "Bearer", "Bearer ", "Bearer a b", "Bearer \"a\"", "Bearer a,b", "Bearera", "Digest a", "a",
        "Basic", "Basic a", "Basic ====", "Basic YWJj", "Bearer \u00e9", "Bearer\ta", "Bearer a\u0000"
      })
  void header_malformed_isABadTokenAndNotNone(String value) {
    assertEquals(Optional.of(""), header(value));
  }

  @Test
  void tokens_tooLong_areBad() {
    assertEquals(Optional.of(""), header("Bearer " + "a".repeat(8_193)));
    assertEquals(Optional.of(""), header(basic("x:" + "a".repeat(8_193))));
    assertEquals(
        Optional.of(""),
        ShownToken.find(ALL, List.of(), List.of("t=" + "a".repeat(8_193)), null).map(ShownToken::text));
  }

  @ParameterizedTest
  @CsvSource({
    "t=abc, abc",
    "a=1; t=abc; b=2, abc",
    "a=1;t = abc , abc",
    "t=\"abc\", abc",
    "t=, ''",
    "t=a=b, a=b",
  })
  void cookie_ofTheName_isTheToken(String header, String token) {
    ShownToken shown = ShownToken.find(ALL, List.of(), List.of(header), null).orElseThrow();
    assertEquals(token, shown.text());
    assertTrue(shown.isByCookieAlone());
    assertEquals(Optional.empty(), ShownToken.find(HEADER, List.of(), List.of(header), null));
  }

  @ParameterizedTest
  @CsvSource({
    "access_token=abc,               abc",
    "topic=a&access_token=abc&x=y,   abc",
    "access%5Ftoken=a%2Bb,           a+b",
    "access_token=a+b,               a+b",
    "access_token,                   ''",
    "access_token=,                  ''",
  })
  void query_parameter_isTheToken(String query, String token) {
    ShownToken shown = ShownToken.find(ALL, List.of(), List.of(), query).orElseThrow();
    assertEquals(token, shown.text());
    assertFalse(shown.isByCookieAlone());
    RefusedException refused =
        assertThrows(RefusedException.class, () -> ShownToken.find(HEADER, List.of(), List.of(), query));
    assertEquals(400, refused.problem().status());
  }

  @Test
  void several_thatAgree_areOneAndNotByCookieAlone() {
    ShownToken shown =
        ShownToken.find(ALL, List.of("Bearer abc"), List.of("t=abc"), "access_token=abc").orElseThrow();
    assertEquals("abc", shown.text());
    assertFalse(shown.isByCookieAlone());
  }

  @Test
  void several_thatDiffer_areRefusedWithoutAWordOfThem() {
    List<List<String>> pairs = List.of(List.of("Bearer secret1"), List.of("Bearer secret1", "Bearer secret2"));
    for (List<String> headers : pairs) {
      var refused =
          assertThrows(
              RefusedException.class, () -> ShownToken.find(ALL, headers, List.of("t=secret3"), null));
      assertEquals(400, refused.problem().status());
      assertFalse(refused.problem().toString().contains("secret"));
    }
    assertThrows(
        RefusedException.class, () -> ShownToken.find(ALL, List.of(), List.of("t=a; t=b"), null), "tossed cookies");
    assertThrows(RefusedException.class, () -> ShownToken.find(ALL, List.of("Bearer a", "x"), List.of(), null));
    assertThrows(
        RefusedException.class, () -> ShownToken.find(ALL, List.of(), List.of(), "access_token=a&access_token=b"));
  }

  @Test
  void query_malformed_saysNothingOfTheToken() {
    for (String query : List.of("access_token=secret%zz", "access_token=secret%ff", "access_token=secret%")) {
      var refused = assertThrows(RefusedException.class, () -> ShownToken.find(ALL, List.of(), List.of(), query));
      assertEquals(400, refused.problem().status());
      assertFalse(refused.problem().toString().contains("secret"), refused.problem().toString());
    }
  }

  @Test
  void toString_token_isHidden() {
    assertFalse(new ShownToken("secret", false).toString().contains("secret"));
  }

  /** Whatever stands in the headers and the query: a token, none, or a 400, and never a word of what came. */
  @Test
  void anything_atRandom_isDecided() {
    long seed = System.nanoTime();
    System.out.println("ShownTokenTest seed " + seed);
    var random = new Random(seed);
    String[] pieces = {
      "Bearer ", "Basic ", "bearer", "c2VjcmV0OnNlY3JldA==", "secret", "=", ":", ";", "t=", "\"", "%", "%5F", "&", " ",
      "access_token", "access_token=", ",", "\u0000", "\u00ff", "\u20ac", "====", "."
    };
    for (int i = 0; i < 20_000; i++) {
      String authorization = text(random, pieces);
      String cookie = text(random, pieces);
      String query = text(random, pieces);
      try {
        Optional<ShownToken> found = ShownToken.find(ALL, List.of(authorization), List.of(cookie), query);
        assertTrue(found.isPresent(), "a header is never nothing");
      } catch (RefusedException e) {
        assertEquals(400, e.problem().status());
        assertFalse(e.problem().toString().contains("secret"), e.problem().toString());
      }
    }
  }

  private static String text(Random random, String[] pieces) {
    var text = new StringBuilder();
    for (int n = random.nextInt(6); n > 0; n--) {
      text.append(pieces[random.nextInt(pieces.length)]);
    }
    return text.toString();
  }
}
