package carillon.bench;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

/**
 * Finds in an event stream, fed with any split of its bytes, the events that a {@link Load} has published, and holds
 * their numbers against the ones before: missing, doubled, out of order. Keeps nothing but where it stands. Confined to
 * one thread.
 */
abstract class NumberedEvents extends AnswerReader {

  /*
   * The data of an event says {"s":number,"t":nanoseconds,...}, wherever in a line; what a server puts around it is its
   * own affair. A line that lies in one piece is looked at where it lies; one that is cut is put together first.
   *
   * `seen` has a bit for each of the 64 numbers up to `last`: whether one that is behind `last` comes late or for the
   * second time. A number that has left the window unseen stays missing.
   */
  private static final int WINDOW = Long.SIZE;
  private static final int ID_BYTES_MAX = 64;
  private static final byte[] NONE = {};

  /** No event has come yet: the first may have any number. */
  private static final long UNKNOWN = 0;

  private byte[] cut = NONE;
  private int cutLength;
  private final byte[] id = new byte[ID_BYTES_MAX];
  private int idLength;
  private long number;
  private long nanos;
  private long last = UNKNOWN;
  private long seen;
  private final Tally tally;

  NumberedEvents(Tally tally) {
    this.tally = tally;
  }

  /** What went wrong, over many streams. Confined to one thread. */
  static final class Tally {
    long missing;
    long doubled;
    long reordered;
    long gaps;
  }

  /** An event has come for the first time; {@code nanos} is the time that it carries. */
  abstract void event(long nanos);

  /** Another connection: numbers go on where they were. */
  @Override
  final void begin() {
    super.begin();
    cutLength = 0;
    number = UNKNOWN;
  }

  /** The number of the newest event, 0 for none. */
  final long last() {
    return last;
  }

  /** What the server called the last event, in characters; empty for none. */
  final String lastEventId() {
    return new String(id, 0, idLength, ISO_8859_1);
  }

  @Override
  final void body(byte[] bytes, int from, int to) {
    int at = from;
    if (cutLength > 0) {
      int end = indexOfLineFeed(bytes, at, to);
      int until = end < 0 ? to : end;
      cut = appended(cut, cutLength, bytes, at, until);
      cutLength += until - at;
      if (end < 0) {
        return;
      }
      line(cut, 0, cutLength);
      cutLength = 0;
      at = end + 1;
    }
    for (int end = indexOfLineFeed(bytes, at, to); end >= 0; end = indexOfLineFeed(bytes, at, to)) {
      line(bytes, at, end);
      at = end + 1;
    }
    if (at < to) {
      cut = appended(NONE, 0, bytes, at, to);
      cutLength = to - at;
    } else {
      cut = NONE;
    }
  }

  private void line(byte[] bytes, int from, int end) {
    int to = end > from && bytes[end - 1] == '\r' ? end - 1 : end;
    if (to == from) {
      if (number != UNKNOWN) {
        check();
        number = UNKNOWN;
      }
      return;
    }
    switch (bytes[from]) {
      case 'd' -> data(bytes, from, to);
      case 'i' -> id(bytes, from, to);
      case 'e' -> {
        if (bytes[to - 1] == 'p' && new String(bytes, from, to - from, ISO_8859_1).endsWith("hub.gap")) {
          tally.gaps++;
        }
      }
      default -> {
        // a comment, or a field of no interest
      }
    }
  }

  private void data(byte[] bytes, int from, int to) {
    int at = after(bytes, from, to, 's');
    if (at < 0) {
      return;
    }
    number = number(bytes, at, to);
    int time = after(bytes, at, to, 't');
    nanos = time < 0 ? 0 : number(bytes, time, to);
  }

  /** Behind {@code "name":}, or -1. */
  private static int after(byte[] bytes, int from, int to, char name) {
    for (int at = from; at + 4 <= to; at++) {
      if (bytes[at + 1] == name && bytes[at] == '"' && bytes[at + 2] == '"' && bytes[at + 3] == ':') {
        return at + 4;
      }
    }
    return -1;
  }

  private static long number(byte[] bytes, int from, int to) {
    long number = 0;
    for (int at = from; at < to && bytes[at] >= '0' && bytes[at] <= '9'; at++) {
      number = number * 10 + bytes[at] - '0';
    }
    return number;
  }

  private void id(byte[] bytes, int from, int to) {
    if (to - from < 3 || bytes[from + 1] != 'd' || bytes[from + 2] != ':') {
      return;
    }
    int begin = from + 3 < to && bytes[from + 3] == ' ' ? from + 4 : from + 3;
    if (to - begin <= ID_BYTES_MAX) {
      idLength = to - begin;
      System.arraycopy(bytes, begin, id, 0, idLength);
    }
  }

  private void check() {
    long ahead = number - last;
    if (last == UNKNOWN || ahead == 1) {
      seen = last == UNKNOWN ? -1L : seen << 1 | 1;
      last = number;
    } else if (ahead > 0) {
      tally.missing += ahead - 1;
      seen = ahead >= WINDOW ? 1 : seen << ahead | 1;
      last = number;
    } else if (-ahead < WINDOW && (seen >>> -ahead & 1) == 0) {
      tally.missing--;
      tally.reordered++;
      seen |= 1L << -ahead;
    } else {
      tally.doubled++;
      return;
    }
    event(nanos);
  }
}
