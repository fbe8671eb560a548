package carillon.log;

import carillon.event.TopicRule;
import com.hazelcast.core.HazelcastInstance;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/** The grid engine keeps the contract, on one node; it is durable as long as that node is there. */
final class GridLogTest extends EventLogContract {

  private static final GridOptions OPTIONS = new GridOptions(1_000_000, 1 << 28, 1, 1);

  private static HazelcastInstance node;

  private final String name = "test." + UUID.randomUUID();

  @BeforeAll
  static void begin() {
    node = Grids.first();
  }

  @AfterAll
  static void end() {
    node.shutdown();
  }

  @Override
  EventLog open(List<TopicRule> rules, SteadyClock clock) {
    return Logs.await(GridLog.open(node, name, 16, OPTIONS, rules, clock, new Random(), GridLog.APPEND_MS));
  }

  @Override
  boolean isDurable() {
    return true;
  }
}
