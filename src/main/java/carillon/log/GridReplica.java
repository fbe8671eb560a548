package carillon.log;

import carillon.event.Event;
import carillon.event.EventId;
import carillon.event.TopicRule;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What one node has made of the grid's segments: applies groups in their order, which gives them offsets, and keeps the
 * events to be read. Confined to the thread of its log, but for {@link #history()}.
 *
 * <p>Applying is the same on every node, so all come to the same offsets, duplicates and conflicts. What retention
 * removes meanwhile is each node's own affair.
 */
final class GridReplica {

  private final GridCharter charter;
  private final LocalHistory history;
  private final GridKeys keys;
  private final long floor;

  private long number;
  private int position;
  private int sure;
  private GridBase base;
  private long head;
  private Instant newestTime;

  /** A group that was applied, and what became of it. */
  record Applied(UUID writer, long mark, Appended appended) {}

  /** How an answer left the replica. */
  enum Progress {
    /** It has everything there was. */
    CAUGHT_UP,
    /** There is more. */
    MORE,
    /** There is more, but it may not be on enough nodes yet. */
    UNSURE
  }

  /**
   * A replica that has applied everything before a segment.
   *
   * @param keys those before it
   * @param floor events before this offset are gone
   */
  GridReplica(
      GridCharter charter,
      long number,
      GridBase base,
      GridKeys keys,
      long floor,
      List<TopicRule> rules,
      SteadyClock clock) {
    this.charter = charter;
    this.number = number;
    this.base = base;
    this.keys = keys;
    this.floor = floor;
    this.head = base.head();
    this.newestTime = base.newestTime();
    GridOptions options = charter.options();
    var events = new History(options.eventsMax(), options.bytesMax(), GridOptions.EVENT_BYTES, new Retentions(rules));
    events.beginAfter(head, newestTime);
    this.history = new LocalHistory(events, clock);
  }

  GridCharter charter() {
    return charter;
  }

  /** The events. Any thread. */
  LocalHistory history() {
    return history;
  }

  /** The segment that comes next, or goes on. */
  long number() {
    return number;
  }

  /** What to ask for next: everything from here on, with a group to be added if there is one. */
  GridExchange exchange(GridExchange.@Nullable Group group) {
    GridExchange.Opening opening =
        group == null || position > 0
            ? null
            : new GridExchange.Opening(base, keys.save(number - charter.slots()));
    return new GridExchange(charter, number, position, sure, history.oldest(), group, opening);
  }

  /** Where the answer is. */
  GridKey key() {
    return GridKey.slot((int) (number % charter.slots()));
  }

  /**
   * Applies what is sure of an answer to {@link #exchange}.
   *
   * @param applied is given the groups that were
   * @throws IOException if the grid holds what this hub cannot read, or less than it had
   */
  Progress take(GridAnswer answer, List<Applied> applied) throws IOException {
    int size = answer.groupsInAll() + (answer.isSealed() ? 1 : 0);
    if (position > size) {
      throw new IOException("segment " + number + " has " + size + " entries where it had " + position);
    }
    int sureNow = answer.sure(charter.options().copiesMin());
    int readable = Math.min(sureNow, answer.from() + answer.groups().size());
    while (position < readable) {
      applied.add(apply(answer.groups().get(position - answer.from())));
      position++;
    }
    sure = Math.max(sure, sureNow);
    if (position < answer.groupsInAll()) {
      return sureNow < answer.groupsInAll() && position == sureNow ? Progress.UNSURE : Progress.MORE;
    }
    if (!answer.isSealed()) {
      return Progress.CAUGHT_UP;
    }
    if (sureNow < size) {
      return Progress.UNSURE;
    }
    next();
    return Progress.MORE;
  }

  private void next() {
    number++;
    position = 0;
    sure = 0;
    base = new GridBase(head, newestTime, keys.stamp(), keys.count(), keys.oldestSegment(number));
    keys.left(number - charter.slots() - 1);
  }

  private Applied apply(byte[] bytes) throws IOException {
    GridGroup group = GridGroup.decode(bytes);
    keys.advance(group.stamp());
    Instant time = Admission.timeFor(group.now(), newestTime);
    Admission admission = Admission.of(group.drafts(), keys::find, new EventId(charter.epoch(), head), time);
    List<Event> events = admission.appended().events();
    keys.remember(admission.keys(), time, number);
    if (!events.isEmpty()) {
      keep(events);
      head = events.get(events.size() - 1).offset();
      newestTime = time;
    }
    return new Applied(group.writer(), group.mark(), admission.appended());
  }

  private void keep(List<Event> events) {
    var gone = new ArrayList<Event>();
    var kept = new ArrayList<Event>(events.size());
    events.forEach(event -> (event.offset() < floor ? gone : kept).add(event));
    history.change(
            (all, now) -> {
              if (!gone.isEmpty()) {
                all.beginAfter(gone.get(gone.size() - 1).offset(), gone.get(0).time());
              }
              all.add(kept);
              return all.head();
            })
        .toCompletableFuture()
        .join(); // complete already; it fails when the log has been closed
  }
}
