package carillon.publish;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import carillon.event.Event;
import carillon.event.EventId;
import carillon.log.Appended;
import carillon.log.Stored;
import carillon.log.Stored.Verdict;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class SettlementTest {

  private static final Instant NOW = Instant.parse("2026-11-20T12:00:00Z");
  private static final Outcome TRANSIENT = new Outcome.Accepted(null, false);

  /** {@code "L T"}: a logged one, then a transient one; the data is the place. */
  private static Group group(String kinds) {
    var answers = new Answers(100, outcomes -> {});
    var entries = new ArrayList<Waiting>();
    for (String kind : kinds.split(" ")) {
      var draft = SampleDrafts.draft("a", Integer.toString(entries.size()));
      entries.add(new Waiting(draft, kind.equals("L"), answers, entries.size()));
    }
    return new Group(entries);
  }

  private static EventId id(long offset) {
    return new EventId(7, offset);
  }

  private static Appended appended(Group group, Verdict... verdicts) {
    var outcomes = new ArrayList<Stored>();
    var events = new ArrayList<Event>();
    for (int i = 0; i < verdicts.length; i++) {
      outcomes.add(new Stored(id(i + 1), verdicts[i]));
      if (verdicts[i] == Verdict.NEW) {
        events.add(Event.of(group.logged().get(i), id(i + 1), NOW));
      }
    }
    return new Appended(outcomes, events);
  }

  private static List<String> runsOf(Settlement settlement) {
    return settlement.runs().stream()
        .map(run -> (run.isLogged() ? "L" : "T") + run.events().stream().map(event -> event.data().toString()).toList())
        .toList();
  }

  @Test
  void ofCommitted_allNew_isOneRunAndTheirIds() {
    Group group = group("L L");
    var settlement = Settlement.ofCommitted(group, appended(group, Verdict.NEW, Verdict.NEW), NOW);
    assertEquals(List.of("L[0, 1]"), runsOf(settlement));
    assertEquals(
        List.of(new Outcome.Accepted(id(1), false), new Outcome.Accepted(id(2), false)), settlement.outcomes());
  }

  @Test
  void ofCommitted_duplicateAndConflict_areAnsweredAndNotAnnounced() {
    Group group = group("L L L");
    var settlement =
        Settlement.ofCommitted(group, appended(group, Verdict.DUPLICATE, Verdict.NEW, Verdict.CONFLICT), NOW);
    assertEquals(List.of("L[1]"), runsOf(settlement));
    assertEquals(
        List.of(
            new Outcome.Accepted(id(1), true),
            new Outcome.Accepted(id(2), false),
            new Outcome.Refused(Refusal.KEY_CONFLICT)),
        settlement.outcomes());
  }

  @Test
  void ofCommitted_mixed_isAnnouncedInTheOrderHandedIn() {
    Group group = group("L T T L L T");
    var settlement = Settlement.ofCommitted(group, appended(group, Verdict.NEW, Verdict.NEW, Verdict.NEW), NOW);
    assertEquals(List.of("L[0]", "T[1, 2]", "L[3, 4]", "T[5]"), runsOf(settlement));
    assertEquals(TRANSIENT, settlement.outcomes().get(1));
    assertEquals(new Outcome.Accepted(id(3), false), settlement.outcomes().get(4));
  }

  @Test
  void ofCommitted_onlyDuplicates_announcesNothing() {
    Group group = group("L");
    assertEquals(List.of(), Settlement.ofCommitted(group, appended(group, Verdict.DUPLICATE), NOW).runs());
  }

  @Test
  void ofCommitted_answerThatDoesNotFit_isRefused() {
    Group group = group("L L");
    var tooFew = appended(group, Verdict.NEW);
    assertThrows(IllegalArgumentException.class, () -> Settlement.ofCommitted(group, tooFew, NOW));
    var withoutEvents = new Appended(appended(group, Verdict.NEW, Verdict.NEW).outcomes(), List.of());
    assertThrows(IllegalArgumentException.class, () -> Settlement.ofCommitted(group, withoutEvents, NOW));
  }

  @Test
  void ofTransient_isOneRunWithoutIds() {
    var settlement = Settlement.ofTransient(group("T T"), NOW);
    assertEquals(List.of("T[0, 1]"), runsOf(settlement));
    assertEquals(List.of(TRANSIENT, TRANSIENT), settlement.outcomes());
    Event event = settlement.runs().get(0).events().get(0);
    assertEquals(true, event.isTransient());
    assertEquals(NOW, event.time());
  }

  @Test
  void ofFailed_mixed_failsTheLoggedOnesOnly() {
    Outcome full = new Outcome.Refused(Refusal.LOG_FULL);
    var settlement = Settlement.ofFailed(group("L T L T"), full, NOW);
    assertEquals(List.of("T[1, 3]"), runsOf(settlement));
    assertEquals(List.of(full, TRANSIENT, full, TRANSIENT), settlement.outcomes());
  }
}
