package carillon.log;

import static carillon.log.EventLog.Reading.EVERYTHING;
import static carillon.log.Logs.await;
import static carillon.log.Logs.readAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import carillon.event.Event;
import carillon.event.Selectors;
import carillon.log.EventLog.Limit;
import carillon.log.LogOpenException.Problem;
import carillon.log.Stored.Verdict;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A real process that appends is killed with SIGKILL at a random moment, again and again; what it had acknowledged must
 * be there.
 *
 * <p>Seen to fail while it was written: a process that says {@code ack} before the append has completed.
 */
final class SqliteCrashTest {

  private static final int ROUNDS = 10;
  private static final int ACKNOWLEDGED_MAX = 150;

  @TempDir Path directory;

  @Test
  @Timeout(180)
  void killed_atAnyMoment_hasEverythingItAcknowledged() throws Exception {
    long seed = System.nanoTime();
    var random = new Random(seed);
    long epoch = 0;
    long head = 0;
    for (int round = 0; round < ROUNDS; round++) {
      long acknowledged = runAndKill(random, head);
      SqliteLog log = open();
      String where = "seed " + seed + ", round " + round;
      assertTrue(epoch == 0 || epoch == log.epoch(), where);
      assertTrue(log.head() >= acknowledged, where + ": " + acknowledged + " was acknowledged, head is " + log.head());
      checkHistory(log, where);
      epoch = log.epoch();
      head = log.head();
      await(log.close());
    }
  }

  @Test
  @Timeout(60)
  void locked_byAnotherProcess_isRefusedAndTheOtherGoesOn() throws Exception {
    Process process = start(1);
    try (BufferedReader lines = process.inputReader()) {
      assertEquals("open 0", lines.readLine());
      var opening = SqliteLog.open(SqliteOptions.in(directory), CrashChild.RULES, SteadyClock.system(), new Random());
      ExecutionException failure =
          assertThrows(ExecutionException.class, () -> opening.toCompletableFuture().get(30, TimeUnit.SECONDS));
      LogOpenException refusal = assertInstanceOf(LogOpenException.class, failure.getCause());
      assertEquals(Problem.LOCKED, refusal.problem());
      assertTrue(refusal.getMessage().contains("another process"), refusal::getMessage);
      for (int i = 0; i < 20; i++) {
        assertTrue(lines.readLine().startsWith("ack "));
      }
    } finally {
      kill(process);
    }
    await(open().close());
  }

  private SqliteLog open() {
    return await(SqliteLog.open(SqliteOptions.in(directory), CrashChild.RULES, SteadyClock.system(), new Random()));
  }

  /** Returns the last offset that the process has acknowledged. */
  private long runAndKill(Random random, long head) throws IOException, InterruptedException {
    Process process = start(random.nextLong());
    long acknowledged = head;
    try (BufferedReader lines = process.inputReader()) {
      assertEquals("open " + head, lines.readLine(), "what the last check has seen");
      for (int i = random.nextInt(ACKNOWLEDGED_MAX); i > 0; i--) {
        acknowledged = acknowledged(lines.readLine());
      }
      kill(process);
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        acknowledged = acknowledged(line); // said before it died
      }
    } finally {
      kill(process);
    }
    return acknowledged;
  }

  private static long acknowledged(String line) {
    assertTrue(line.startsWith("ack "), line);
    return Long.parseLong(line.substring("ack ".length()));
  }

  private Process start(long seed) throws IOException {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-XX:TieredStopAtLevel=1",
            "-cp",
            System.getProperty("java.class.path"),
            CrashChild.class.getName(),
            directory.toString(),
            Long.toString(seed))
        .redirectError(ProcessBuilder.Redirect.DISCARD)
        .start();
  }

  private static void kill(Process process) throws InterruptedException {
    process.toHandle().destroyForcibly(); // leaves what it has said to be read
    assertTrue(process.waitFor(20, TimeUnit.SECONDS), "SIGKILL has not ended the process");
  }

  /** Whole, in order, none twice, and every key still leads to its event. */
  private static void checkHistory(SqliteLog log, String where) {
    List<Event> events = readAll(log, 0, Selectors.of("**"), new Limit(700, 1 << 20));
    var there = new HashSet<Long>();
    long churnKept = 0;
    for (Event event : events) {
      assertTrue(event.data().toString().startsWith(event.offset() + " "), () -> where + ": " + event);
      there.add(event.offset());
      churnKept += event.topics().get(0).name().equals("churn") ? 1 : 0;
    }
    assertTrue(churnKept >= Math.min(50, log.head() / 30), where + ": retention took too much, left " + churnKept);
    long removed = await(log.read(0, Selectors.of("churn"), new Limit(1, 1), EVERYTHING)).removedUpTo();
    for (long offset = removed + 1; offset <= log.head(); offset++) {
      assertTrue(there.contains(offset), where + ": " + offset + " is missing, removed up to " + removed);
    }
    assertEquals(0, await(log.read(0, Selectors.of("kept"), new Limit(1, 1), EVERYTHING)).removedUpTo(), where);
    if (log.head() > 0) {
      Event last = events.get(events.size() - 1);
      Appended again =
          await(log.append(List.of(Logs.keyed("key " + last.offset(), "other", "content")), Instant.now()));
      assertEquals(Verdict.CONFLICT, again.outcomes().get(0).verdict(), where);
      assertEquals(last.id(), again.outcomes().get(0).id(), where);
    }
  }
}
