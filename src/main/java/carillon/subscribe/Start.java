package carillon.subscribe;

import carillon.event.GapReason;
import org.jspecify.annotations.Nullable;

/**
 * Where a subscription begins. Immutable.
 *
 * @param cursor offset after which it is served
 * @param forgivable up to this offset nothing needs telling that is gone when the subscription is first served; 0 when
 *     the client says it has seen everything up to the cursor, so that any loss after it must be told
 * @param gap why the client's own cursor could not be used; {@code null} if it could or there was none
 * @param requested the client's own text, for telling the gap
 * @param known whether the client has the cursor already; if not, it is given to it at once, so that a stream that
 *     breaks before its first event is resumed without a loss
 */
record Start(long cursor, long forgivable, @Nullable GapReason gap, String requested, boolean known) {

  /** Live only: begins after {@code cursor}, the newest offset. */
  static Start live(long cursor) {
    return new Start(cursor, 0, null, "", false);
  }

  /**
   * Begins after {@code cursor} with what is kept; the client has seen nothing. {@code newest} is the newest offset
   * now.
   */
  static Start unclaimed(long cursor, long newest) {
    return new Start(cursor, newest, null, "", true);
  }

  /** Goes on after {@code cursor}, which the client has seen. */
  static Start claimed(long cursor, String requested) {
    return new Start(cursor, 0, null, requested, true);
  }

  /** Begins with all that is kept, after telling why. */
  static Start gap(GapReason reason, String requested) {
    return new Start(0, 0, reason, requested, true);
  }
}
