package carillon.subscribe;

import carillon.event.EventId;
import carillon.event.GapReason;
import carillon.log.Page;
import org.jspecify.annotations.Nullable;

/**
 * What one subscriber has seen, and what it is to be sent next. Decides only: no sockets, no clock, no thread of its
 * own.
 */
final class Subscription {

  /*
   *                 ┌────────── outlet full, page awaited ───────────┐
   *                 ▼                                                │
   *   start ──▶ [ next ] ── gap to tell ─────────────▶ Tell ── told ─┤
   *                 │                                                │
   *                 ├── cursor older than the recent frames ▶ Read ──┤ catching up: by offset, from the log
   *                 │                                                │
   *                 ├── frames beyond the position ─────────▶ Send ──┘ live, or nearly: by position
   *                 │
   *                 └── nothing beyond ─────────────────────▶ Rest     live
   *
   * `cursor` counts offsets: every matching event up to it has been handed over, or the client knows it is lost.
   * `position` counts frames of the node and is only known while the recent frames reach back to it; falling out of
   * them costs nothing but the transient frames, because the cursor still says where to go on. A cursor beyond what the
   * tail has seen (the log acknowledged faster than this loop heard of it, or another node did) simply rests until the
   * tail gets there.
   *
   * `joined` is where the frames stood when the subscription was first asked. Transient frames up to there had passed
   * before anybody listened, so from before it only what is logged is sent, and the position counts only beyond it.
   *
   * `forgiven` is up to where losses need no telling. Whoever asks for all that is kept, and whoever has just been told
   * of a gap, gets of the events there were at that moment (up to `forgivable`) those that are left when it is served
   * the first of them. What came later and is gone by then is a loss like any other: it was acknowledged while the
   * stream was open.
   */
  private static final long UNKNOWN = -1;

  private final long epoch;
  private long cursor;
  private long position = UNKNOWN;
  private long joined = UNKNOWN;
  private long forgivable;
  private long forgiven;
  private long known;
  private long lost;
  private boolean reading;
  private @Nullable GapReason gap;
  private String requested;

  /** @param epoch of the log, for the ids in gaps */
  Subscription(long epoch, Start start) {
    this.epoch = epoch;
    this.cursor = start.cursor();
    this.known = start.known() ? start.cursor() : UNKNOWN;
    this.forgivable = start.forgivable();
    this.gap = start.gap();
    this.requested = start.requested();
  }

  /** Decides. {@code writable} says whether the outlet takes more. */
  Step next(Recent recent, boolean writable) {
    if (joined == UNKNOWN) {
      joined = recent.head();
    }
    if (!writable || reading) {
      return Step.Rest.REST;
    }
    if (gap != null) {
      return new Step.Tell(gap, requested);
    }
    if (position != UNKNOWN && !recent.reaches(position)) {
      position = UNKNOWN;
    }
    if (position == UNKNOWN) {
      if (cursor > recent.lastOffset()) {
        return Step.Rest.REST;
      }
      if (!recent.reachesOffset(cursor)) {
        reading = true;
        return new Step.Read(cursor);
      }
      position = recent.positionOf(cursor);
    }
    return position < recent.head() ? new Step.Send(position, joined) : Step.Rest.REST;
  }

  /**
   * What followed the position has been written.
   *
   * @param to up to this position
   * @param toOffset the largest offset at or before it
   * @param lastOffset offset of the last logged event that was written, 0 for none
   */
  void sent(long to, long toOffset, long lastOffset) {
    position = to < joined ? UNKNOWN : to; // before `joined` only the cursor counts
    cursor = Math.max(cursor, toOffset);
    if (lastOffset > 0) {
      known = lastOffset;
      forgivable = 0;
    }
  }

  /**
   * The log has answered.
   *
   * @return whether to write the events of the page now; if not, something has to be told first and the page will be
   *     asked for again
   */
  boolean read(Page page) {
    reading = false;
    lost = Math.max(lost, page.removedUpTo());
    forgiven = Math.max(forgiven, Math.min(forgivable, page.removedUpTo()));
    forgivable = 0;
    if (page.removedUpTo() > Math.max(cursor, forgiven)) {
      gap = GapReason.EXPIRED;
      requested = requested.isEmpty() || known != cursor ? new EventId(epoch, cursor).toString() : requested;
      return false;
    }
    cursor = Math.max(cursor, page.upTo());
    if (!page.events().isEmpty()) {
      known = page.events().get(page.events().size() - 1).offset();
    }
    return true;
  }

  /** The log could not be read: {@link #next} will want it again. */
  void readFailed() {
    reading = false;
  }

  /**
   * The gap has been told. The cursor moves to where kept history begins; given to the client as a checkpoint, its next
   * reconnect does not hear of the same loss.
   *
   * @param oldest offset of the oldest event the log keeps
   * @param newest offset of the newest one: the gap speaks of everything up to here
   */
  void told(long oldest, long newest) {
    gap = null;
    requested = "";
    forgivable = newest;
    cursor = Math.max(cursor, oldest - 1);
    known = UNKNOWN;
  }

  /** Whether the cursor has moved beyond what the client knows. */
  boolean isAheadOfClient() {
    return cursor > known;
  }

  /**
   * Whether the client has to be given the cursor although no event moves it: it is behind a loss that is settled, but
   * whoever came back with the id that the client knows would be told of that loss again.
   */
  boolean isBehindLoss() {
    return known < lost && lost <= cursor;
  }

  /** The client has been given the cursor. */
  void checkpointed() {
    known = cursor;
  }

  /** Everything matching up to this offset has been handed over. */
  long cursor() {
    return cursor;
  }

  /** Whether the log is being read. */
  boolean isReading() {
    return reading;
  }
}
