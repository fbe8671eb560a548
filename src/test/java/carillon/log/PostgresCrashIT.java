package carillon.log;

import static carillon.log.EventLog.Reading.EVERYTHING;
import static carillon.log.Logs.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import carillon.event.Draft;
import carillon.event.Event;
import carillon.event.Key;
import carillon.event.Payload;
import carillon.event.Selectors;
import carillon.event.Topic;
import carillon.log.EventLog.Limit;
import carillon.log.LogException.Reason;
import carillon.log.Stored.Verdict;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Two nodes publish into one database while it is killed and started again, or stopped and continued. Whatever they
 * were told is true: acknowledged is there, with that id and once; refused is not; of what is in doubt either holds.
 *
 * <p>Seen to fail while it was written, each broken on purpose and restored: the row of {@code meta} not locked before
 * offsets are given; a group that was cut off answered as certainly not stored.
 */
final class PostgresCrashIT {

  private static final Selectors ALL = Selectors.of("**");
  private static final PostgresPace PACE =
      new PostgresPace(Duration.ofMillis(20), Duration.ofMillis(20), Duration.ofSeconds(1), Duration.ofSeconds(2));

  /** Less than a test waits for an answer. */
  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(10);

  private static final Logger LOGGER = Logger.getLogger(PostgresLog.class.getName());

  private final Vertx vertx = Vertx.vertx();
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final AtomicBoolean done = new AtomicBoolean();
  private final AtomicBoolean ended = new AtomicBoolean();
  private final List<EventLog> nodes = new ArrayList<>();
  private final long seed = System.nanoTime();

  @BeforeEach
  void begin() {
    LOGGER.setLevel(Level.OFF); // every fault below is meant
  }

  @AfterEach
  void end() {
    done.set(true);
    ended.set(true);
    threads.shutdownNow();
    nodes.forEach(node -> await(node.close()));
    await(vertx.close().toCompletionStage());
    LOGGER.setLevel(null);
  }

  /** One node's publisher: one group at a time, and what it was told about each draft, by its data. */
  private final class Publishing {
    final EventLog node;
    final String name;
    final Random random;
    final Map<String, Long> acknowledged = new HashMap<>();
    final Set<String> refused = new HashSet<>();
    final Set<String> doubtful = new HashSet<>();
    final AtomicInteger groups = new AtomicInteger();
    final AtomicInteger stored = new AtomicInteger();

    Publishing(EventLog node, String name) {
      this.node = node;
      this.name = name;
      this.random = new Random(seed + name.hashCode());
    }

    Void run() {
      for (int group = 0; !done.get(); group++) {
        var drafts = new ArrayList<Draft>();
        for (int i = random.nextInt(20); i >= 0; i--) {
          String mark = name + "-" + group + "-" + i;
          drafts.add(
              new Draft(
                  List.of(new Topic("t/" + random.nextInt(5))),
                  null,
                  Payload.of(mark),
                  random.nextBoolean() ? new Key(mark) : null,
                  null,
                  null));
        }
        publish(drafts);
        groups.incrementAndGet();
      }
      return null;
    }

    private void publish(List<Draft> drafts) {
      try {
        Appended appended = await(node.append(drafts, Instant.now()));
        for (int i = 0; i < drafts.size(); i++) {
          Stored outcome = appended.outcomes().get(i);
          assertEquals(Verdict.NEW, outcome.verdict());
          assertNull(acknowledged.put(drafts.get(i).data().toString(), outcome.id().offset()));
        }
        stored.incrementAndGet();
      } catch (LogException e) {
        Set<String> fate = e.reason() == Reason.IN_DOUBT ? doubtful : refused;
        drafts.forEach(draft -> fate.add(draft.data().toString()));
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5)); // a publisher that was refused does not spin
      }
    }
  }

  /** Follows a node's log page by page, and answers with what it has seen. */
  private List<Event> follow(EventLog node) {
    var seen = new ArrayList<Event>();
    boolean last = false;
    while (!last || seen.size() < node.head()) {
      last = ended.get();
      try {
        long head = node.head();
        Page page = await(node.read(seen.size(), ALL, new Limit(500, 1 << 20), EVERYTHING));
        assertTrue(!page.events().isEmpty() || page.upTo() >= head, "the head is never ahead of what is read");
        for (Event event : page.events()) {
          assertEquals(seen.size() + 1, event.offset(), "no hole, none twice; seed " + seed);
          seen.add(event);
        }
      } catch (LogException e) {
        assertEquals(Reason.UNAVAILABLE, e.reason());
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
      }
    }
    return seen;
  }

  private EventLog open(TestPostgres server, String database) {
    EventLog node =
        await(
            PostgresLog.open(
                vertx,
                server.options(database, CONNECT_TIMEOUT),
                List.of(),
                SteadyClock.system(),
                new Random(seed),
                PACE));
    nodes.add(node);
    return node;
  }

  private interface Trouble {
    void make(List<Publishing> publishers);
  }

  private List<Publishing> publishDuring(TestPostgres server, Trouble trouble) throws Exception {
    String database = server.create();
    List<Publishing> publishers =
        List.of(new Publishing(open(server, database), "one"), new Publishing(open(server, database), "two"));
    Future<List<Event>> following = threads.submit(() -> follow(publishers.get(0).node));
    List<Future<Void>> publishing = new ArrayList<>();
    publishers.forEach(publisher -> publishing.add(threads.submit(publisher::run)));
    trouble.make(publishers);
    done.set(true);
    for (Future<Void> publisher : publishing) {
      publisher.get(60, TimeUnit.SECONDS);
    }
    await(publishers.get(0).node.append(List.of(Logs.draft("end", "end")), Instant.now()));
    ended.set(true);
    check(following.get(60, TimeUnit.SECONDS), publishers);
    eventually(() -> publishers.get(1).node.head() == publishers.get(0).node.head());
    return publishers;
  }

  private void check(List<Event> seen, List<Publishing> publishers) {
    var stored = new HashMap<String, Long>();
    Instant newest = Instant.MIN;
    for (Event event : seen) {
      assertNull(stored.put(event.data().toString(), event.offset()), () -> "twice: " + event + ", seed " + seed);
      assertTrue(!event.time().isBefore(newest), "time never goes back");
      newest = event.time();
    }
    int known = 1;
    for (Publishing publisher : publishers) {
      publisher.acknowledged.forEach((mark, offset) -> assertEquals(offset, stored.get(mark), mark + ", seed " + seed));
      publisher.refused.forEach(mark -> assertNull(stored.get(mark), mark + ", seed " + seed));
      known += publisher.acknowledged.size();
      known += (int) publisher.doubtful.stream().filter(stored::containsKey).count();
    }
    assertEquals(known, seen.size(), "nobody published the others; seed " + seed);
    assertNotEquals(1, known);
  }

  /** Each has had so many more groups answered, whatever the answers were. */
  private static void goOn(List<Publishing> publishers, int groups) {
    for (Publishing publisher : publishers) {
      int before = publisher.groups.get();
      eventually(() -> publisher.groups.get() >= before + groups);
    }
  }

  @Test
  void append_twoNodesAtOnce_areOneOrderWithoutAHole() throws Exception {
    List<Publishing> publishers = publishDuring(TestPostgres.shared(), running -> goOn(running, 60));
    publishers.forEach(publisher -> assertEquals(Set.of(), publisher.refused));
    publishers.forEach(publisher -> assertEquals(Set.of(), publisher.doubtful));
  }

  @Test
  void append_twoNodesWithTheSameKeysAtOnce_storeEachOnce() throws Exception {
    TestPostgres server = TestPostgres.shared();
    String database = server.create();
    var answers = new ArrayList<Future<List<Stored>>>();
    for (int i = 0; i < 2; i++) {
      EventLog node = open(server, database);
      answers.add(
          threads.submit(
              () -> {
                var outcomes = new ArrayList<Stored>();
                for (int k = 0; k < 100; k++) {
                  Draft draft = Logs.keyed("k" + k, "t", "" + k);
                  outcomes.addAll(await(node.append(List.of(draft), Instant.now())).outcomes());
                }
                return outcomes;
              }));
    }
    List<Stored> one = answers.get(0).get(60, TimeUnit.SECONDS);
    List<Stored> two = answers.get(1).get(60, TimeUnit.SECONDS);
    for (int k = 0; k < 100; k++) {
      assertEquals(one.get(k).id(), two.get(k).id());
      assertNotEquals(one.get(k).verdict(), two.get(k).verdict());
    }
    assertEquals(100, await(nodes.get(0).offsetBefore(Instant.MAX)));
  }

  @Test
  void database_killedAndRestarted_nothingAcknowledgedIsLostAndNoIdIsUsedAgain() throws Exception {
    try (var server = new TestPostgres()) {
      List<Publishing> publishers =
          publishDuring(
              server,
              running -> {
                for (int round = 0; round < 2; round++) {
                  goOn(running, 20);
                  server.kill();
                  goOn(running, 3); // they are told that it is away
                  server.restart();
                  recover(running);
                }
              });
      publishers.forEach(publisher -> assertNotEquals(Set.of(), publisher.refused));
    }
  }

  @Test
  void database_stoppedAndContinued_everyoneIsAnsweredAndGoesOn() throws Exception {
    try (var server = new TestPostgres()) {
      List<Publishing> publishers =
          publishDuring(
              server,
              running -> {
                goOn(running, 20);
                server.signal("STOP");
                try {
                  goOn(running, 1);
                } finally {
                  server.signal("CONT");
                }
                recover(running);
              });
      assertTrue(publishers.stream().anyMatch(publisher -> !publisher.doubtful.isEmpty()));
    }
  }

  /** Each has had a group stored since. */
  private static void recover(List<Publishing> publishers) {
    for (Publishing publisher : publishers) {
      long before = publisher.stored.get();
      eventually(() -> publisher.stored.get() > before);
    }
  }

  private static void eventually(BooleanSupplier condition) {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (!condition.getAsBoolean()) {
      assertTrue(System.nanoTime() < deadline, "it never happens");
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
    }
  }
}
