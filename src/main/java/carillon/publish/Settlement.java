package carillon.publish;

import carillon.event.Event;
import carillon.log.Appended;
import carillon.log.Stored;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;

/**
 * What a group has come to. Immutable.
 *
 * @param outcomes one for each entry of the group, in order
 * @param runs what is announced, in order; before anybody is answered
 */
record Settlement(List<Outcome> outcomes, List<Run> runs) {

  private static final Outcome NEW_TRANSIENT = new Outcome.Accepted(null, false);
  private static final Outcome CONFLICT = new Outcome.Refused(Refusal.KEY_CONFLICT);

  Settlement {
    outcomes = List.copyOf(outcomes);
    runs = List.copyOf(runs);
  }

  /**
   * Neighbours that can be announced in one message.
   *
   * @param isLogged whether they are in the log; otherwise they are transient
   * @param events at least one, in order
   */
  record Run(boolean isLogged, List<Event> events) {

    Run {
      events = List.copyOf(events);
    }
  }

  /** Of a group without anything to commit. */
  static Settlement ofTransient(Group group, Instant now) {
    return settle(group, now, List.<Outcome>of().iterator(), List.<Event>of().iterator());
  }

  /**
   * Of a group that the log has committed.
   *
   * @throws IllegalArgumentException if the log's answer does not fit the group
   */
  static Settlement ofCommitted(Group group, Appended appended, Instant now) {
    int logged = (int) group.entries().stream().filter(Waiting::isLogged).count();
    long fresh = appended.outcomes().stream().filter(stored -> stored.verdict() == Stored.Verdict.NEW).count();
    if (appended.outcomes().size() != logged || appended.events().size() != fresh) {
      throw new IllegalArgumentException(
          "appended: expected " + logged + " outcomes and one event for each new one, got "
              + appended.outcomes().size() + " and " + appended.events().size() + " for " + fresh);
    }
    var outcomes = new ArrayList<Outcome>(logged);
    appended.outcomes().forEach(stored -> outcomes.add(outcomeOf(stored)));
    return settle(group, now, outcomes.iterator(), appended.events().iterator());
  }

  /** Of a group that the log has not committed: its transient entries are none the worse for it. */
  static Settlement ofFailed(Group group, Outcome ofLogged, Instant now) {
    var outcomes = group.entries().stream().filter(Waiting::isLogged).map(entry -> ofLogged).toList();
    return settle(group, now, outcomes.iterator(), List.<Event>of().iterator());
  }

  private static Settlement settle(Group group, Instant now, Iterator<Outcome> ofLogged, Iterator<Event> committed) {
    var outcomes = new ArrayList<Outcome>(group.entries().size());
    var runs = new Runs();
    for (Waiting entry : group.entries()) {
      if (!entry.isLogged()) {
        outcomes.add(NEW_TRANSIENT);
        runs.add(false, Event.of(entry.draft(), null, now));
      } else {
        Outcome outcome = ofLogged.next();
        outcomes.add(outcome);
        if (outcome instanceof Outcome.Accepted accepted && !accepted.duplicate()) {
          runs.add(true, committed.next());
        }
      }
    }
    return new Settlement(outcomes, runs.end());
  }

  private static Outcome outcomeOf(Stored stored) {
    return switch (stored.verdict()) {
      case NEW -> new Outcome.Accepted(stored.id(), false);
      case DUPLICATE -> new Outcome.Accepted(stored.id(), true);
      case CONFLICT -> CONFLICT;
    };
  }

  /** Joins neighbours. */
  private static final class Runs {

    private final List<Run> runs = new ArrayList<>();
    private final List<Event> events = new ArrayList<>();
    private boolean isLogged;

    void add(boolean logged, Event event) {
      if (logged != isLogged) {
        close();
        isLogged = logged;
      }
      events.add(event);
    }

    List<Run> end() {
      close();
      return runs;
    }

    private void close() {
      if (!events.isEmpty()) {
        runs.add(new Run(isLogged, events));
        events.clear();
      }
    }
  }
}
