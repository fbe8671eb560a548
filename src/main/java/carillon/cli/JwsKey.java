package carillon.cli;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.KeyFactory;
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.CertificateFactory;
import java.security.interfaces.ECKey;
import java.security.interfaces.EdECKey;
import java.security.interfaces.RSAKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * A key that signs tokens or checks them, read from a file (RFC 7518, section 3). What kind of key it is decides which
 * algorithms it can be used for, never the token: a public key is no secret. Immutable.
 *
 * <pre>
 *   PEM PRIVATE KEY                signs      RSA from 2048 bits: RS256, RS384, RS512
 *   PEM PUBLIC KEY, CERTIFICATE    checks     P-256, P-384, P-521: ES256, ES384, ES512
 *                                             Ed25519: EdDSA
 *   any other text                 both       from 32 bytes: HS256, from 48: HS384, from 64: HS512
 * </pre>
 */
final class JwsKey {

  private static final int RSA_BITS_MIN = 2_048;

  private static final Map<Integer, String> CURVES = Map.of(256, "ES256", 384, "ES384", 521, "ES512");

  private static final Pattern PEM =
      Pattern.compile("\\s*-----BEGIN ([A-Z0-9 ]+)-----([A-Za-z0-9+/=\\s]+)-----END \\1-----\\s*");

  private final Key key;
  private final List<String> algorithms;

  private JwsKey(Key key, List<String> algorithms) {
    this.key = key;
    this.algorithms = algorithms;
  }

  /** @throws IllegalArgumentException if it holds no good key; the message says nothing of what it holds */
  static JwsKey read(byte[] file) {
    String text = new String(file, StandardCharsets.ISO_8859_1);
    if (!text.contains("-----BEGIN")) {
      return ofSecret(text.replaceFirst("\\R\\z", "").getBytes(StandardCharsets.ISO_8859_1));
    }
    Matcher pem = PEM.matcher(text);
    if (!pem.matches()) {
      throw new IllegalArgumentException("expected one key in PEM");
    }
    try {
      byte[] der = Base64.getMimeDecoder().decode(pem.group(2));
      Key key =
          switch (pem.group(1)) {
            case "PRIVATE KEY" -> privateKey(der);
            case "PUBLIC KEY" -> publicKey(der);
            case "CERTIFICATE" ->
                CertificateFactory.getInstance("X.509")
                    .generateCertificate(new ByteArrayInputStream(der))
                    .getPublicKey();
            default ->
                throw new IllegalArgumentException(
                    "expected a PRIVATE KEY (PKCS #8, not encrypted), a PUBLIC KEY or a CERTIFICATE, got another kind;"
                        + " openssl pkcs8 -topk8 -nocrypt makes a PRIVATE KEY of most");
          };
      return new JwsKey(key, algorithms(key));
    } catch (GeneralSecurityException e) {
      throw new IllegalArgumentException("expected a key of RSA, P-256, P-384, P-521 or Ed25519", e);
    }
  }

  private static JwsKey ofSecret(byte[] secret) {
    List<String> algorithms =
        List.of(256, 384, 512).stream().filter(bits -> secret.length >= bits / 8).map(bits -> "HS" + bits).toList();
    if (algorithms.isEmpty()) {
      throw new IllegalArgumentException("expected a secret of at least 32 bytes");
    }
    return new JwsKey(new SecretKeySpec(secret, "HMAC"), algorithms);
  }

  private static PrivateKey privateKey(byte[] der) throws GeneralSecurityException {
    GeneralSecurityException last = new GeneralSecurityException("no kind of key");
    for (String kind : List.of("RSA", "EC", "Ed25519")) {
      try {
        return KeyFactory.getInstance(kind).generatePrivate(new PKCS8EncodedKeySpec(der));
      } catch (GeneralSecurityException e) {
        last = e;
      }
    }
    throw last;
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

  private static List<String> algorithms(Key key) throws GeneralSecurityException {
    if (key instanceof RSAKey rsa && rsa.getModulus().bitLength() >= RSA_BITS_MIN) {
      return List.of("RS256", "RS384", "RS512");
    }
    if (key instanceof ECKey ec) {
      int bits = ec.getParams().getCurve().getField().getFieldSize();
      String algorithm = CURVES.get(bits);
      if (algorithm != null) {
        return List.of(algorithm);
      }
    }
    if (key instanceof EdECKey) {
      return List.of("EdDSA");
    }
    throw new GeneralSecurityException("not for tokens");
  }

  /** What it can be used for, the usual one first. */
  List<String> algorithms() {
    return algorithms;
  }

  /** Whether it can sign. */
  boolean canSign() {
    return !(key instanceof PublicKey);
  }

  /** Whether it can check. */
  boolean canVerify() {
    return !(key instanceof PrivateKey);
  }

  /** The signature of {@code input}; only if {@link #canSign} and with one of {@link #algorithms}. */
  byte[] sign(String algorithm, String input) {
    byte[] bytes = input.getBytes(StandardCharsets.US_ASCII);
    try {
      if (algorithm.startsWith("HS")) {
        return mac(algorithm, bytes);
      }
      Signature signature = Signature.getInstance(platformName(algorithm));
      signature.initSign((PrivateKey) key);
      signature.update(bytes);
      return signature.sign();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Whether {@code signed} is the signature of {@code input}; {@code false} for another key's algorithm. */
  boolean verifies(String algorithm, String input, byte[] signed) {
    if (!algorithms.contains(algorithm) || !canVerify()) {
      return false;
    }
    byte[] bytes = input.getBytes(StandardCharsets.US_ASCII);
    try {
      if (algorithm.startsWith("HS")) {
        return MessageDigest.isEqual(mac(algorithm, bytes), signed);
      }
      Signature signature = Signature.getInstance(platformName(algorithm));
      signature.initVerify((PublicKey) key);
      signature.update(bytes);
      return signature.verify(Arrays.copyOf(signed, signed.length));
    } catch (GeneralSecurityException e) {
      return false; // a signature that cannot even be read
    }
  }

  private byte[] mac(String algorithm, byte[] bytes) throws GeneralSecurityException {
    Mac mac = Mac.getInstance("HmacSHA" + algorithm.substring(2));
    mac.init(key);
    return mac.doFinal(bytes);
  }

  private static String platformName(String algorithm) {
    return switch (algorithm.substring(0, 2)) {
      case "RS" -> "SHA" + algorithm.substring(2) + "withRSA";
      case "ES" -> "SHA" + algorithm.substring(2) + "withECDSAinP1363Format";
      default -> "Ed25519";
    };
  }

  /** All but what may be a secret. */
  @Override
  public String toString() {
    return "key for " + algorithms;
  }
}
