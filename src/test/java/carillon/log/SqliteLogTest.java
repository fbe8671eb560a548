package carillon.log;

import static carillon.log.Logs.draft;
import static org.junit.jupiter.api.Assertions.assertEquals;

import carillon.event.Draft;
import carillon.event.Selector;
import carillon.event.Selectors;
import carillon.event.TopicRule;
import carillon.event.TopicRule.Retention;
import carillon.log.EventLog.Reading;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
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

  private void append(EventLog log, Draft... drafts) {
    assertEquals(drafts.length, Logs.await(log.append(List.of(drafts), time.instant())).events().size());
  }
}
