package carillon.log;

import static carillon.log.Logs.draft;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import carillon.event.Selectors;
import carillon.log.GridReplica.Applied;
import carillon.log.GridReplica.Progress;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** What a node takes of an answer, and what a backup takes of its owner. */
final class GridReplicaTest {

  private static final UUID WRITER = new UUID(1, 2);
  private static final Instant NOW = Instant.parse("2024-03-01T12:00:00Z");
  private static final GridCharter CHARTER = new GridCharter(7, 4, new GridOptions(1_000, 1_000_000, 1, 2));

  private final GridReplica replica =
      new GridReplica(
          CHARTER, 0, GridBase.BEGINNING, new GridKeys(GridBase.BEGINNING), 0, List.of(), SteadyClock.system());
  private final List<Applied> applied = new ArrayList<>();

  private static byte[] group(int mark) {
    return new GridGroup(WRITER, mark, NOW, NOW, List.of(draft("t", "" + mark))).encode();
  }

  private static GridSegment segment(int groups) {
    GridSegment segment = GridSegment.none(7).next(0, GridBase.BEGINNING, new byte[0]);
    for (int mark = 1; mark <= groups; mark++) {
      segment = segment.with(group(mark), 1, WRITER, mark);
    }
    return segment;
  }

  private List<String> data() {
    return Logs.data(
        Logs.await(replica.history().read(0, Selectors.of("**"), Logs.WIDE, EventLog.Reading.EVERYTHING)));
  }

  @Test
  void answer_onTooFewNodes_isAppliedAsFarAsItWasSureBefore() throws Exception {
    var onOne = new GridAnswer(0, List.of(group(1), group(2), group(3)), 3, false, 1, 1);
    assertEquals(Progress.UNSURE, replica.take(onOne, applied));
    assertEquals(List.of("1"), data());
    var onTwo = new GridAnswer(1, List.of(group(2), group(3)), 3, false, 1, 2);
    assertEquals(Progress.CAUGHT_UP, replica.take(onTwo, applied));
    assertEquals(List.of("1", "2", "3"), data());
    assertEquals(List.of(1L, 2L, 3L), applied.stream().map(Applied::mark).toList());
  }

  /** What counts is what an event takes up, not what it says: a million short ones need half a gigabyte. */
  @Test
  void events_short_areKeptAsFarAsTheyFitIntoTheHeap() throws Exception {
    var narrow = new GridCharter(7, 4, new GridOptions(1_000, 10 * GridOptions.EVENT_BYTES + 20, 1, 2));
    var small =
        new GridReplica(
            narrow, 0, GridBase.BEGINNING, new GridKeys(GridBase.BEGINNING), 0, List.of(), SteadyClock.system());
    var groups = new ArrayList<byte[]>();
    for (int mark = 1; mark <= 50; mark++) {
      groups.add(group(mark));
    }
    assertEquals(Progress.CAUGHT_UP, small.take(new GridAnswer(0, groups, 50, false, 0, 2), applied));
    assertEquals(50, small.history().head());
    assertEquals(41, small.history().oldest());
    assertEquals(20, small.history().bytes(), "data alone");
    assertTrue(segment(3).bytes() > 3 * GridOptions.EVENT_BYTES, "in the grid alike");
  }

  @Test
  void answer_notAllOfIt_goesOnWhereItEnded() throws Exception {
    assertEquals(Progress.MORE, replica.take(new GridAnswer(0, List.of(group(1)), 2, true, 0, 2), applied));
    assertEquals(Progress.MORE, replica.take(new GridAnswer(1, List.of(group(2)), 2, true, 0, 2), applied));
    assertEquals(1, replica.number(), "the seal has been seen");
    assertEquals(List.of("1", "2"), data());
  }

  @Test
  void seal_onTooFewNodes_opensNoOtherSegment() throws Exception {
    assertEquals(Progress.UNSURE, replica.take(new GridAnswer(0, List.of(group(1)), 1, true, 1, 1), applied));
    assertEquals(0, replica.number());
    assertEquals(Progress.MORE, replica.take(new GridAnswer(1, List.of(), 1, true, 1, 2), applied));
    assertEquals(1, replica.number());
  }

  @Test
  void answer_withLessThanThereWas_isDamage() throws Exception {
    assertEquals(
        Progress.CAUGHT_UP, replica.take(new GridAnswer(0, List.of(group(1), group(2)), 2, false, 0, 2), applied));
    assertThrows(IOException.class, () -> replica.take(new GridAnswer(2, List.of(), 1, false, 0, 2), applied));
  }

  @Test
  void backup_withWhatIsSure_becomesWhole() {
    GridSegment backup = segment(2).knowing(1, 0);
    GridSegment whole = segment(4).knowing(2, 0).seal().unsure().completing(backup);
    assertEquals(4, whole.groups());
    assertEquals(5, whole.size());
    for (int i = 0; i < 4; i++) {
      assertArrayEquals(group(i + 1), whole.group(i));
    }
    GridSegment sealOnly = segment(4).knowing(4, 0).seal().unsure().completing(segment(4));
    assertEquals(4, sealOnly.groups());
    assertEquals(5, sealOnly.size());
  }

  @Test
  void backup_withoutWhatIsSure_isNone() {
    GridSegment unsure = segment(4).knowing(3, 0).unsure();
    assertThrows(IllegalStateException.class, () -> unsure.completing(segment(2)));
    assertThrows(IllegalStateException.class, () -> unsure.completing(null));
    assertThrows(IllegalStateException.class, () -> unsure.completing(GridSegment.none(7)));
    assertThrows(
        IllegalStateException.class,
        () -> unsure.completing(GridSegment.none(8).next(0, GridBase.BEGINNING, new byte[0])));
    assertEquals(2, segment(2).unsure().completing(null).groups(), "nothing is sure yet, so all of it comes along");
  }
}
