package carillon.tail;

import carillon.sse.Chunks;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.vertx.core.buffer.Buffer;
import org.jspecify.annotations.Nullable;

/**
 * What follows a position for one question, ready to be written; shared by all who ask the same. Immutable but for the
 * chunk, which is made when it is first asked for. Confined to the event loop of its view.
 */
public final class Answer {

  private final Buffer bytes;
  private final int frames;
  private final long to;
  private final long cursor;
  private final long lastOffset;
  private @Nullable ByteBuf chunk;

  /**
   * @param bytes the frames, in order, never appended to from here on; empty when nothing matched
   * @param frames how many
   * @param to everything up to this position has been answered
   * @param cursor the largest logged offset at or before {@code to}
   * @param lastOffset offset of the last logged event among the frames, 0 for none
   */
  public Answer(Buffer bytes, int frames, long to, long cursor, long lastOffset) {
    this.bytes = bytes;
    this.frames = frames;
    this.to = to;
    this.cursor = cursor;
    this.lastOffset = lastOffset;
  }

  /** The frames, in order. Not to be changed, and never appended to. */
  public Buffer bytes() {
    return bytes;
  }

  /**
   * The frames as one chunk of HTTP/1.1, framed once for all who ask. It belongs to the answer, which gives it up soon
   * after the turn in which it was asked for: whoever writes it retains a duplicate of its own.
   *
   * @param allocator used at the first call; must give direct buffers, so that writing one does not copy it
   */
  public ByteBuf chunk(ByteBufAllocator allocator) {
    ByteBuf made = chunk;
    if (made == null) {
      made = Chunks.frame(allocator, bytes);
      chunk = made;
    }
    return made;
  }

  /** Everything up to this position has been answered. */
  public long to() {
    return to;
  }

  /** The largest logged offset at or before {@link #to()}. */
  public long cursor() {
    return cursor;
  }

  /** Offset of the last logged event among the frames, 0 for none. */
  public long lastOffset() {
    return lastOffset;
  }

  /** How many frames. */
  public int frames() {
    return frames;
  }

  /** Whether there is nothing to write. */
  public boolean isEmpty() {
    return frames == 0;
  }

  /** Nobody asks any more: the chunk goes when the last write of it is through. */
  public void release() {
    if (chunk != null) {
      chunk.release();
      chunk = null;
    }
  }
}
