package carillon.log;

import static carillon.log.Logs.await;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
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
            new SqliteLog.Pace(Duration.ofMillis(1), new SqliteIndexer.Pace(7, 300, 3))));
  }

  @Override
  int rounds() {
    return 6;
  }
}
