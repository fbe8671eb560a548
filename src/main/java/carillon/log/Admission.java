package carillon.log;

import carillon.event.Draft;
import carillon.event.Event;
import carillon.event.EventId;
import carillon.event.Key;
import carillon.log.Stored.Verdict;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Decides what becomes of each draft of a group: new with the next offset, duplicate or conflict. It changes nothing;
 * the engine stores {@link Appended#events()} and {@link #keys()} together or not at all. Immutable.
 *
 * @param appended the answer to the publisher, once everything is stored
 * @param keys what the log must remember from now on
 */
record Admission(Appended appended, Map<Key, KnownKey> keys) {

  /** Copies the map. */
  Admission {
    keys = Map.copyOf(keys);
  }

  /**
   * Decides for a whole group.
   *
   * @param drafts in the publisher's order
   * @param known what is remembered of a key within the window, {@code null} when nothing is; asked once for each key
   *     of the group
   * @param newest the id of the newest event, with offset 0 when there is none
   * @param time of the new events, see {@link #timeFor}
   */
  static Admission of(List<Draft> drafts, Function<Key, @Nullable KnownKey> known, EventId newest, Instant time) {
    var outcomes = new ArrayList<Stored>(drafts.size());
    var events = new ArrayList<Event>(drafts.size());
    var keys = new HashMap<Key, KnownKey>();
    long offset = newest.offset();
    for (Draft draft : drafts) {
      Key key = draft.key();
      if (key != null) {
        ContentDigest content = ContentDigest.of(draft);
        KnownKey first = keys.containsKey(key) ? keys.get(key) : known.apply(key);
        if (first != null) {
          Verdict verdict = first.content().equals(content) ? Verdict.DUPLICATE : Verdict.CONFLICT;
          outcomes.add(new Stored(new EventId(newest.epoch(), first.offset()), verdict));
          continue;
        }
        keys.put(key, new KnownKey(offset + 1, content)); // the offset it is about to get
      }
      offset++;
      var id = new EventId(newest.epoch(), offset);
      events.add(Event.of(draft, id, time));
      outcomes.add(new Stored(id, Verdict.NEW));
    }
    return new Admission(new Appended(outcomes, events), keys);
  }

  /** The time of events that arrive at {@code now}: in whole milliseconds, and not before the newest event's. */
  static Instant timeFor(Instant now, Instant newest) {
    Instant millis = now.truncatedTo(ChronoUnit.MILLIS);
    return millis.isBefore(newest) ? newest : millis;
  }
}
