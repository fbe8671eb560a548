package carillon.http;

import carillon.config.InvalidConfigException;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.net.KeyCertOptions;
import io.vertx.core.net.PemKeyCertOptions;
import java.io.ByteArrayInputStream;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import javax.net.ssl.KeyManager;
import javax.net.ssl.X509KeyManager;
import org.jspecify.annotations.Nullable;

/**
 * A certificate that the hub can show to clients, with those that lead to it and with its private key. Immutable.
 *
 * <p>One that exists is good: it can be read, has not ended, and its key is its own.
 */
final class Certificate {

  private final Buffer certificatePem;
  private final Buffer keyPem;
  private final X509Certificate own;

  private Certificate(Buffer certificatePem, Buffer keyPem, X509Certificate own) {
    this.certificatePem = certificatePem;
    this.keyPem = keyPem;
    this.own = own;
  }

  /**
   * Reads both files' contents. Takes some milliseconds of computing, so not on an event loop.
   *
   * @param now the wall clock
   * @throws InvalidConfigException with a sentence that begins with the setting
   */
  static Certificate read(Vertx vertx, Buffer certificatePem, Buffer keyPem, Instant now) {
    X509Certificate own = certificates(certificatePem).get(0);
    if (now.isAfter(own.getNotAfter().toInstant())) {
      throw refused("http.tlsCertificate: the certificate has ended at " + own.getNotAfter().toInstant(), null);
    }
    if (now.isBefore(own.getNotBefore().toInstant())) {
      throw refused("http.tlsCertificate: the certificate begins only at " + own.getNotBefore().toInstant(), null);
    }
    var read = new Certificate(certificatePem.copy(), keyPem.copy(), own);
    requireOwn(read.privateKey(vertx), own.getPublicKey());
    return read;
  }

  /** What the server is set up with. */
  KeyCertOptions options() {
    return new PemKeyCertOptions().setCertValue(certificatePem).setKeyValue(keyPem);
  }

  /** Whether it was read from these contents. */
  boolean isOf(Buffer certificate, Buffer key) {
    return certificatePem.equals(certificate) && keyPem.equals(key);
  }

  /** Whose it is and until when, for the log. */
  @Override
  public String toString() {
    return own.getSubjectX500Principal() + ", until " + own.getNotAfter().toInstant();
  }

  private static List<X509Certificate> certificates(Buffer pem) {
    try {
      var in = new ByteArrayInputStream(pem.getBytes());
      var all =
          CertificateFactory.getInstance("X.509").generateCertificates(in).stream()
              .map(X509Certificate.class::cast)
              .toList();
      if (!all.isEmpty()) {
        return all;
      }
    } catch (CertificateException e) {
      throw refused("http.tlsCertificate: expected certificates in PEM, got what cannot be read as such", e);
    }
    throw refused("http.tlsCertificate: expected certificates in PEM, got none", null);
  }

  /** As the server will read it. */
  private PrivateKey privateKey(Vertx vertx) {
    Exception cause = null;
    try {
      for (KeyManager manager : options().getKeyManagerFactory(vertx).getKeyManagers()) {
        if (manager instanceof X509KeyManager keys) {
          String[] aliases = keys.getServerAliases(own.getPublicKey().getAlgorithm(), null);
          for (String alias : aliases == null ? new String[0] : aliases) {
            return Objects.requireNonNull(keys.getPrivateKey(alias));
          }
        }
      }
    } catch (Exception e) { // whatever it is that a reader of keys finds wrong: its declaration says no more
      cause = e;
    }
    throw refused(
        "http.tlsKey: expected a private key in PEM, without a password, for a certificate of "
            + own.getPublicKey().getAlgorithm()
            + ", got what cannot be read as such",
        cause);
  }

  /** Keys belong together when one knows what the other has signed. */
  private static void requireOwn(PrivateKey key, PublicKey certified) {
    try {
      Signature signature = Signature.getInstance(algorithm(certified));
      byte[] something = {1, 2, 3};
      signature.initSign(key);
      signature.update(something);
      byte[] signed = signature.sign();
      signature.initVerify(certified);
      signature.update(something);
      if (signature.verify(signed)) {
        return;
      }
    } catch (GeneralSecurityException e) {
      throw refused("http.tlsKey: the key does not belong to the first certificate of http.tlsCertificate", e);
    }
    throw refused("http.tlsKey: the key does not belong to the first certificate of http.tlsCertificate", null);
  }

  private static String algorithm(PublicKey key) {
    return switch (key.getAlgorithm()) {
      case "RSA" -> "SHA256withRSA";
      case "EC" -> "SHA256withECDSA";
      case "EdDSA", "Ed25519" -> "Ed25519";
      default ->
          throw refused("http.tlsCertificate: expected an RSA, EC or Ed25519 key, got " + key.getAlgorithm(), null);
    };
  }

  /** What the cause says may be a piece of the key, so nobody is told. */
  private static InvalidConfigException refused(String sentence, @Nullable Exception cause) {
    var refused = new InvalidConfigException(List.of(sentence));
    if (cause != null) {
      refused.addSuppressed(new CertificateException(cause.getClass().getName()));
    }
    return refused;
  }
}
