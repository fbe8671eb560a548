package carillon.log;

import static carillon.log.Logs.await;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.io.TempDir;

/** The sqlite engine answers as the memory engine does. */
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
            Duration.ofMillis(1)));
  }

  @Override
  int rounds() {
    return 6;
  }
}
