package carillon.auth;

import carillon.auth.JwtKeys.JwtKey;
import carillon.config.InvalidConfigException;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.ByteArrayInputStream;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.AlgorithmParameters;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.cert.CertificateFactory;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.EdECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.ECParameterSpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads public keys and binds each to what it may be used for. Any thread.
 *
 * <p>A set that holds what must never be public, or a key that is no good, is refused as a whole: it is not the set
 * that somebody meant to give us.
 */
final class PublicKeys {

  /** More keys would make a token that names none of them expensive. */
  private static final int COUNT_MAX = 32;

  private static final int RSA_BITS_MIN = 2_048;
  private static final int RSA_BITS_MAX = 8_192;

  private static final List<String> RSA = List.of("RS256", "RS384", "RS512");
  private static final Map<String, String> CURVES = Map.of("P-256", "ES256", "P-384", "ES384", "P-521", "ES512");

  /** What the platform calls them. Curves of one size are not one curve. */
  private static final Map<String, String> CURVE_NAMES =
      Map.of("ES256", "secp256r1", "ES384", "secp384r1", "ES512", "secp521r1");

  /** What of a JWK goes to the library. Not its certificates, which it would believe more than the key. */
  private static final List<String> MEMBERS = List.of("kty", "kid", "n", "e", "crv", "x", "y");

  private static final Pattern PEM =
      Pattern.compile("\\s*-----BEGIN ([A-Z ]+)-----([A-Za-z0-9+/=\\s]+)-----END \\1-----\\s*");

  private PublicKeys() {}

  static List<JwtKey> ofPem(String source, byte[] bytes) {
    Matcher pem = PEM.matcher(new String(bytes, StandardCharsets.ISO_8859_1));
    if (!pem.matches() || !Set.of("PUBLIC KEY", "CERTIFICATE").contains(pem.group(1))) {
      throw refused(source, "expected one PUBLIC KEY or CERTIFICATE in PEM");
    }
    PublicKey key;
    try {
      byte[] der = Base64.getMimeDecoder().decode(pem.group(2));
      key =
          pem.group(1).equals("CERTIFICATE")
              ? CertificateFactory.getInstance("X.509")
                  .generateCertificate(new ByteArrayInputStream(der))
                  .getPublicKey()
              : publicKey(der);
    } catch (GeneralSecurityException | IllegalArgumentException e) {
      throw refused(source, "expected a key of RSA, P-256, P-384, P-521 or Ed25519");
    }
    String text =
        "-----BEGIN PUBLIC KEY-----\n"
            + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(key.getEncoded())
            + "\n-----END PUBLIC KEY-----\n";
    return algorithms(source, key).stream()
        .map(algorithm -> new JwtKey(algorithm, Optional.empty(), text))
        .toList();
  }

  private static PublicKey publicKey(byte[] der) throws GeneralSecurityException {
    GeneralSecurityException last = new GeneralSecurityException("no kind of key");
    for (String kind : List.of("RSA", "EC", "Ed25519")) {
      try {
        return KeyFactory.getInstance(kind).generatePublic(new X509EncodedKeySpec(der));
      } catch (GeneralSecurityException e) {
        last = e;
      }
    }
    throw last;
  }

  private static List<String> algorithms(String source, PublicKey key) {
    if (key instanceof RSAPublicKey rsa) {
      requireGoodRsa(source, rsa.getModulus());
      return RSA;
    }
    if (key instanceof ECPublicKey ec) {
      for (String algorithm : CURVES.values()) {
        if (isOn(ec, CURVE_NAMES.getOrDefault(algorithm, ""))) {
          return List.of(algorithm);
        }
      }
    }
    if (key instanceof EdECPublicKey edwards && edwards.getParams().getName().equals("Ed25519")) {
      return List.of("EdDSA");
    }
    throw refused(source, "expected a key of RSA, P-256, P-384, P-521 or Ed25519");
  }

  private static boolean isOn(ECPublicKey key, String curve) {
    try {
      AlgorithmParameters parameters = AlgorithmParameters.getInstance("EC");
      parameters.init(new ECGenParameterSpec(curve));
      return key.getParams().getCurve().equals(parameters.getParameterSpec(ECParameterSpec.class).getCurve());
    } catch (GeneralSecurityException e) {
      return false; // a platform without it
    }
  }

  static List<JwtKey> ofJwks(String source, byte[] json) {
    JsonArray set;
    try {
      set = new JsonObject(new String(json, StandardCharsets.UTF_8)).getJsonArray("keys");
    } catch (DecodeException | ClassCastException e) {
      set = null;
    }
    if (set == null || set.size() > COUNT_MAX) {
      throw refused(source, "expected a JWK set, an object with keys, at most " + COUNT_MAX + " of them");
    }
    var keys = new ArrayList<JwtKey>();
    Set<String> ids = new HashSet<>();
    for (int i = 0; i < set.size(); i++) {
      String place = source + ": keys[" + i + "]";
      if (!(set.getValue(i) instanceof JsonObject jwk)) {
        throw refused(place, "expected an object");
      }
      try {
        List<JwtKey> found = ofJwk(place, jwk);
        if (!found.isEmpty() && jwk.getString("kid") != null && !ids.add(jwk.getString("kid"))) {
          throw refused(place, "expected a kid of its own");
        }
        keys.addAll(found);
      } catch (ClassCastException | IllegalArgumentException e) {
        throw e instanceof InvalidConfigException ? e : refused(place, "expected a key as RFC 7517 writes it");
      }
    }
    if (keys.isEmpty()) {
      throw refused(source, "expected at least one key that tokens are signed with");
    }
    return keys;
  }

  private static List<JwtKey> ofJwk(String place, JsonObject jwk) {
    String kind = jwk.getString("kty", "");
    if (kind.equals("oct")) {
      throw refused(place, "expected public keys, got a secret");
    }
    boolean isForSignatures =
        jwk.getString("use", "sig").equals("sig")
            && jwk.getJsonArray("key_ops", new JsonArray().add("verify")).contains("verify");
    List<String> algorithms = isForSignatures ? algorithms(kind, jwk.getString("crv", "")) : List.of();
    String only = jwk.getString("alg");
    if (only != null) {
      algorithms = algorithms.stream().filter(only::equals).toList();
    }
    if (algorithms.isEmpty()) {
      return List.of();
    }
    if (kind.equals("RSA")) {
      requireGoodRsa(place, new BigInteger(1, Base64.getUrlDecoder().decode(jwk.getString("n", ""))));
    }
    var keys = new ArrayList<JwtKey>();
    for (String algorithm : algorithms) {
      var clean = new JsonObject().put("alg", algorithm).put("use", "sig");
      for (String member : MEMBERS) {
        if (jwk.containsKey(member)) {
          clean.put(member, jwk.getString(member));
        }
      }
      requireKnownToTheLibrary(place, clean);
      keys.add(new JwtKey(algorithm, Optional.ofNullable(jwk.getString("kid")), clean));
    }
    return keys;
  }

  private static List<String> algorithms(String kind, String curve) {
    return switch (kind) {
      case "RSA" -> RSA;
      case "EC" -> Optional.ofNullable(CURVES.get(curve)).map(List::of).orElse(List.of());
      case "OKP" -> curve.equals("Ed25519") ? List.of("EdDSA") : List.of();
      default -> List.of();
    };
  }

  /** The library leaves out what it cannot read, with a warning; we want to know before. */
  private static void requireKnownToTheLibrary(String place, JsonObject jwk) {
    List<String> wanted =
        switch (jwk.getString("kty")) {
          case "RSA" -> List.of("n", "e");
          case "EC" -> List.of("x", "y");
          default -> List.of("x");
        };
    for (String member : wanted) {
      if (jwk.getString(member, "").isEmpty() || Base64.getUrlDecoder().decode(jwk.getString(member)).length == 0) {
        throw refused(place, "expected " + member);
      }
    }
  }

  private static void requireGoodRsa(String place, BigInteger modulus) {
    if (modulus.bitLength() < RSA_BITS_MIN || modulus.bitLength() > RSA_BITS_MAX) {
      String expected = "expected an RSA key of " + RSA_BITS_MIN + " to " + RSA_BITS_MAX + " bits, got ";
      throw refused(place, expected + modulus.bitLength());
    }
  }

  private static InvalidConfigException refused(String place, String problem) {
    return new InvalidConfigException(List.of(place + ": " + problem));
  }
}
