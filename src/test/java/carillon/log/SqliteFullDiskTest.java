package carillon.log;

import static carillon.log.Logs.await;
import static carillon.log.Logs.readAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import carillon.event.Event;
import carillon.event.Selectors;
import carillon.log.EventLog.Limit;
import carillon.log.LogException.Reason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A file system of 16 MiB that really fills up. Only where this process may mount one. */
final class SqliteFullDiskTest {

  private static final Selectors ALL = Selectors.of("**");
  private static final Limit PAGE = new Limit(1_000, 1 << 20);

  @TempDir Path directory;

  private boolean mounted;

  @BeforeEach
  void mount() throws Exception {
    mounted = run("mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", directory.toString());
    assumeTrue(mounted, "may not mount a file system");
  }

  @AfterEach
  void unmount() throws Exception {
    if (mounted) {
      assertTrue(run("umount", "-l", directory.toString()));
    }
  }

  @Test
  void full_roomComesBack_publishingComesBackAndNothingIsMissing() throws Exception {
    Path ballast = directory.resolve("ballast");
    Files.write(ballast, new byte[8 << 20]);
    SqliteLog log = open();
    int before = publishUntilFull(log);
    assertTrue(before > 0);
    for (int i = 0; i < 20; i++) {
      long start = System.nanoTime();
      assertEquals(Reason.FULL, Logs.failure(log.append(List.of(Logs.draft("t", "x".repeat(200_000))), Instant.now())));
      assertTrue(System.nanoTime() - start < TimeUnit.SECONDS.toNanos(1), "a refusal takes too long");
    }
    assertEquals(before, readAll(log, 0, ALL, PAGE).size(), "reading goes on");
    Files.delete(ballast);
    int after = publishUntilFull(log);
    assertTrue(after > 0, "publishing comes back");
    assertContent(readAll(log, 0, ALL, PAGE), before + after);
    await(log.close());

    SqliteLog again = open();
    assertContent(readAll(again, 0, ALL, PAGE), before + after);
    await(again.close());
  }

  /** Publishes events that say their own offset until there is no room; returns how many were acknowledged. */
  private static int publishUntilFull(SqliteLog log) {
    int count = 0;
    while (true) {
      try {
        String data = log.head() + 1 + " " + "x".repeat(50_000);
        await(log.append(List.of(Logs.draft("t/" + count % 7, data)), Instant.now()));
        count++;
      } catch (LogException e) {
        assertEquals(Reason.FULL, e.reason(), e.toString());
        return count;
      }
    }
  }

  private static void assertContent(List<Event> events, int count) {
    assertEquals(count, events.size());
    for (int i = 0; i < count; i++) {
      assertEquals(i + 1, events.get(i).offset());
      assertTrue(events.get(i).data().toString().startsWith(i + 1 + " "));
    }
  }

  private SqliteLog open() {
    return await(SqliteLog.open(SqliteOptions.in(directory), List.of(), SteadyClock.system(), new Random()));
  }

  private static boolean run(String... command) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    process.getInputStream().readAllBytes();
    return process.waitFor() == 0;
  }
}
