package carillon.log;

import static carillon.log.EventLog.Reading.EVERYTHING;
import static carillon.log.Logs.WIDE;
import static carillon.log.Logs.await;
import static carillon.log.Logs.draft;
import static carillon.log.Logs.offsets;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import carillon.event.Draft;
import carillon.event.Selectors;
import carillon.event.TopicRule;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** The memory engine keeps the contract, and its own bounds. */
final class MemoryLogTest extends EventLogContract {

  private static final Selectors A = Selectors.of("a");
  private static final Selectors B = Selectors.of("b");

  @Override
  EventLog open(List<TopicRule> rules, SteadyClock clock) {
    return new MemoryLog(1_000_000, 1 << 30, rules, clock, new Random());
  }

  @Override
  boolean isDurable() {
    return false;
  }

  private MemoryLog bounded(int eventsMax, long bytesMax) {
    return new MemoryLog(eventsMax, bytesMax, List.of(), time.steady(), new Random());
  }

  private void append(EventLog log, Draft... drafts) {
    assertEquals(drafts.length, await(log.append(List.of(drafts), time.instant())).events().size());
  }

  @Test
  void full_oneMoreEvent_removesTheOldest() {
    MemoryLog log = bounded(3, 1_000);
    append(log, draft("a", "1"), draft("b", "2"), draft("a", "3"));
    append(log, draft("b", "4"), draft("b", "5"));
    Page a = await(log.read(0, A, WIDE, EVERYTHING));
    assertEquals(List.of(3L), offsets(a));
    assertEquals(1, a.removedUpTo());
    Page b = await(log.read(0, B, WIDE, EVERYTHING));
    assertEquals(List.of(4L, 5L), offsets(b));
    assertEquals(2, b.removedUpTo());
    assertEquals(3, log.oldest());
    assertEquals(5, log.head());
  }

  @Test
  void full_moreBytes_removesTheOldestButNeverTheNewest() {
    MemoryLog log = bounded(100, 10);
    append(log, draft("a", "1234"), draft("a", "123456"), draft("a", "1"));
    assertEquals(2, log.oldest());
    append(log, draft("a", "x".repeat(50)));
    assertEquals(4, log.oldest());
    assertEquals(List.of(4L), offsets(await(log.read(0, A, WIDE, EVERYTHING))));
  }

  @Test
  void emptied_topicsBeyondTheBound_areForgottenTowardsTooMuch() {
    int topics = History.EMPTIED_TOPICS_MAX + 10;
    MemoryLog log = bounded(1, 1_000);
    append(log, IntStream.range(0, topics).mapToObj(i -> draft("t/" + i, "")).toArray(Draft[]::new));
    assertEquals(topics - 1, await(log.read(0, Selectors.of("t/" + (topics - 2)), WIDE, EVERYTHING)).removedUpTo());
    long forgotten = await(log.read(0, Selectors.of("t/0"), WIDE, EVERYTHING)).removedUpTo();
    assertEquals(9, forgotten, "the largest offset of all that were forgotten");
    assertEquals(9, await(log.read(0, Selectors.of("never/seen"), WIDE, EVERYTHING)).removedUpTo());
  }

  @Test
  void forgotten_topicComesBack_stillCountsWhatItLost() {
    MemoryLog log = bounded(1, 1_000);
    int topics = History.EMPTIED_TOPICS_MAX + 10;
    append(log, IntStream.range(0, topics).mapToObj(i -> draft("t/" + i, "")).toArray(Draft[]::new));
    append(log, draft("t/0", "again"));
    assertTrue(await(log.read(0, Selectors.of("t/0"), WIDE, EVERYTHING)).removedUpTo() >= 1);
  }

  @Test
  void any_impossibleBounds_areThrownBack() {
    assertThrows(IllegalArgumentException.class, () -> bounded(0, 1));
    assertThrows(IllegalArgumentException.class, () -> bounded(1, 0));
  }
}
