package carillon.log;

import static carillon.log.Logs.await;

import carillon.event.TopicRule;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;

/** The postgresql engine keeps the contract, in a real database. */
final class PostgresLogTest extends EventLogContract {

  static final PostgresPace FAST =
      new PostgresPace(Duration.ofMillis(5), Duration.ofMillis(5), Duration.ofMillis(50), Duration.ofSeconds(30));

  private static final Vertx VERTX = Vertx.vertx();

  private final TestPostgres server = TestPostgres.shared();
  private final String database = server.create();

  @AfterAll
  static void end() {
    await(VERTX.close().toCompletionStage());
  }

  @Override
  EventLog open(List<TopicRule> rules, SteadyClock clock) {
    return await(PostgresLog.open(VERTX, server.options(database), rules, clock, new Random(), FAST));
  }

  @Override
  int randomRounds() {
    return 15;
  }

  @Override
  boolean isDurable() {
    return true;
  }
}
