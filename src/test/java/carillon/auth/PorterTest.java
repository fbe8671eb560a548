package carillon.auth;

import static carillon.auth.TokenMint.SECRET;
import static carillon.auth.TokenMint.base64;
import static carillon.auth.TokenMint.claims;
import static carillon.auth.TokenMint.hmac;
import static carillon.auth.TokenMint.hs256;
import static carillon.auth.TokenMint.jwk;
import static carillon.auth.TokenMint.jwks;
import static carillon.auth.TokenMint.parts;
import static carillon.auth.TokenMint.pem;
import static carillon.auth.TokenMint.signed;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import carillon.config.AuthOptions;
import carillon.config.HubOptionsReader;
import carillon.event.Grants;
import carillon.event.Selector;
import carillon.event.Selectors;
import carillon.event.Topic;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/**
 * Which tokens are good: some of every algorithm, and forgeries of every kind that is known to have worked somewhere.
 *
 * <p>Tried and caught: taking any algorithm for any key, not looking for {@code crit}, not bounding the depth, not
 * requiring {@code exp}, remembering a token beyond its end or beyond its key, ignoring the audience.
 */
class PorterTest {

  private static final Instant NOON = Instant.parse("2026-06-01T12:00:00Z");
  private static final String HS256 = "{\"alg\":\"HS256\"}";
  private static final String CLAIMS = claims(NOON.plusSeconds(600), "publish", "orders/**")
      .put("iss", "me").put("aud", "hub").encode();

  private static final Vertx VERTX = Vertx.vertx();

  private final AuthOptions options = options(new JsonObject()
      .put("auth.jwtSecret", SECRET).put("auth.jwtIssuer", "me").put("auth.jwtAudience", new JsonArray().add("hub")));
  private final Rights rights = new Rights(options);
  private Instant now = NOON;
  private final Porter porter = new Porter(VERTX, rights, () -> now);

  @AfterAll
  static void close() {
    VERTX.close();
  }

  private static AuthOptions options(JsonObject settings) {
    return HubOptionsReader.read(settings).auth();
  }

  /** A secret, and the keys of a JWK set, RSA among them: what algorithm confusion needs. */
  private void knowAll() {
    JwtKeys keys =
        JwtKeys.ofSecret(SECRET)
            .and(
                JwtKeys.ofJwks(
                    "test",
                    jwks(
                            jwk("rsa", TokenMint.RSA.getPublic()),
                            jwk("p256", TokenMint.P256.getPublic()),
                            jwk("p384", TokenMint.P384.getPublic()),
                            jwk("p521", TokenMint.P521.getPublic()),
                            jwk("ed", TokenMint.ED25519.getPublic()))
                        .getBytes(UTF_8)));
    rights.replace(rights.options(), Keyring.of(options.keys(), keys));
  }

  private static String with(String name, Object value) {
    return new JsonObject(CLAIMS).put(name, value).encode();
  }

  private static String without(String name) {
    var claims = new JsonObject(CLAIMS);
    claims.remove(name);
    return claims.encode();
  }

  private static String claiming(String claims) {
    return hs256(SECRET, HS256, claims);
  }

  private Map<String, String> good() {
    var good = new TreeMap<String, String>();
    good.put("HS256", claiming(CLAIMS));
    good.put("HS256 typed", hs256(SECRET, "{\"typ\":\"at+jwt\",\"alg\":\"HS256\"}", CLAIMS));
    good.put("HS384", hmac("HmacSHA384", SECRET.getBytes(UTF_8), "{\"alg\":\"HS384\"}", CLAIMS));
    good.put("HS512", hmac("HmacSHA512", SECRET.getBytes(UTF_8), "{\"alg\":\"HS512\"}", CLAIMS));
    good.put("RS256", signed("SHA256withRSA", TokenMint.RSA, head("RS256", "rsa"), CLAIMS));
    good.put("RS384", signed("SHA384withRSA", TokenMint.RSA, head("RS384", "rsa"), CLAIMS));
    good.put("RS512, no kid", signed("SHA512withRSA", TokenMint.RSA, "{\"alg\":\"RS512\"}", CLAIMS));
    good.put("ES256", signed("SHA256withECDSAinP1363Format", TokenMint.P256, head("ES256", "p256"), CLAIMS));
    good.put("ES384", signed("SHA384withECDSAinP1363Format", TokenMint.P384, head("ES384", "p384"), CLAIMS));
    good.put("ES512", signed("SHA512withECDSAinP1363Format", TokenMint.P521, head("ES512", "p521"), CLAIMS));
    good.put("EdDSA", signed("Ed25519", TokenMint.ED25519, head("EdDSA", "ed"), CLAIMS));
    good.put("audiences", claiming(with("aud", new JsonArray().add("other").add("hub"))));
    good.put("leeway after exp", claiming(with("exp", NOON.getEpochSecond() - 20)));
    good.put("leeway before nbf", claiming(with("nbf", NOON.getEpochSecond() + 20)));
    good.put("fraction", claiming(with("exp", NOON.getEpochSecond() + 0.5)));
    good.put("claims of others", claiming(with("realm", new JsonObject().put("roles", new JsonArray().add("x")))));
    good.put("no grants", claiming(without("carillon")));
    return good;
  }

  private static String head(String algorithm, String id) {
    return new JsonObject().put("alg", algorithm).put("kid", id).encode();
  }

  @Test
  void good_ofEveryAlgorithm_isSomebody() {
    knowAll();
    good().forEach((name, token) -> assertTrue(porter.identify(token).isPresent(), name));
  }

  @Test
  void good_says_whoMayDoWhatForHowLong() {
    knowAll();
    Principal principal = porter.identify(claiming(with("sub", "alice\r\n<b>"))).orElseThrow();
    assertEquals("alice???b?", principal.name());
    assertEquals(new Grants(List.of(new Selector("orders/**")), List.of()), principal.own());
    assertEquals(NOON.plusSeconds(630), principal.end(), "the leeway is in it");
    assertFalse(principal.isAnonymous());
    assertTrue(principal.mayPublish(List.of(new Topic("orders/1"))));
    assertFalse(principal.mayPublish(List.of(new Topic("orders/1"), new Topic("news"))), "each topic needs a grant");
    assertFalse(principal.maySubscribe(Selectors.of("orders/1")));
  }

  private static Map<String, String> forged() {
    byte[] publicPem = pem(TokenMint.RSA.getPublic()).getBytes(UTF_8);
    var stranger = TokenMint.pair("EC", "secp256r1");
    String mine = claiming(CLAIMS);
    String[] parts = mine.split("\\.");
    long soon = NOON.getEpochSecond() + 600;
    var forged = new TreeMap<String, String>();
    // No signature.
    forged.put("alg none, no signature", base64("{\"alg\":\"none\"}") + "." + base64(CLAIMS) + ".");
    forged.put("alg none, two parts", base64("{\"alg\":\"none\"}") + "." + base64(CLAIMS));
    forged.put("alg none, a signature", parts("{\"alg\":\"none\"}", CLAIMS, parts[2]));
    forged.put("alg None", parts("{\"alg\":\"None\"}", CLAIMS, parts[2]));
    forged.put("alg nOnE", parts("{\"alg\":\"nOnE\"}", CLAIMS, "AA"));
    forged.put("no alg", hs256(SECRET, "{}", CLAIMS));
    forged.put("alg null", hs256(SECRET, "{\"alg\":null}", CLAIMS));
    forged.put("alg a list", hs256(SECRET, "{\"alg\":[\"HS256\"]}", CLAIMS));
    forged.put("alg in lower case", hs256(SECRET, "{\"alg\":\"hs256\"}", CLAIMS));
    forged.put("alg unknown", hs256(SECRET, "{\"alg\":\"XS256\"}", CLAIMS));
    forged.put("alg of COSE", signed("SHA1withRSA", TokenMint.RSA, "{\"alg\":\"RS1\"}", CLAIMS));
    forged.put("signature empty", parts[0] + "." + parts[1] + ".");
    forged.put("signature missing", parts[0] + "." + parts[1]);
    forged.put("signature cut", mine.substring(0, mine.length() - 4));
    forged.put("signature of zeros", parts[0] + "." + parts[1] + "." + base64(new byte[32]));
    forged.put("signature longer", mine + "AAAA");
    forged.put("two signatures", mine + "." + parts[2]);
    forged.put("claims of another token", parts[0] + "." + base64(with("sub", "root")) + "." + parts[2]);
    // Another key, or a key used as another kind.
    forged.put("another secret", hs256("x".repeat(32), HS256, CLAIMS));
    forged.put("empty secret", hmac("HmacSHA256", new byte[1], HS256, CLAIMS));
    forged.put("public key as secret, PEM", hmac("HmacSHA256", publicPem, HS256, CLAIMS));
    forged.put("public key as secret, PEM, kid", hmac("HmacSHA256", publicPem, head("HS256", "rsa"), CLAIMS));
    forged.put(
        "public key as secret, DER", hmac("HmacSHA256", TokenMint.RSA.getPublic().getEncoded(), HS256, CLAIMS));
    forged.put("stranger's key", signed("SHA256withECDSAinP1363Format", stranger, head("ES256", "p256"), CLAIMS));
    forged.put("wrong kid", signed("SHA256withECDSAinP1363Format", TokenMint.P256, head("ES256", "other"), CLAIMS));
    forged.put("kid of another kind", signed("SHA256withRSA", TokenMint.RSA, head("RS256", "p256"), CLAIMS));
    forged.put("kid a path", hs256("x", head("HS256", "../../dev/null"), CLAIMS));
    forged.put("kid a number", hs256(SECRET, "{\"alg\":\"HS256\",\"kid\":1}", CLAIMS));
    forged.put("kid huge", hs256(SECRET, head("HS256", "k".repeat(300)), CLAIMS));
    forged.put("other curve", signed("SHA256withECDSAinP1363Format", TokenMint.P384, head("ES256", "p384"), CLAIMS));
    forged.put("ES256 of zeros", parts(head("ES256", "p256"), CLAIMS, base64(new byte[64])));
    forged.put("alg says RS, signed ES", signed(
        "SHA256withECDSAinP1363Format", TokenMint.P256, head("RS256", "rsa"), CLAIMS));
    forged.put("embedded jwk", signed(
        "SHA256withECDSAinP1363Format", stranger,
        new JsonObject().put("alg", "ES256").put("jwk", jwk("x", stranger.getPublic())).encode(), CLAIMS));
    forged.put("good, with a jwk", hs256(SECRET, "{\"alg\":\"HS256\",\"jwk\":{}}", CLAIMS));
    forged.put("jku", hs256(SECRET, "{\"alg\":\"HS256\",\"jku\":\"http://127.0.0.1:1/\"}", CLAIMS));
    forged.put("x5u", hs256(SECRET, "{\"alg\":\"HS256\",\"x5u\":\"http://127.0.0.1:1/\"}", CLAIMS));
    forged.put("x5c", signed(
        "SHA256withECDSAinP1363Format", stranger, "{\"alg\":\"ES256\",\"x5c\":[\"AAAA\"]}", CLAIMS));
    // What we do not understand.
    forged.put("crit", hs256(SECRET, "{\"alg\":\"HS256\",\"crit\":[\"exp\"]}", CLAIMS));
    forged.put("crit empty", hs256(SECRET, "{\"alg\":\"HS256\",\"crit\":[]}", CLAIMS));
    forged.put("b64", hs256(SECRET, "{\"alg\":\"HS256\",\"b64\":false,\"crit\":[\"b64\"]}", CLAIMS));
    forged.put("another type", hs256(SECRET, "{\"alg\":\"HS256\",\"typ\":\"secevent+jwt\"}", CLAIMS));
    forged.put("type a number", hs256(SECRET, "{\"alg\":\"HS256\",\"typ\":1}", CLAIMS));
    // Form.
    forged.put("alg twice", hs256(SECRET, "{\"alg\":\"none\",\"alg\":\"HS256\"}", CLAIMS));
    forged.put("exp twice", claiming("{\"exp\":1," + CLAIMS.substring(1)));
    forged.put("claim twice", claiming("{\"carillon\":{\"publish\":[\"**\"]}," + CLAIMS.substring(1)));
    forged.put("grants twice inside", claiming(CLAIMS.replace("{\"publish\"", "{\"publish\":[\"**\"],\"publish\"")));
    forged.put("claims a list", claiming("[" + CLAIMS + "]"));
    forged.put("claims text", claiming("\"" + soon + "\""));
    forged.put("claims null", claiming("null"));
    forged.put("claims empty", claiming(""));
    forged.put("claims and more", claiming(CLAIMS + "{}"));
    forged.put("claims not JSON", claiming(CLAIMS.substring(1)));
    forged.put("head a list", hs256(SECRET, "[" + HS256 + "]", CLAIMS));
    forged.put("head not JSON", hs256(SECRET, "alg=HS256", CLAIMS));
    forged.put("bomb of lists", claiming("[".repeat(2_000) + "]".repeat(2_000)));
    forged.put("bomb of objects", claiming(with("x", 1).replace("\"x\":1", "\"x\":" + "{\"a\":".repeat(100) + "1"
        + "}".repeat(100))));
    forged.put("bomb of a number", claiming(with("x", 1).replace("\"x\":1", "\"x\":1" + "0".repeat(3_000))));
    forged.put("exp a bomb", claiming(with("exp", 1).replace("\"exp\":1", "\"exp\":1e999999999")));
    forged.put("padding", mine + "=");
    forged.put("space before", " " + mine);
    forged.put("space inside", mine.replace(".", " ."));
    forged.put("standard base64", mine.replace(parts[2], "+/" + parts[2].substring(2)));
    forged.put("not UTF-8", parts[0] + "." + base64(new byte[] {'{', (byte) 0xff, '}'}) + "." + parts[2]);
    forged.put("UTF-16", parts[0] + "." + base64(CLAIMS.getBytes(StandardCharsets.UTF_16)) + "."
        + parts[2]);
    forged.put("dots", "..");
    forged.put("many dots", ".".repeat(5_000));
    forged.put("huge", claiming(with("x", "x".repeat(10_000))));
    forged.put("JSON serialization", new JsonObject().put("payload", parts[1]).put("signature", parts[2]).encode());
    forged.put("encrypted, five parts", mine + ".AA.AA");
    // Claims.
    forged.put("no exp", claiming(without("exp")));
    forged.put("expired", claiming(with("exp", NOON.getEpochSecond() - 31)));
    forged.put("exp text", claiming(with("exp", "" + soon)));
    forged.put("exp null", claiming(with("exp", null)));
    forged.put("exp true", claiming(with("exp", true)));
    forged.put("exp negative", claiming(with("exp", -1)));
    forged.put("exp beyond the calendar", claiming(with("exp", Long.MAX_VALUE)));
    forged.put("exp in milliseconds", claiming(with("exp", soon * 1_000)));
    forged.put("nbf in the future", claiming(with("nbf", NOON.getEpochSecond() + 31)));
    forged.put("nbf text", claiming(with("nbf", "0")));
    forged.put("iat in the future", claiming(with("iat", NOON.getEpochSecond() + 3_600)));
    forged.put("wrong iss", claiming(with("iss", "you")));
    forged.put("iss a list", claiming(with("iss", new JsonArray().add("me"))));
    forged.put("no iss", claiming(without("iss")));
    forged.put("wrong aud", claiming(with("aud", "hub2")));
    forged.put("aud an object", claiming(with("aud", new JsonObject().put("hub", "hub"))));
    forged.put("auds of others", claiming(with("aud", new JsonArray().add("a").add(1))));
    forged.put("no aud", claiming(without("aud")));
    forged.put("grants text", claiming(with("carillon", "**")));
    forged.put("grants a list", claiming(with("carillon", new JsonArray().add("**"))));
    forged.put("grant text", claiming(with("carillon", new JsonObject().put("publish", "**"))));
    forged.put("grant a number", claiming(with("carillon", new JsonObject().put("publish", new JsonArray().add(1)))));
    forged.put("grant no selector", claiming(
        with("carillon", new JsonObject().put("subscribe", new JsonArray().add("a/**/b")))));
    forged.put("too many grants", claiming(
        with("carillon", new JsonObject().put("subscribe", new JsonArray(Collections.nCopies(65, "a"))))));
    return forged;
  }

  @Test
  void forged_ofEveryKind_isNobody() {
    knowAll();
    assertTrue(porter.identify(claiming(CLAIMS)).isPresent(), "the test itself must be able to fail");
    Map<String, String> forged = forged();
    assertTrue(forged.size() > 80, "they are there: " + forged.size());
    assertEquals(List.of(), let(forged));
  }

  /** The names of those who are somebody. */
  private List<String> let(Map<String, String> tokens) {
    return tokens.keySet().stream().filter(name -> porter.identify(tokens.get(name)).isPresent()).toList();
  }

  /** The library takes unsigned tokens as long as it has no key. */
  @Test
  void noKeys_anyToken_isNobody() {
    assertEquals(List.of(), let(forged()));
    assertEquals(List.of(), let(good()));
  }

  /** Only a public key is known: what is signed with it as a secret must find no key at all. */
  @Test
  void onlyPublicKey_tokensWithItAsSecret_areNobody() {
    rights.replace(rights.options(), Keyring.of(List.of(), JwtKeys.ofPem("test", pem(TokenMint.RSA.getPublic()).getBytes(UTF_8))));
    assertTrue(porter.identify(signed("SHA256withRSA", TokenMint.RSA, head("RS256", "any"), CLAIMS)).isPresent());
    Map<String, String> forged = forged();
    forged.remove("kid of another kind"); // a PEM file has no id, so this one is good
    assertEquals(List.of(), let(forged));
  }

  /** Damages good tokens at random places. Whatever comes out is nobody, or (in unused bits) the same somebody. */
  @Test
  void damaged_atRandom_isNobody() {
    long seed = System.nanoTime();
    System.out.println("PorterTest.damaged seed " + seed);
    var random = new Random(seed);
    knowAll();
    String good = claiming(CLAIMS);
    Principal somebody = porter.identify(good).orElseThrow();
    for (int i = 0; i < 5_000; i++) {
      var damaged = new StringBuilder(good);
      for (int n = random.nextInt(3); n >= 0; n--) {
        int at = random.nextInt(damaged.length());
        switch (random.nextInt(3)) {
          case 0 -> damaged.setCharAt(at, (char) random.nextInt(0x80));
          case 1 -> damaged.deleteCharAt(at);
          default -> damaged.insert(at, good.charAt(random.nextInt(good.length())));
        }
      }
      Optional<Principal> found = porter.identify(damaged.toString());
      assertTrue(found.isEmpty() || found.get().equals(somebody), damaged.toString());
    }
  }

  @Test
  void remembered_isSomebodyOnlyUntilItsEndOrThatOfItsKey() {
    knowAll();
    String token = claiming(CLAIMS);
    Principal first = porter.identify(token).orElseThrow();
    assertSame(first, porter.identify(token).orElseThrow(), "no second signature is computed");
    now = NOON.plusSeconds(629);
    assertTrue(porter.identify(token).isPresent());
    now = NOON.plusSeconds(630);
    assertEquals(Optional.empty(), porter.identify(token));
    now = NOON;
    assertTrue(porter.identify(token).isPresent());
    rights.replace(rights.options(), Keyring.of(List.of(), JwtKeys.ofSecret("another secret of at least 32 bytes")));
    assertEquals(Optional.empty(), porter.identify(token));
  }

  @Test
  void unknownKeyId_asksForFreshKeys() {
    knowAll();
    assertFalse(rights.takeWantsFreshKeys());
    porter.identify(signed("SHA256withRSA", TokenMint.RSA, head("RS256", "new"), CLAIMS));
    assertTrue(rights.takeWantsFreshKeys());
    porter.identify(signed("SHA256withRSA", TokenMint.RSA, head("RS256", "rsa"), without("exp")));
    assertFalse(rights.takeWantsFreshKeys(), "a bad token by a known key is no reason");
  }

  @Test
  void apiKey_known_isItsHolderUntilItEndsOrIsGone() {
    AuthOptions keyed = options(new JsonObject().put("auth.keys", new JsonArray().add(new JsonObject()
        .put("name", "orders").put("publish", new JsonArray().add("orders/**"))
        .put("expires", NOON.plus(Duration.ofHours(1)).toString())
        .put("sha256", "2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b")))); // of "secret"
    var held = new Rights(keyed);
    held.replace(held.options(), Keyring.of(keyed.keys(), JwtKeys.NONE));
    var door = new Porter(VERTX, held, () -> now);
    Principal holder = door.identify("secret").orElseThrow();
    assertEquals("orders", holder.name());
    assertEquals(Optional.of(holder), held.current(holder));
    for (String other : List.of("", "Secret", "secret ", "secret\0", "2bb80d53", "x".repeat(20_000))) {
      assertEquals(Optional.empty(), door.identify(other), other);
    }
    assertFalse(holder.toString().contains("2bb80d53") || holder.toString().contains("secret"), holder.toString());
    now = NOON.plus(Duration.ofHours(1));
    assertEquals(Optional.empty(), door.identify("secret"));
    held.replace(held.options(), Keyring.EMPTY);
    assertEquals(Optional.empty(), held.current(holder));
  }
}
