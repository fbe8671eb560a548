package carillon.bus;

import carillon.event.Payload;
import io.vertx.core.buffer.Buffer;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/**
 * Takes numbers and texts out of a buffer that may hold anything. Never reads beyond the end it was given, never
 * reserves more than is there. Confined to whoever made it.
 */
final class WireReader {

  private static final int NUMBER_BITS = 63;

  private final Buffer buffer;
  private final int end;
  private int at;

  /** @throws WireFormatException if {@code from} to {@code end} is not in the buffer */
  WireReader(Buffer buffer, int from, int end) {
    if (from < 0 || end < from || end > buffer.length()) {
      throw new WireFormatException("expected bytes up to " + end + ", got " + buffer.length());
    }
    this.buffer = buffer;
    this.at = from;
    this.end = end;
  }

  int remaining() {
    return end - at;
  }

  int octet() {
    need(1);
    return buffer.getByte(at++) & 0xff;
  }

  long fixed() {
    need(Long.BYTES);
    long value = buffer.getLong(at);
    at += Long.BYTES;
    return value;
  }

  /** A number from {@code min} to {@code max}, in its shortest spelling. */
  long number(String what, long min, long max) {
    long value = unsigned(what, NUMBER_BITS);
    if (value < min || value > max) {
      throw new WireFormatException(what + ": expected " + min + " to " + max + ", got " + value);
    }
    return value;
  }

  /** A number of either sign. */
  long signed(String what) {
    long value = unsigned(what, Long.SIZE);
    return (value >>> 1) ^ -(value & 1);
  }

  private long unsigned(String what, int bits) {
    long value = 0;
    for (int shift = 0; shift < bits; shift += 7) {
      int octet = octet();
      long part = octet & 0x7f;
      boolean fits = shift + 7 <= bits || (part >>> (bits - shift)) == 0;
      boolean isShortest = octet != 0 || shift == 0;
      if (!fits || !isShortest) {
        break;
      }
      value |= part << shift;
      if (octet < 0x80) {
        return value;
      }
    }
    throw new WireFormatException(what + ": expected a number of up to " + bits + " bits in its shortest spelling");
  }

  String text(String what, int bytesMax) {
    byte[] utf8 = bytes(what, bytesMax);
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(utf8)).toString();
    } catch (CharacterCodingException e) {
      throw new WireFormatException(what + ": expected UTF-8", e);
    }
  }

  Payload payload() {
    return Payload.ofUtf8(bytes("data", Payload.BYTES_MAX));
  }

  private byte[] bytes(String what, int bytesMax) {
    int length = (int) number(what, 0, bytesMax);
    need(length);
    byte[] bytes = buffer.getBytes(at, at + length);
    at += length;
    return bytes;
  }

  /** @throws WireFormatException unless everything has been read */
  void end() {
    if (at != end) {
      throw new WireFormatException("expected the end, got " + remaining() + " more bytes");
    }
  }

  private void need(int bytes) {
    if (bytes > remaining()) {
      throw new WireFormatException("expected " + bytes + " more bytes, got " + remaining());
    }
  }
}
