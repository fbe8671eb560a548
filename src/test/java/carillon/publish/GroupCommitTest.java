package carillon.publish;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import carillon.config.PublishOptions;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.Random;
import org.junit.jupiter.api.Test;

class GroupCommitTest {

  private static final PublishOptions OPTIONS = new PublishOptions(3, 10, 6, 30);
  private static final Answers NOBODY = new Answers(1, outcomes -> {});

  private final GroupCommit groups = new GroupCommit(OPTIONS);

  private static Waiting logged(String data) {
    return new Waiting(SampleDrafts.draft("a", data), true, NOBODY, 0);
  }

  private static Waiting transientOne(String data) {
    return new Waiting(SampleDrafts.draft("a", data), false, NOBODY, 0);
  }

  private static Optional<Refusal> refused(Refusal reason) {
    return Optional.of(reason);
  }

  private void offer(Waiting... entries) {
    assertEquals(Optional.empty(), groups.offer(List.of(entries)));
  }

  /** The data of the next group, joined; takes it as settled. */
  private String nextAndCompleted() {
    Group group = groups.next().orElseThrow();
    groups.completed();
    return textOf(group);
  }

  private static String textOf(Group group) {
    return String.join(" ", group.entries().stream().map(entry -> entry.draft().data().toString()).toList());
  }

  @Test
  void idle_next_isEmpty() {
    assertEquals(Optional.empty(), groups.next());
  }

  @Test
  void idle_oneDraft_isAGroupAtOnce() {
    offer(logged("1"));
    assertEquals("1", nextAndCompleted());
    assertEquals(Optional.empty(), groups.next());
  }

  @Test
  void inFlight_next_waitsAndJoinsWhatArrivesMeanwhile() {
    offer(logged("1"));
    assertEquals("1", textOf(groups.next().orElseThrow()));
    offer(logged("2"));
    offer(logged("3"));
    assertEquals(Optional.empty(), groups.next());
    groups.completed();
    assertEquals("2 3", nextAndCompleted());
  }

  @Test
  void waiting_moreThanTheCount_isSplitInOrder() {
    offer(logged("1"), logged("2"), logged("3"), logged("4"), logged("5"));
    assertEquals("1 2 3", nextAndCompleted());
    assertEquals("4 5", nextAndCompleted());
  }

  @Test
  void waiting_moreThanTheBytes_isSplitInOrder() {
    offer(logged("xxxxx"), logged("yyyyy"), logged("z"));
    assertEquals("xxxxx yyyyy", nextAndCompleted());
    assertEquals("z", nextAndCompleted());
  }

  @Test
  void waiting_draftLargerThanAGroup_isAGroupOfItsOwn() {
    offer(logged("1"), logged("x".repeat(11)), logged("2"));
    assertEquals("1", nextAndCompleted());
    assertEquals("x".repeat(11), nextAndCompleted());
    assertEquals("2", nextAndCompleted());
  }

  @Test
  void waiting_transientFirst_leavesWithoutTheLoggedOnes() {
    offer(transientOne("t1"), transientOne("t2"), logged("1"), transientOne("t3"));
    Group first = groups.next().orElseThrow();
    assertFalse(first.isLogged());
    assertEquals("t1 t2", textOf(first));
    groups.completed();
    Group second = groups.next().orElseThrow();
    assertTrue(second.isLogged());
    assertEquals("1 t3", textOf(second));
    assertEquals(1, second.logged().size());
  }

  @Test
  void offer_moreThanFit_isRefusedAsAWhole() {
    offer(logged("1"), logged("2"), logged("3"), logged("4"));
    assertEquals(refused(Refusal.OVERLOADED), groups.offer(List.of(logged("5"), logged("6"), logged("7"))));
    offer(logged("8"), logged("9"));
    assertEquals("1 2 3", nextAndCompleted());
    assertEquals("4 8 9", nextAndCompleted());
  }

  @Test
  void offer_moreBytesThanFit_isRefused_andFitsAgainWhenTheyLeave() {
    offer(logged("x".repeat(20)), logged("x".repeat(10)));
    assertEquals(refused(Refusal.OVERLOADED), groups.offer(List.of(logged("1"))));
    offer(logged(""));
    assertEquals("x".repeat(20), textOf(groups.next().orElseThrow()));
    offer(logged("y".repeat(20)));
  }

  @Test
  void offer_batchLargerThanTheBound_isRefusedEvenWhenNothingWaits() {
    var batch = Collections.nCopies(7, logged(""));
    assertEquals(refused(Refusal.OVERLOADED), groups.offer(batch));
  }

  @Test
  void draining_offer_isRefused_andWhatWaitsIsStillAGroup() {
    offer(logged("1"));
    groups.drain();
    assertEquals(refused(Refusal.DRAINING), groups.offer(List.of(logged("2"))));
    assertFalse(groups.isDrained());
    assertEquals("1", nextAndCompleted());
    assertTrue(groups.isDrained());
  }

  @Test
  void draining_groupInFlight_isNotDrained() {
    offer(logged("1"));
    assertFalse(groups.isDrained());
    assertTrue(groups.next().isPresent());
    groups.drain();
    assertFalse(groups.isDrained());
    groups.completed();
    assertTrue(groups.isDrained());
  }

  @Test
  void abandon_waiting_handsItBackAndLeavesRoom() {
    offer(logged("1"), logged("x".repeat(29)));
    assertEquals(2, groups.abandon().size());
    assertEquals(Optional.empty(), groups.next());
    offer(logged("x".repeat(30)));
  }

  @Test
  void nothingInFlight_completed_isAProgrammersError() {
    assertThrows(IllegalStateException.class, groups::completed);
  }

  /**
   * Whatever the interleaving: each accepted draft leaves once, in order, in groups within the bounds, and never more
   * than the bound waits.
   */
  @Test
  void randomInterleavings_keepTheInvariants() {
    for (int run = 0; run < 150; run++) {
      long seed = System.nanoTime() + run;
      try {
        randomRun(new Random(seed));
      } catch (AssertionError e) {
        throw new AssertionError("seed " + seed, e);
      }
    }
  }

  private static void randomRun(Random random) {
    var options = new PublishOptions(
        1 + random.nextInt(5), 1 + random.nextInt(20), 1 + random.nextInt(12), 1 + random.nextInt(60));
    var groups = new GroupCommit(options);
    Queue<Waiting> expected = new ArrayDeque<>();
    Group inFlight = null;
    for (int step = 0; step < 200; step++) {
      if (random.nextInt(3) == 0) {
        var batch = new ArrayList<Waiting>();
        for (int i = random.nextInt(4); i >= 0; i--) {
          String data = "x".repeat(random.nextInt(9));
          batch.add(random.nextInt(3) == 0 ? transientOne(data) : logged(data));
        }
        long bytes = bytesOf(expected) + bytesOf(batch);
        int events = expected.size() + batch.size();
        boolean fits = events <= options.waitingEventsMax() && bytes <= options.waitingBytesMax();
        assertEquals(fits ? Optional.empty() : refused(Refusal.OVERLOADED), groups.offer(batch));
        if (fits) {
          expected.addAll(batch);
        }
      } else if (inFlight != null && random.nextBoolean()) {
        groups.completed();
        inFlight = null;
      } else {
        Optional<Group> next = groups.next();
        assertEquals(inFlight == null && !expected.isEmpty(), next.isPresent());
        if (next.isPresent()) {
          inFlight = next.get();
          requireWithinBounds(inFlight, options);
          inFlight.entries().forEach(entry -> assertSame(expected.remove(), entry));
        }
      }
    }
  }

  private static void requireWithinBounds(Group group, PublishOptions options) {
    int size = group.entries().size();
    assertTrue(size <= options.groupEventsMax());
    assertTrue(size == 1 || bytesOf(group.entries()) <= options.groupBytesMax());
    assertEquals(group.isLogged(), !group.logged().isEmpty());
  }

  private static long bytesOf(Iterable<Waiting> entries) {
    long bytes = 0;
    for (Waiting entry : entries) {
      bytes += entry.bytes();
    }
    return bytes;
  }
}
