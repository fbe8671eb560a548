package carillon.auth;

import carillon.config.InvalidConfigException;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.auth.PubSecKeyOptions;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The keys that tokens may be signed with, each with its algorithm. Immutable.
 *
 * <pre>
 *   shared secret    HS256; HS384 from 48 bytes on, HS512 from 64 (RFC 7518, section 3.2)
 *   RSA              RS256, RS384, RS512; 2048 to 8192 bits
 *   P-256, 384, 521  ES256, ES384, ES512, each with its own curve
 *   Ed25519          EdDSA
 * </pre>
 */
final class JwtKeys {

  static final JwtKeys NONE = new JwtKeys(List.of());

  private final List<JwtKey> keys;

  private JwtKeys(List<JwtKey> keys) {
    this.keys = List.copyOf(keys);
  }

  /**
   * One key for one algorithm.
   *
   * @param id what tokens call it; empty: nothing, so that any token may be meant
   * @param material a JWK, or else the text of a PEM file or a secret
   */
  record JwtKey(String algorithm, Optional<String> id, Object material) {

    /** All but what may be a secret. */
    @Override
    public String toString() {
      return algorithm + " " + id.orElse("without id");
    }
  }

  /** The secret shared with the issuer. */
  static JwtKeys ofSecret(String secret) {
    int bytes = secret.getBytes(StandardCharsets.UTF_8).length;
    var keys = new ArrayList<JwtKey>();
    for (int bits : new int[] {256, 384, 512}) {
      if (bytes >= bits / 8) {
        keys.add(new JwtKey("HS" + bits, Optional.empty(), secret));
      }
    }
    return new JwtKeys(keys);
  }

  /**
   * One public key or certificate.
   *
   * @throws InvalidConfigException if there is none, or one that is no good
   */
  static JwtKeys ofPem(String source, byte[] pem) {
    return new JwtKeys(PublicKeys.ofPem(source, pem));
  }

  /**
   * The keys of a JWK set (RFC 7517, section 5). What is for something else than signatures is left out.
   *
   * @throws InvalidConfigException if there is none, or one that is no good
   */
  static JwtKeys ofJwks(String source, byte[] json) {
    return new JwtKeys(PublicKeys.ofJwks(source, json));
  }

  JwtKeys and(JwtKeys others) {
    var all = new ArrayList<>(keys);
    all.addAll(others.keys);
    return new JwtKeys(all);
  }

  boolean isEmpty() {
    return keys.isEmpty();
  }

  /** Whether a token that says so of itself can be signed with one of them. */
  boolean mayKnow(String algorithm, Optional<String> id) {
    return keys.stream()
        .anyMatch(
            key ->
                key.algorithm().equals(algorithm) && (id.isEmpty() || key.id().isEmpty() || key.id().equals(id)));
  }

  /** Those that are no JWK, as the library wants them. */
  List<PubSecKeyOptions> pubSecKeys() {
    var options = new ArrayList<PubSecKeyOptions>();
    for (JwtKey key : keys) {
      if (key.material() instanceof String text) {
        options.add(new PubSecKeyOptions().setAlgorithm(key.algorithm()).setBuffer(text));
      }
    }
    return options;
  }

  /** Those that are a JWK. */
  List<JsonObject> jwks() {
    var jwks = new ArrayList<JsonObject>();
    for (JwtKey key : keys) {
      if (key.material() instanceof JsonObject jwk) {
        jwks.add(jwk.copy());
      }
    }
    return jwks;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof JwtKeys that && keys.equals(that.keys);
  }

  @Override
  public int hashCode() {
    return keys.hashCode();
  }

  /** How many; the keys may be secrets. */
  @Override
  public String toString() {
    return keys.size() + " keys";
  }
}
