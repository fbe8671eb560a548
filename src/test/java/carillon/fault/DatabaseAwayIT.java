package carillon.fault;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import carillon.harness.HubCluster;
import carillon.log.TestPostgres;
import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Two nodes whose database is killed and started again while they are busy. Publishers are refused meanwhile, nothing
 * acknowledged is lost, and no stream ends.
 *
 * <p>{@code -Dcarillon.cluster} has it killed ten times instead of twice, {@code -Dcarillon.cluster.seed=n} repeats who
 * does what.
 */
final class DatabaseAwayIT {

  private static final int ROUNDS = ClusterIT.IS_FULL ? 10 : 2;
  private static final int NODES = 2;
  private static final int PUBLISHERS = 4;
  private static final int FOLLOWERS = 20;

  @TempDir private Path directory;

  @Test
  @Timeout(value = 10, unit = TimeUnit.MINUTES)
  void database_killedAndRestarted_refusesMeanwhileAndEndsNoStream() throws Exception {
    long seed = Long.getLong("carillon.cluster.seed", new Random().nextLong());
    System.out.println("cluster without its database, seed " + seed);
    try (var database = new TestPostgres();
        HubCluster cluster = start(database.url(database.create()));
        var load = new ClusterLoad(cluster, seed)) {
      load.follow(FOLLOWERS, load.anywhere());
      load.publish(PUBLISHERS, load.anywhere());
      load.awaitFollowers();
      for (int i = 0; i < ROUNDS; i++) {
        load.awaitAcknowledgements(500);
        database.kill();
        load.awaitRefusals(100);
        database.restart();
      }
      load.awaitAcknowledgements(500);
      ClusterLoad.Verdict verdict = load.verify();
      assertTrue(verdict.refused() >= 100 * ROUNDS, "refused: " + verdict.refused());
      load.followers().forEach(follower -> assertEquals(0, follower.ends(), () -> follower + cluster.evidence()));
    }
  }

  /** Nodes that keep their streams for longer than a machine with other work may take to start a database. */
  private HubCluster start(String url) {
    return HubCluster.start(
        NODES, directory, (node, setup) -> ClusterIT.settings(url, setup).with("subscribe.logAwayMax", "60s"));
  }
}
