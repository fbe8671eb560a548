package carillon.bus;

import carillon.event.Payload;
import io.vertx.core.buffer.Buffer;
import java.nio.charset.StandardCharsets;

/** Appends numbers and texts to a buffer in the spelling of {@link WireFormat}. Confined to whoever made it. */
final class WireWriter {

  private final Buffer buffer;

  WireWriter(Buffer buffer) {
    this.buffer = buffer;
  }

  void octet(int value) {
    buffer.appendByte((byte) value);
  }

  void fixed(long value) {
    buffer.appendLong(value);
  }

  /** Seven bits a byte, the least significant first, the high bit set in all but the last. */
  void number(long value) {
    long rest = value;
    while ((rest & ~0x7fL) != 0) {
      buffer.appendByte((byte) ((rest & 0x7f) | 0x80));
      rest >>>= 7;
    }
    buffer.appendByte((byte) rest);
  }

  void text(String text) {
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    number(utf8.length);
    buffer.appendBytes(utf8);
  }

  void payload(Payload data) {
    byte[] bytes = data.toBytes();
    number(bytes.length);
    buffer.appendBytes(bytes);
  }

  /** Seconds, which may be negative, and nanoseconds of the second. */
  void moment(long seconds, int nanos) {
    number((seconds << 1) ^ (seconds >> 63)); // small numbers short, whatever their sign
    number(nanos);
  }
}
