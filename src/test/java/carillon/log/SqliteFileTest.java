package carillon.log;

import static carillon.log.EventLog.Reading.EVERYTHING;
import static carillon.log.Logs.WIDE;
import static carillon.log.Logs.await;
import static carillon.log.Logs.draft;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import carillon.event.Event;
import carillon.event.Selectors;
import carillon.event.TraceParent;
import carillon.log.LogOpenException.Problem;
import carillon.log.SqliteOptions.Damaged;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Which files the sqlite engine opens, and what it says of the others. */
final class SqliteFileTest {

  private static final int PAGE_BYTES = 4_096;

  /** Where the header of an SQLite file has the version of the schema, four bytes. */
  private static final int VERSION_AT = 60;

  @TempDir Path directory;

  private Path file;

  @BeforeEach
  void name() {
    file = directory.resolve("log.db");
  }

  private SqliteLog open(Damaged damaged) {
    return await(SqliteLog.open(options(damaged), List.of(), SteadyClock.system(), new Random()));
  }

  private SqliteOptions options(Damaged damaged) {
    return new SqliteOptions(directory, damaged, 1);
  }

  /** A log with 500 events in 50 topics, closed; returns its epoch. */
  private long written() {
    SqliteLog log = open(Damaged.REFUSE);
    var drafts = IntStream.range(0, 500).mapToObj(i -> draft("t/" + i % 50, "data " + i)).toList();
    await(log.append(drafts, Instant.now()));
    await(log.close());
    return log.epoch();
  }

  private LogOpenException refusal() {
    return refusal(Damaged.REFUSE);
  }

  private LogOpenException refusal(Damaged damaged) {
    var opening = SqliteLog.open(options(damaged), List.of(), SteadyClock.system(), new Random());
    ExecutionException failure =
        assertThrows(ExecutionException.class, () -> opening.toCompletableFuture().get(30, TimeUnit.SECONDS));
    return assertInstanceOf(LogOpenException.class, failure.getCause(), () -> failure.getCause().toString());
  }

  /** Refused as it is, without being changed; moved aside, as it is, when a new epoch is asked for. */
  private void assertCorrupt(String detail) throws IOException {
    byte[] before = Files.isRegularFile(file) ? Files.readAllBytes(file) : new byte[0];
    LogOpenException refusal = refusal();
    assertEquals(Problem.CORRUPT, refusal.problem(), refusal::getMessage);
    assertEquals(file, refusal.file());
    assertTrue(refusal.getMessage().contains(file.toString()), refusal::getMessage);
    assertTrue(refusal.getMessage().contains(detail), refusal::getMessage);
    if (Files.isRegularFile(file)) {
      assertArrayEquals(before, Files.readAllBytes(file), "it was changed");
    }
    SqliteLog log = open(Damaged.NEW_EPOCH);
    assertEquals(0, log.head());
    assertEquals(1, await(log.append(List.of(draft("t", "1")), Instant.now())).events().get(0).offset());
    await(log.close());
    if (before.length > 0) {
      try (Stream<Path> files = Files.list(directory)) {
        Path aside = files.filter(path -> path.toString().contains("log.db.damaged-")).findFirst().orElseThrow();
        assertArrayEquals(before, Files.readAllBytes(aside));
      }
    }
  }

  @Test
  void sound_newEpochAllowed_isOpenedAsEver() {
    long epoch = written();
    SqliteLog log = open(Damaged.NEW_EPOCH);
    assertEquals(epoch, log.epoch());
    assertEquals(500, await(log.read(0, Selectors.of("t/*"), WIDE, EVERYTHING)).events().size());
    await(log.close());
  }

  @Test
  void missing_twoDirectories_areTwoEpochs() throws IOException {
    long epoch = written();
    Files.delete(file);
    assertNotEquals(epoch, written());
  }

  @Test
  void locked_openedAgainInThisProcess_isRefusedAndTheFirstGoesOn() {
    SqliteLog first = open(Damaged.REFUSE);
    LogOpenException refusal = refusal();
    assertEquals(Problem.LOCKED, refusal.problem());
    assertEquals(directory.resolve("log.lock"), refusal.file());
    assertEquals(1, await(first.append(List.of(draft("t", "1")), Instant.now())).events().get(0).offset());
    await(first.close());
    await(open(Damaged.REFUSE).close());
  }

  @Test
  void corrupt_empty_isRefused() throws IOException {
    Files.write(file, new byte[0]);
    assertCorrupt("only 0 bytes long");
  }

  @Test
  void corrupt_text_isRefused() throws IOException {
    Files.writeString(file, "this is a note, not a log");
    assertCorrupt("no SQLite database");
  }

  @Test
  void corrupt_directory_isRefused() throws IOException {
    Files.createDirectories(file);
    assertCorrupt("not a regular file");
  }

  @Test
  void corrupt_otherDatabase_isRefused() throws Exception {
    change("CREATE TABLE event (x)");
    assertCorrupt("no log");
  }

  @Test
  void corrupt_schemaThatNeverWas_isRefused() throws Exception {
    written();
    change("PRAGMA user_version = 0");
    assertCorrupt("schema that never was (0)");
  }

  /** Nothing of it is lost to a hub that was set back by mistake, whatever that does with damage. */
  @ParameterizedTest
  @EnumSource(Damaged.class)
  void newerSchema_opened_isRefusedAsItIs(Damaged damaged) throws Exception {
    written();
    change("ALTER TABLE meta RENAME TO meta_of_tomorrow");
    change("PRAGMA user_version = 4");
    assertNewer(damaged);
  }

  /** As a newer hub leaves it that was killed right after it had changed the schema. */
  @ParameterizedTest
  @EnumSource(Damaged.class)
  void newerSchema_inTheWriteAheadLogOnly_isRefusedAndKept(Damaged damaged) throws Exception {
    written();
    byte[] old = Files.readAllBytes(file);
    Path wal = directory.resolve("log.db-wal");
    byte[] ahead;
    try (var connection = DriverManager.getConnection("jdbc:sqlite:" + file);
        var statement = connection.createStatement()) {
      statement.execute("PRAGMA user_version = 4");
      ahead = Files.readAllBytes(wal);
    }
    Files.write(file, old);
    Files.write(wal, ahead);
    assertEquals(Problem.UNSUITABLE, refusal(damaged).problem());
    assertNewer(damaged);
  }

  @Test
  void schema_thatNoHubWillEverHave_isDamage() throws Exception {
    written();
    change("PRAGMA user_version = 10000");
    assertEquals(Problem.CORRUPT, refusal().problem());
  }

  private void assertNewer(Damaged damaged) throws IOException {
    byte[] before = Files.readAllBytes(file);
    LogOpenException refusal = refusal(damaged);
    assertEquals(Problem.UNSUITABLE, refusal.problem(), refusal::getMessage);
    assertEquals(file, refusal.file());
    assertEquals(
        file + ": written by a newer version (schema 4, this one knows up to 3)", refusal.getMessage());
    assertArrayEquals(before, Files.readAllBytes(file), "it was changed");
    try (Stream<Path> files = Files.list(directory)) {
      assertEquals(List.of(), files.filter(path -> path.toString().contains("damaged")).toList());
    }
  }

  /** As the first hubs wrote it, with a key: they knew no private events. */
  private void becomesSchema1() throws Exception {
    change("DROP VIEW readable");
    change("ALTER TABLE event DROP COLUMN private");
    change("ALTER TABLE event DROP COLUMN trace");
    change("CREATE VIEW readable AS SELECT offset, topics FROM event");
    change("PRAGMA user_version = 1");
  }

  @Test
  void schema1_opened_isBroughtUpToDate() throws Exception {
    long epoch = written();
    becomesSchema1();
    for (int round = 1; round <= 2; round++) { // the second finds it up to date
      SqliteLog log = open(Damaged.REFUSE);
      assertEquals(epoch, log.epoch());
      var events = await(log.read(0, Selectors.of("**"), WIDE, EVERYTHING)).events();
      assertEquals(499 + round, events.size());
      assertEquals("data 7", events.get(7).data().toString());
      assertTrue(events.stream().limit(500).noneMatch(Event::isPrivate));
      assertTrue(events.stream().skip(500).allMatch(Event::isPrivate));
      await(log.append(List.of(Logs.secret(draft("t/1", "secret"))), Instant.now()));
      await(log.close());
    }
  }

  /** As hubs wrote it that knew no traces. */
  @Test
  void schema2_opened_isBroughtUpToDate() throws Exception {
    long epoch = written();
    change("ALTER TABLE event DROP COLUMN trace");
    change("PRAGMA user_version = 2");
    var trace = new TraceParent("00-" + "a".repeat(32) + "-" + "b".repeat(16) + "-01");
    for (int round = 1; round <= 2; round++) { // the second finds it up to date
      SqliteLog log = open(Damaged.REFUSE);
      assertEquals(epoch, log.epoch());
      var events = await(log.read(0, Selectors.of("**"), WIDE, EVERYTHING)).events();
      assertEquals(499 + round, events.size());
      assertTrue(events.stream().limit(500).allMatch(event -> event.trace() == null));
      assertTrue(events.stream().skip(500).allMatch(event -> trace.equals(event.trace())));
      await(log.append(List.of(draft("t/1", "traced").tracedBy(trace)), Instant.now()));
      await(log.close());
    }
  }

  @Test
  void schema1_damaged_isRefusedAsItIs() throws Exception {
    written();
    becomesSchema1();
    change("UPDATE meta SET indexed_up_to = 777");
    assertCorrupt("contradicts");
  }

  @Test
  void corrupt_metaMissing_isRefused() throws Exception {
    written();
    change("DELETE FROM meta");
    assertCorrupt("meta is empty");
  }

  @Test
  void corrupt_metaContradictsEvents_isRefused() throws Exception {
    written();
    change("UPDATE meta SET indexed_up_to = 777");
    assertCorrupt("contradicts");
  }

  @Test
  void corrupt_writeAheadLogAlone_isRefused() throws IOException {
    Files.writeString(directory.resolve("log.db-wal"), "x");
    assertCorrupt("missing");
  }

  @Test
  void corrupt_truncated_isRefused() throws IOException {
    written();
    byte[] whole = Files.readAllBytes(file);
    Files.write(file, Arrays.copyOf(whole, whole.length / 2 / PAGE_BYTES * PAGE_BYTES));
    assertCorrupt("");
  }

  @Test
  void corrupt_truncatedWithinAPage_isRefused() throws IOException {
    written();
    byte[] whole = Files.readAllBytes(file);
    Files.write(file, Arrays.copyOf(whole, whole.length - 1_000));
    assertCorrupt("");
  }

  @Test
  void corrupt_headOfAnyPage_isRefused() throws IOException {
    written();
    byte[] whole = Files.readAllBytes(file);
    var random = new Random(1);
    for (int page = 0; page < whole.length / PAGE_BYTES; page++) {
      byte[] damaged = whole.clone();
      var noise = new byte[64];
      random.nextBytes(noise);
      System.arraycopy(noise, 0, damaged, page * PAGE_BYTES, noise.length);
      Files.write(file, damaged);
      LogOpenException refusal = refusal();
      assertEquals(Problem.CORRUPT, refusal.problem(), "page " + page + ": " + refusal.getMessage());
    }
  }

  @Test
  void corrupt_anyBytes_opensOrSaysSo() throws IOException {
    long seed = System.nanoTime();
    var random = new Random(seed);
    written();
    byte[] whole = Files.readAllBytes(file);
    for (int i = 0; i < 25; i++) {
      byte[] damaged = whole.clone();
      int from = random.nextInt(damaged.length);
      for (int at = from; at < Math.min(damaged.length, from + 1 + random.nextInt(200)); at++) {
        damaged[at] = (byte) random.nextInt();
      }
      Files.write(file, damaged);
      try {
        await(await(SqliteLog.open(options(Damaged.REFUSE), List.of(), SteadyClock.system(), new Random())).close());
      } catch (AssertionError e) {
        LogOpenException refusal = assertInstanceOf(LogOpenException.class, e.getCause().getCause(), "seed " + seed);
        boolean mayBeNewer = !Arrays.equals(whole, VERSION_AT, VERSION_AT + 4, damaged, VERSION_AT, VERSION_AT + 4);
        assertTrue(
            refusal.problem() == Problem.CORRUPT || (mayBeNewer && refusal.problem() == Problem.UNSUITABLE),
            () -> "seed " + seed + ": " + refusal.getMessage());
      }
    }
  }

  @Test
  void inaccessible_directoryIsAFile_isRefused() throws IOException {
    Path note = directory.resolve("note");
    Files.writeString(note, "x", StandardCharsets.US_ASCII);
    var opening = SqliteLog.open(SqliteOptions.in(note), List.of(), SteadyClock.system(), new Random());
    ExecutionException failure =
        assertThrows(ExecutionException.class, () -> opening.toCompletableFuture().get(30, TimeUnit.SECONDS));
    assertEquals(Problem.INACCESSIBLE, assertInstanceOf(LogOpenException.class, failure.getCause()).problem());
  }

  private void change(String sql) throws SQLException {
    try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file)) {
      Sql.run(connection, sql);
    }
  }
}
