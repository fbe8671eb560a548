package carillon.subscribe;

import carillon.event.Event;
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
   * `joined` is where the frames stood when the subscription was first asked, `joinedOffset` the newest offset among
   * them. Everything later is owed, transient frames too, and in the order of the frames:
   *
   *   … logged up to joinedOffset ─────────┤ joined ├───────── every frame, by position …
   *       of the log, or of the recent                skipping what is logged up to the cursor,
   *       frames without the transient ones           if that lies beyond: the client has it, or never wanted it
   *
   * While `joining`, pages of the log are therefore used up to `joinedOffset` only. It ends when the position gets
   * there, or when the recent frames have moved on and it can no longer be had.
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
  private long joinedOffset;
  private boolean joining = true;
  private long skipped; // up to this position only transient frames are wanted
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
      joinedOffset = recent.lastOffset();
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
      joining = joining && recent.reaches(joined);
      if (cursor > recent.lastOffset()) {
        return Step.Rest.REST;
      }
      if (joining && (cursor == joinedOffset || (cursor > joinedOffset && recent.reachesOffset(cursor)))) {
        join(recent);
      } else if (recent.reachesOffset(cursor)) {
        position = recent.positionOf(cursor);
      } else {
        joining = joining && cursor < joinedOffset;
        reading = true;
        return new Step.Read(cursor);
      }
    }
    if (position < skipped) {
      return new Step.SendTransient(position, skipped);
    }
    return position < recent.head() ? new Step.Send(position, joined) : Step.Rest.REST;
  }

  private void join(Recent recent) {
    joining = false;
    position = joined;
    skipped = cursor > joinedOffset ? recent.positionOf(cursor) : joined;
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
    joining = joining && position == UNKNOWN;
    cursor = Math.max(cursor, toOffset);
    if (lastOffset > 0) {
      known = lastOffset;
      forgiven = Math.max(forgiven, Math.min(forgivable, lost)); // that has been told, whatever a later page says
      forgivable = 0;
    }
  }

  /**
   * The log has answered.
   *
   * @return up to which offset the events of the page are to be written now; 0 if something has to be told first and
   *     the page will be asked for again
   */
  long read(Page page) {
    reading = false;
    lost = Math.max(lost, page.removedUpTo());
    forgiven = Math.max(forgiven, Math.min(forgivable, page.removedUpTo()));
    forgivable = 0;
    if (page.removedUpTo() > Math.max(cursor, forgiven)) {
      gap = GapReason.EXPIRED;
      requested = requested.isEmpty() || known != cursor ? new EventId(epoch, cursor).toString() : requested;
      return 0;
    }
    long upTo = joining ? Math.min(page.upTo(), joinedOffset) : page.upTo();
    for (Event event : page.events()) {
      if (event.offset() <= upTo) {
        known = event.offset();
      }
    }
    cursor = Math.max(cursor, upTo);
    return upTo;
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
    forgivable = Math.max(newest, lost); // a node may hear of a loss before it hears of what came before it
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

  /**
   * Whether a read must begin from now on to be answered with: losses up to now are to be forgiven, and an older answer
   * knows too few of them.
   */
  boolean needsFreshRead() {
    return forgivable > 0;
  }

  /** Whether it is further back than the recent frames, so that only the log has what comes next. */
  boolean isCatchingUp(Recent recent) {
    boolean isAmongFrames = position != UNKNOWN && recent.reaches(position);
    return !isAmongFrames && !recent.reachesOffset(cursor);
  }

  /** Whether the log is being read. */
  boolean isReading() {
    return reading;
  }
}
