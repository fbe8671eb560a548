package carillon.log;

import static carillon.log.Logs.await;
import static carillon.log.Logs.readAll;
import static org.junit.jupiter.api.Assertions.assertEquals;

import carillon.event.Draft;
import carillon.event.Event;
import carillon.event.Payload;
import carillon.event.Selector;
import carillon.event.Selectors;
import carillon.event.Topic;
import carillon.event.TopicRule;
import carillon.event.TopicRule.Retention;
import carillon.log.EventLog.Limit;
import carillon.log.EventLog.Reading;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The sqlite engine answers as the memory engine does, although its index is written in small pieces. */
final class SqliteAgainstMemoryTest extends AgainstMemory {

  @TempDir Path directory;

  @Override
  EventLog open() {
    return await(
        SqliteLog.open(
            SqliteOptions.in(directory),
            RULES,
            time.steady(),
            new Random(),
            SqliteFile::connectWriter,
            new SqliteLog.Pace(Duration.ofMillis(1), new SqliteIndexer.Pace(50, 400, 3))));
  }

  @Override
  int rounds() {
    return 6;
  }

  /**
   * Seen to fail: a frozen memtable that readers do not see; one that is dropped before its last slice; a memtable
   * whose newest place is not shown.
   */
  @Test
  void reading_whileTheIndexIsBeingWritten_findsTheSame() {
    long seed = System.nanoTime();
    var random = new Random(seed);
    List<TopicRule> prices = List.of(new TopicRule(new Selector("p/*"), true, Retention.ALL, true));
    EventLog memory = new MemoryLog(1 << 20, 1 << 30, prices, time.steady(), new Random(1));
    EventLog sqlite =
        await(
            SqliteLog.open(
                SqliteOptions.in(directory),
                prices,
                time.steady(),
                new Random(),
                SqliteFile::connectWriter,
                new SqliteLog.Pace(Duration.ofHours(1), new SqliteIndexer.Pace(11, 150, 1)))); // no visits
    try {
      for (int group = 0; group < 150; group++) {
        var drafts = new ArrayList<Draft>();
        for (int i = random.nextInt(60); i >= 0; i--) {
          var topics = new TreeSet<String>();
          for (int topic = random.nextInt(2); topic >= 0; topic--) {
            topics.add((random.nextInt(4) == 0 ? "p/" : "t/") + random.nextInt(30));
          }
          drafts.add(new Draft(topics.stream().map(Topic::new).toList(), null, Payload.of("x"), null, null, null));
        }
        await(memory.append(drafts, time.instant()));
        await(sqlite.append(drafts, time.instant()));
        compare(memory, sqlite, random, "seed " + seed + ", group " + group);
      }
    } finally {
      await(sqlite.close());
    }
  }

  private static void compare(EventLog memory, EventLog sqlite, Random random, String where) {
    String[] choices = {"t/" + random.nextInt(31), "p/" + random.nextInt(31), "t/*", "p/*", "**", "absent"};
    for (int i = 0; i < 4; i++) {
      Selectors selectors = Selectors.of(choices[random.nextInt(choices.length)], choices[random.nextInt(2)]);
      long after = random.nextBoolean() ? 0 : random.nextLong(memory.head() + 1);
      for (Reading reading : Reading.values()) {
        assertEquals(
            offsets(memory, after, selectors, reading),
            offsets(sqlite, after, selectors, reading),
            () -> where + ", " + selectors + " after " + after + ", " + reading);
      }
      int last = 1 + random.nextInt(100);
      assertEquals(
          await(memory.offsetBeforeLast(last, selectors)),
          await(sqlite.offsetBeforeLast(last, selectors)),
          () -> where + ", " + selectors + ", last " + last);
    }
  }

  private static List<Long> offsets(EventLog log, long after, Selectors selectors, Reading reading) {
    var limit = new Limit(200, 1 << 20);
    return readAll(log, after, selectors, limit, reading).stream().map(Event::offset).toList();
  }
}
