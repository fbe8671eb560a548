package carillon.log;

import static carillon.log.Logs.await;

import io.vertx.core.Vertx;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;

/** The postgresql engine answers as the memory engine does. */
final class PostgresAgainstMemoryTest extends AgainstMemory {

  private final Vertx vertx = Vertx.vertx();
  private final TestPostgres server = TestPostgres.shared();
  private final String database = server.create();

  @AfterEach
  void end() {
    await(vertx.close().toCompletionStage());
  }

  @Override
  EventLog open() {
    return await(
        PostgresLog.open(
            vertx, server.options(database), RULES, time.steady(), new Random(), PostgresLogTest.FAST));
  }

  @Override
  int rounds() {
    return 2;
  }

  @Override
  int questions() {
    return 5;
  }
}
