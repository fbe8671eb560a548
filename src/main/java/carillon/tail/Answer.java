package carillon.tail;

import io.vertx.core.buffer.Buffer;

/**
 * What follows a position for one question, ready to be written; shared by all who ask the same. Immutable: the buffer
 * is never appended to.
 *
 * @param bytes the frames, in order; empty when nothing matched
 * @param frames how many
 * @param to everything up to this position has been answered
 * @param cursor the largest logged offset at or before {@code to}
 * @param lastOffset offset of the last logged event among the frames, 0 for none
 */
public record Answer(Buffer bytes, int frames, long to, long cursor, long lastOffset) {

  /** Whether there is nothing to write. */
  public boolean isEmpty() {
    return frames == 0;
  }
}
