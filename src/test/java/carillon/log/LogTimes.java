package carillon.log;

import static carillon.log.Logs.await;
import static carillon.log.Logs.readAll;

import carillon.event.Draft;
import carillon.event.Key;
import carillon.event.Payload;
import carillon.event.Selectors;
import carillon.event.Topic;
import carillon.log.EventLog.Limit;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/**
 * Times the sqlite engine; run by hand. Arguments: directory, topics, events for the reads. Publishing is one group at
 * a time, as the publisher does it, with 200 bytes of data.
 */
final class LogTimes {

  private static final Payload DATA = Payload.of("x".repeat(200));
  private static final long SECONDS = 3;

  private LogTimes() {}

  /** See above. */
  public static void main(String[] arguments) throws IOException {
    Path root = Files.createDirectories(Path.of(arguments[0]));
    int topics = Integer.parseInt(arguments[1]);
    int events = Integer.parseInt(arguments[2]);
    for (boolean keyed : new boolean[] {false, true}) {
      for (int group : new int[] {1, 64, 100, 1_000}) {
        publish(root, group, topics, keyed);
      }
    }
    read(root, topics, events);
  }

  private static void publish(Path root, int group, int topics, boolean keyed) throws IOException {
    SqliteLog log = open(Files.createTempDirectory(root, "log"));
    var random = new Random(1);
    append(log, group, topics, keyed, random, 1);
    long commits = log.commitNanos();
    long head = log.head();
    long start = System.nanoTime();
    long[] latencies = append(log, group, topics, keyed, random, SECONDS);
    double nanos = System.nanoTime() - start;
    Arrays.sort(latencies);
    System.out.printf(
        "group %4d%s: %7.0f events/s, %3.0f %% of the time in commits, group p50 %.2f p99 %.2f max %.1f ms%n",
        group,
        keyed ? " keyed" : "",
        (log.head() - head) * 1e9 / nanos,
        100 * (log.commitNanos() - commits) / nanos,
        latencies[latencies.length / 2] / 1e6,
        latencies[latencies.length * 99 / 100] / 1e6,
        latencies[latencies.length - 1] / 1e6);
    await(log.close());
  }

  private static long[] append(SqliteLog log, int group, int topics, boolean keyed, Random random, long seconds) {
    var latencies = new ArrayList<Long>();
    long start = System.nanoTime();
    while (System.nanoTime() - start < seconds * 1_000_000_000L) {
      var drafts = new ArrayList<Draft>(group);
      for (int i = 0; i < group; i++) {
        Key key = keyed ? new Key(Long.toHexString(random.nextLong())) : null;
        drafts.add(new Draft(List.of(topic(random.nextInt(topics))), null, DATA, key, null, null));
      }
      long before = System.nanoTime();
      await(log.append(drafts, Instant.now()));
      latencies.add(System.nanoTime() - before);
    }
    return latencies.stream().mapToLong(Long::longValue).toArray();
  }

  private static void read(Path root, int topics, int events) throws IOException {
    Path directory = Files.createTempDirectory(root, "log");
    SqliteLog log = open(directory);
    var random = new Random(2);
    while (log.head() < events) {
      var drafts = new ArrayList<Draft>();
      for (int i = 0; i < 1_000; i++) {
        boolean rare = random.nextInt(10_000) == 0;
        drafts.add(Draft.of(rare ? new Topic("rare/" + random.nextInt(10)) : topic(random.nextInt(topics)), DATA));
      }
      await(log.append(drafts, Instant.now()));
    }
    await(log.close());
    long start = System.nanoTime();
    log = open(directory);
    System.out.printf("%d events, %d topics: opened in %.0f ms%n", events, topics, (System.nanoTime() - start) / 1e6);
    for (int round = 0; round < 2; round++) {
      for (String selector : List.of("t/0/0", "rare/*", "rare/3", "t/0/*", "**")) {
        long before = System.nanoTime();
        int count = readAll(log, 0, Selectors.of(selector), new Limit(1_000, 1 << 20)).size();
        double nanos = System.nanoTime() - before;
        System.out.printf(
            "read %-8s all: %8d events, %8.1f ms, %9.0f events/s%n", selector, count, nanos / 1e6, count * 1e9 / nanos);
        before = System.nanoTime();
        count = readAll(log, log.head() - 100, Selectors.of(selector), new Limit(1_000, 1 << 20)).size();
        nanos = System.nanoTime() - before;
        System.out.printf("read %-8s from 100 behind: %4d events, %.2f ms%n", selector, count, nanos / 1e6);
      }
    }
    long before = System.nanoTime();
    await(log.offsetBeforeLast(100, Selectors.of("rare/*")));
    System.out.printf("last 100 of rare/*: %.1f ms%n", (System.nanoTime() - before) / 1e6);
    before = System.nanoTime();
    await(log.offsetBefore(Instant.now().minusSeconds(5)));
    System.out.printf("offset before 5 s ago: %.2f ms%n", (System.nanoTime() - before) / 1e6);
    await(log.close());
  }

  private static Topic topic(int number) {
    return new Topic("t/" + number % 10 + "/" + number / 10);
  }

  private static SqliteLog open(Path directory) {
    return await(SqliteLog.open(SqliteOptions.in(directory), List.of(), SteadyClock.system(), new Random()));
  }
}
