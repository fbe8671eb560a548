package carillon.http;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Optional;

/**
 * Cuts a stream of bytes into lines: at LF, without a CR before it. Lines with nothing but white space are left out;
 * the last line needs no LF. Not thread-safe.
 *
 * <p>Lines are taken out one at a time, so that whoever is busy can leave the rest here. What waits is bounded by the
 * feeder: it feeds no more while {@link #bytesWaiting} or {@link #linesWaiting} is above what it wants to hold.
 */
final class Lines {

  /** What is kept for the next line; one huge line must not occupy the memory of a stream for good. */
  private static final int PARTIAL_KEPT_MAX = 1 << 16;

  private static final byte[] NOTHING = new byte[0];

  private final int lineBytesMax;

  private final ArrayDeque<Line> waiting = new ArrayDeque<>();
  private int bytesWaiting;
  private byte[] partial = NOTHING;
  private int partialBytes;
  private boolean isTooLong;

  /**
   * One line.
   *
   * @param bytes without the line break; its reader's own; empty if it was too long
   * @param isTooLong whether it was longer than the bound, so that nothing of it is left
   */
  @SuppressWarnings("ArrayRecordComponent")
  record Line(byte[] bytes, boolean isTooLong) {}

  /** @param lineBytesMax longest line, in bytes; of a longer one only its place is kept */
  Lines(int lineBytesMax) {
    this.lineBytesMax = lineBytesMax;
  }

  /** Adds what came next. */
  void feed(byte[] bytes) {
    int start = 0;
    for (int i = 0; i < bytes.length; i++) {
      if (bytes[i] == '\n') {
        append(bytes, start, i);
        cut();
        start = i + 1;
      }
    }
    append(bytes, start, bytes.length);
  }

  /** Says that nothing more comes: what is left is a line. */
  void end() {
    cut();
  }

  /** The next line, if there is one. */
  Optional<Line> next() {
    Line line = waiting.poll();
    if (line != null) {
      bytesWaiting -= line.bytes.length;
    }
    return Optional.ofNullable(line);
  }

  /** Bytes of the lines that nobody has taken out yet. */
  int bytesWaiting() {
    return bytesWaiting;
  }

  /** How many lines nobody has taken out yet. */
  int linesWaiting() {
    return waiting.size();
  }

  private void append(byte[] bytes, int from, int to) {
    int length = to - from;
    isTooLong |= length > lineBytesMax - partialBytes;
    if (isTooLong || length == 0) {
      return;
    }
    if (partialBytes + length > partial.length) {
      int doubled = (int) Math.min(lineBytesMax, 2L * partial.length);
      partial = Arrays.copyOf(partial, Math.max(partialBytes + length, doubled));
    }
    System.arraycopy(bytes, from, partial, partialBytes, length);
    partialBytes += length;
  }

  private void cut() {
    int length = partialBytes > 0 && partial[partialBytes - 1] == '\r' ? partialBytes - 1 : partialBytes;
    if (isTooLong) {
      waiting.add(new Line(NOTHING, true));
    } else if (!isBlank(length)) {
      waiting.add(new Line(Arrays.copyOf(partial, length), false));
      bytesWaiting += length;
    }
    isTooLong = false;
    partialBytes = 0;
    if (partial.length > PARTIAL_KEPT_MAX) {
      partial = NOTHING;
    }
  }

  private boolean isBlank(int length) {
    for (int i = 0; i < length; i++) {
      if (partial[i] != ' ' && partial[i] != '\t') {
        return false;
      }
    }
    return true;
  }
}
