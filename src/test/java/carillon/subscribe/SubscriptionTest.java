package carillon.subscribe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import carillon.event.EventId;
import carillon.event.GapReason;
import carillon.log.Page;
import carillon.tail.Samples;
import java.util.TreeMap;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class SubscriptionTest {

  private static final Step REST = Step.Rest.REST;

  /** Positions 101 to 110 hold the events 11 to 20. */
  private final FixedRecent recent = new FixedRecent(100, 10, 10);

  @Test
  void live_nothingNew_rests() {
    assertEquals(REST, open(Start.live(20)).next(recent, true));
  }

  @Test
  void live_newFrame_isSent() {
    Subscription subscription = open(Start.live(20));
    assertEquals(REST, subscription.next(recent, true));
    recent.arrive(1);
    assertEquals(send(110), subscription.next(recent, true));
  }

  @Test
  void live_cursorAheadOfTheTail_restsUntilTheTailIsThere() {
    Subscription subscription = open(Start.live(22));
    assertEquals(REST, subscription.next(recent, true));
    recent.arrive(1);
    assertEquals(REST, subscription.next(recent, true));
    recent.arrive(1);
    assertEquals(new Step.SendTransient(110, 112), subscription.next(recent, true));
    subscription.sent(112, 0, 0);
    assertEquals(REST, subscription.next(recent, true));
    recent.arrive(1);
    assertEquals(send(112), subscription.next(recent, true));
  }

  @Test
  void live_severalBeyondTheCursorAtOnce_beginsWithWhatPassedMeanwhile() {
    Subscription subscription = open(Start.live(22));
    assertEquals(REST, subscription.next(recent, true));
    recent.arrive(1);
    recent.pass(1);
    recent.arrive(4);
    assertEquals(new Step.SendTransient(110, 113), subscription.next(recent, true));
    subscription.sent(112, 0, 0);
    assertEquals(new Step.SendTransient(112, 113), subscription.next(recent, true));
    subscription.sent(113, 0, 0);
    assertEquals(send(113), subscription.next(recent, true));
    assertEquals(22, subscription.cursor());
  }

  @Test
  void claimed_cursorAmongTheRecentFrames_isServedFromThem() {
    assertEquals(send(103), open(claimed(13)).next(recent, true));
  }

  @Test
  void claimed_cursorJustBeforeTheRecentFrames_isServedFromThem() {
    assertEquals(send(100), open(claimed(10)).next(recent, true));
  }

  @Test
  void claimed_cursorBeforeTheRecentFrames_readsTheLog() {
    assertEquals(new Step.Read(9), open(claimed(9)).next(recent, true));
  }

  @Test
  void all_emptyHub_rests() {
    assertEquals(REST, open(Start.unclaimed(0, 0)).next(new FixedRecent(0, 0, 0), true));
  }

  @Test
  void sending_pieceSent_goesOnBehindIt() {
    Subscription subscription = open(claimed(13));
    assertEquals(send(103), subscription.next(recent, true));
    subscription.sent(105, 15, 15);
    assertEquals(15, subscription.cursor());
    assertEquals(send(105), subscription.next(recent, true));
    subscription.sent(110, 20, 0);
    assertEquals(20, subscription.cursor());
    assertEquals(REST, subscription.next(recent, true));
  }

  @Test
  void joined_framesThatPassedBefore_areSentUpToWhereItJoinedThenAllOfThem() {
    Subscription subscription = open(claimed(13));
    assertEquals(REST, subscription.next(recent, false));
    recent.arrive(3);
    assertEquals(new Step.Send(103, 110), subscription.next(recent, true));
    subscription.sent(106, 16, 15); // a piece; the frame behind it may be transient and have passed
    assertEquals(new Step.Send(106, 110), subscription.next(recent, true));
    subscription.sent(110, 20, 20);
    assertEquals(new Step.Send(110, 110), subscription.next(recent, true));
  }

  @Test
  void joined_recentFramesForgetBeforeItIsServed_readsTheLog() {
    Subscription subscription = open(claimed(13));
    assertEquals(send(103), subscription.next(recent, true));
    subscription.sent(105, 15, 15);
    recent.keep(108);
    recent.pendingFrom = 101; // what matched since is still pending, but nobody has looked through what passed before
    assertEquals(new Step.Read(15), subscription.next(recent, true));
  }

  @Test
  void sending_outletFull_restsAndGoesOnWhenItDrained() {
    Subscription subscription = open(claimed(13));
    assertEquals(REST, subscription.next(recent, false));
    assertEquals(send(103), subscription.next(recent, true));
  }

  @Test
  void sending_pieceWithoutLoggedEvents_keepsTheCursor() {
    Subscription subscription = open(Start.live(20));
    assertEquals(REST, subscription.next(recent, true));
    subscription.sent(110, 0, 0);
    assertEquals(20, subscription.cursor());
  }

  @Test
  void sending_pieceEndsBeforePassingFrames_goesOnWithThem() {
    Subscription subscription = open(Start.live(20));
    assertEquals(REST, subscription.next(recent, true));
    recent.pass(3);
    assertEquals(send(110), subscription.next(recent, true));
    subscription.sent(111, 20, 0);
    assertEquals(send(111), subscription.next(recent, true));
  }

  @Test
  void sending_fellOutOfTheRecentFrames_readsTheLogAfterTheCursor() {
    Subscription subscription = open(claimed(13));
    assertEquals(send(103), subscription.next(recent, true));
    subscription.sent(105, 15, 15);
    recent.keep(107);
    assertEquals(new Step.Read(15), subscription.next(recent, true));
  }

  @Test
  void sending_fellOutButTheLogWasQuiet_skipsThePassingFramesOnly() {
    Subscription subscription = open(Start.live(20));
    assertEquals(REST, subscription.next(recent, true));
    recent.pass(30);
    recent.keep(130);
    assertEquals(REST, subscription.next(recent, true));
    recent.arrive(1);
    assertEquals(send(140), subscription.next(recent, true));
  }

  @Test
  void reading_anything_rests() {
    Subscription subscription = open(claimed(2));
    assertEquals(new Step.Read(2), subscription.next(recent, true));
    assertTrue(subscription.isReading());
    recent.arrive(1);
    assertEquals(REST, subscription.next(recent, true));
    assertEquals(REST, subscription.next(recent, false));
  }

  @Test
  void reading_pageBelowTheRecentFrames_readsOn() {
    Subscription subscription = reading(claimed(2));
    assertTrue(subscription.read(page(0, 8, 3, 5)) > 0);
    assertFalse(subscription.isReading());
    assertEquals(8, subscription.cursor());
    assertEquals(new Step.Read(8), subscription.next(recent, true));
  }

  @Test
  void reading_pageReachesTheRecentFrames_sendsFromThem() {
    Subscription subscription = reading(claimed(2));
    assertTrue(subscription.read(page(0, 15, 3, 12)) > 0);
    assertEquals(send(105), subscription.next(recent, true));
  }

  @Test
  void reading_pageBeyondWhereItJoined_isUsedUpToThereForWhatPassedSince() {
    Subscription subscription = reading(claimed(2));
    recent.pass(1);
    recent.arrive(2);
    assertEquals(20, subscription.read(page(0, 22, 18, 21, 22)));
    assertEquals(20, subscription.cursor());
    assertEquals(send(110), subscription.next(recent, true));
  }

  @Test
  void reading_pageBeyondTheTailAndWhereItJoinedForgotten_restsUntilTheTailIsThere() {
    Subscription subscription = reading(claimed(2));
    assertEquals(20, subscription.read(page(0, 23, 19, 23)));
    recent.arrive(2);
    recent.keep(112);
    assertEquals(new Step.Read(20), subscription.next(recent, true));
    assertEquals(23, subscription.read(page(0, 23, 23)));
    assertEquals(REST, subscription.next(recent, true));
    recent.arrive(2);
    assertEquals(send(113), subscription.next(recent, true));
  }

  @Test
  void reading_fails_isAskedAgain() {
    Subscription subscription = reading(claimed(2));
    subscription.readFailed();
    assertFalse(subscription.isReading());
    assertEquals(new Step.Read(2), subscription.next(recent, true));
  }

  @Test
  void otherEpoch_start_tellsBeforeAnythingElse() {
    for (GapReason reason : GapReason.values()) {
      Subscription subscription = open(Start.gap(reason, "what the client said"));
      assertEquals(REST, subscription.next(recent, false));
      assertEquals(new Step.Tell(reason, "what the client said"), subscription.next(recent, true));
      subscription.told(5, 20);
      assertEquals(4, subscription.cursor());
      assertEquals(new Step.Read(4), subscription.next(recent, true));
    }
  }

  @Test
  void gapToldAtTheStart_moreThanThatIsGone_isNotToldAgain() {
    Subscription subscription = open(Start.gap(GapReason.UNKNOWN, "x"));
    subscription.next(recent, true);
    subscription.told(5, 20);
    subscription.next(recent, true);
    assertTrue(subscription.read(page(8, 10, 7, 9)) > 0);
    assertEquals(10, subscription.cursor());
  }

  @Test
  void claimed_eventsBeyondTheCursorAreGone_tellsThenGoesOnWithWhatIsKept() {
    Subscription subscription = reading(claimed(2));
    assertEquals(0, subscription.read(page(5, 8, 6)));
    assertEquals(2, subscription.cursor());
    assertEquals(new Step.Tell(GapReason.EXPIRED, id(2)), subscription.next(recent, true));
    subscription.told(6, 20);
    assertEquals(5, subscription.cursor());
    assertEquals(new Step.Read(5), subscription.next(recent, true));
    assertTrue(subscription.read(page(5, 8, 6)) > 0);
  }

  @Test
  void claimed_whatIsGoneLiesBeforeTheCursor_isNoLoss() {
    Subscription subscription = reading(claimed(5));
    assertTrue(subscription.read(page(5, 8, 6)) > 0);
  }

  @Test
  void claimed_sameLossAmongKeptEvents_isToldOnce() {
    Subscription subscription = reading(claimed(2));
    assertEquals(0, subscription.read(page(6, 4, 3)));
    assertEquals(new Step.Tell(GapReason.EXPIRED, id(2)), subscription.next(recent, true));
    subscription.told(3, 20); // 3 and 4 are kept, 6 is gone
    assertEquals(2, subscription.cursor());
    assertEquals(new Step.Read(2), subscription.next(recent, true));
    assertTrue(subscription.read(page(6, 4, 3)) > 0);
    assertEquals(new Step.Read(4), subscription.next(recent, true));
    assertTrue(subscription.read(page(6, 8, 7)) > 0);
  }

  @Test
  void claimed_moreIsGoneByTheTimeOfThePage_isPartOfTheGapThatWasTold() {
    Subscription subscription = reading(claimed(2));
    assertEquals(0, subscription.read(page(4, 8, 5)));
    subscription.next(recent, true);
    subscription.told(5, 20);
    assertEquals(new Step.Read(4), subscription.next(recent, true));
    assertTrue(subscription.read(page(7, 8, 8)) > 0);
  }

  @Test
  void claimed_moreIsGoneAfterThePage_isToldToo() {
    Subscription subscription = reading(claimed(2));
    assertEquals(0, subscription.read(page(4, 8, 5)));
    subscription.next(recent, true);
    subscription.told(5, 20);
    assertEquals(new Step.Read(4), subscription.next(recent, true));
    assertTrue(subscription.read(page(4, 6, 5, 6)) > 0);
    assertEquals(new Step.Read(6), subscription.next(recent, true));
    assertEquals(0, subscription.read(page(8, 9, 9)));
    assertEquals(new Step.Tell(GapReason.EXPIRED, id(6)), subscription.next(recent, true));
  }

  @Test
  void live_fellBehindRetention_tellsItsCursor() {
    Subscription subscription = open(Start.live(20));
    assertEquals(REST, subscription.next(recent, true));
    recent.arrive(50);
    recent.keep(140);
    assertEquals(new Step.Read(20), subscription.next(recent, true));
    assertEquals(0, subscription.read(page(30, 40, 31)));
    assertEquals(new Step.Tell(GapReason.EXPIRED, id(20)), subscription.next(recent, true));
  }

  @Test
  void all_restedThenTheRecentFramesBeganAnew_whatWasGoneBeforehandIsForgiven() {
    var fresh = new FixedRecent(0, 0, 0);
    Subscription subscription = open(Start.unclaimed(0, 5));
    assertEquals(REST, subscription.next(fresh, true));
    fresh.arrive(8);
    fresh.keep(7);
    assertEquals(new Step.Read(0), subscription.next(fresh, true));
    assertTrue(subscription.read(page(5, 8, 6)) > 0);
  }

  @Test
  void all_whatIsGoneBeforehand_isForgiven() {
    Subscription subscription = reading(Start.unclaimed(0, 20));
    assertTrue(subscription.read(page(5, 8, 6)) > 0);
  }

  @Test
  void all_whatCameLaterIsGoneBeforeTheFirstPage_isTold() {
    Subscription subscription = reading(Start.unclaimed(0, 20));
    assertEquals(0, subscription.read(page(21, 22, 22)));
    assertEquals(new Step.Tell(GapReason.EXPIRED, id(0)), subscription.next(recent, true));
  }

  @Test
  void gapTold_whatCameLaterIsGoneBeforeTheNextPage_isTold() {
    Subscription subscription = open(Start.gap(GapReason.EPOCH, "x"));
    subscription.next(recent, true);
    subscription.told(5, 20);
    assertEquals(new Step.Read(4), subscription.next(recent, true));
    assertEquals(0, subscription.read(page(21, 22, 22)));
    assertEquals(new Step.Tell(GapReason.EXPIRED, id(4)), subscription.next(recent, true));
  }

  @Test
  void all_goneWhileCatchingUp_isTold() {
    Subscription subscription = reading(Start.unclaimed(0, 20));
    assertTrue(subscription.read(page(3, 4, 4)) > 0);
    assertEquals(new Step.Read(4), subscription.next(recent, true));
    assertEquals(0, subscription.read(page(7, 9, 8)));
    assertEquals(new Step.Tell(GapReason.EXPIRED, id(4)), subscription.next(recent, true));
  }

  @Test
  void all_servedFromTheRecentFramesThenFellOut_isTold() {
    Subscription subscription = open(Start.unclaimed(12, 20));
    assertEquals(send(102), subscription.next(recent, true));
    subscription.sent(104, 14, 14);
    recent.arrive(20);
    recent.keep(115);
    assertEquals(new Step.Read(14), subscription.next(recent, true));
    assertEquals(0, subscription.read(page(16, 20, 17)));
  }

  @Test
  void live_start_clientDoesNotKnowItsCursor() {
    Subscription subscription = open(Start.live(0));
    assertTrue(subscription.isAheadOfClient());
    subscription.checkpointed();
    assertFalse(subscription.isAheadOfClient());
  }

  @Test
  void claimedOrAll_start_clientKnowsItsCursor() {
    assertFalse(open(claimed(13)).isAheadOfClient());
    assertFalse(open(Start.unclaimed(0, 20)).isAheadOfClient());
    assertFalse(open(Start.gap(GapReason.AHEAD, "x")).isAheadOfClient());
  }

  @Test
  void sending_lastFrameIsAnEvent_clientKnowsItsCursor() {
    Subscription subscription = open(claimed(13));
    subscription.next(recent, true);
    subscription.sent(105, 15, 15);
    assertFalse(subscription.isAheadOfClient());
    subscription.sent(110, 20, 18);
    assertTrue(subscription.isAheadOfClient());
    subscription.checkpointed();
    assertFalse(subscription.isAheadOfClient());
    assertEquals(20, subscription.cursor());
  }

  @Test
  void reading_nothingMatches_clientFallsBehindUntilTheCheckpoint() {
    Subscription subscription = reading(claimed(2));
    assertTrue(subscription.read(page(0, 8)) > 0);
    assertTrue(subscription.isAheadOfClient());
    subscription.checkpointed();
    assertFalse(subscription.isAheadOfClient());
  }

  @Test
  void told_anyCursor_isGivenToTheClient() {
    Subscription subscription = open(Start.gap(GapReason.EPOCH, "x"));
    subscription.next(recent, true);
    subscription.told(1, 20);
    assertTrue(subscription.isAheadOfClient());
  }

  @Test
  void told_nothingIsLeftToSend_clientIsToBeGivenACursorBehindTheLoss() {
    Subscription subscription = toldOfFive();
    assertTrue(subscription.read(page(5, 8)) > 0);
    assertTrue(subscription.isBehindLoss());
    subscription.checkpointed();
    assertFalse(subscription.isBehindLoss());
  }

  @Test
  void told_whatIsLeftIsOlderThanTheLoss_clientIsToBeGivenACursorBehindTheLoss() {
    Subscription subscription = toldOfFive();
    assertTrue(subscription.read(page(5, 4, 3)) > 0);
    assertFalse(subscription.isBehindLoss(), "not there yet");
    assertTrue(subscription.read(page(5, 8, 4)) > 0);
    assertTrue(subscription.isBehindLoss());
  }

  @Test
  void told_whatIsLeftIsNewerThanTheLoss_movesTheClientItself() {
    Subscription subscription = toldOfFive();
    assertTrue(subscription.read(page(5, 8, 7)) > 0);
    assertFalse(subscription.isBehindLoss());
  }

  /** Came with 2, was told that 5 is gone, and was given 2 again because there may be something before 5. */
  private Subscription toldOfFive() {
    Subscription subscription = reading(claimed(2));
    assertEquals(0, subscription.read(page(5, 8)));
    assertEquals(new Step.Tell(GapReason.EXPIRED, id(2)), subscription.next(recent, true));
    subscription.told(1, 20);
    subscription.checkpointed();
    assertFalse(subscription.isBehindLoss(), "what is left comes first");
    assertEquals(new Step.Read(2), subscription.next(recent, true));
    return subscription;
  }

  private static Subscription open(Start start) {
    return new Subscription(Samples.EPOCH, start);
  }

  private Subscription reading(Start start) {
    Subscription subscription = open(start);
    assertEquals(new Step.Read(start.cursor()), subscription.next(recent, true));
    return subscription;
  }

  private static Step send(long position) {
    return new Step.Send(position, 110);
  }

  private static Start claimed(long cursor) {
    return Start.claimed(cursor, id(cursor));
  }

  private static String id(long offset) {
    return new EventId(Samples.EPOCH, offset).toString();
  }

  private static Page page(long removedUpTo, long upTo, long... offsets) {
    return new Page(LongStream.of(offsets).mapToObj(offset -> Samples.logged(offset, "a")).toList(), upTo, removedUpTo);
  }

  /** Recent frames that hold first some events, then events and transient frames as told. */
  private static final class FixedRecent implements Recent {
    private final TreeMap<Long, Long> offsetAt = new TreeMap<>();

    /** From this position on, what matched is at hand although the frames themselves may be forgotten. */
    private long pendingFrom = Long.MAX_VALUE;

    FixedRecent(long floorPosition, long floorOffset, int events) {
      offsetAt.put(floorPosition, floorOffset);
      arrive(events);
    }

    void arrive(int events) {
      for (int i = 0; i < events; i++) {
        offsetAt.put(head() + 1, lastOffset() + 1);
      }
    }

    void pass(int frames) {
      for (int i = 0; i < frames; i++) {
        offsetAt.put(head() + 1, lastOffset());
      }
    }

    /** Forgets all before {@code first}. */
    void keep(long first) {
      offsetAt.headMap(first - 1).clear();
    }

    @Override
    public long head() {
      return offsetAt.lastKey();
    }

    @Override
    public long lastOffset() {
      return offsetAt.lastEntry().getValue();
    }

    @Override
    public boolean reaches(long position) {
      return position >= pendingFrom || position >= offsetAt.firstKey();
    }

    @Override
    public boolean reachesOffset(long offset) {
      return offset >= offsetAt.firstEntry().getValue();
    }

    @Override
    public long positionOf(long offset) {
      var reached = offsetAt.keySet().stream().filter(position -> offsetAt.get(position) <= offset);
      return reached.max(Long::compare).orElseThrow();
    }
  }
}
