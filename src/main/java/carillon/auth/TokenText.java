package carillon.auth;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The form of a JSON Web Token, looked at strictly before anything is believed or computed (RFC 7515, section 5.2; RFC
 * 8725, section 3). Immutable; what it holds is not verified.
 *
 * <pre>
 *   base64url(head) . base64url(claims) . base64url(signature)       three parts, none empty, no padding
 *
 *   head    {"alg": one of the few below, "kid"?, "typ"?: JWT or at+jwt}
 *           refused: crit (we understand no extension), jwk, jku, x5u (a token does not bring its own key)
 * </pre>
 *
 * <p>Both objects: UTF-8, no name twice, at most {@value #DEPTH_MAX} levels. Two parsers that read a name twice in two
 * ways are how a token means one thing to the issuer and another to the hub.
 *
 * @param algorithm one of {@link #ALGORITHMS}
 * @param keyId of the key it says it is signed with
 * @param claims what it says
 */
record TokenText(String algorithm, Optional<String> keyId, JsonObject claims) {

  /** What tokens may be signed with. Which of them are any good depends on the keys there are. */
  static final Set<String> ALGORITHMS =
      Set.of("HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "ES256", "ES384", "ES512", "EdDSA");

  private static final int DEPTH_MAX = 16;
  private static final int KEY_ID_LENGTH_MAX = 255;
  private static final Pattern FORM = Pattern.compile("([A-Za-z0-9_-]+)\\.([A-Za-z0-9_-]+)\\.[A-Za-z0-9_-]+");
  private static final Pattern TYPE = Pattern.compile("(?i)(application/)?(jwt|at\\+jwt)");
  private static final List<String> REFUSED = List.of("crit", "jwk", "jku", "x5u");

  private static final JsonFactory STRICT =
      JsonFactory.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .streamReadConstraints(StreamReadConstraints.builder().maxNestingDepth(DEPTH_MAX).build())
          .build();

  /** @throws BadTokenException if it breaks a rule above */
  static TokenText parse(String token) throws BadTokenException {
    Matcher form = FORM.matcher(token);
    if (!form.matches()) {
      throw new BadTokenException("not three parts of base64url");
    }
    JsonObject head = object(form.group(1));
    for (String name : REFUSED) {
      if (head.containsKey(name)) {
        throw new BadTokenException("its head holds " + name);
      }
    }
    String algorithm = text(head, "alg").orElse("");
    if (!ALGORITHMS.contains(algorithm)) {
      throw new BadTokenException("not an algorithm for tokens");
    }
    if (text(head, "typ").filter(type -> !TYPE.matcher(type).matches()).isPresent()) {
      throw new BadTokenException("another type of token");
    }
    Optional<String> keyId = text(head, "kid");
    if (keyId.filter(id -> id.length() > KEY_ID_LENGTH_MAX).isPresent()) {
      throw new BadTokenException("a key id that is too long");
    }
    return new TokenText(algorithm, keyId, object(form.group(2)));
  }

  private static Optional<String> text(JsonObject head, String name) throws BadTokenException {
    Object value = head.getValue(name);
    if (value instanceof String text) {
      return Optional.of(text);
    }
    if (head.containsKey(name)) {
      throw new BadTokenException("not text in its head: " + name);
    }
    return Optional.empty();
  }

  private static JsonObject object(String part) throws BadTokenException {
    try {
      byte[] bytes = Base64.getUrlDecoder().decode(part);
      String json = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
      requireOneObject(json);
      return new JsonObject(json);
    } catch (IllegalArgumentException | CharacterCodingException e) {
      throw new BadTokenException("not base64url of UTF-8");
    } catch (IOException | DecodeException e) {
      throw new BadTokenException("not one JSON object without repeated names");
    }
  }

  private static void requireOneObject(String json) throws IOException, BadTokenException {
    try (JsonParser parser = STRICT.createParser(json)) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        throw new BadTokenException("not a JSON object");
      }
      parser.skipChildren();
      if (parser.nextToken() != null) {
        throw new BadTokenException("more than one JSON object");
      }
    }
  }
}
