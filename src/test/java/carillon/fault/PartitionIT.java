package carillon.fault;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import carillon.harness.Eventually;
import carillon.harness.HubCluster;
import carillon.harness.Machines;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/**
 * Three nodes on what look like three machines, which keep the log in their memory. One after the other is cut off from
 * the other two while publishers and followers go to all of them: it refuses, the others go on, and nothing that anybody
 * acknowledged is lost when it finds them again.
 *
 * <p>Only with {@code -Dcarillon.cluster}, and only for root on Linux, who may make networks; what the engine does when
 * its nodes lose sight of each other is tested in every build. {@code -Dcarillon.cluster.seed=n} repeats who does what.
 */
@EnabledIfSystemProperty(named = "carillon.cluster", matches = "|true")
final class PartitionIT {

  private static final int NODES = 3;
  private static final int PUBLISHERS = 6;
  private static final int FOLLOWERS = 45;
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  @TempDir private Path directory;

  @Test
  @Timeout(value = 10, unit = TimeUnit.MINUTES)
  void node_cutOff_refusesAndNothingAcknowledgedIsLost() throws Exception {
    assumeTrue(Machines.arePossible(), "no networks can be made here");
    long seed = Long.getLong("carillon.cluster.seed", new Random().nextLong());
    System.out.println("cluster whose network is cut, seed " + seed);
    try (var machines = Machines.of(NODES);
        HubCluster cluster =
            HubCluster.start(machines, directory, (node, setup) -> ClusterIT.settings("", setup));
        var load = new ClusterLoad(cluster, seed)) {
      load.follow(FOLLOWERS, load.anywhere());
      load.publish(PUBLISHERS, load.anywhere());
      for (int i = 0; i < NODES; i++) {
        load.awaitAcknowledgements(500);
        HubCluster.Node cutOff = cluster.node(i);
        System.out.println("    " + cutOff + " is cut off");
        machines.cut(i);
        Eventually.await("a refusal", PATIENCE, () -> load.isRefused(cutOff), cluster::evidence);
        load.awaitAcknowledgements(1_000);
        Eventually.await("still a refusal", PATIENCE, () -> load.isRefused(cutOff), cluster::evidence);
        machines.heal(i);
        load.awaitWhole();
      }
      load.verify();
    }
  }
}
