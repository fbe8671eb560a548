package carillon.fault;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import carillon.event.EventId;
import carillon.event.Selectors;
import carillon.event.Topic;
import carillon.fault.HistoryChecker.Rule;
import carillon.fault.HistoryChecker.Violation;
import carillon.fault.Publication.Answer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Small histories, each right but for one thing. */
class HistoryCheckerTest {

  private static final int EPOCH = 7;

  private final List<Publication> publications = new ArrayList<>();
  private final List<Following> followings = new ArrayList<>();
  private long clock;

  @Test
  void history_withoutFault_hasNoViolation() {
    acknowledged("p", "a", "one", 1);
    acknowledged("q", "b", "two", 2);
    sent("p", "a", "three", 0, Answer.UNKNOWN); // stored, though nobody was told
    sent("p", "a", "four", 0, Answer.UNKNOWN); // lost
    sent("p", "a", "five", 0, Answer.REFUSED);
    acknowledged("p", "a", "six", 4);
    follower("a", after(0, seen(1, "one"), seen(3, "three")), after(3, seen(4, "six")));
    follower("b", after(0, seen(2, "two")));
    follower("*", after(0, seen(1, "one"), seen(2, "two")), after(2), after(2, seen(3, "three"), seen(4, "six")));
    expect();
  }

  @Test
  void acknowledged_seenByNobody_isLost() {
    acknowledged("p", "a", "one", 1);
    acknowledged("p", "a", "two", 2);
    follower("a", after(0, seen(1, "one")));
    expect(Rule.LOST);
  }

  @Test
  void unanswered_seenByOneOfTwo_isLost() {
    sent("p", "a", "one", 0, Answer.UNKNOWN);
    follower("a", after(0, seen(1, "one")));
    follower("a", after(0));
    expect(Rule.LOST);
  }

  @Test
  void resumed_eventAtTheSeamMissing_isLost() {
    acknowledged("p", "a", "one", 1);
    acknowledged("p", "a", "two", 2);
    acknowledged("p", "a", "three", 3);
    follower("a", after(0, seen(1, "one")), after(1, seen(3, "three")));
    expect(Rule.LOST);
  }

  @Test
  void live_eventsBeforeItsFirstId_areNotOwed() {
    acknowledged("p", "a", "one", 1);
    follower("a", live(clock, 1));
    acknowledged("p", "a", "two", 2);
    followings.add(new Following("late", Selectors.of("a"), List.of(live(clock, 2))));
    follower("a", after(0, seen(1, "one"), seen(2, "two")));
    expect(Rule.LOST); // the first one is owed "two"
  }

  @Test
  void live_sentAfterItsHead_isOwedWhateverItsFirstIdSays() {
    long opened = ++clock;
    acknowledged("p", "a", "one", 1);
    follower("a", live(opened, 1));
    expect(Rule.LOST);
  }

  @Test
  void live_brokenBeforeAnyId_beginsAnew() {
    long opened = ++clock;
    acknowledged("p", "a", "one", 1);
    var nothing = new Following.Stream("", opened, "", List.of(), List.of());
    follower("a", nothing, live(++clock, 1));
    expect();
  }

  @Test
  void resumed_eventOfBeforeAgain_isSeenTwiceAndUnordered() {
    acknowledged("p", "a", "one", 1);
    acknowledged("p", "a", "two", 2);
    follower("a", after(0, seen(1, "one"), seen(2, "two")), after(2, seen(2, "two")));
    expect(Rule.SEEN_TWICE, Rule.UNORDERED);
  }

  @Test
  void stream_idsThatGoDown_areUnordered() {
    acknowledged("p", "a", "one", 1);
    acknowledged("p", "a", "two", 2);
    follower("a", after(0, seen(2, "two"), seen(1, "one")));
    expect(Rule.UNORDERED);
  }

  @Test
  void id_shownAndGivenAgainAfterACrash_isReused() {
    sent("p", "a", "one", 0, Answer.UNKNOWN);
    acknowledged("q", "a", "two", 1);
    follower("a", after(0, seen(1, "one")));
    followings.add(new Following("late", Selectors.of("a"), List.of(after(0, seen(1, "two")))));
    expect(Rule.ID_REUSED);
  }

  @Test
  void key_acknowledgedUnderTwoIds_isStoredTwice() {
    Publication twice = sent("p", "a", "one", 0, Answer.acknowledged(id(1)));
    twice.attempted(1, ++clock, Answer.acknowledged(id(2)));
    follower("a", after(0, seen(1, "one")));
    expect(Rule.STORED_TWICE, Rule.LOST);
  }

  @Test
  void key_storedByTheAttemptThatBrokeAndTheNext_isStoredTwice() {
    Publication twice = sent("p", "a", "one", 0, Answer.UNKNOWN);
    twice.attempted(1, ++clock, Answer.acknowledged(id(2)));
    follower("a", after(0, seen(1, "one"), seen(2, "one")));
    expect(Rule.STORED_TWICE);
  }

  @Test
  void event_thatNobodySent_isForged() {
    acknowledged("p", "a", "one", 1);
    follower("a", after(0, seen(1, "onE")));
    expect(Rule.FORGED);
  }

  @Test
  void refused_seenAllTheSame_isAViolation() {
    sent("p", "a", "one", 0, Answer.REFUSED);
    follower("a", after(0, seen(1, "one")));
    expect(Rule.REFUSED_YET_STORED);
  }

  @Test
  void refused_onceAndSentAgain_mayBeSeen() {
    Publication again = sent("p", "a", "one", 0, Answer.REFUSED);
    again.attempted(0, ++clock, Answer.acknowledged(id(1)));
    follower("a", after(0, seen(1, "one")));
    expect();
  }

  @Test
  void publisher_acknowledgedThenLowerId_isUnordered() {
    acknowledged("p", "a", "one", 2);
    sent("p", "a", "two", 1, Answer.acknowledged(id(1)));
    follower("a", after(0, seen(1, "two"), seen(2, "one")));
    expect(Rule.PUBLISHER_UNORDERED);
  }

  @Test
  void publisher_unansweredOnOneConnection_isStillOrdered() {
    sent("p", "a", "one", 0, Answer.UNKNOWN);
    sent("p", "a", "two", 0, Answer.UNKNOWN);
    follower("a", after(0, seen(1, "two"), seen(2, "one")));
    expect(Rule.PUBLISHER_UNORDERED);
  }

  @Test
  void publisher_unansweredOnTwoConnections_mayBeInAnyOrder() {
    sent("p", "a", "one", 0, Answer.UNKNOWN);
    sent("p", "a", "two", 1, Answer.UNKNOWN);
    follower("a", after(0, seen(1, "two"), seen(2, "one")));
    expect();
  }

  @Test
  void follower_ofAnotherTopic_mustNotSeeIt() {
    acknowledged("p", "a", "one", 1);
    follower("b", after(0, seen(1, "one")));
    expect(Rule.NOT_SELECTED);
  }

  @Test
  void event_underOtherTopics_isAViolation() {
    acknowledged("p", "a", "one", 1);
    follower("*", after(0, new Following.Seen(id(1).toString(), List.of("b"), "one")));
    expect(Rule.NOT_SELECTED);
  }

  @Test
  void gap_whereNothingIsRemoved_isAViolation() {
    follower("a", new Following.Stream(id(4).toString(), 0, "", List.of(), List.of("{}")));
    expect(Rule.GAP);
  }

  @Test
  void id_ofAnotherEpochOrNone_isForeign() {
    acknowledged("p", "a", "one", 1);
    sent("p", "a", "two", 0, Answer.acknowledged(new EventId(EPOCH + 1, 2)));
    sent("p", "a", "three", 0, Answer.UNKNOWN);
    follower("a", after(0, seen(1, "one"), new Following.Seen("", List.of(), "three")));
    expect(Rule.FOREIGN_ID, Rule.FOREIGN_ID);
  }

  @Test
  void publications_withTheSameData_cannotBeChecked() {
    acknowledged("p", "a", "one", 1);
    acknowledged("p", "a", "one", 2);
    assertThrows(IllegalArgumentException.class, this::expect);
  }

  private void expect(Rule... rules) {
    List<Violation> violations = HistoryChecker.check(publications, followings);
    List<Rule> expected = Arrays.stream(rules).sorted().toList();
    assertEquals(expected, violations.stream().map(Violation::rule).sorted().toList(), violations.toString());
  }

  private void acknowledged(String publisher, String topic, String data, long offset) {
    var unused = sent(publisher, topic, data, 0, Answer.acknowledged(id(offset)));
  }

  private Publication sent(String publisher, String topic, String data, int connection, Answer answer) {
    var publication = new Publication(publisher, List.of(new Topic(topic)), data);
    publication.attempted(connection, ++clock, answer);
    publications.add(publication);
    return publication;
  }

  private void follower(String selector, Following.Stream... streams) {
    followings.add(new Following("follower " + followings.size(), Selectors.of(selector), List.of(streams)));
  }

  private static Following.Stream after(long cursor, Following.Seen... seen) {
    return new Following.Stream(id(cursor).toString(), 0, "", List.of(seen), List.of());
  }

  private static Following.Stream live(long openedAt, long firstId) {
    return new Following.Stream("", openedAt, id(firstId).toString(), List.of(), List.of());
  }

  private static Following.Seen seen(long offset, String data) {
    return new Following.Seen(id(offset).toString(), List.of(), data);
  }

  private static EventId id(long offset) {
    return new EventId(EPOCH, offset);
  }
}
