package carillon.tail;

import carillon.event.Event;
import carillon.log.Page;
import java.util.List;

/**
 * Puts committed groups into the one order of the log. Decides only: what to deliver now, and whether the log has to be
 * read first. No thread of its own.
 */
final class Tail {

  /*
   * Nothing is queued while the log is being read. Groups that arrive meanwhile are only noted by their last offset; if
   * the page does not reach that far, the log is read again. The log is the truth, so what was noted is there.
   *
   *     delivered ──────┐        ┌─ a group that came too early: noted, dropped
   *   … 40 41 42 43     ▼  44 45 │ 46 47 48
   *                     └─read─▶ ▼
   *                      after 43 until heard = 48
   *
   * Retention may have been faster than the tail: a page that says events after `delivered` are gone cannot be put
   * behind what was delivered, because whoever stands there would pass over the loss without a word. Then the order
   * begins anew behind it, and everybody asks the log, which knows what each of them has lost.
   */
  private long delivered;
  private long heard;
  private long overdueFrom;
  private boolean reading;

  /** @param delivered offset of the last event that needs no delivery, 0 for none */
  Tail(long delivered) {
    this.delivered = delivered;
    this.heard = delivered;
  }

  /**
   * What to do next.
   *
   * @param lostUpTo up to this offset events may be missing that were never delivered: whoever has not seen that far is
   *     to be served by the log; 0 when nothing is missing
   * @param deliver events to deliver now, in offset order; maybe none
   * @param read whether to read the log after {@link Tail#delivered()} and hand the page to {@link Tail#read}
   */
  record Step(long lostUpTo, List<Event> deliver, Read read) {

    static final Step NONE = new Step(0, List.of(), Read.NOT);
    static final Step READ = new Step(0, List.of(), Read.NOW);
  }

  /** Whether the log is to be read. */
  enum Read {
    /** No need to. */
    NOT,
    /** At once. */
    NOW,
    /** After a pause: it does not show yet what another node says is in it. */
    LATER
  }

  /** Offset of the last event handed out for delivery. */
  long delivered() {
    return delivered;
  }

  /** A group has been committed: offsets without a hole, in order. It may be late, early, or repeated. */
  Step committed(List<Event> events) {
    long first = events.get(0).offset();
    long last = events.get(events.size() - 1).offset();
    heard = Math.max(heard, last);
    if (reading || last <= delivered) {
      return Step.NONE;
    }
    if (first > delivered + 1) {
      reading = true;
      return Step.READ;
    }
    List<Event> next = events.subList((int) (delivered + 1 - first), events.size());
    delivered = last;
    return new Step(0, next, Read.NOT);
  }

  /** The log has answered. */
  Step read(Page page) {
    long lostUpTo = page.removedUpTo() > delivered ? page.removedUpTo() : 0;
    List<Event> next = page.events().stream().filter(event -> event.offset() > lostUpTo).toList();
    long reached = Math.max(page.upTo(), lostUpTo);
    boolean isFurther = reached > delivered;
    delivered = Math.max(delivered, reached);
    reading = delivered < heard;
    return new Step(lostUpTo, next, !reading ? Read.NOT : isFurther ? Read.NOW : Read.LATER);
  }

  /** The log has been seen to reach an offset, and the events up to there are only to be had from it. */
  Step reached(long newest) {
    heard = Math.max(heard, newest);
    if (reading || newest <= delivered) {
      return Step.NONE;
    }
    reading = true;
    return Step.READ;
  }

  /**
   * The log is this far. Asked now and then: a group that was in doubt turns out stored without anybody saying so, and
   * the last message of a burst may be lost. Only what was already there the last time is read, because news is usually
   * still on its way.
   */
  Step head(long newest) {
    boolean overdue = !reading && delivered < overdueFrom;
    overdueFrom = newest;
    if (!overdue) {
      return Step.NONE;
    }
    heard = Math.max(heard, newest);
    reading = true;
    return Step.READ;
  }

  /** The log could not be read; whoever asks is to try again later. */
  Step retry() {
    return reading ? Step.READ : Step.NONE;
  }
}
