package carillon.cli;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads an event stream, fed in pieces of any size (WHATWG HTML 9.2.6). Confined to one thread.
 *
 * <p>Beyond the standard it tells comments and fresh ids, because a client that watches over its connection wants them.
 */
final class SseReader {

  /** Longest line: the hub's own longest event, all of it escaped, fits. */
  private static final int LINE_BYTES_MAX = 8 << 20;

  /**
   * Something the stream has said.
   *
   * @param kind what it is
   * @param type of an event, {@code message} if it says none
   * @param text the data, the comment, the id, or the milliseconds of a {@code retry}
   * @param lastEventId what a client would come back with after it; empty if nothing was said yet
   */
  record Block(Kind kind, String type, String text, String lastEventId) {}

  /** What a stream can say. */
  enum Kind {
    /** An event for the client. */
    EVENT,
    /** A comment. */
    COMMENT,
    /** An id without an event. */
    ID,
    /** How long to wait before coming back. */
    RETRY
  }

  private final ByteArrayOutputStream line = new ByteArrayOutputStream();
  private @Nullable StringBuilder data;
  private String type = "";
  private String idBuffer = "";
  private String lastEventId = "";
  private boolean isAfterCarriageReturn;
  private boolean isFirstLine = true;

  /**
   * Takes what has come and returns what it completes.
   *
   * @throws FailedException if a line has no end: that is no event stream
   */
  List<Block> feed(byte[] bytes) {
    var blocks = new ArrayList<Block>();
    for (byte b : bytes) {
      boolean isSecondHalf = b == '\n' && isAfterCarriageReturn;
      isAfterCarriageReturn = b == '\r';
      if (isSecondHalf) {
        continue;
      }
      if (b == '\n' || b == '\r') {
        String text = line.toString(StandardCharsets.UTF_8);
        line.reset();
        line(isFirstLine && text.startsWith("\ufeff") ? text.substring(1) : text, blocks);
        isFirstLine = false;
      } else {
        if (line.size() == LINE_BYTES_MAX) {
          throw new FailedException(ExitCode.FAILED, "a line of more than " + LINE_BYTES_MAX + " bytes in the stream");
        }
        line.write(b);
      }
    }
    return blocks;
  }

  private void line(String text, List<Block> blocks) {
    if (text.isEmpty()) {
      dispatch(blocks);
      return;
    }
    int colon = text.indexOf(':');
    String value = colon < 0 ? "" : text.substring(text.startsWith(" ", colon + 1) ? colon + 2 : colon + 1);
    switch (colon < 0 ? text : text.substring(0, colon)) {
      case "" -> blocks.add(new Block(Kind.COMMENT, "", value, lastEventId));
      case "event" -> type = value;
      case "data" -> {
        if (data == null) {
          data = new StringBuilder(value);
        } else {
          data.append('\n').append(value);
        }
      }
      case "id" -> idBuffer = value.indexOf('\0') < 0 ? value : idBuffer;
      case "retry" -> {
        if (!value.isEmpty() && value.length() <= 12 && value.chars().allMatch(c -> c >= '0' && c <= '9')) {
          blocks.add(new Block(Kind.RETRY, "", value, lastEventId));
        }
      }
      default -> {
        // a field of another time
      }
    }
  }

  private void dispatch(List<Block> blocks) {
    boolean isFresh = !idBuffer.equals(lastEventId);
    lastEventId = idBuffer;
    if (data != null) {
      blocks.add(new Block(Kind.EVENT, type.isEmpty() ? "message" : type, data.toString(), lastEventId));
    } else if (isFresh) {
      blocks.add(new Block(Kind.ID, "", lastEventId, lastEventId));
    }
    data = null;
    type = "";
  }
}
