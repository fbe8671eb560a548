package carillon.auth;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PublicKey;
import java.security.Signature;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.EdECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.ECGenParameterSpec;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** Makes tokens, good ones and any others, with nothing but the platform: the library under test takes no part. */
public final class TokenMint {

  /** What the hub shares with the mint. */
  public static final String SECRET = "0123456789abcdef0123456789abcdef-and-enough-for-HS512-with-64-bytes";

  /** An RSA key of 2048 bits. */
  public static final KeyPair RSA = pair("RSA", 2_048);
  /** A key on P-256. */
  public static final KeyPair P256 = pair("EC", "secp256r1");
  static final KeyPair P384 = pair("EC", "secp384r1");
  static final KeyPair P521 = pair("EC", "secp521r1");
  static final KeyPair ED25519 = pair("Ed25519", 0);

  private TokenMint() {}

  /** A good one, signed with {@link #SECRET}. */
  public static String token(JsonObject claims) {
    return hs256(SECRET, "{\"alg\":\"HS256\",\"typ\":\"JWT\"}", claims.encode());
  }

  /** Claims that are good until {@code end}. */
  public static JsonObject claims(Instant end, String grant, String... selectors) {
    return new JsonObject()
        .put("exp", end.getEpochSecond())
        .put("carillon", new JsonObject().put(grant, new JsonArray(Arrays.asList(selectors))));
  }

  /** Any head and claims, signed with any secret. */
  public static String hs256(String secret, String head, String claims) {
    return hmac("HmacSHA256", secret.getBytes(UTF_8), head, claims);
  }

  /** The same with any HMAC. */
  public static String hmac(String name, byte[] secret, String head, String claims) {
    String input = base64(head) + "." + base64(claims);
    try {
      Mac mac = Mac.getInstance(name);
      mac.init(new SecretKeySpec(secret, name));
      return input + "." + base64(mac.doFinal(input.getBytes(UTF_8)));
    } catch (GeneralSecurityException e) {
      throw new AssertionError(e);
    }
  }

  /** @param name as the platform calls the algorithm, such as SHA256withECDSAinP1363Format */
  public static String signed(String name, KeyPair pair, String head, String claims) {
    String input = base64(head) + "." + base64(claims);
    try {
      Signature signature = Signature.getInstance(name);
      signature.initSign(pair.getPrivate());
      signature.update(input.getBytes(UTF_8));
      return input + "." + base64(signature.sign());
    } catch (GeneralSecurityException e) {
      throw new AssertionError(e);
    }
  }

  /** Any parts, encoded. */
  public static String parts(String head, String claims, String signature) {
    return base64(head) + "." + base64(claims) + "." + signature;
  }

  /** As tokens have it: base64url without padding. */
  public static String base64(String text) {
    return base64(text.getBytes(UTF_8));
  }

  /** As tokens have it: base64url without padding. */
  public static String base64(byte[] bytes) {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }

  static String pem(String kind, byte[] der) {
    return "-----BEGIN " + kind + "-----\n" + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der)
        + "\n-----END " + kind + "-----\n";
  }

  /** A public key as a PEM file. */
  public static String pem(PublicKey key) {
    return pem("PUBLIC KEY", key.getEncoded());
  }

  /** The JWK of a public key. */
  public static JsonObject jwk(String id, PublicKey key) {
    var jwk = new JsonObject().put("kid", id);
    if (key instanceof RSAPublicKey rsa) {
      return jwk.put("kty", "RSA").put("n", number(rsa.getModulus(), 0)).put("e", number(rsa.getPublicExponent(), 0));
    }
    if (key instanceof ECPublicKey ec) {
      int bits = ec.getParams().getCurve().getField().getFieldSize();
      return jwk.put("kty", "EC").put("crv", "P-" + bits)
          .put("x", number(ec.getW().getAffineX(), (bits + 7) / 8))
          .put("y", number(ec.getW().getAffineY(), (bits + 7) / 8));
    }
    byte[] spki = ((EdECPublicKey) key).getEncoded();
    return jwk.put("kty", "OKP").put("crv", "Ed25519")
        .put("x", base64(Arrays.copyOfRange(spki, spki.length - 32, spki.length)));
  }

  static String jwks(JsonObject... keys) {
    return new JsonObject().put("keys", new JsonArray(Arrays.asList(keys))).encode();
  }

  private static String number(BigInteger value, int length) {
    byte[] bytes = value.toByteArray();
    int from = bytes[0] == 0 ? 1 : 0;
    byte[] fitted = new byte[Math.max(length, bytes.length - from)];
    System.arraycopy(bytes, from, fitted, fitted.length - (bytes.length - from), bytes.length - from);
    return base64(fitted);
  }

  /** A fresh pair. */
  public static KeyPair pair(String kind, int bits) {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance(kind);
      if (bits > 0) {
        generator.initialize(bits);
      }
      return generator.generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new AssertionError(e);
    }
  }

  static KeyPair pair(String kind, String curve) {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance(kind);
      generator.initialize(new ECGenParameterSpec(curve));
      return generator.generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new AssertionError(e);
    }
  }
}
