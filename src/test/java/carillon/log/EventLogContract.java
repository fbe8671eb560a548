package carillon.log;

import static carillon.log.EventLog.Reading.CATCHING_UP;
import static carillon.log.EventLog.Reading.EVERYTHING;
import static carillon.log.Logs.WIDE;
import static carillon.log.Logs.await;
import static carillon.log.Logs.data;
import static carillon.log.Logs.draft;
import static carillon.log.Logs.failure;
import static carillon.log.Logs.full;
import static carillon.log.Logs.keyed;
import static carillon.log.Logs.lasting;
import static carillon.log.Logs.offsets;
import static carillon.log.Logs.readAll;
import static carillon.log.Logs.secret;
import static carillon.log.Logs.shared;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import carillon.event.Draft;
import carillon.event.Event;
import carillon.event.EventId;
import carillon.event.Selector;
import carillon.event.Selectors;
import carillon.event.Topic;
import carillon.event.TopicRule.Retention;
import carillon.event.TopicRule;
import carillon.event.TraceParent;
import carillon.harness.Eventually;
import carillon.log.EventLog.Limit;
import carillon.log.LogException.Reason;
import carillon.log.Stored.Verdict;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * The Javadoc of {@link EventLog}, executable. Every engine runs it.
 *
 * <p>Seen to fail while it was written, each broken on purpose and restored: a group made visible event by event; a key
 * remembered only after its group; a page that claims to be complete beyond a full limit; a removal that is not noted
 * with its topic; the time of an event taken as it comes when the clock goes back; an event of two topics found twice.
 * For whoever catches up: superseded events that count as lost, and a newest one that is gone and does not; events not
 * yet in an index that supersede nothing; one found by a topic that it has left.
 */
abstract class EventLogContract {

  private static final Selectors ALL = Selectors.of("**");
  private static final Selectors A = Selectors.of("a");
  private static final Duration SECOND = Duration.ofSeconds(1);

  final TestClock time = new TestClock();
  private final List<EventLog> opened = new ArrayList<>();

  /** Opens the log; called again after it was closed, a durable engine opens the same one. */
  abstract EventLog open(List<TopicRule> rules, SteadyClock clock);

  /** How many random questions are asked; fewer of an engine that each question has to travel to. */
  int randomRounds() {
    return 60;
  }

  /** Whether the engine keeps history when it is closed. */
  abstract boolean isDurable();

  @AfterEach
  void closeAll() {
    opened.forEach(log -> await(log.close()));
  }

  private EventLog open(TopicRule... rules) {
    EventLog log = open(List.of(rules), time.steady());
    opened.add(log);
    return log;
  }

  private Appended append(EventLog log, Draft... drafts) {
    return await(log.append(List.of(drafts), time.instant()));
  }

  private static Page read(EventLog log, long after, Selectors selectors) {
    return await(log.read(after, selectors, WIDE, EVERYTHING));
  }

  private static TopicRule rule(String selector, Duration age, long count, long bytes) {
    return new TopicRule(new Selector(selector), true, new Retention(age, count, bytes), false);
  }

  private static Page catchUp(EventLog log, long after, Selectors selectors) {
    return await(log.read(after, selectors, WIDE, CATCHING_UP));
  }

  private static TopicRule latest(TopicRule rule) {
    return new TopicRule(rule.selector(), rule.history(), rule.retention(), true);
  }

  private static TopicRule latest(String selector) {
    return latest(keepsCount(selector, Long.MAX_VALUE));
  }

  private static TopicRule keepsCount(String selector, long count) {
    return rule(selector, Retention.ALL.age(), count, Long.MAX_VALUE);
  }

  private static TopicRule keepsAge(String selector, Duration age) {
    return rule(selector, age, Long.MAX_VALUE, Long.MAX_VALUE);
  }

  /**
   * Reads until retention, which goes in small steps, has removed everything up to {@code removedUpTo}. A page may
   * count what it still holds: it may say too much, never too little.
   */
  private static Page readOnceRemoved(EventLog log, Selectors selectors, long removedUpTo) {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    Page page = read(log, 0, selectors);
    while (!lacks(page, removedUpTo) && System.nanoTime() < deadline) {
      Thread.onSpinWait();
      page = read(log, 0, selectors);
    }
    return page;
  }

  private static boolean lacks(Page page, long removedUpTo) {
    return page.removedUpTo() >= removedUpTo
        && (page.events().isEmpty() || page.events().get(0).offset() > removedUpTo);
  }

  private static void assertOldestBecomes(long offset, EventLog log) {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    while (log.oldest() != offset && System.nanoTime() < deadline) {
      Thread.onSpinWait();
    }
    assertEquals(offset, log.oldest());
  }

  // The empty log.

  @Test
  void empty_numbers_standBeforeTheFirstEvent() {
    EventLog log = open();
    assertEquals(0, log.head());
    assertEquals(1, log.oldest());
    assertTrue(log.epoch() >= 1 && log.epoch() <= EventId.EPOCH_MAX);
    assertEquals(new Page(List.of(), 0, 0), read(log, 0, ALL));
    assertEquals(0, await(log.offsetBefore(Instant.EPOCH)));
    assertEquals(0, await(log.offsetBeforeLast(5, ALL)));
  }

  @Test
  void any_impossibleArguments_areThrownBack() {
    EventLog log = open();
    assertThrows(IllegalArgumentException.class, () -> log.append(List.of(), time.instant()).toCompletableFuture());
    assertThrows(IllegalArgumentException.class, () -> log.read(-1, ALL, WIDE, EVERYTHING).toCompletableFuture());
    assertThrows(IllegalArgumentException.class, () -> log.offsetBeforeLast(0, ALL).toCompletableFuture());
    assertThrows(IllegalArgumentException.class, () -> new Limit(0, 1));
    assertThrows(IllegalArgumentException.class, () -> new Limit(1, 0));
  }

  /** For operators, so it may take a while. */
  @Test
  void bytes_afterSomeData_haveGrownByAboutAsMuch() {
    EventLog log = open();
    Eventually.await("what an empty log takes", Duration.ofSeconds(60), () -> log.bytes().isPresent());
    long before = log.bytes().orElseThrow();
    var random = new Random(1);
    var data = new StringBuilder();
    random.ints(100_000, ' ', '~').forEach(c -> data.append((char) c)); // does not shrink when it is stored
    Appended unused = append(log, draft("a", data.toString()), draft("a", data.reverse().toString()));
    Eventually.await(
        "200,000 bytes more than " + before,
        Duration.ofSeconds(60),
        () -> log.bytes().orElseThrow() >= before + 150_000);
  }

  // Appending.

  @Test
  void append_groups_countOffsetsFromOneWithoutAHole() {
    EventLog log = open();
    Appended first = append(log, draft("a", "1"), draft("b", "2"));
    Appended second = append(log, draft("a", "3"));
    assertEquals(
        List.of(stored(log, 1, Verdict.NEW), stored(log, 2, Verdict.NEW)), first.outcomes());
    assertEquals(List.of(stored(log, 3, Verdict.NEW)), second.outcomes());
    assertEquals(3, log.head());
    assertEquals(1, log.oldest());
    assertEquals(List.of(1L, 2L, 3L), offsets(read(log, 0, ALL)));
    assertEquals(List.of("1", "2", "3"), data(read(log, 0, ALL)));
  }

  @Test
  void append_everyField_isReadAsItWasAnswered() {
    EventLog log = open();
    Draft draft =
        full(List.of("ä/ö", "b"), "typ\u00e9", "\r\n\u0000\ud83d\ude00 \n", "k", SECOND.dividedBy(3), SECOND);
    Draft bare = draft("x", "");
    Appended appended = append(log, draft, bare);
    assertEquals(Event.of(draft, new EventId(log.epoch(), 1), time.instant()), appended.events().get(0));
    assertEquals(Event.of(bare, new EventId(log.epoch(), 2), time.instant()), appended.events().get(1));
    assertEquals(appended.events(), read(log, 0, ALL).events());
  }

  /** Whoever tries again does so as part of another trace, and says the same. */
  @Test
  void append_sameKeyOfAnotherTrace_isADuplicate() {
    EventLog log = open();
    Draft first = keyed("k", "a", "1").tracedBy(new TraceParent("00-" + "a".repeat(32) + "-" + "b".repeat(16) + "-01"));
    Draft again = keyed("k", "a", "1").tracedBy(new TraceParent("00-" + "c".repeat(32) + "-" + "d".repeat(16) + "-00"));
    assertEquals(List.of(stored(log, 1, Verdict.NEW)), append(log, first).outcomes());
    assertEquals(List.of(stored(log, 1, Verdict.DUPLICATE)), append(log, again).outcomes());
    assertEquals(List.of(stored(log, 1, Verdict.DUPLICATE)), append(log, keyed("k", "a", "1")).outcomes());
    assertEquals(first.trace(), read(log, 0, ALL).events().get(0).trace());
  }

  /** Who may see it is for others to know; the log finds it like any other. */
  @Test
  void append_private_isReadAsPrivateByAnybody() {
    EventLog log = open();
    Appended appended =
        append(log, draft("a", "1"), secret(draft("a", "2")), secret(keyed("k", "a", "3")), draft("a", "4"));
    assertEquals(
        List.of(false, true, true, false), appended.events().stream().map(Event::isPrivate).toList());
    assertEquals(appended.events(), read(log, 0, ALL).events());
    assertEquals(appended.events(), read(log, 0, Selectors.of("a")).events());
    assertEquals(List.of(stored(log, 3, Verdict.DUPLICATE)), append(log, secret(keyed("k", "a", "3"))).outcomes());
    assertEquals(List.of(stored(log, 3, Verdict.CONFLICT)), append(log, keyed("k", "a", "3")).outcomes());
  }

  @Test
  void append_ttlAndRetryOfZeroAndOdds_areReadAsTheyWereAnswered() {
    EventLog log = open();
    Appended appended =
        append(
            log,
            full(List.of("a"), null, "x", null, Duration.ofSeconds(2, 1), Duration.ZERO),
            full(List.of("a"), null, "x", null, Draft.TTL_MAX, Draft.RETRY_MAX),
            full(List.of("a"), null, "x", null, null, Duration.ofMillis(5)));
    assertEquals(appended.events(), read(log, 0, ALL).events());
  }

  @Test
  void append_clockWentBack_timeStaysThatOfTheNewestEvent() {
    EventLog log = open();
    Instant noon = time.instant();
    append(log, draft("a", "1"));
    time.jump(Duration.ofHours(-1));
    append(log, draft("a", "2"));
    time.jump(Duration.ofHours(2));
    append(log, draft("a", "3"));
    assertEquals(
        List.of(noon, noon, noon.plus(Duration.ofHours(1))),
        read(log, 0, ALL).events().stream().map(Event::time).toList());
  }

  @Test
  void append_partsOfAMillisecond_areCutOff() {
    EventLog log = open();
    Instant odd = time.instant().plusNanos(1_999_999);
    Event event = await(log.append(List.of(draft("a", "1")), odd)).events().get(0);
    assertEquals(time.instant().plusMillis(1), event.time());
    assertEquals(List.of(event), read(log, 0, ALL).events());
    assertEquals(0, await(log.offsetBefore(odd)), "it was accepted at that time");
  }

  @Test
  void append_largeGroup_isStoredWhole() {
    EventLog log = open();
    List<Draft> drafts = IntStream.range(0, 5_000).mapToObj(i -> draft("t/" + i % 700, "data " + i)).toList();
    Appended appended = await(log.append(drafts, time.instant()));
    assertEquals(
        LongStream.rangeClosed(1, 5_000).boxed().toList(), appended.events().stream().map(Event::offset).toList());
    assertEquals(appended.events(), readAll(log, 0, Selectors.of("t/*"), new Limit(333, 1 << 30)));
  }

  // Keys.

  @Test
  void key_sameContentLater_isTheFirstEventAgain() {
    EventLog log = open();
    append(log, draft("a", "0"), keyed("k", "a", "1"));
    Appended again = append(log, keyed("k", "a", "1"), draft("a", "2"));
    assertEquals(List.of(stored(log, 2, Verdict.DUPLICATE), stored(log, 3, Verdict.NEW)), again.outcomes());
    assertEquals(List.of(3L), again.events().stream().map(Event::offset).toList());
    assertEquals(List.of("0", "1", "2"), data(read(log, 0, ALL)));
  }

  @Test
  void key_otherContentLater_isAConflictAndNotStored() {
    EventLog log = open();
    append(log, keyed("k", "a", "1"));
    for (Draft other :
        List.of(
            keyed("k", "a", "2"),
            keyed("k", "b", "1"),
            full(List.of("a", "b"), null, "1", "k", null, null),
            full(List.of("a"), "t", "1", "k", null, null),
            full(List.of("a"), null, "1", "k", SECOND, null),
            full(List.of("a"), null, "1", "k", null, SECOND))) {
      Appended answer = append(log, other);
      assertEquals(List.of(stored(log, 1, Verdict.CONFLICT)), answer.outcomes());
      assertEquals(List.of(), answer.events());
    }
    assertEquals(1, log.head());
  }

  @Test
  void key_twiceInOneGroup_isStoredOnce() {
    EventLog log = open();
    Appended answer =
        append(log, keyed("k", "a", "1"), keyed("k", "a", "1"), keyed("k", "a", "2"), keyed("l", "a", "1"));
    assertEquals(
        List.of(
            stored(log, 1, Verdict.NEW),
            stored(log, 1, Verdict.DUPLICATE),
            stored(log, 1, Verdict.CONFLICT),
            stored(log, 2, Verdict.NEW)),
        answer.outcomes());
    assertEquals(2, log.head());
  }

  @Test
  void key_outsideItsTopicAndCase_isAnotherKey() {
    EventLog log = open();
    Appended answer =
        append(log, keyed("k", "a", "1"), keyed("K", "a", "1"), keyed("k ", "a", "1"), keyed("\u212a", "a", "1"));
    assertEquals(4, answer.events().size());
  }

  @Test
  void key_oldButAmongTheLast_isRemembered() {
    EventLog log = open();
    append(log, keyed("k", "a", "1"));
    time.pass(Duration.ofDays(2));
    append(log, keyed("l", "a", "1"));
    assertEquals(Verdict.DUPLICATE, verdict(append(log, keyed("k", "a", "1"))));
  }

  @Test
  void key_eventAlreadyRemoved_isStillKnown() {
    EventLog log = open(keepsCount("a", 1));
    append(log, keyed("k", "a", "1"));
    append(log, draft("a", "2"));
    assertEquals(1, readOnceRemoved(log, A, 1).removedUpTo());
    assertEquals(List.of(stored(log, 1, Verdict.DUPLICATE)), append(log, keyed("k", "a", "1")).outcomes());
  }

  @Test
  void key_amongTheLastHundredThousand_isRememberedAndBeyondForgotten() {
    EventLog log = open();
    append(log, keyed("first", "a", "1"));
    int count = 100_000;
    for (int i = 0; i < count; i += 5_000) {
      int from = i;
      append(log, IntStream.range(from, from + 5_000).mapToObj(k -> keyed("k" + k, "b", "")).toArray(Draft[]::new));
    }
    assertEquals(Verdict.DUPLICATE, verdict(append(log, keyed("first", "a", "1"))), "for 10 minutes");
    time.pass(Duration.ofMinutes(11));
    assertEquals(Verdict.DUPLICATE, verdict(append(log, keyed("k0", "b", ""))), "the last 100,000");
    append(log, keyed("one more", "b", ""), keyed("another", "b", ""));
    append(log, draft("b", "time for a step")); // engines forget after they have answered
    assertEquals(Verdict.NEW, verdict(append(log, keyed("first", "a", "1"))));
  }

  // Reading.

  @Test
  void read_selectors_seeTheirTopicsOnly() {
    EventLog log = open();
    append(log, draft("news", "1"), draft("news/sport", "2"), draft("news/sport/today", "3"));
    append(log, draft("hub/x", "4"), draft("new", "5"));
    assertEquals(List.of("1"), data(read(log, 0, Selectors.of("news"))));
    assertEquals(List.of("2"), data(read(log, 0, Selectors.of("news/*"))));
    assertEquals(List.of("2", "3"), data(read(log, 0, Selectors.of("news/**"))));
    assertEquals(List.of("1", "2", "3", "5"), data(read(log, 0, ALL)));
    assertEquals(List.of("4"), data(read(log, 0, Selectors.of("hub/**"))));
    assertEquals(List.of("1", "3", "5"), data(read(log, 0, Selectors.of("new", "news", "*/*/today"))));
    assertEquals(List.of(), data(read(log, 0, Selectors.of("absent", "not/*"))));
  }

  @Test
  void read_eventOfSeveralTopics_comesOnce() {
    EventLog log = open();
    append(log, shared("1", "a", "b", "c"), draft("b", "2"), shared("3", "c", "a"));
    assertEquals(List.of("1", "2", "3"), data(read(log, 0, Selectors.of("a", "b", "c"))));
    assertEquals(List.of("1", "2", "3"), data(read(log, 0, Selectors.of("*", "**", "a"))));
    assertEquals(List.of("1", "3"), data(read(log, 0, A)));
    assertEquals(List.of("1", "2"), data(read(log, 0, Selectors.of("b"))));
  }

  @Test
  void read_afterTheHead_isEmptyAndUpToTheHead() {
    EventLog log = open();
    append(log, draft("a", "1"), draft("a", "2"));
    assertEquals(new Page(List.of(), 2, 0), read(log, 2, A));
    assertEquals(new Page(List.of(), 2, 0), read(log, 77, A));
    assertEquals(new Page(List.of(), 2, 0), read(log, Long.MAX_VALUE, ALL));
  }

  @Test
  void read_nothingMatches_isCompleteUpToTheHead() {
    EventLog log = open();
    append(log, IntStream.range(0, 3_000).mapToObj(i -> draft("b", "" + i)).toArray(Draft[]::new));
    assertEquals(new Page(List.of(), 3_000, 0), read(log, 0, A));
    assertTrue(read(log, 0, Selectors.of("a/*", "c")).upTo() > 0);
    assertEquals(List.of(), readAll(log, 0, Selectors.of("a/*", "c"), WIDE));
  }

  @Test
  void read_rareAmongMany_isFoundByNameAndByPattern() {
    EventLog log = open();
    append(log, draft("rare/first", "1"));
    for (int group = 0; group < 4; group++) {
      append(log, IntStream.range(0, 5_000).mapToObj(i -> draft("often/" + i % 50, "")).toArray(Draft[]::new));
    }
    append(log, draft("rare/last", "2"));
    for (Selectors rare :
        List.of(Selectors.of("rare/*"), Selectors.of("rare/first", "rare/last"), Selectors.of("rare/**", "x"))) {
      Page page = await(log.read(1, rare, new Limit(10, 100), EVERYTHING));
      assertEquals(List.of("2"), data(page), "a page holds a matching event if there is one");
      assertEquals(List.of(1L, 20_002L), readAll(log, 0, rare, WIDE).stream().map(Event::offset).toList());
    }
  }

  @Test
  void read_limitOfEvents_boundsThePage() {
    EventLog log = open();
    append(log, IntStream.range(0, 10).mapToObj(i -> draft(i % 2 == 0 ? "a" : "b", "" + i)).toArray(Draft[]::new));
    Page page = await(log.read(0, A, new Limit(2, 1_000), EVERYTHING));
    assertEquals(List.of(1L, 3L), offsets(page));
    assertTrue(page.upTo() >= 3 && page.upTo() < 5, "complete up to " + page.upTo());
    assertEquals(List.of(5L, 7L), offsets(await(log.read(page.upTo(), A, new Limit(2, 1_000), EVERYTHING))));
  }

  @Test
  void read_limitOfBytes_boundsThePageButNotItsFirstEvent() {
    EventLog log = open();
    String huge = "x".repeat(1 << 20);
    append(log, draft("a", "12345"), draft("a", "678"), draft("a", huge), draft("a", ""), draft("a", "9"));
    assertEquals(List.of(1L, 2L), offsets(await(log.read(0, A, new Limit(100, 8), EVERYTHING))));
    assertEquals(List.of(1L), offsets(await(log.read(0, A, new Limit(100, 7), EVERYTHING))));
    assertEquals(List.of(3L), offsets(await(log.read(2, A, new Limit(100, 1), EVERYTHING))));
    assertEquals(List.of(4L, 5L), offsets(await(log.read(3, A, new Limit(100, 1), EVERYTHING))));
    assertEquals(5, readAll(log, 0, A, new Limit(100, 1)).size());
  }

  @Test
  void read_anyLimitAndSelectors_addUpToTheSame() {
    long seed = System.nanoTime();
    var random = new Random(seed);
    EventLog log = open();
    var all = new ArrayList<Event>();
    for (int group = 0; group < 20; group++) {
      all.addAll(append(log, randomDrafts(random, 1 + random.nextInt(60))).events());
    }
    for (int round = 0; round < randomRounds(); round++) {
      Selectors selectors = randomSelectors(random);
      long after = random.nextInt(all.size() + 1);
      Limit limit = new Limit(1 + random.nextInt(50), 1 + random.nextInt(300));
      List<Event> expected =
          all.stream().filter(event -> event.offset() > after && selectors.matches(event.topics())).toList();
      assertEquals(
          expected,
          readAll(log, after, selectors, limit),
          () -> "seed " + seed + ", " + selectors + " after " + after);
      int count = 1 + random.nextInt(100);
      List<Event> matching = all.stream().filter(event -> selectors.matches(event.topics())).toList();
      List<Event> newest = matching.subList(Math.max(0, matching.size() - count), matching.size());
      assertEquals(
          newest,
          readAll(log, await(log.offsetBeforeLast(count, selectors)), selectors, limit),
          () -> "seed " + seed + ", last " + count + " of " + selectors);
    }
  }

  // Where to begin.

  @Test
  void offsetBefore_anyTime_separatesOldFromNew() {
    EventLog log = open();
    Instant noon = time.instant();
    for (int i = 1; i <= 4; i++) {
      append(log, draft("a", "" + i), draft("b", "" + i));
      time.pass(SECOND);
    }
    assertEquals(0, await(log.offsetBefore(Instant.MIN)));
    assertEquals(0, await(log.offsetBefore(noon)));
    assertEquals(2, await(log.offsetBefore(noon.plusMillis(1))));
    assertEquals(2, await(log.offsetBefore(noon.plusSeconds(1))));
    assertEquals(6, await(log.offsetBefore(noon.plusSeconds(3))));
    assertEquals(8, await(log.offsetBefore(noon.plusSeconds(4))));
    assertEquals(8, await(log.offsetBefore(Instant.MAX)));
  }

  @Test
  void offsetBeforeLast_anyCount_leavesThatMany() {
    EventLog log = open();
    append(log, draft("b", ""), draft("a", ""), draft("a", ""), draft("b", ""), draft("a", ""), draft("b", ""));
    assertEquals(List.of(5L), offsets(read(log, await(log.offsetBeforeLast(1, A)), A)));
    assertEquals(List.of(3L, 5L), offsets(read(log, await(log.offsetBeforeLast(2, A)), A)));
    assertEquals(List.of(2L, 3L, 5L), offsets(read(log, await(log.offsetBeforeLast(1_000_000, A)), A)));
    assertEquals(List.of(4L, 5L, 6L), offsets(read(log, await(log.offsetBeforeLast(3, ALL)), ALL)));
    assertEquals(6, await(log.offsetBeforeLast(3, Selectors.of("absent"))));
    assertEquals(6, await(log.offsetBeforeLast(3, Selectors.of("absent/*"))));
  }

  // Removing.

  @Test
  void retention_count_keepsTheNewestOfEachTopic() {
    EventLog log = open(keepsCount("a", 3), keepsCount("*", 1));
    append(log, IntStream.range(0, 10).mapToObj(i -> draft(i % 2 == 0 ? "a" : "b/c", "" + i)).toArray(Draft[]::new));
    Page page = readOnceRemoved(log, A, 3);
    assertEquals(List.of(5L, 7L, 9L), offsets(page));
    assertEquals(3, page.removedUpTo());
    assertEquals(new Page(read(log, 0, Selectors.of("b/c")).events(), 10, 0), read(log, 0, Selectors.of("b/c")));
    assertEquals(5, read(log, 0, Selectors.of("b/*")).events().size());
    assertEquals(3, read(log, 0, ALL).removedUpTo());
    assertEquals(3, await(log.read(7, A, WIDE, EVERYTHING)).removedUpTo());
    assertOldestBecomes(2, log);
    assertEquals(List.of(5L, 7L, 9L), offsets(read(log, await(log.offsetBeforeLast(5, A)), A)));
  }

  @Test
  void retention_bytes_keepsTheNewestEvenIfItIsLarger() {
    EventLog log = open(rule("a", Retention.ALL.age(), Long.MAX_VALUE, 10));
    append(log, draft("a", "12345"), draft("a", "1234"), draft("a", "1"));
    assertEquals(List.of(1L, 2L, 3L), offsets(read(log, 0, A)));
    append(log, draft("a", "123456"));
    assertEquals(List.of(3L, 4L), offsets(readOnceRemoved(log, A, 2)));
    append(log, draft("a", "123456789 123456789"));
    assertEquals(List.of(5L), offsets(readOnceRemoved(log, A, 4)));
  }

  @Test
  void retention_age_removesWhatIsOlder() {
    EventLog log = open(keepsAge("a", Duration.ofMinutes(1)));
    append(log, draft("a", "1"), draft("b", "2"));
    time.pass(Duration.ofSeconds(40));
    append(log, draft("a", "3"));
    time.pass(Duration.ofSeconds(20));
    append(log, draft("b", "4"));
    assertEquals(List.of(1L, 3L), offsets(read(log, 0, A)), "exactly a minute is not older than a minute");
    time.pass(Duration.ofMillis(1));
    append(log, draft("b", "5"));
    Page page = readOnceRemoved(log, A, 1);
    assertEquals(List.of(3L), offsets(page));
    assertEquals(1, page.removedUpTo());
    assertEquals(0, read(log, 0, Selectors.of("b")).removedUpTo());
    assertOldestBecomes(2, log);
  }

  @Test
  void retention_everythingRemoved_offsetsGoOn() {
    EventLog log = open(keepsAge("**", Duration.ofMinutes(1)));
    append(log, draft("a", "1"), draft("b", "2"));
    time.pass(Duration.ofMinutes(2));
    Page page = readOnceRemoved(log, ALL, 2);
    assertEquals(new Page(List.of(), 2, 2), page);
    assertEquals(2, log.head());
    assertOldestBecomes(3, log);
    assertEquals(2, await(log.offsetBefore(Instant.MIN)));
    assertEquals(2, await(log.offsetBeforeLast(1, ALL)));
    assertEquals(3, append(log, draft("a", "3")).events().get(0).offset());
    assertEquals(new Page(read(log, 2, A).events(), 3, 1), read(log, 0, A));
  }

  @Test
  void retention_eventOfTwoTopics_leavesEachByItsOwnRule() {
    EventLog log = open(keepsCount("a", 1));
    append(log, shared("1", "a", "b"), shared("2", "a", "b"));
    Page page = readOnceRemoved(log, A, 1);
    assertEquals(List.of(2L), offsets(page));
    assertEquals(new Page(read(log, 0, Selectors.of("b")).events(), 2, 0), read(log, 0, Selectors.of("b")));
    assertEquals(List.of(1L, 2L), offsets(read(log, 0, Selectors.of("b"))));
    assertEquals(List.of(1L, 2L), offsets(read(log, 0, Selectors.of("a", "b"))));
    assertEquals(List.of(1L, 2L), offsets(read(log, 0, ALL)));
    assertEquals(1, log.oldest());
  }

  @Test
  void retention_clockJumpsAhead_removesNothingEarly() {
    EventLog log = open(keepsAge("a", Duration.ofMinutes(1)));
    append(log, draft("a", "1"), lasting(Duration.ofMinutes(1), "b", "2"));
    time.jump(Duration.ofDays(1));
    append(log, draft("a", "3"));
    time.pass(Duration.ofSeconds(59));
    append(log, draft("a", "4"));
    assertEquals(List.of(1L, 2L, 3L, 4L), offsets(read(log, 0, ALL)));
    time.jump(Duration.ofDays(-2));
    append(log, draft("a", "5"));
    time.pass(Duration.ofSeconds(59));
    time.jump(Duration.ofDays(1));
    append(log, draft("a", "6"));
    assertTrue(offsets(read(log, 0, ALL)).containsAll(List.of(4L, 5L, 6L)), "what is not a minute old is kept");
  }

  @Test
  void ttl_passed_isNotReadAndCountsAsRemoved() {
    EventLog log = open();
    append(log, draft("a", "1"), lasting(SECOND, "a", "2"), draft("a", "3"), lasting(Duration.ofSeconds(3), "b", "4"));
    time.pass(Duration.ofMillis(999));
    assertEquals(List.of(1L, 2L, 3L, 4L), offsets(read(log, 0, ALL)));
    time.pass(Duration.ofMillis(1));
    assertEquals(new Page(read(log, 0, A).events(), 4, 2), read(log, 0, A));
    assertEquals(List.of(1L, 3L), offsets(read(log, 0, A)));
    assertEquals(List.of(1L, 3L), offsets(read(log, await(log.offsetBeforeLast(2, A)), A)));
    assertEquals(0, read(log, 0, Selectors.of("b")).removedUpTo());
    time.pass(Duration.ofSeconds(5));
    assertEquals(new Page(List.of(), 4, 4), read(log, 0, Selectors.of("b")));
    append(log, draft("c", "5"));
    assertEquals(List.of(1L, 3L, 5L), offsets(read(log, 0, ALL)));
    assertEquals(4, read(log, 0, ALL).removedUpTo());
  }

  @Test
  void ttl_manyPassedAtOnce_noneIsRead() {
    EventLog log = open();
    append(log, IntStream.range(0, 3_000).mapToObj(i -> lasting(SECOND, "a", "" + i)).toArray(Draft[]::new));
    append(log, draft("a", "last"));
    time.pass(SECOND);
    assertEquals(3_000, await(log.offsetBeforeLast(2_000, A)));
    Page page = read(log, 0, A);
    assertEquals(List.of(3_001L), offsets(page));
    assertEquals(3_000, page.removedUpTo());
  }

  @Test
  void rules_changedToKeepLess_removeWhatIsThereInSteps() {
    EventLog log = open();
    for (int i = 0; i < 30; i++) {
      append(log, draft("a", "a" + i), draft("b", "b" + i));
    }
    await(log.changeRules(List.of(keepsCount("a", 2))));
    Page page = readOnceRemoved(log, A, 55);
    assertEquals(List.of("a28", "a29"), data(page));
    assertEquals(55, page.removedUpTo());
    assertEquals(30, read(log, 0, Selectors.of("b")).events().size());
  }

  @Test
  void rules_changedToAnAge_removeWhatIsOlderAlready() {
    EventLog log = open(keepsAge("a", Duration.ofDays(1)));
    append(log, draft("a", "old"));
    time.pass(Duration.ofSeconds(100));
    append(log, draft("a", "new"));
    await(log.changeRules(List.of(keepsAge("a", Duration.ofSeconds(50)))));
    assertEquals(List.of("new"), data(readOnceRemoved(log, A, 1)));
  }

  /** What the old rules removed stays gone, and is told. */
  @Test
  void rules_changedToKeepMore_keepWhatComes() {
    EventLog log = open(keepsCount("a", 1));
    append(log, draft("a", "1"));
    append(log, draft("a", "2"));
    assertEquals(List.of("2"), data(readOnceRemoved(log, A, 1)));
    await(log.changeRules(List.of()));
    append(log, draft("a", "3"));
    append(log, draft("a", "4"));
    Page page = read(log, 0, A);
    assertEquals(List.of("2", "3", "4"), data(page));
    assertEquals(1, page.removedUpTo());
  }

  @Test
  void rules_changedToLatest_holdForTopicsThatAreThereAndThoseToCome() {
    EventLog log = open();
    append(log, draft("a", "1"));
    append(log, draft("a", "2"));
    await(log.changeRules(List.of(latest("*"))));
    append(log, draft("n", "1"));
    append(log, draft("n", "2"));
    assertEquals(List.of("2"), data(catchUp(log, 0, A)));
    assertEquals(List.of("2"), data(catchUp(log, 0, Selectors.of("n"))));
    await(log.changeRules(List.of()));
    assertEquals(List.of("1", "2"), data(catchUp(log, 0, A)));
    assertEquals(List.of("1", "2"), data(catchUp(log, 0, Selectors.of("n"))));
  }

  /** Nothing is lost or refused around the change: every read is complete, every append is stored. */
  @Test
  void rules_changedWhileOthersReadAndAppend_disturbNobody() throws Exception {
    EventLog log = open();
    ExecutorService readers = Executors.newFixedThreadPool(2);
    var done = new AtomicBoolean();
    try {
      Callable<Integer> reading =
          () -> {
            int rounds = 0;
            do {
              long head = log.head();
              List<Event> events = readAll(log, 0, A, WIDE);
              assertTrue(events.size() >= head, "all of " + head + " events, got " + events.size());
              rounds++;
            } while (!done.get());
            return rounds;
          };
      List<Future<Integer>> results = List.of(readers.submit(reading), readers.submit(reading));
      for (int i = 0; i < 20; i++) {
        var stored = log.append(List.of(draft("a", "x" + i)), time.instant());
        await(log.changeRules(i % 2 == 0 ? List.of(keepsCount("b", 1)) : List.of()));
        await(stored);
      }
      done.set(true);
      for (Future<Integer> result : results) {
        assertTrue(result.get(60, TimeUnit.SECONDS) > 0);
      }
      assertEquals(20, log.head());
    } finally {
      done.set(true);
      readers.shutdownNow();
    }
  }

  @Test
  void retention_manyAtOnce_goesInSteps() {
    EventLog log = open(keepsAge("a/*", Duration.ofMinutes(1)));
    append(log, IntStream.range(0, 5_000).mapToObj(i -> draft("a/" + i % 40, "")).toArray(Draft[]::new));
    append(log, draft("b", ""));
    time.pass(Duration.ofMinutes(2));
    append(log, draft("b", ""));
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    while (log.oldest() != 5_001 && System.nanoTime() < deadline) {
      assertEquals(2, read(log, 5_000, ALL).events().size());
    }
    assertEquals(5_001, log.oldest());
    assertEquals(new Page(List.of(), 5_002, 5_000), read(log, 0, Selectors.of("a/*")));
  }

  // Catching up.

  @Test
  void catchingUp_topicOfALatestRule_findsItsNewestOnly() {
    EventLog log = open(latest("p/*"));
    append(log, draft("p/a", "1"), draft("p/b", "2"), draft("news", "3"), draft("p/a", "4"), draft("news", "5"));
    append(log, draft("p/a", "6"), draft("p/c", "7"), draft("q", "8"));
    assertEquals(new Page(read(log, 5, Selectors.of("p/a")).events(), 8, 0), catchUp(log, 0, Selectors.of("p/a")));
    assertEquals(List.of("6"), data(catchUp(log, 0, Selectors.of("p/a"))));
    assertEquals(List.of("2", "6", "7"), data(catchUp(log, 0, Selectors.of("p/*"))));
    assertEquals(List.of("2", "3", "5", "6"), data(catchUp(log, 0, Selectors.of("news", "p/a", "p/b"))));
    assertEquals(List.of("2", "3", "5", "6", "7", "8"), data(catchUp(log, 0, ALL)));
    assertEquals(List.of("1", "4", "6"), data(read(log, 0, Selectors.of("p/a"))), "who wants everything gets it");
  }

  @Test
  void catchingUp_withoutALatestRule_findsEverything() {
    EventLog log = open(keepsCount("p/kept", 100), latest("p/*"));
    append(log, draft("p/kept", "1"), draft("p/kept", "2"), draft("x", "3"), draft("x", "4"));
    assertEquals(List.of("1", "2"), data(catchUp(log, 0, Selectors.of("p/kept"))), "the first rule holds");
    assertEquals(List.of("1", "2", "3", "4"), data(catchUp(log, 0, ALL)));
  }

  @Test
  void catchingUp_newestIsNotAfterTheCursor_findsNothing() {
    EventLog log = open(latest("a"));
    append(log, draft("a", "1"), draft("a", "2"), draft("b", "3"));
    assertEquals(new Page(List.of(), 3, 0), catchUp(log, 2, A));
    assertEquals(new Page(List.of(), 3, 0), catchUp(log, 3, A));
    assertEquals(List.of("2"), data(catchUp(log, 1, A)));
  }

  @Test
  void catchingUp_newestIsOnALaterPage_isNotFoundBefore() {
    EventLog log = open(latest("p/*"));
    append(log, draft("p/a", "1"), draft("p/b", "2"), draft("p/a", "3"), draft("x", "4"), draft("p/c", "5"));
    append(log, draft("p/a", "6"));
    var one = new Limit(1, 1);
    Page page = await(log.read(0, Selectors.of("p/*", "x"), one, CATCHING_UP));
    assertEquals(List.of("2"), data(page));
    assertTrue(page.upTo() < 4, "complete up to " + page.upTo());
    append(log, draft("p/c", "7"));
    List<Event> rest = readAll(log, page.upTo(), Selectors.of("p/*", "x"), one, CATCHING_UP);
    assertEquals(List.of(4L, 6L, 7L), rest.stream().map(Event::offset).toList(), "superseded meanwhile");
  }

  @Test
  void catchingUp_eventOfSeveralTopics_isFoundByAnyThatIsAskedFor() {
    EventLog log = open(latest("p/*"));
    append(log, shared("1", "p/a", "p/b"), draft("p/a", "2"), shared("3", "p/c", "news"), draft("p/c", "4"));
    assertEquals(List.of("1", "2"), data(catchUp(log, 0, Selectors.of("p/a", "p/b"))));
    assertEquals(List.of("2"), data(catchUp(log, 0, Selectors.of("p/a"))), "it was not asked for by the other");
    assertEquals(List.of("3"), data(catchUp(log, 0, Selectors.of("news"))));
    assertEquals(List.of("1", "2", "3", "4"), data(catchUp(log, 0, ALL)));
    assertEquals(List.of("1", "2", "4"), data(catchUp(log, 0, Selectors.of("p/*"))));
  }

  @Test
  void catchingUp_supersededEventsWereRemoved_isNoLoss() {
    EventLog log = open(latest(keepsCount("p/*", 1)), keepsCount("x", 1));
    append(log, draft("p/a", "1"), draft("p/b", "2"), draft("p/a", "3"), draft("p/b", "4"), draft("p/a", "5"));
    for (Selectors selectors : List.of(Selectors.of("p/a", "p/b"), Selectors.of("p/*"))) {
      assertEquals(List.of(4L, 5L), offsets(readOnceRemoved(log, selectors, 3)));
      assertEquals(new Page(read(log, 0, selectors).events(), 5, 0), catchUp(log, 0, selectors));
      Page page = catchUp(log, 4, selectors);
      assertEquals(List.of(5L), offsets(page));
      assertTrue(page.removedUpTo() <= 4, "nothing that the reader could miss");
    }
    append(log, draft("x", "6"), draft("x", "7"));
    readOnceRemoved(log, Selectors.of("x"), 6);
    assertEquals(6, catchUp(log, 0, Selectors.of("p/a", "x")).removedUpTo(), "a loss of the other topic is one");
    assertEquals(6, catchUp(log, 0, ALL).removedUpTo());
  }

  @Test
  void catchingUp_eventLeftALatestTopicOnly_isFoundByTheOther() {
    EventLog log = open(latest(keepsCount("a", 1)));
    append(log, shared("1", "a", "b"), shared("2", "a", "b"));
    readOnceRemoved(log, A, 1);
    assertEquals(new Page(read(log, 1, A).events(), 2, 0), catchUp(log, 0, A));
    assertEquals(new Page(read(log, 0, ALL).events(), 2, 0), catchUp(log, 0, Selectors.of("a", "b")));
    assertEquals(List.of(1L, 2L), offsets(catchUp(log, 0, ALL)));
  }

  @Test
  void catchingUp_ttlOfTheNewestPassed_isEmptyAndCountsAsRemoved() {
    EventLog log = open(latest("p/*"));
    append(log, draft("p/a", "1"), lasting(SECOND, "p/a", "2"), lasting(SECOND, "p/b", "3"), draft("p/b", "4"));
    time.pass(SECOND);
    Selectors a = Selectors.of("p/a");
    for (int i = 0; i < 2; i++) {
      assertEquals(new Page(List.of(), 4, 2), catchUp(log, 0, a), "what was superseded stays so");
      assertEquals(List.of(1L), offsets(read(log, 0, a)));
      assertEquals(new Page(read(log, 3, ALL).events(), 4, 0), catchUp(log, 0, Selectors.of("p/b")));
      assertEquals(new Page(read(log, 3, ALL).events(), 4, 2), catchUp(log, 0, Selectors.of("p/*")));
      readOnceRemoved(log, Selectors.of("p/b"), 3); // and once it has been swept
    }
    append(log, draft("p/a", "5"));
    assertEquals(new Page(read(log, 4, ALL).events(), 5, 0), catchUp(log, 0, a), "there is a newest again");
  }

  @Test
  void catchingUp_newestIsTooOld_countsAsRemoved() {
    EventLog log = open(latest(keepsAge("a", Duration.ofMinutes(1))));
    append(log, draft("a", "1"), draft("a", "2"), draft("b", "3"));
    time.pass(Duration.ofSeconds(40));
    append(log, draft("b", "4"));
    assertEquals(new Page(read(log, 1, A).events(), 4, 0), catchUp(log, 0, A));
    time.pass(Duration.ofSeconds(40));
    append(log, draft("b", "5"));
    readOnceRemoved(log, A, 2);
    assertEquals(new Page(List.of(), 5, 2), catchUp(log, 0, A));
    assertEquals(2, catchUp(log, 0, ALL).removedUpTo());
    append(log, draft("a", "6"));
    assertEquals(new Page(read(log, 5, A).events(), 6, 0), catchUp(log, 0, A));
    assertEquals(0, catchUp(log, 0, ALL).removedUpTo());
  }

  @Test
  void catchingUp_newestLeftItsTopicButNotAnother_isFoundByTheOtherOnly() {
    EventLog log = open(latest(keepsAge("a", Duration.ofMinutes(1))));
    append(
        log,
        IntStream.range(0, 1_000)
            .mapToObj(i -> i == 7 ? shared("", "a", "b") : draft("c", ""))
            .toArray(Draft[]::new));
    time.pass(Duration.ofMinutes(2));
    append(log, draft("c", ""));
    readOnceRemoved(log, A, 8);
    assertEquals(new Page(List.of(), 1_001, 8), catchUp(log, 0, A));
    assertEquals(List.of(8L), offsets(catchUp(log, 0, Selectors.of("a", "b"))));
  }

  @Test
  void catchingUp_anyLimitAndSelectors_addUpToTheSame() {
    long seed = System.nanoTime();
    var random = new Random(seed);
    List<TopicRule> rules = List.of(keepsCount("a/x", 1L << 40), latest("a/*"), latest("c"), latest("b/**"));
    EventLog log = open(rules.toArray(TopicRule[]::new));
    var all = new ArrayList<Event>();
    for (int round = 0; round < randomRounds(); round++) {
      if (round % 3 == 0) {
        all.addAll(append(log, randomDrafts(random, 1 + random.nextInt(200))).events());
      }
      Selectors selectors = randomSelectors(random);
      long after = random.nextInt(all.size() + 1);
      Limit limit = new Limit(1 + random.nextInt(50), 1 + random.nextInt(300));
      assertEquals(
          notSuperseded(all, rules, selectors).stream().filter(event -> event.offset() > after).toList(),
          readAll(log, after, selectors, limit, CATCHING_UP),
          () -> "seed " + seed + ", " + selectors + " after " + after);
      assertEquals(0, catchUp(log, after, selectors).removedUpTo());
    }
  }

  private static List<Event> notSuperseded(List<Event> all, List<TopicRule> rules, Selectors selectors) {
    var wanted = new ArrayDeque<Event>();
    var seen = new HashSet<Topic>();
    for (int i = all.size() - 1; i >= 0; i--) {
      boolean found = false;
      for (Topic topic : all.get(i).topics()) {
        boolean isNewest = seen.add(topic);
        boolean isLatestOnly = TopicRule.first(rules, topic).map(TopicRule::latestOnly).orElse(false);
        found |= selectors.matches(topic) && (isNewest || !isLatestOnly);
      }
      if (found) {
        wanted.addFirst(all.get(i));
      }
    }
    return List.copyOf(wanted);
  }

  // Many threads.

  @Test
  void read_whileAppending_seesEveryGroupWholeAndNoHole() throws Exception {
    long seed = System.nanoTime();
    EventLog log = open();
    int groups = 150;
    var done = new AtomicBoolean();
    ExecutorService threads = Executors.newFixedThreadPool(4);
    try {
      var readers = new ArrayList<Future<Integer>>();
      for (int reader = 0; reader < 3; reader++) {
        readers.add(threads.submit(follower(log, done, new Random(seed + reader))));
      }
      var random = new Random(seed - 1);
      for (int group = 0; group < groups; group++) {
        int size = 1 + random.nextInt(20);
        long before = log.head();
        var drafts = new Draft[size];
        Arrays.setAll(drafts, i -> draft("t/" + random.nextInt(3), before + 1 + "-" + (before + size)));
        append(log, drafts);
        assertEquals(before + size, log.head(), "the head is never behind an append that has completed");
      }
      done.set(true);
      for (Future<Integer> reader : readers) {
        assertEquals(log.head(), reader.get(30, TimeUnit.SECONDS).longValue(), "seed " + seed);
      }
    } finally {
      done.set(true);
      threads.shutdownNow();
    }
  }

  /** Follows the log to its end, and answers with how many events it has seen. */
  private static Callable<Integer> follower(EventLog log, AtomicBoolean done, Random random) {
    return () -> {
      long cursor = 0;
      int seen = 0;
      boolean endsGroup = true;
      boolean last = false;
      while (!last || cursor < log.head()) {
        last = done.get();
        long head = log.head();
        Page page = await(log.read(cursor, ALL, new Limit(1 + random.nextInt(100), 1 << 20), EVERYTHING));
        for (Event event : page.events()) {
          endsGroup = endsItsGroup(event);
          assertEquals(cursor + 1, event.offset(), "no hole, none twice");
          cursor = event.offset();
          seen++;
        }
        assertEquals(cursor, page.upTo(), "everything matches, so nothing is passed over");
        if (page.events().isEmpty()) {
          assertTrue(cursor >= head, "the head is never ahead of what is read");
          assertTrue(endsGroup, "part of a group");
        }
      }
      return seen;
    };
  }

  private static boolean endsItsGroup(Event event) {
    return event.data().toString().endsWith("-" + event.offset());
  }

  // The end, and what comes after it.

  @Test
  void close_callsAfterIt_failAsClosed() {
    EventLog log = open();
    append(log, draft("a", "1"));
    await(log.close());
    await(log.close());
    assertEquals(Reason.CLOSED, failure(log.append(List.of(draft("a", "2")), time.instant())));
    assertEquals(Reason.CLOSED, failure(log.read(0, ALL, WIDE, EVERYTHING)));
    assertEquals(Reason.CLOSED, failure(log.offsetBefore(time.instant())));
    assertEquals(Reason.CLOSED, failure(log.offsetBeforeLast(1, ALL)));
    assertEquals(1, log.head());
    assertEquals(1, log.oldest());
  }

  @Test
  void reopened_durableLog_isTheSame() {
    assumeTrue(isDurable());
    EventLog log = open(keepsCount("c", 1));
    append(
        log,
        full(List.of("a", "b"), "t", "1", "k", Duration.ofHours(1), SECOND),
        draft("a", "2"),
        draft("c", "3"),
        draft("c", "4"),
        secret(lasting(Duration.ofMinutes(1), "d", "5")));
    assertEquals(3, readOnceRemoved(log, Selectors.of("c"), 3).removedUpTo());
    Page before = read(log, 0, ALL);
    await(log.close());
    time.jump(Duration.ofSeconds(-30));
    EventLog again = open(keepsCount("c", 1));
    assertEquals(log.epoch(), again.epoch());
    assertEquals(5, again.head());
    assertEquals(1, again.oldest());
    assertEquals(before, read(again, 0, ALL));
    assertEquals(3, read(again, 0, Selectors.of("c")).removedUpTo());
    assertEquals(
        List.of(stored(again, 1, Verdict.DUPLICATE), stored(again, 1, Verdict.CONFLICT), stored(again, 6, Verdict.NEW)),
        append(
                again,
                full(List.of("a", "b"), "t", "1", "k", Duration.ofHours(1), SECOND),
                keyed("k", "a", "other"),
                draft("a", "6"))
            .outcomes());
    assertEquals(before.events().get(0).time(), read(again, 5, ALL).events().get(0).time(), "time never goes back");
    time.pass(Duration.ofMinutes(3));
    assertEquals(new Page(List.of(), 6, 5), read(again, 0, Selectors.of("d")));
  }

  @Test
  void reopened_everythingRemoved_offsetsGoOn() {
    assumeTrue(isDurable());
    EventLog log = open(keepsAge("**", SECOND));
    append(log, draft("a", "1"), draft("a", "2"));
    time.pass(Duration.ofMinutes(1));
    readOnceRemoved(log, ALL, 2);
    await(log.close());
    EventLog again = open();
    assertEquals(2, again.head());
    assertEquals(3, again.oldest());
    assertEquals(new Page(List.of(), 2, 2), read(again, 0, A));
    assertEquals(3, append(again, draft("a", "3")).events().get(0).offset());
  }

  @Test
  void reopened_latestRule_knowsWhatIsNewest() {
    assumeTrue(isDurable());
    TopicRule[] rules = {latest(keepsCount("a", 1)), latest("b")};
    EventLog log = open(rules);
    append(log, draft("a", "1"), draft("a", "2"), draft("b", "3"), lasting(SECOND, "b", "4"));
    readOnceRemoved(log, A, 1);
    time.pass(SECOND);
    await(log.close());
    EventLog again = open(rules);
    assertEquals(new Page(read(again, 1, A).events(), 4, 0), catchUp(again, 0, A));
    assertEquals(new Page(List.of(), 4, 4), catchUp(again, 0, Selectors.of("b")));
    await(again.close());
    assertEquals(List.of(3L), offsets(catchUp(open(), 0, Selectors.of("b"))), "rules may change");
  }

  @Test
  void refreshHead_afterAnAppend_isNotBehindIt() {
    EventLog log = open();
    assertEquals(0, await(log.refreshHead()));
    append(log, draft("a", "1"), draft("a", "2"));
    assertEquals(2, await(log.refreshHead()));
    assertEquals(2, log.head());
  }

  @Test
  void shared_whatAnotherNodeAppended_isKnownInTimeOrWhenAsked() {
    EventLog one = open();
    assumeTrue(one.isShared());
    EventLog other = open();
    assertEquals(one.epoch(), other.epoch());
    append(one, draft("a", "1"));
    assertEquals(1, await(other.refreshHead()));
    assertEquals(1, other.head());
    append(other, draft("a", "2"));
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20); // in its own time, and this machine's
    while (one.head() < 2 && System.nanoTime() < deadline) {
      Thread.onSpinWait();
    }
    assertEquals(2, one.head());
    assertEquals(List.of(1L, 2L), offsets(read(one, 0, A)));
  }

  @Test
  void reopened_otherEngine_isAnotherEpoch() {
    assumeTrue(!isDurable());
    assertNotEquals(open().epoch(), open().epoch());
  }

  private static Verdict verdict(Appended appended) {
    return appended.outcomes().get(0).verdict();
  }

  private static Stored stored(EventLog log, long offset, Verdict verdict) {
    return new Stored(new EventId(log.epoch(), offset), verdict);
  }

  private static Draft[] randomDrafts(Random random, int count) {
    var drafts = new Draft[count];
    List<String> topics = new ArrayList<>(List.of("a", "b", "c", "a/x", "a/y", "b/x", "b/x/1", "c/z/2"));
    for (int i = 0; i < count; i++) {
      Collections.shuffle(topics, random);
      String[] some = topics.subList(0, 1 + random.nextInt(3)).toArray(String[]::new);
      drafts[i] = shared("d".repeat(random.nextInt(40)), some);
    }
    return drafts;
  }

  private static Selectors randomSelectors(Random random) {
    var texts = new ArrayList<>(List.of("a", "b", "c", "a/x", "absent", "*", "**", "a/*", "b/**", "*/x", "absent/**"));
    Collections.shuffle(texts, random);
    return Selectors.of(texts.subList(0, 1 + random.nextInt(4)).toArray(String[]::new));
  }
}
