package carillon.bench;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * Takes the answers on one HTTP/1.1 connection apart (RFC 9112), fed with any split of their bytes, and hands the
 * bodies on where they lie. Believes the server where it does not have to know better. Confined to one thread.
 *
 * <pre>
 *   HEAD ──▶ LENGTH or CLOSE ────────────────────────────────▶ HEAD
 *    └─────▶ SIZE ──▶ DATA ──n bytes──▶ DATA_END ──▶ SIZE       ▲
 *              └──a size of 0──▶ TRAILER ──an empty line────────┘
 * </pre>
 */
abstract class AnswerReader {

  private static final int HEAD_BYTES_MAX = 64 * 1024;
  private static final byte[] NONE = {};
  private static final byte[] LENGTH_NAME = {
    'c', 'o', 'n', 't', 'e', 'n', 't', '-', 'l', 'e', 'n', 'g', 't', 'h', ':'
  };
  private static final byte[] CODING_NAME = {
    't', 'r', 'a', 'n', 's', 'f', 'e', 'r', '-', 'e', 'n', 'c', 'o', 'd', 'i', 'n', 'g', ':'
  };

  private static final VarHandle WORDS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final long ONES = 0x0101010101010101L;
  private static final long LINE_FEEDS = ONES * '\n';

  private enum Phase {
    HEAD,
    LENGTH,
    CLOSE,
    SIZE,
    EXTENSION,
    DATA,
    DATA_END,
    TRAILER
  }

  private Phase phase = Phase.HEAD;
  private byte[] head = NONE;
  private int headLength;
  private long left;
  private int lineLength;

  /** Another connection: whatever was begun is forgotten. */
  void begin() {
    phase = Phase.HEAD;
    headLength = 0;
    head = NONE;
    left = 0;
  }

  /** A head has been read. */
  abstract void began(int status);

  /** A piece of the body: {@code bytes[from, to)}, valid only during the call. */
  abstract void body(byte[] bytes, int from, int to);

  /** The answer is complete; the next one may follow. */
  abstract void ended();

  /** Reads {@code bytes[from, to)}. */
  final void feed(byte[] bytes, int from, int to) {
    int at = from;
    while (at < to) {
      switch (phase) {
        case HEAD -> at = head(bytes, at, to);
        case LENGTH, DATA -> at = data(bytes, at, to);
        case CLOSE -> {
          body(bytes, at, to);
          at = to;
        }
        default -> framing(bytes[at++]);
      }
    }
  }

  private int data(byte[] bytes, int from, int to) {
    int taken = (int) Math.min(left, to - from);
    body(bytes, from, from + taken);
    left -= taken;
    if (left == 0 && phase == Phase.DATA) {
      phase = Phase.DATA_END;
    } else if (left == 0) {
      end();
    }
    return from + taken;
  }

  private void end() {
    phase = Phase.HEAD;
    ended();
  }

  private void framing(byte b) {
    switch (phase) {
      case SIZE -> {
        int digit = Character.digit(b, 16);
        if (digit >= 0) {
          left = left << 4 | digit;
        } else {
          phase = Phase.EXTENSION;
        }
        lineLength = 0;
        if (b == '\n') {
          sized();
        }
      }
      case EXTENSION -> {
        if (b == '\n') {
          sized();
        }
      }
      case DATA_END -> {
        if (b == '\n') {
          phase = Phase.SIZE;
          left = 0;
        }
      }
      default -> trailer(b);
    }
  }

  private void sized() {
    phase = left == 0 ? Phase.TRAILER : Phase.DATA;
    lineLength = 0;
  }

  private void trailer(byte b) {
    if (b == '\n' && lineLength == 0) {
      end();
    } else if (b == '\n') {
      lineLength = 0;
    } else if (b != '\r') {
      lineLength++;
    }
  }

  /** Heads are short and rarely cut, so what has come is looked through from its beginning each time. */
  private int head(byte[] bytes, int from, int to) {
    if (headLength == 0) {
      int end = headEnd(bytes, from, to);
      if (end >= 0) {
        read(bytes, from, end);
        return end;
      }
    }
    int before = headLength;
    head = appended(head, before, bytes, from, to);
    headLength += to - from;
    int end = headEnd(head, 0, headLength);
    if (end < 0) {
      if (headLength > HEAD_BYTES_MAX) {
        throw new IllegalStateException("an answer with a head of more than " + HEAD_BYTES_MAX + " bytes");
      }
      return to;
    }
    headLength = 0;
    read(head, 0, end);
    head = NONE;
    return from + end - before;
  }

  private void read(byte[] bytes, int from, int to) {
    int status = Character.digit(bytes[from + 9], 10) * 100 + Character.digit(bytes[from + 10], 10) * 10
        + Character.digit(bytes[from + 11], 10);
    boolean hasLength = false;
    boolean isChunked = false;
    long length = 0;
    for (int line = indexOfLineFeed(bytes, from, to) + 1; line < to; line = indexOfLineFeed(bytes, line, to) + 1) {
      if (startsWith(bytes, line, to, LENGTH_NAME)) {
        hasLength = true;
        length = number(bytes, line + LENGTH_NAME.length, to);
      } else if (startsWith(bytes, line, to, CODING_NAME)) {
        isChunked = true;
      }
    }
    left = isChunked ? 0 : length;
    phase = isChunked ? Phase.SIZE : hasLength || status == 204 ? Phase.LENGTH : Phase.CLOSE;
    began(status);
    if (phase == Phase.LENGTH && left == 0) {
      end();
    }
  }

  private static boolean startsWith(byte[] bytes, int from, int to, byte[] lowerCase) {
    if (to - from < lowerCase.length) {
      return false;
    }
    for (int i = 0; i < lowerCase.length; i++) {
      byte b = bytes[from + i];
      if ((b >= 'A' && b <= 'Z' ? b + 32 : b) != lowerCase[i]) {
        return false;
      }
    }
    return true;
  }

  private static long number(byte[] bytes, int from, int to) {
    long number = 0;
    for (int at = from; at < to && bytes[at] != '\r' && bytes[at] != '\n'; at++) {
      if (bytes[at] != ' ') {
        number = number * 10 + bytes[at] - '0';
      }
    }
    return number;
  }

  private static int headEnd(byte[] bytes, int from, int to) {
    for (int end = indexOfLineFeed(bytes, from, to); end >= 0; end = indexOfLineFeed(bytes, end + 1, to)) {
      if (end - from >= 3 && bytes[end - 1] == '\r' && bytes[end - 2] == '\n') {
        return end + 1;
      }
    }
    return -1;
  }

  /** {@code kept[0, length)} and {@code bytes[from, to)} in one array, which is {@code kept} when it has room. */
  static byte[] appended(byte[] kept, int length, byte[] bytes, int from, int to) {
    int needed = length + to - from;
    byte[] grown = needed <= kept.length ? kept : Arrays.copyOf(kept, Math.max(needed, 2 * length));
    System.arraycopy(bytes, from, grown, length, to - from);
    return grown;
  }

  /** Where the first line feed is, or -1. Looks at eight bytes at once, because it looks at every byte that comes. */
  static int indexOfLineFeed(byte[] bytes, int from, int to) {
    int at = from;
    for (; at + Long.BYTES <= to; at += Long.BYTES) {
      long word = (long) WORDS.get(bytes, at) ^ LINE_FEEDS;
      long zeros = (word - ONES) & ~word & (ONES << 7);
      if (zeros != 0) {
        return at + (Long.numberOfTrailingZeros(zeros) >>> 3);
      }
    }
    for (; at < to; at++) {
      if (bytes[at] == '\n') {
        return at;
      }
    }
    return -1;
  }
}
