package carillon.log;

import static carillon.log.EventLog.Reading.EVERYTHING;
import static carillon.log.Logs.WIDE;
import static carillon.log.Logs.await;
import static carillon.log.Logs.data;
import static carillon.log.Logs.draft;
import static carillon.log.Logs.failure;
import static carillon.log.Logs.keyed;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import carillon.event.Draft;
import carillon.event.Selectors;
import carillon.log.LogException.Reason;
import carillon.log.Stored.Verdict;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;

/**
 * What the sqlite engine says and does when the disk lets it down. The faults are put between the engine and its
 * connection for writing.
 *
 * <p>Seen to fail while it was written: going on with the same connection after a failed commit; a failed commit
 * answered as certainly not stored; a reopened file that lacks what was acknowledged taken for good.
 */
final class SqliteFaultTest {

  private static final Selectors ALL = Selectors.of("**");

  /** Where a statement fails. */
  private enum Where {
    INSTEAD,
    AFTERWARDS
  }

  /** A fault that strikes once: the next time a statement that begins so is executed. */
  private record Fault(String sql, Where where, SQLiteErrorCode code) {}

  @TempDir Path directory;

  private final TestClock time = new TestClock();
  private final AtomicReference<Fault> armed = new AtomicReference<>();
  private final AtomicInteger connections = new AtomicInteger();
  private final AtomicInteger refusals = new AtomicInteger();
  private volatile String beforeUse = "";
  private SqliteLog log;

  @BeforeEach
  void open() {
    Logger.getLogger(SqliteLog.class.getName()).setLevel(Level.OFF); // every fault below is meant
    open(Duration.ofHours(1)); // so that faults strike groups and nothing else
  }

  private void open(Duration upkeep) {
    log =
        await(
            SqliteLog.open(
                SqliteOptions.in(directory),
                List.of(),
                time.steady(),
                new Random(),
                this::connect,
                SqliteLog.Pace.every(upkeep)));
  }

  @AfterEach
  void close() {
    await(log.close());
    Logger.getLogger(SqliteLog.class.getName()).setLevel(null);
  }

  @Test
  void commit_failsAndWasNotDone_isInDoubtAndTheEventNeverComes() {
    append(keyed("a", "t", "1"));
    armed.set(new Fault("COMMIT", Where.INSTEAD, SQLiteErrorCode.SQLITE_IOERR_FSYNC));
    assertEquals(Reason.IN_DOUBT, failure(log.append(List.of(keyed("b", "t", "2")), time.instant())));
    Appended again = appendOnceReopened(keyed("b", "t", "2"));
    assertEquals(Verdict.NEW, again.outcomes().get(0).verdict());
    assertEquals(2, again.outcomes().get(0).id().offset());
    assertEquals(List.of("1", "2"), data(readOnceReopened()));
    assertEquals(2, connections.get());
  }

  @Test
  void commit_failsAlthoughItWasDone_isInDoubtAndTheEventIsThereOnce() {
    append(keyed("a", "t", "1"));
    armed.set(new Fault("COMMIT", Where.AFTERWARDS, SQLiteErrorCode.SQLITE_IOERR_FSYNC));
    assertEquals(Reason.IN_DOUBT, failure(log.append(List.of(keyed("b", "t", "2")), time.instant())));
    Appended again = appendOnceReopened(keyed("b", "t", "2"));
    assertEquals(Verdict.DUPLICATE, again.outcomes().get(0).verdict());
    assertEquals(2, log.head());
    assertEquals(List.of("1", "2"), data(readOnceReopened()));
    assertEquals(3, append(draft("t", "3")).events().get(0).offset());
  }

  @Test
  void insert_fails_isUnavailableAndNothingIsStored() {
    append(draft("t", "1"));
    armed.set(new Fault("INSERT INTO event", Where.AFTERWARDS, SQLiteErrorCode.SQLITE_IOERR_WRITE));
    assertEquals(Reason.UNAVAILABLE, failure(log.append(List.of(draft("t", "lost")), time.instant())));
    assertEquals(2, appendOnceReopened(draft("t", "2")).events().get(0).offset());
    assertEquals(List.of("1", "2"), data(readOnceReopened()));
  }

  @Test
  void upkeep_fails_isReopenedAndNothingIsMissing() {
    await(log.close());
    open(Duration.ofMillis(1));
    for (int i = 0; i < 20; i++) {
      armed.set(new Fault("INSERT INTO place", Where.INSTEAD, SQLiteErrorCode.SQLITE_IOERR_READ));
      appendOnceReopened(draft("t", "" + i));
    }
    armed.set(null);
    assertEquals(20, readOnceReopened().events().size());
  }

  @Test
  void reopening_failsForAWhile_everythingIsUnavailableUntilItDoesNot() {
    append(draft("t", "1"));
    refusals.set(2);
    armed.set(new Fault("COMMIT", Where.INSTEAD, SQLiteErrorCode.SQLITE_IOERR_FSYNC));
    assertEquals(Reason.IN_DOUBT, failure(log.append(List.of(draft("t", "lost")), time.instant())));
    assertEquals(Reason.UNAVAILABLE, failure(log.append(List.of(draft("t", "refused")), time.instant())));
    assertEquals(Reason.UNAVAILABLE, failure(log.read(0, ALL, WIDE, EVERYTHING)));
    assertEquals(1, log.head());
    appendOnceReopened(draft("t", "2"));
    assertEquals(List.of("1", "2"), data(readOnceReopened()));
    assertEquals(4, connections.get());
  }

  @Test
  void reopened_fileLacksWhatWasAcknowledged_isNotBelieved() {
    append(draft("t", "1"), draft("t", "2"));
    beforeUse = "DELETE FROM event WHERE offset = 2; UPDATE meta SET head = 1, indexed_up_to = 0";
    armed.set(new Fault("COMMIT", Where.INSTEAD, SQLiteErrorCode.SQLITE_IOERR_FSYNC));
    assertEquals(Reason.IN_DOUBT, failure(log.append(List.of(draft("t", "lost")), time.instant())));
    eventually(() -> connections.get() > 2);
    assertEquals(Reason.UNAVAILABLE, failure(log.append(List.of(draft("t", "3")), time.instant())));
    assertEquals(Reason.UNAVAILABLE, failure(log.read(0, ALL, WIDE, EVERYTHING)));
    assertEquals(2, log.head());
  }

  @Test
  void full_whileWriting_failsTheGroupAndNothingElse() {
    append(draft("t", "1"));
    armed.set(new Fault("INSERT INTO event", Where.AFTERWARDS, SQLiteErrorCode.SQLITE_FULL));
    assertEquals(Reason.FULL, failure(log.append(List.of(keyed("k", "t", "lost")), time.instant())));
    assertEquals(List.of("1"), data(await(log.read(0, ALL, WIDE, EVERYTHING))));
    assertEquals(Verdict.NEW, append(keyed("k", "t", "2")).outcomes().get(0).verdict());
    armed.set(new Fault("COMMIT", Where.INSTEAD, SQLiteErrorCode.SQLITE_FULL));
    assertEquals(Reason.FULL, failure(log.append(List.of(draft("t", "lost")), time.instant())));
    assertEquals(3, append(draft("t", "3")).events().get(0).offset());
    assertEquals(List.of("1", "2", "3"), data(await(log.read(0, ALL, WIDE, EVERYTHING))));
    assertEquals(1, connections.get());
  }

  @Test
  void broken_closed_ends() {
    refusals.set(Integer.MAX_VALUE);
    armed.set(new Fault("COMMIT", Where.INSTEAD, SQLiteErrorCode.SQLITE_IOERR_FSYNC));
    assertEquals(Reason.IN_DOUBT, failure(log.append(List.of(draft("t", "lost")), time.instant())));
    await(log.close());
    assertEquals(Reason.CLOSED, failure(log.append(List.of(draft("t", "late")), time.instant())));
    assertEquals(Reason.CLOSED, failure(log.read(0, ALL, WIDE, EVERYTHING)));
  }

  private Appended append(Draft... drafts) {
    return await(log.append(List.of(drafts), time.instant()));
  }

  private Appended appendOnceReopened(Draft draft) {
    var answer = new AtomicReference<Appended>();
    eventually(
        () -> {
          try {
            answer.set(append(draft));
            return true;
          } catch (LogException e) {
            assertEquals(Reason.UNAVAILABLE, e.reason());
            return false;
          }
        });
    return answer.get();
  }

  private Page readOnceReopened() {
    var answer = new AtomicReference<Page>();
    eventually(
        () -> {
          try {
            answer.set(await(log.read(0, ALL, WIDE, EVERYTHING)));
            return true;
          } catch (LogException e) {
            return false;
          }
        });
    return answer.get();
  }

  private static void eventually(BooleanSupplier condition) {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
    while (!condition.getAsBoolean()) {
      assertTrue(System.nanoTime() < deadline, "it never happens");
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
    }
  }

  private Connection connect(SqliteFile file) throws SQLException {
    if (connections.incrementAndGet() > 1 && refusals.getAndDecrement() > 0) {
      throw new SQLiteException("refused on purpose", SQLiteErrorCode.SQLITE_CANTOPEN);
    }
    Connection real = file.connectWriter();
    for (String sql : connections.get() > 1 ? beforeUse.split("; ") : new String[0]) {
      if (!sql.isEmpty()) {
        Sql.run(real, sql);
      }
    }
    return proxy(
        Connection.class,
        (method, arguments) -> {
          Object made = method.invoke(real, arguments);
          return made instanceof PreparedStatement statement ? faulty(statement, (String) arguments[0]) : made;
        });
  }

  private PreparedStatement faulty(PreparedStatement real, String sql) {
    return proxy(
        PreparedStatement.class,
        (method, arguments) -> {
          Fault fault = armed.get();
          boolean strikes =
              fault != null
                  && method.getName().equals("executeUpdate")
                  && sql.startsWith(fault.sql())
                  && armed.compareAndSet(fault, null);
          if (!strikes) {
            return method.invoke(real, arguments);
          }
          if (fault.where() == Where.AFTERWARDS) {
            method.invoke(real, arguments);
          }
          throw new SQLiteException("on purpose", fault.code());
        });
  }

  private interface Call {
    Object apply(Method method, Object[] arguments) throws Exception;
  }

  private static <T> T proxy(Class<T> type, Call call) {
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (self, method, arguments) -> {
              try {
                return call.apply(method, arguments);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            }));
  }
}
