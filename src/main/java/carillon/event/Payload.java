package carillon.event;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The data of an event: well-formed UTF-8, 0 to {@value #BYTES_MAX} bytes, kept as it came. Immutable.
 *
 * <p>The bytes stay inside: {@link #byteAt} and {@link #copyTo} read them without a copy of the whole.
 */
public final class Payload {

  /** Largest payload, in bytes. */
  public static final int BYTES_MAX = 1 << 20;

  private static final int DECODED_AT_ONCE = 1 << 10;

  private final byte[] utf8;

  private Payload(byte[] utf8) {
    this.utf8 = utf8;
  }

  /**
   * @throws InvalidValueException if {@code text} has unpaired surrogates or is longer than {@value #BYTES_MAX} bytes
   */
  public static Payload of(String text) {
    if (!Text.isWellFormed(text)) {
      throw new InvalidValueException("data", "well-formed Unicode", text);
    }
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    requireSize(utf8);
    return new Payload(utf8);
  }

  /**
   * Takes over {@code utf8}: the caller must not change it afterwards.
   *
   * @throws InvalidValueException if it is not well-formed UTF-8 (RFC 3629) or longer than {@value #BYTES_MAX} bytes
   */
  public static Payload ofUtf8(byte[] utf8) {
    requireSize(utf8);
    if (!isAscii(utf8) && !isWellFormed(utf8)) {
      throw new InvalidValueException("data", "well-formed UTF-8", utf8.length + " bytes that are not");
    }
    return new Payload(utf8);
  }

  /** Length in bytes. */
  public int size() {
    return utf8.length;
  }

  /** The byte at {@code index}, 0 to {@link #size()} - 1. */
  public byte byteAt(int index) {
    return utf8[index];
  }

  /** Copies {@code length} bytes from {@code index} on into {@code target} from {@code at} on. */
  public void copyTo(int index, byte[] target, int at, int length) {
    System.arraycopy(utf8, index, target, at, length);
  }

  /** A copy of the bytes. */
  public byte[] toBytes() {
    return utf8.clone();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Payload that && Arrays.equals(utf8, that.utf8);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(utf8);
  }

  /** The text, decoded. */
  @Override
  public String toString() {
    return new String(utf8, StandardCharsets.UTF_8);
  }

  private static void requireSize(byte[] utf8) {
    if (utf8.length > BYTES_MAX) {
      throw InvalidValueException.tooLarge("data", BYTES_MAX, utf8.length);
    }
  }

  private static boolean isAscii(byte[] bytes) {
    int any = 0;
    for (byte b : bytes) {
      any |= b;
    }
    return any >= 0;
  }

  /** Decodes piece by piece into a small buffer: the characters are of no interest, so they are not kept. */
  private static boolean isWellFormed(byte[] bytes) {
    CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder();
    ByteBuffer in = ByteBuffer.wrap(bytes);
    CharBuffer out = CharBuffer.allocate(Math.min(bytes.length, DECODED_AT_ONCE));
    CoderResult result;
    do {
      result = decoder.decode(in, out.clear(), true);
    } while (result.isOverflow());
    return !result.isError();
  }
}
