package carillon.event;

import java.util.Optional;

/**
 * The place of an event in the history of the hub, and so the cursor of whoever has seen it: {@code <epoch>-<offset>},
 * valid on every node. Immutable.
 *
 * <pre>
 *   id: 00c4f1a90b7e-1042      12 hexadecimal digits, a hyphen, a decimal number
 * </pre>
 *
 * @param epoch one continuous life of the log, 1 to {@link #EPOCH_MAX}; offsets of different epochs are different
 *     histories
 * @param offset counted from 1 without a hole; 0 stands before the first event
 */
public record EventId(long epoch, long offset) {

  /** Largest epoch. */
  public static final long EPOCH_MAX = (1L << 48) - 1;

  private static final int EPOCH_DIGITS = 12;
  private static final int OFFSET_DIGITS_MAX = 19;

  /** @throws IllegalArgumentException if a number is out of bounds; never caused by a client's text */
  public EventId {
    if (epoch < 1 || epoch > EPOCH_MAX || offset < 0) {
      throw new IllegalArgumentException(
          "event id: expected epoch 1 to 2^48-1 and offset >= 0, got " + epoch + ", " + offset);
    }
  }

  /** Reads exactly what {@link #toString()} writes; anything else is no id of ours. */
  public static Optional<EventId> parse(String text) {
    int length = text.length();
    if (length < EPOCH_DIGITS + 2
        || length > EPOCH_DIGITS + 1 + OFFSET_DIGITS_MAX
        || text.charAt(EPOCH_DIGITS) != '-') {
      return Optional.empty();
    }
    long epoch = 0;
    for (int i = 0; i < EPOCH_DIGITS; i++) {
      char c = text.charAt(i);
      int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
      if (digit < 0) {
        return Optional.empty();
      }
      epoch = epoch << 4 | digit;
    }
    int first = EPOCH_DIGITS + 1;
    if (text.charAt(first) == '0' && length > first + 1) {
      return Optional.empty();
    }
    long offset = 0;
    for (int i = first; i < length; i++) {
      char c = text.charAt(i);
      if (c < '0' || c > '9') {
        return Optional.empty();
      }
      offset = offset * 10 + (c - '0');
      if (offset < 0) {
        return Optional.empty(); // beyond 2^63 - 1
      }
    }
    return epoch == 0 ? Optional.empty() : Optional.of(new EventId(epoch, offset));
  }

  /** The twelve digits that every id of {@code epoch} begins with. */
  public static String epochText(long epoch) {
    String hex = Long.toHexString(epoch);
    return "0".repeat(EPOCH_DIGITS - hex.length()) + hex;
  }

  @Override
  public String toString() {
    return epochText(epoch) + '-' + offset;
  }
}
