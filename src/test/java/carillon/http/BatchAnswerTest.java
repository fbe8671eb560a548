package carillon.http;

import static org.junit.jupiter.api.Assertions.assertEquals;

import carillon.event.EventId;
import carillon.event.Topic;
import carillon.publish.Refusal;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class BatchAnswerTest {

  private static final PublishAnswer STORED = new PublishAnswer(201, List.of(new Topic("a")), new EventId(1, 1), false,
      null);
  private static final PublishAnswer DUPLICATE = new PublishAnswer(200, List.of(new Topic("a")), new EventId(1, 1),
      true, null);
  private static final PublishAnswer TRANSIENT = new PublishAnswer(202, List.of(new Topic("a")), null, false, null);
  private static final PublishAnswer OVERLOADED = PublishAnswer.of(Problem.of(Refusal.OVERLOADED));
  private static final PublishAnswer DRAINING = PublishAnswer.of(Problem.of(Refusal.DRAINING));

  @Test
  void fates_status_isTheirsIfAlike() {
    assertEquals(200, BatchAnswer.status(List.of()));
    assertEquals(201, BatchAnswer.status(List.of(STORED, STORED)));
    assertEquals(200, BatchAnswer.status(List.of(DUPLICATE)));
    assertEquals(202, BatchAnswer.status(List.of(TRANSIENT, TRANSIENT)));
    assertEquals(201, BatchAnswer.status(List.of(DUPLICATE, STORED)));
    assertEquals(207, BatchAnswer.status(List.of(STORED, TRANSIENT)));
    assertEquals(207, BatchAnswer.status(List.of(STORED, OVERLOADED)));
    assertEquals(207, BatchAnswer.status(List.of(OVERLOADED, DRAINING))); // the same status, but not the same reason
  }

  @Test
  void refusals_commonProblem_isTheOneReason() {
    assertEquals(Optional.empty(), BatchAnswer.commonProblem(List.of()));
    assertEquals(Optional.empty(), BatchAnswer.commonProblem(List.of(STORED)));
    assertEquals(Optional.empty(), BatchAnswer.commonProblem(List.of(OVERLOADED, STORED)));
    assertEquals(Optional.empty(), BatchAnswer.commonProblem(List.of(OVERLOADED, DRAINING)));
    assertEquals(Optional.of(Problem.of(Refusal.OVERLOADED)), BatchAnswer.commonProblem(List.of(OVERLOADED,
        OVERLOADED)));
  }

  @Test
  void answers_body_isOneItemInOneLine() {
    List<PublishAnswer> answers = List.of(STORED, OVERLOADED, TRANSIENT);
    assertEquals(3, BatchAnswer.body(answers, BatchAnswer.JSON).toJsonArray().size());
    assertEquals(3, BatchAnswer.body(answers, BatchAnswer.JSON).toString().lines().count());
    assertEquals("000000000001-1\noverloaded\n", BatchAnswer.body(answers, BatchAnswer.TEXT).toString());
    assertEquals("[]", BatchAnswer.body(List.of(), BatchAnswer.JSON).toString());
  }
}
