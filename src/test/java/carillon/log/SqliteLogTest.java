package carillon.log;

import static carillon.log.Logs.draft;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import carillon.event.Draft;
import carillon.event.Selector;
import carillon.event.Selectors;
import carillon.event.TopicRule;
import carillon.event.TopicRule.Retention;
import carillon.log.EventLog.Reading;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The sqlite engine keeps the contract, on a real file. */
final class SqliteLogTest extends EventLogContract {

  @TempDir Path directory;

  @Override
  EventLog open(List<TopicRule> rules, SteadyClock clock) {
    return Logs.await(
        SqliteLog.open(
            SqliteOptions.in(directory), rules, clock, new Random(), SqliteFile::connectWriter, SqliteLog.Pace.every(Duration.ofMillis(1))));
  }

  @Override
  boolean isDurable() {
    return true;
  }

  @Test
  void append_newAndKnown_saysHowLongTheDiskTookForTheNew() {
    EventLog log = open(List.of(), time.steady());
    try {
      long asked = System.nanoTime();
      Appended fresh = Logs.await(log.append(List.of(Logs.keyed("k", "a", "1")), time.instant()));
      long nanos = System.nanoTime() - asked;
      assertTrue(fresh.syncNanos() > 0 && fresh.syncNanos() <= nanos, fresh.syncNanos() + " of " + nanos);
      Appended known = Logs.await(log.append(List.of(Logs.keyed("k", "a", "1")), time.instant()));
      assertEquals(Appended.UNKNOWN, known.syncNanos(), "nothing was written");
    } finally {
      Logs.await(log.close());
    }
  }

  @Test
  void catchingUp_newestIsBeyondTheIndex_isFoundInItsPlace() {
    var prices = new TopicRule(new Selector("p/*"), true, Retention.ALL, true);
    EventLog log = Logs.await(
        SqliteLog.open(
            SqliteOptions.in(directory),
            List.of(prices),
            time.steady(),
            new Random(),
            SqliteFile::connectWriter,
            SqliteLog.Pace.every(Duration.ofHours(1)))); // the index grows only when it would be too far behind
    try {
      append(log, draft("p/a", "1"), draft("x", "2"), draft("p/b", "3"));
      append(log, IntStream.range(0, 5_000).mapToObj(i -> draft("often", "")).toArray(Draft[]::new));
      append(log, draft("x", "4"), draft("p/a", "5"), draft("x", "6"));
      for (Selectors selectors : List.of(Selectors.of("p/a", "p/b", "x"), Selectors.of("p/*", "x"))) {
        Page page = Logs.await(log.read(0, selectors, Logs.WIDE, Reading.CATCHING_UP));
        assertEquals(List.of("2", "3", "4", "5", "6"), Logs.data(page));
      }
    } finally {
      Logs.await(log.close());
    }
  }

  /** Seen with all topics in one step: the group then comes after the rules. */
  @Test
  void rules_changedForManyTopics_groupsAreStoredInBetween() {
    fill(5 * SqliteRulesChange.STEP);
    var held = new HeldClock();
    EventLog log = open(List.of(), new SteadyClock(held, System::nanoTime));
    try {
      held.hold();
      var order = Collections.synchronizedList(new ArrayList<String>());
      var rules = log.changeRules(List.of(latest("t/*"))).thenRun(() -> order.add("rules"));
      var group = log.append(List.of(draft("t/0", "2")), time.instant()).thenRun(() -> order.add("group"));
      held.release();
      Logs.await(rules);
      Logs.await(group);
      assertEquals(List.of("group", "rules"), order);
      assertEquals(List.of("2"), Logs.data(catchUp(log, "t/0")));
    } finally {
      held.release();
      Logs.await(log.close());
    }
  }

  @Test
  void rules_changedAgainBeforeTheyHold_theLastOnesDo() {
    fill(3 * SqliteRulesChange.STEP);
    var held = new HeldClock();
    EventLog log = open(List.of(), new SteadyClock(held, System::nanoTime));
    try {
      append(log, draft("t/1", "2"));
      for (List<TopicRule> last : List.of(List.<TopicRule>of(), List.of(latest("t/*")))) {
        held.hold();
        var first = log.changeRules(last.isEmpty() ? List.of(latest("t/*")) : List.of());
        var second = log.changeRules(last);
        held.release();
        Logs.await(first);
        Logs.await(second);
        assertEquals(last.isEmpty() ? List.of("1", "2") : List.of("2"), Logs.data(catchUp(log, "t/1")));
      }
    } finally {
      held.release();
      Logs.await(log.close());
    }
  }

  /** Seen with topics of a flush that come into the index as they were made. */
  @Test
  void rules_changedDuringAFlush_holdForTopicsThatAreNewInIt() {
    var pace = new SqliteLog.Pace(Duration.ofHours(1), new SqliteIndexer.Pace(1, 4, 1));
    EventLog log = Logs.await(
        SqliteLog.open(
            SqliteOptions.in(directory), List.of(), time.steady(), new Random(), SqliteFile::connectWriter, pace));
    try {
      append(log, Stream.of(drafts(10, "1"), drafts(10, "2")).flatMap(Stream::of).toArray(Draft[]::new));
      Logs.await(log.changeRules(List.of(latest("t/*"))));
      for (int i = 0; i < 100; i++) {
        append(log, draft("x", "")); // after each there is a step, of one place, if any is left
      }
      for (int i = 0; i < 10; i++) {
        assertEquals(List.of("2"), Logs.data(catchUp(log, "t/" + i)), "t/" + i);
      }
    } finally {
      Logs.await(log.close());
    }
  }

  @Test
  void rules_closedBeforeTheyHold_failAndHoldNextTime() {
    fill(3 * SqliteRulesChange.STEP);
    var held = new HeldClock();
    EventLog log = open(List.of(), new SteadyClock(held, System::nanoTime));
    held.hold();
    var rules = log.changeRules(List.of(latest("t/*")));
    var closed = log.close();
    held.release();
    Logs.await(closed);
    assertEquals(LogException.Reason.CLOSED, Logs.failure(rules));
    EventLog again = open(List.of(latest("t/*")), time.steady());
    try {
      append(again, draft("t/1", "2"));
      assertEquals(List.of("2"), Logs.data(catchUp(again, "t/1")));
    } finally {
      Logs.await(again.close());
    }
  }

  /** A log with so many topics in its index, each with an event "1". */
  private void fill(int topics) {
    EventLog log = open(List.of(), time.steady());
    append(log, drafts(topics, "1"));
    Logs.await(log.close());
  }

  private static Draft[] drafts(int topics, String data) {
    return IntStream.range(0, topics).mapToObj(i -> draft("t/" + i, data)).toArray(Draft[]::new);
  }

  private static TopicRule latest(String selector) {
    return new TopicRule(new Selector(selector), true, Retention.ALL, true);
  }

  private static Page catchUp(EventLog log, String topic) {
    return Logs.await(log.read(0, Selectors.of(topic), Logs.WIDE, Reading.CATCHING_UP));
  }

  /** Holds the log thread where it asks what time it is, which it does at every visit. */
  private static final class HeldClock implements InstantSource {

    private volatile CountDownLatch arrived = new CountDownLatch(0);
    private volatile CountDownLatch goOn = new CountDownLatch(0);

    /** Returns when the thread is held. */
    void hold() {
      goOn = new CountDownLatch(1);
      arrived = new CountDownLatch(1);
      await(arrived);
    }

    void release() {
      goOn.countDown();
    }

    @Override
    public Instant instant() {
      if (arrived.getCount() > 0) {
        arrived.countDown();
        await(goOn);
      }
      return Instant.EPOCH;
    }

    private static void await(CountDownLatch latch) {
      try {
        assertTrue(latch.await(60, TimeUnit.SECONDS));
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
    }
  }

  private void append(EventLog log, Draft... drafts) {
    assertEquals(drafts.length, Logs.await(log.append(List.of(drafts), time.instant())).events().size());
  }
}
