package carillon.tail;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class ReachTest {

  private final Reach reach = new Reach(Duration.ofSeconds(3), Duration.ofSeconds(1));

  @Test
  void there_everyQuestionAnswered_isNeverAway() {
    for (int i = 0; i < 20; i++) {
      assertFalse(reach.ask());
      assertFalse(reach.answered());
    }
  }

  @Test
  void there_asManyQuestionsUnansweredAsItMay_isAwayOnce() {
    assertFalse(reach.ask());
    assertFalse(reach.ask());
    assertFalse(reach.ask());
    assertTrue(reach.ask());
    assertFalse(reach.ask(), "it is no news");
  }

  @Test
  void there_answeredJustBefore_isNotAway() {
    assertFalse(reach.ask());
    assertFalse(reach.ask());
    assertFalse(reach.ask());
    assertFalse(reach.answered());
    assertFalse(reach.ask());
    assertFalse(reach.ask());
    assertFalse(reach.ask());
    assertTrue(reach.ask());
  }

  @Test
  void away_answered_isBackOnce() {
    for (int i = 0; i < 9; i++) {
      var unused = reach.ask();
    }
    assertTrue(reach.answered());
    assertFalse(reach.answered());
    assertFalse(reach.ask());
  }

  /** However long a node was frozen: it has not asked meanwhile. */
  @Test
  void there_frozen_isNotAway() {
    assertFalse(reach.ask());
    // an hour passes here
    assertFalse(reach.ask());
    assertFalse(reach.answered());
  }

  @Test
  void patience_shorterThanThePeriod_isOneQuestion() {
    var impatient = new Reach(Duration.ofMillis(1), Duration.ofSeconds(1));
    assertFalse(impatient.ask());
    assertTrue(impatient.ask());
  }
}
