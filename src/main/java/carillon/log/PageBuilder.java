package carillon.log;

import carillon.event.Event;
import carillon.log.EventLog.Limit;
import java.util.ArrayList;
import java.util.List;

/**
 * Puts a page together while history goes on moving. Confined to the read it serves.
 *
 * <p>A long read looks at history in stretches and lets go of it in between. Retention may remove something meanwhile,
 * so each stretch {@link #beginStretch says} what had been removed when it began: what was removed behind the stretch
 * had been read or was reported by an earlier one; only what was removed ahead of it is missing.
 */
final class PageBuilder {

  private final Limit limit;
  private final List<Event> events = new ArrayList<>();
  private long bytes;
  private long upTo;
  private long removedUpTo;
  private boolean begun;
  private boolean complete;

  /** A page that follows {@code after}. */
  PageBuilder(long after, Limit limit) {
    this.upTo = after;
    this.limit = limit;
  }

  /** The offset after which the next stretch begins. */
  long upTo() {
    return upTo;
  }

  /** Begins a stretch. {@code removed} is the largest matching offset that had been removed before it was looked at. */
  void beginStretch(long removed) {
    if (!begun || removed > upTo) {
      removedUpTo = Math.max(removedUpTo, removed);
    }
    begun = true;
  }

  /** Takes the next matching event if there is room; otherwise the page is complete without it. */
  void add(Event event) {
    boolean fits = events.size() < limit.events() && bytes + event.data().size() <= limit.bytes();
    if (!fits && !events.isEmpty()) {
      complete = true;
      return;
    }
    events.add(event);
    bytes += event.data().size();
    upTo = event.offset();
    complete = !fits || events.size() == limit.events();
  }

  /** Passes over an event that does not match. */
  void pass(long offset) {
    upTo = offset;
  }

  /** Passes over a matching event that counts as removed although it is still there. */
  void passRemoved(long offset) {
    upTo = offset;
    removedUpTo = Math.max(removedUpTo, offset);
  }

  /** There is nothing more: the page is complete up to {@code head}. */
  void end(long head) {
    upTo = head;
    complete = true;
  }

  /** Counts removals that were noticed after the last stretch. */
  void noteRemoved(long removed) {
    removedUpTo = Math.max(removedUpTo, removed);
  }

  /** Whether no stretch has to follow. */
  boolean isComplete() {
    return complete;
  }

  /** How many events it holds. */
  int size() {
    return events.size();
  }

  /** The page. */
  Page build() {
    return new Page(events, upTo, removedUpTo);
  }
}
