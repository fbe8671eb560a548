package carillon.log;

import static carillon.log.EventLog.Reading.EVERYTHING;
import static carillon.log.Logs.WIDE;
import static carillon.log.Logs.await;
import static carillon.log.Logs.data;
import static carillon.log.Logs.draft;
import static carillon.log.Logs.failure;
import static carillon.log.Logs.keyed;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import carillon.event.Draft;
import carillon.event.Event;
import carillon.event.Selectors;
import carillon.event.Topic;
import carillon.event.TraceParent;
import carillon.log.CuttingProxy.Fault;
import carillon.log.LogException.Reason;
import carillon.log.LogOpenException.Problem;
import carillon.log.Stored.Verdict;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What the postgresql engine says and does when the database, or the way to it, lets it down.
 *
 * <p>Seen to fail while it was written, each broken on purpose and restored: a group that was cut off answered as
 * certainly not stored; a failure to prepare answered as in doubt; the commit left asynchronous; a history that
 * lacks what was acknowledged taken for good.
 */
final class PostgresFaultTest {

  private static final Selectors ALL = Selectors.of("**");

  /** Nothing happens by itself, so that faults strike groups and nothing else. */
  private static final PostgresPace SLOW =
      new PostgresPace(Duration.ofHours(1), Duration.ofHours(1), Duration.ofHours(1), Duration.ofSeconds(30));

  private static final Logger LOGGER = Logger.getLogger(PostgresLog.class.getName());

  private final TestClock time = new TestClock();
  private final Vertx vertx = Vertx.vertx();
  private final TestPostgres server = TestPostgres.shared();
  private final String database = server.create();
  private final CuttingProxy proxy = new CuttingProxy(server.port());
  private final List<EventLog> opened = new ArrayList<>();

  @BeforeEach
  void begin() {
    LOGGER.setLevel(Level.OFF); // every fault below is meant
  }

  @AfterEach
  void end() {
    opened.forEach(log -> await(log.close()));
    proxy.close();
    await(vertx.close().toCompletionStage());
    LOGGER.setLevel(null);
  }

  private PostgresLog open(PostgresPace pace) {
    PostgresLog log =
        await(
            PostgresLog.open(
                vertx,
                TestPostgres.options(database, proxy.port()),
                List.of(),
                time.steady(),
                new Random(),
                pace));
    opened.add(log);
    return log;
  }

  private Appended append(EventLog log, Draft... drafts) {
    return await(log.append(List.of(drafts), time.instant()));
  }

  private static List<String> all(EventLog log) {
    return data(await(log.read(0, ALL, WIDE, EVERYTHING)));
  }

  @ParameterizedTest
  @EnumSource(Fault.class)
  void append_wayCutAtAnyPoint_isSaidToBeWhatItIs(Fault fault) {
    boolean isSilent = fault.name().startsWith("SILENT");
    PostgresLog log = open(isSilent ? new PostgresPace(SLOW.look(), SLOW.sweep(), SLOW.size(), Duration.ofSeconds(2)) : SLOW);
    append(log, draft("t", "1"));
    proxy.arm(fault);
    Reason reason = failure(log.append(List.of(keyed("k", "t", "2")), time.instant()));
    while (fault.isOfNewConnections() && !proxy.hasStruck()) { // it may not have noticed yet that the old one is cut
      reason = failure(log.append(List.of(keyed("k", "t", "2")), time.instant()));
    }
    assertTrue(proxy.hasStruck());
    proxy.disarm();
    boolean isStored = fault.name().endsWith("BEFORE_ANSWER");
    boolean isSent = isStored || fault.name().endsWith("BEFORE_GROUP");
    assertEquals(isSent ? Reason.IN_DOUBT : Reason.UNAVAILABLE, reason);
    assertEquals(1, log.head(), "what nobody knows of is not shown");
    Appended again = append(log, keyed("k", "t", "2"));
    assertEquals(isStored ? Verdict.DUPLICATE : Verdict.NEW, again.outcomes().get(0).verdict());
    assertEquals(2, again.outcomes().get(0).id().offset());
    append(log, draft("t", "3"));
    assertEquals(List.of("1", "2", "3"), all(log));
    assertEquals(3, log.head());
  }

  @Test
  void append_databaseRefusesTheStatement_isCertainlyNotStored() {
    PostgresLog log = open(SLOW);
    append(log, draft("t", "1"));
    refuseInserts("P0001");
    assertEquals(Reason.UNAVAILABLE, failure(log.append(List.of(draft("t", "lost")), time.instant())));
    refuseInserts("53100");
    assertEquals(Reason.FULL, failure(log.append(List.of(draft("t", "lost")), time.instant())));
    server.run(database, "DROP TRIGGER refuse ON carillon.event");
    append(log, draft("t", "2"));
    assertEquals(List.of("1", "2"), all(log));
  }

  @Test
  void append_anotherNodeHoldsTheLock_isGivenUpAndNeverComes() throws Exception {
    PostgresLog log = open(new PostgresPace(SLOW.look(), SLOW.sweep(), SLOW.size(), Duration.ofSeconds(2)));
    try (var other = server.connect(database); var statement = other.createStatement()) {
      other.setAutoCommit(false);
      statement.execute("SELECT * FROM carillon.meta FOR UPDATE");
      assertEquals(Reason.UNAVAILABLE, failure(log.append(List.of(draft("t", "lost")), time.instant())));
      assertEquals(List.of(), all(log), "readers do not wait");
      other.rollback();
    }
    append(log, draft("t", "1"));
    assertEquals(List.of("1"), all(log));
  }

  @Test
  void append_synchronousCommitIsOff_isSwitchedOn() {
    server.run("postgres", "ALTER DATABASE " + database + " SET synchronous_commit = off");
    PostgresLog log = open(SLOW);
    server.run(
        database,
        """
        CREATE FUNCTION look() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          IF current_setting('synchronous_commit') <> 'on' THEN RAISE EXCEPTION 'off'; END IF;
          RETURN NEW;
        END $$""",
        "CREATE TRIGGER look BEFORE INSERT ON carillon.event FOR EACH ROW EXECUTE FUNCTION look()");
    assertEquals(1, append(log, draft("t", "1")).events().size());
  }

  @Test
  void anything_databaseLacksWhatWasAcknowledged_isNotBelievedUnlessItIsANewEpoch() {
    PostgresLog log = open(SLOW);
    append(log, draft("t", "1"), draft("t", "2"));
    long epoch = log.epoch();
    server.run(
        database,
        "DELETE FROM carillon.event WHERE event_offset = 2",
        "DELETE FROM carillon.place WHERE event_offset = 2",
        "UPDATE carillon.meta SET head = 1");
    assertEverythingIsUnavailable(log);
    assertEquals(Reason.UNAVAILABLE, failure(log.refreshHead()));
    assertEquals(2, log.head());
    server.run(database, "UPDATE carillon.meta SET epoch = epoch + 1");
    assertEverythingIsUnavailable(log);
    assertEquals(epoch, log.epoch());
    assertEquals(1, await(log.refreshHead()));
    assertEquals(epoch + 1, log.epoch());
    assertEquals(1, log.head());
    assertEquals(2, append(log, draft("t", "3")).events().get(0).offset());
    assertEquals(List.of("1", "3"), all(log));
  }

  private void assertEverythingIsUnavailable(PostgresLog log) {
    assertEquals(Reason.UNAVAILABLE, failure(log.append(List.of(draft("t", "x")), time.instant())));
    assertEquals(Reason.UNAVAILABLE, failure(log.read(0, ALL, WIDE, EVERYTHING)));
    assertEquals(Reason.UNAVAILABLE, failure(log.offsetBefore(time.instant())));
    assertEquals(Reason.UNAVAILABLE, failure(log.offsetBeforeLast(1, ALL)));
  }

  @Test
  void head_otherNodeAppends_isNoticedWithoutBeingTold() {
    PostgresLog log = open(PostgresLogTest.FAST);
    PostgresLog other = open(SLOW);
    append(other, draft("t", "1"));
    eventually(() -> log.head() == 1);
    proxy.arm(Fault.REFUSE);
    server.run(database, "UPDATE carillon.meta SET head = head"); // whatever; nobody can be asked
    assertEquals(Reason.UNAVAILABLE, failure(log.read(0, ALL, WIDE, EVERYTHING)));
    proxy.disarm();
    append(other, draft("t", "2"));
    eventually(() -> log.head() == 2);
    assertEquals(List.of("1", "2"), all(log));
  }

  @Test
  void close_inTheMiddleOfAGroup_finishesIt() {
    PostgresLog log = open(SLOW);
    var appending = log.append(List.of(draft("t", "1")), time.instant());
    var closing = log.close();
    assertEquals(1, await(appending).events().size());
    await(closing);
    assertEquals(Reason.CLOSED, failure(log.append(List.of(draft("t", "2")), time.instant())));
    assertEquals(List.of("1"), all(open(SLOW)));
  }

  // Opening.

  private LogOpenException refusal(PostgresOptions options) {
    var failure = assertThrows(
        CompletionException.class,
        () ->
            PostgresLog.open(vertx, options, List.of(), time.steady(), new Random(), SLOW)
                .toCompletableFuture()
                .orTimeout(60, TimeUnit.SECONDS)
                .join());
    return assertInstanceOf(LogOpenException.class, failure.getCause());
  }

  @Test
  void open_schemaOfANewerVersion_isRefused() {
    await(open(SLOW).close());
    server.run(database, "UPDATE carillon.meta SET version = 99");
    LogOpenException refusal = refusal(server.options(database));
    assertEquals(Problem.UNSUITABLE, refusal.problem());
    assertTrue(refusal.getMessage().contains("newer Carillon (schema 99)"), refusal.getMessage());
  }

  /**
   * As hubs made it that knew no traces. Their function stays: a node of theirs that is still up goes on storing while
   * the nodes of a cluster are started again one by one.
   */
  @Test
  void open_schemaOfTheFirstVersion_isLedToThisOneAndServesBoth() {
    PostgresLog log = open(SLOW);
    append(log, draft("t", "1"));
    await(log.close());
    server.run(
        database,
        "ALTER TABLE carillon.event DROP COLUMN trace; DROP FUNCTION carillon.append(bigint, bigint, bigint, bigint,"
            + " text[], boolean[], bigint[], bigint[], bigint[], text[], bytea[], text[], text[], bigint[], bigint[],"
            + " bytea[], boolean[], text[]); UPDATE carillon.meta SET version = 1");
    var trace = new TraceParent("00-" + "a".repeat(32) + "-" + "b".repeat(16) + "-01");
    PostgresLog again = open(SLOW);
    append(again, draft("t", "2").tracedBy(trace));
    server.run(
        database,
        "SELECT carillon.append((SELECT epoch FROM carillon.meta), 2, 0, 0, ARRAY['t'], ARRAY[false],"
            + " ARRAY[9223372036854775807], ARRAY[9223372036854775807], ARRAY[9223372036854775807], ARRAY[NULL::text],"
            + " ARRAY[NULL::bytea], ARRAY['t'], ARRAY[NULL::text], ARRAY[NULL::bigint], ARRAY[NULL::bigint],"
            + " ARRAY['3'::bytea], ARRAY[false])");
    var events = await(again.read(0, ALL, WIDE, EVERYTHING)).events();
    assertEquals(List.of("1", "2", "3"), events.stream().map(event -> event.data().toString()).toList());
    assertEquals(Arrays.asList(null, trace, null), events.stream().map(Event::trace).toList());
  }

  @Test
  void open_somebodyElsesSchema_isRefusedAndLeftAlone() {
    server.run(database, "CREATE SCHEMA carillon", "CREATE TABLE carillon.bells (n integer)");
    assertEquals(Problem.UNSUITABLE, refusal(server.options(database)).problem());
    assertEquals(
        List.of("bells"), server.ask(database, "SELECT tablename FROM pg_tables WHERE schemaname = 'carillon'"));
  }

  @Test
  void open_notThereOrNotLetIn_saysWhyWithoutThePassword() {
    LogOpenException absent = refusal(server.options("absent"));
    assertEquals(Problem.INACCESSIBLE, absent.problem());
    assertTrue(absent.getMessage().contains("absent"), absent.getMessage());
    proxy.arm(Fault.REFUSE);
    LogOpenException away = refusal(TestPostgres.options(database, proxy.port()));
    assertEquals(Problem.INACCESSIBLE, away.problem());
    assertFalse(away.getMessage().contains("postgres:"), away.getMessage());
  }

  @Test
  void open_manyAtOnceOnAnEmptyDatabase_areOneLog() {
    var opening = new ArrayList<CompletionStage<PostgresLog>>();
    for (int i = 0; i < 4; i++) {
      opening.add(
          PostgresLog.open(vertx, server.options(database), List.of(), time.steady(), new Random(i), SLOW));
    }
    var logs = opening.stream().map(Logs::await).toList();
    opened.addAll(logs);
    assertEquals(1, logs.stream().map(EventLog::epoch).collect(Collectors.toSet()).size());
    for (int i = 0; i < 4; i++) {
      assertEquals(i + 1, append(logs.get(i), draft("t", "" + i)).events().get(0).offset());
    }
  }

  // What the database is asked.

  @Test
  void pattern_anySelectors_matchInTheDatabaseWhatTheyMatchHere() throws Exception {
    long seed = System.nanoTime();
    var random = new Random(seed);
    List<String> words = List.of("a", "b", "hub", "a.b", "(x", "+?", "[ä]", "{1}", "^$|\\", "\ud83d\ude00", "_%", "A");
    try (var connection = server.connect(database);
        var query = connection.prepareStatement(
            "SELECT name FROM unnest(?) AS n(name) WHERE name COLLATE \"C\" >= ? AND name COLLATE \"C\" < ?"
                + " AND name ~ ?")) {
      for (int round = 0; round < 200; round++) {
        var names = new TreeSet<String>();
        for (int i = 0; i < 60; i++) {
          names.add(path(random, words));
        }
        var texts = new TreeSet<String>();
        for (int i = 0; i < 1 + random.nextInt(3); i++) {
          String text = path(random, words);
          texts.add(random.nextBoolean() ? text : text.replaceAll("[^/]+(/|$)", random.nextBoolean() ? "$0" : "*$1"));
          texts.add(text + (random.nextBoolean() ? "/**" : "/*"));
        }
        texts.add(random.nextInt(4) == 0 ? "**" : "*/a");
        Selectors selectors = Selectors.of(texts.toArray(String[]::new));
        PostgresPattern pattern = PostgresPattern.of(selectors);
        query.setArray(1, connection.createArrayOf("text", names.toArray()));
        query.setString(2, pattern.low());
        query.setString(3, pattern.high());
        query.setString(4, pattern.regex());
        var found = new TreeSet<String>();
        try (var row = query.executeQuery()) {
          while (row.next()) {
            found.add(row.getString(1));
          }
        }
        names.removeIf(name -> !selectors.matches(new Topic(name)));
        assertEquals(names, found, () -> "seed " + seed + ", " + selectors);
      }
    }
  }

  private static String path(Random random, List<String> words) {
    var path = new ArrayList<String>();
    for (int i = 1 + random.nextInt(3); i > 0; i--) {
      path.add(words.get(random.nextInt(words.size())));
    }
    return String.join("/", path);
  }

  private void refuseInserts(String sqlState) {
    server.run(
        database,
        "CREATE OR REPLACE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            + " RAISE EXCEPTION 'on purpose' USING ERRCODE = '" + sqlState + "'; END $$",
        "CREATE OR REPLACE TRIGGER refuse AFTER INSERT ON carillon.event FOR EACH ROW EXECUTE FUNCTION refuse()");
  }

  private static void eventually(BooleanSupplier condition) {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
    while (!condition.getAsBoolean()) {
      assertTrue(System.nanoTime() < deadline, "it never happens");
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
    }
  }
}
