package carillon.harness;

import java.io.ByteArrayOutputStream;
import java.util.Optional;

/**
 * Takes a chunked body apart (RFC 9112, section 7.1), fed with any split of its bytes. Stricter than the RFC asks of a
 * recipient: whatever a sender must not write is a violation, and after one nothing more is read. Confined to one
 * thread.
 *
 * <pre>
 *   SIZE ──CRLF──▶ DATA ──n bytes──▶ DATA_END ──CRLF──▶ SIZE
 *     └──a size of 0──▶ TRAILER ──an empty line──▶ DONE
 * </pre>
 */
final class ChunkedDecoder {

  private static final int LINE_BYTES_MAX = 256;

  private enum State {
    SIZE,
    DATA,
    DATA_END,
    TRAILER,
    DONE,
    BROKEN
  }

  private final StringBuilder line = new StringBuilder();
  private State state = State.SIZE;
  private long left;
  private long chunks;
  private String violation = "";

  /** Reads {@code bytes[from, to)} and appends what they carry to {@code body}. */
  void feed(byte[] bytes, int from, int to, ByteArrayOutputStream body) {
    int at = from;
    while (at < to && state != State.BROKEN) {
      if (state == State.DATA) {
        int taken = (int) Math.min(left, to - at);
        body.write(bytes, at, taken);
        at += taken;
        left -= taken;
        state = left == 0 ? State.DATA_END : State.DATA;
      } else {
        onLineByte(bytes[at++]);
      }
    }
  }

  /** Whether the last chunk and the empty line after it have been read. */
  boolean isDone() {
    return state == State.DONE;
  }

  /** Whether the bytes so far end between two chunks, where a stream may be cut without tearing one. */
  boolean isBetweenChunks() {
    return state == State.SIZE && line.length() == 0;
  }

  /** Chunks with data so far. */
  long chunks() {
    return chunks;
  }

  /** What was wrong, if something was. */
  Optional<String> violation() {
    return violation.isEmpty() ? Optional.empty() : Optional.of(violation);
  }

  private void onLineByte(byte b) {
    if (state == State.DONE) {
      broken("bytes after the last chunk");
      return;
    }
    line.append((char) (b & 0xff));
    if (b != '\n') {
      if (line.length() > LINE_BYTES_MAX) {
        broken("a line of more than " + LINE_BYTES_MAX + " bytes");
      }
      return;
    }
    if (line.length() < 2 || line.charAt(line.length() - 2) != '\r') {
      broken("a line that ends with a bare LF");
      return;
    }
    String text = line.substring(0, line.length() - 2);
    line.setLength(0);
    switch (state) {
      case SIZE -> onSize(text);
      case DATA_END -> onDataEnd(text);
      default -> onTrailer(text);
    }
  }

  private void onSize(String text) {
    if (!text.matches("[0-9A-Fa-f]{1,15}")) {
      broken("a chunk size was expected, got '" + text + "'");
      return;
    }
    left = Long.parseLong(text, 16);
    state = left == 0 ? State.TRAILER : State.DATA;
    chunks += left == 0 ? 0 : 1;
  }

  private void onDataEnd(String text) {
    if (!text.isEmpty()) {
      broken("a chunk is longer than its size says: '" + text + "'");
      return;
    }
    state = State.SIZE;
  }

  private void onTrailer(String text) {
    if (text.isEmpty()) {
      state = State.DONE;
    }
  }

  private void broken(String reason) {
    violation = reason;
    state = State.BROKEN;
  }
}
