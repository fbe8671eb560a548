package carillon.auth;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * What stands for a token wherever it is remembered: its SHA-256. A key has so much chance in it that no salt or slow
 * hash is needed. Immutable.
 *
 * <p>Two digests are compared in constant time. Looking one up tells at most how it begins, which says nothing about
 * the token and is not for a client to choose.
 */
public final class KeyDigest {

  private final byte[] sha256;

  private KeyDigest(byte[] sha256) {
    this.sha256 = sha256;
  }

  /** The digest of {@code token}. */
  static KeyDigest of(String token) {
    try {
      return new KeyDigest(MessageDigest.getInstance("SHA-256").digest(token.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every Java platform has SHA-256", e);
    }
  }

  /** The digest that {@code hex} spells. */
  static KeyDigest ofHex(String hex) {
    return new KeyDigest(HexFormat.of().parseHex(hex));
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof KeyDigest that && MessageDigest.isEqual(sha256, that.sha256);
  }

  @Override
  public int hashCode() {
    return sha256[0] << 24 | (sha256[1] & 0xff) << 16 | (sha256[2] & 0xff) << 8 | (sha256[3] & 0xff);
  }

  /** Nothing of the digest: it may end up in a log. */
  @Override
  public String toString() {
    return "(hidden)";
  }
}
