package carillon.auth;

import static carillon.auth.TokenMint.jwk;
import static carillon.auth.TokenMint.jwks;
import static carillon.auth.TokenMint.pem;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import carillon.config.InvalidConfigException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.security.KeyPair;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** Which keys are taken, and for which algorithms each. */
class JwtKeysTest {

  private static String algorithms(JwtKeys keys) {
    var found = new TreeSet<String>();
    for (String algorithm : TokenText.ALGORITHMS) {
      if (keys.mayKnow(algorithm, Optional.empty())) {
        found.add(algorithm);
      }
    }
    return String.join(" ", found);
  }

  private static JwtKeys pemOf(KeyPair pair) {
    return JwtKeys.ofPem("k.pem", pem(pair.getPublic()).getBytes(UTF_8));
  }

  private static void assertRefused(Runnable reading, String expected) {
    String message = assertThrows(InvalidConfigException.class, reading::run).getMessage();
    assertTrue(message.contains(expected), message);
  }

  private static void assertRefusedSet(String json, String expected) {
    assertRefused(() -> JwtKeys.ofJwks("set", json.getBytes(UTF_8)), expected);
  }

  @Test
  void secret_asLongAsTheHash_isForThatHash() {
    assertEquals("HS256", algorithms(JwtKeys.ofSecret("s".repeat(47))));
    assertEquals("HS256 HS384", algorithms(JwtKeys.ofSecret("s".repeat(63))));
    assertEquals("HS256 HS384 HS512", algorithms(JwtKeys.ofSecret("s".repeat(64))));
    assertFalse(JwtKeys.ofSecret("s".repeat(64)).toString().contains("sss"));
  }

  @Test
  void pem_eachKind_isForItsAlgorithms() {
    assertEquals("RS256 RS384 RS512", algorithms(pemOf(TokenMint.RSA)));
    assertEquals("ES256", algorithms(pemOf(TokenMint.P256)));
    assertEquals("ES384", algorithms(pemOf(TokenMint.P384)));
    assertEquals("ES512", algorithms(pemOf(TokenMint.P521)));
    assertEquals("EdDSA", algorithms(pemOf(TokenMint.ED25519)));
    assertTrue(pemOf(TokenMint.RSA).mayKnow("RS256", Optional.of("any")), "a PEM file has no id");
  }

  @Test
  void pem_noGoodPublicKey_isRefused() {
    assertRefused(() -> pemOf(TokenMint.pair("RSA", 1_024)), "2048");
    assertRefused(() -> pemOf(TokenMint.pair("Ed448", 0)), "expected a key of RSA");
    assertRefused(() -> pemOf(TokenMint.pair("X25519", 0)), "expected a key of RSA");
    String secret = pem("PRIVATE KEY", TokenMint.RSA.getPrivate().getEncoded());
    String twice = pem(TokenMint.RSA.getPublic()) + pem(TokenMint.RSA.getPublic());
    String noKey = pem("PUBLIC KEY", new byte[20]);
    String noCertificate = pem("CERTIFICATE", new byte[9]);
    for (String text : List.of("", "x", secret, twice, noKey, noCertificate)) {
      assertRefused(() -> JwtKeys.ofPem("k.pem", text.getBytes(UTF_8)), "k.pem: expected");
    }
  }

  @Test
  void jwks_eachKind_isForItsAlgorithmsAndItsId() {
    JwtKeys keys =
        JwtKeys.ofJwks(
            "set",
            jwks(
                    jwk("a", TokenMint.RSA.getPublic()).put("alg", "RS384").put("use", "sig"),
                    jwk("b", TokenMint.P256.getPublic()).put("x5c", new JsonArray().add("AAAA")),
                    jwk("c", TokenMint.ED25519.getPublic()).put("key_ops", new JsonArray().add("verify")))
                .getBytes(UTF_8));
    assertEquals("ES256 EdDSA RS384", algorithms(keys));
    assertTrue(keys.mayKnow("RS384", Optional.of("a")));
    assertFalse(keys.mayKnow("RS384", Optional.of("b")));
    assertFalse(keys.mayKnow("ES256", Optional.of("x")));
    assertTrue(keys.jwks().stream().noneMatch(jwk -> jwk.containsKey("x5c")), "the library would believe it");
  }

  @Test
  void jwks_keysForSomethingElse_areLeftOut() {
    KeyPair rsa = TokenMint.RSA;
    JwtKeys keys =
        JwtKeys.ofJwks(
            "set",
            jwks(
                    jwk("a", rsa.getPublic()).put("use", "enc"),
                    jwk("b", rsa.getPublic()).put("alg", "RSA-OAEP"),
                    jwk("c", rsa.getPublic()).put("key_ops", new JsonArray().add("encrypt")),
                    jwk("d", TokenMint.P256.getPublic()).put("crv", "secp256k1"),
                    jwk("e", TokenMint.P256.getPublic()).put("alg", "ES384"),
                    new JsonObject().put("kty", "new"),
                    jwk("f", TokenMint.P384.getPublic()))
                .getBytes(UTF_8));
    assertEquals("ES384", algorithms(keys));
  }

  @Test
  void jwks_noGood_isRefusedAsAWhole() {
    JsonObject good = jwk("a", TokenMint.RSA.getPublic());
    assertRefusedSet("", "expected a JWK set");
    assertRefusedSet("[]", "expected a JWK set");
    assertRefusedSet("{}", "expected a JWK set");
    assertRefusedSet("{\"keys\":{}}", "expected a JWK set");
    assertRefusedSet("{\"keys\":[]}", "expected at least one key");
    assertRefusedSet("{\"keys\":[1]}", "expected an object");
    assertRefusedSet(jwks(good, good), "kid of its own");
    assertRefusedSet(jwks(good, new JsonObject().put("kty", "oct").put("k", "AAAA")), "got a secret");
    assertRefusedSet(jwks(jwk("a", TokenMint.pair("RSA", 1_024).getPublic())), "2048");
    assertRefusedSet(jwks(good.copy().put("n", "#")), "RFC 7517");
    assertRefusedSet(jwks(good.copy().put("n", 5)), "RFC 7517");
    assertRefusedSet(jwks(jwk("a", TokenMint.P256.getPublic()).put("y", "")), "expected y");
    assertRefusedSet(
        new JsonObject().put("keys", new JsonArray(Collections.nCopies(33, good))).encode(), "at most 32");
  }

  @Test
  void pemSent_asJwks_isRefused() {
    assertRefusedSet(pem(TokenMint.RSA.getPublic()), "expected a JWK set");
  }
}
