package carillon.log;

import carillon.event.Draft;
import carillon.event.Payload;
import carillon.event.Topic;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What a draft says, in 32 bytes: equal exactly when {@link Draft#hasContentOf} holds. Remembered beside a key in place
 * of the content, so that a window of keys stays small whatever the payloads weigh. Immutable.
 *
 * <p>SHA-256 (FIPS 180-4) over topics, type, data, ttl and retry, each preceded by its length, so that no two contents
 * share an encoding. That it is private stands behind them only if it is: the digests of keys that were stored
 * before there were private events still hold.
 */
final class ContentDigest {

  /** Length in bytes. */
  static final int BYTES = 32;

  private static final int CHUNK_BYTES = 8_192;

  private final byte[] sha256;

  private ContentDigest(byte[] sha256) {
    this.sha256 = sha256;
  }

  /** The digest of everything in {@code draft} but its key. */
  static ContentDigest of(Draft draft) {
    MessageDigest sha = sha256();
    number(sha, draft.topics().size());
    for (Topic topic : draft.topics()) {
      text(sha, topic.name());
    }
    text(sha, draft.type() == null ? null : draft.type().name());
    duration(sha, draft.ttl());
    duration(sha, draft.retry());
    payload(sha, draft.data());
    if (draft.isPrivate()) {
      number(sha, 1);
    }
    return new ContentDigest(sha.digest());
  }

  /**
   * Takes over what {@link #toBytes()} gave.
   *
   * @throws IllegalArgumentException if that is not {@value #BYTES} bytes long
   */
  static ContentDigest ofBytes(byte[] sha256) {
    if (sha256.length != BYTES) {
      throw new IllegalArgumentException("digest: expected " + BYTES + " bytes, got " + sha256.length);
    }
    return new ContentDigest(sha256.clone());
  }

  /** A copy of the bytes. */
  byte[] toBytes() {
    return sha256.clone();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof ContentDigest that && Arrays.equals(sha256, that.sha256);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(sha256);
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every Java platform has SHA-256", e);
    }
  }

  private static void text(MessageDigest sha, @Nullable String text) {
    if (text == null) {
      number(sha, -1);
      return;
    }
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    number(sha, utf8.length);
    sha.update(utf8);
  }

  private static void duration(MessageDigest sha, @Nullable Duration duration) {
    number(sha, duration == null ? -1 : duration.getSeconds());
    number(sha, duration == null ? -1 : duration.getNano());
  }

  private static void payload(MessageDigest sha, Payload data) {
    number(sha, data.size());
    var chunk = new byte[Math.min(CHUNK_BYTES, data.size())];
    for (int at = 0; at < data.size(); at += chunk.length) {
      int length = Math.min(chunk.length, data.size() - at);
      data.copyTo(at, chunk, 0, length);
      sha.update(chunk, 0, length);
    }
  }

  private static void number(MessageDigest sha, long number) {
    sha.update(ByteBuffer.allocate(Long.BYTES).putLong(0, number));
  }
}
