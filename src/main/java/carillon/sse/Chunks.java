package carillon.sse;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.vertx.core.buffer.Buffer;

/**
 * Frames bytes as a chunk of HTTP/1.1 (RFC 9112, section 7.1): {@code size in hex, CRLF, bytes, CRLF}. Any thread.
 */
public final class Chunks {

  private static final int SIZE_DIGITS_MAX = 8;
  private static final int OVERHEAD_MAX = SIZE_DIGITS_MAX + 4;
  private static final int CRLF = ('\r' << 8) | '\n';
  private static final byte[] DIGITS = {
    '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'
  };

  private Chunks() {}

  /**
   * Copies {@code bytes} into a new direct buffer, framed. Whoever calls owns the buffer.
   *
   * @param bytes at least one: the chunk of none ends the body
   */
  public static ByteBuf frame(ByteBufAllocator allocator, Buffer bytes) {
    int size = bytes.length();
    if (size == 0) {
      throw new IllegalArgumentException("bytes: expected at least one, got none");
    }
    ByteBuf chunk = allocator.directBuffer(size + OVERHEAD_MAX);
    int digits = (Integer.SIZE - Integer.numberOfLeadingZeros(size) + 3) / 4;
    for (int digit = digits - 1; digit >= 0; digit--) {
      chunk.writeByte(DIGITS[(size >>> (4 * digit)) & 0xf]);
    }
    chunk.writeShort(CRLF);
    chunk.ensureWritable(size);
    chunk.setBytes(chunk.writerIndex(), bytes.getBytes());
    return chunk.writerIndex(chunk.writerIndex() + size).writeShort(CRLF);
  }
}
