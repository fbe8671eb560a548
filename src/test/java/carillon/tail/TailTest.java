package carillon.tail;

import static carillon.tail.Samples.range;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import carillon.event.Event;
import carillon.log.Page;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class TailTest {

  private static final List<Event> NOTHING = List.of();
  private static final List<Event> SIXTY = range(1, 60);

  private final Tail tail = new Tail(10);

  @Test
  void fresh_nextGroup_deliversAllOfIt() {
    assertStep(tail.committed(range(11, 13)), range(11, 13), false);
    assertEquals(13, tail.delivered());
  }

  @Test
  void fresh_firstGroupOfAnEmptyLog_deliversIt() {
    assertStep(new Tail(0).committed(range(1, 1)), range(1, 1), false);
  }

  @Test
  void delivered_sameGroupAgain_ignoresIt() {
    assertStep(tail.committed(range(11, 13)), range(11, 13), false);
    assertStep(tail.committed(range(11, 13)), NOTHING, false);
    assertEquals(13, tail.delivered());
  }

  @Test
  void delivered_olderGroup_ignoresIt() {
    assertStep(tail.committed(range(3, 10)), NOTHING, false);
    assertEquals(10, tail.delivered());
  }

  @Test
  void delivered_groupThatOverlaps_deliversWhatIsNew() {
    assertStep(tail.committed(range(9, 12)), range(11, 12), false);
    assertStep(tail.committed(range(12, 13)), range(13, 13), false);
  }

  @Test
  void head_beyondWhatWasHeardTwice_readsTheLog() {
    assertStep(tail.head(12), NOTHING, false);
    assertStep(tail.head(13), NOTHING, true);
    assertStep(tail.head(13), NOTHING, false);
    assertStep(tail.read(page(11, 13)), range(11, 13), false);
    assertStep(tail.head(13), NOTHING, false);
    assertStep(tail.head(13), NOTHING, false);
  }

  @Test
  void head_newsOnItsWay_isWaitedFor() {
    assertStep(tail.head(11), NOTHING, false);
    assertStep(tail.committed(range(11, 11)), range(11, 11), false);
    assertStep(tail.head(12), NOTHING, false);
    assertStep(tail.committed(range(12, 12)), range(12, 12), false);
  }

  @Test
  void reached_beyondWhatWasDelivered_readsTheLogAtOnce() {
    assertStep(tail.reached(12), NOTHING, true);
    assertStep(tail.reached(15), NOTHING, false);
    assertStep(tail.read(page(11, 12)), range(11, 12), true);
    assertStep(tail.read(page(13, 15)), range(13, 15), false);
  }

  @Test
  void reached_whatWasDelivered_isNoNews() {
    assertStep(tail.reached(10), NOTHING, false);
    assertStep(tail.committed(range(11, 13)), range(11, 13), false);
    assertStep(tail.reached(13), NOTHING, false);
  }

  @Test
  void delivered_groupThatCameTooEarly_readsTheLogInstead() {
    assertStep(tail.committed(range(12, 12)), NOTHING, true);
    assertEquals(10, tail.delivered());
  }

  @Test
  void reading_missingGroup_waitsForThePage() {
    assertStep(tail.committed(range(12, 12)), NOTHING, true);
    assertStep(tail.committed(range(11, 11)), NOTHING, false);
    assertEquals(10, tail.delivered());
    assertStep(tail.read(page(11, 12)), range(11, 12), false);
  }

  @Test
  void reading_furtherGroup_isNotedAndReadAfterThePage() {
    assertStep(tail.committed(range(12, 12)), NOTHING, true);
    assertStep(tail.committed(range(13, 15)), NOTHING, false);
    assertStep(tail.read(page(11, 12)), range(11, 12), true);
    assertStep(tail.read(page(13, 15)), range(13, 15), false);
    assertEquals(15, tail.delivered());
  }

  @Test
  void reading_pageBeyondWhatWasHeard_deliversAllOfIt() {
    assertStep(tail.committed(range(12, 12)), NOTHING, true);
    assertStep(tail.read(page(11, 20)), range(11, 20), false);
    assertStep(tail.committed(range(13, 20)), NOTHING, false);
    assertStep(tail.committed(range(21, 21)), range(21, 21), false);
  }

  @Test
  void reading_pageThatEndsEarly_readsOn() {
    assertStep(tail.committed(range(40, 40)), NOTHING, true);
    assertStep(tail.read(page(11, 20)), range(11, 20), true);
    assertStep(tail.read(page(21, 40)), range(21, 40), false);
  }

  @Test
  void reading_emptyPage_readsAgainAfterAPause() {
    assertStep(tail.committed(range(12, 12)), NOTHING, true);
    assertEquals(new Tail.Step(0, NOTHING, Tail.Read.LATER), tail.read(new Page(NOTHING, 10, 0)));
    assertStep(tail.retry(), NOTHING, true);
    assertStep(tail.read(page(11, 12)), range(11, 12), false);
  }

  @Test
  void reading_logCannotBeRead_isReadAgain() {
    assertStep(tail.committed(range(12, 12)), NOTHING, true);
    assertStep(tail.retry(), NOTHING, true);
    assertStep(tail.retry(), NOTHING, true);
    assertStep(tail.read(page(11, 12)), range(11, 12), false);
    assertStep(tail.retry(), NOTHING, false);
  }

  @Test
  void reading_pageSaysEventsBehindTheDeliveredAreGone_beginsAnewBehindTheLoss() {
    assertStep(tail.committed(range(20, 20)), NOTHING, true);
    assertEquals(new Tail.Step(15, range(16, 20), Tail.Read.NOT), tail.read(new Page(range(16, 20), 20, 15)));
    assertEquals(20, tail.delivered());
    assertStep(tail.committed(range(21, 21)), range(21, 21), false);
  }

  @Test
  void reading_lossAmongKeptEvents_leavesThoseBeforeItToTheLog() {
    assertStep(tail.committed(range(20, 20)), NOTHING, true);
    var page = new Page(List.of(SIXTY.get(12), SIXTY.get(18), SIXTY.get(19)), 20, 18);
    assertEquals(new Tail.Step(18, range(19, 20), Tail.Read.NOT), tail.read(page));
  }

  @Test
  void reading_lossBeyondThePage_goesOnBehindTheLoss() {
    assertStep(tail.committed(range(40, 40)), NOTHING, true);
    assertEquals(new Tail.Step(30, NOTHING, Tail.Read.NOW), tail.read(new Page(range(11, 12), 12, 30)));
    assertEquals(30, tail.delivered());
    assertStep(tail.committed(range(25, 25)), NOTHING, false);
    assertStep(tail.read(page(31, 40)), range(31, 40), false);
  }

  @Test
  void reading_lossUpToWhatWasDelivered_isNoLoss() {
    assertStep(tail.committed(range(12, 12)), NOTHING, true);
    assertStep(tail.read(new Page(range(11, 12), 12, 10)), range(11, 12), false);
  }

  @Test
  void anything_lateEarlyRepeatedOverlapping_deliversEachOffsetOnceInOrder() {
    for (long seed = 0; seed < 300; seed++) {
      var random = new SplittableRandom(seed);
      var subject = new Tail(0);
      long head = 0;
      boolean reading = false;
      var delivered = new ArrayList<Event>();
      while (head < 60 || subject.delivered() < head) {
        Tail.Step step;
        if (reading && random.nextInt(3) == 0) {
          long upTo = Math.min(head, subject.delivered() + random.nextInt(4));
          step = subject.read(new Page(SIXTY.subList((int) subject.delivered(), (int) upTo), upTo, 0));
          reading = (step.read() != Tail.Read.NOT);
        } else {
          head = Math.min(60, Math.max(1, head + random.nextInt(3)));
          long last = random.nextInt(4) == 0 ? 1 + random.nextLong(head) : head;
          step = subject.committed(SIXTY.subList((int) random.nextLong(last), (int) last));
          assertFalse(reading && (step.read() != Tail.Read.NOT), "seed " + seed + ": a second read beside the first");
          reading |= (step.read() != Tail.Read.NOT);
        }
        delivered.addAll(step.deliver());
        assertEquals(delivered.size(), subject.delivered(), "seed " + seed);
      }
      assertEquals(SIXTY, delivered, "seed " + seed);
    }
  }

  private static Page page(long first, long last) {
    return new Page(range(first, last), last, 0);
  }

  private static void assertStep(Tail.Step step, List<Event> deliver, boolean read) {
    assertEquals(new Tail.Step(0, deliver, read ? Tail.Read.NOW : Tail.Read.NOT), step);
  }
}
