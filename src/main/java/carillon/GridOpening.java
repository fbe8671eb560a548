package carillon;

import carillon.config.InvalidConfigException;
import carillon.config.LogOptions;
import carillon.event.TopicRule;
import carillon.log.EventLog;
import carillon.log.GridLog;
import carillon.log.GridOptions;
import carillon.log.SteadyClock;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.internal.VertxInternal;
import io.vertx.spi.cluster.hazelcast.HazelcastClusterManager;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * Opens the log in the cluster that Vert.x is in. A class of its own, so that whoever uses another engine loads nothing
 * of Hazelcast. Any thread.
 */
final class GridOpening {

  private GridOpening() {}

  /** Completes when enough nodes are there; see {@link GridLog#open}. */
  static Future<EventLog> open(
      Vertx vertx, LogOptions.Grid grid, List<TopicRule> rules, SteadyClock clock, RandomGenerator random) {
    if (!vertx.isClustered()) {
      return refused("log.engine: grid needs a cluster: start with -cluster, or choose another engine");
    }
    if (!(((VertxInternal) vertx).clusterManager() instanceof HazelcastClusterManager cluster)) {
      return refused("log.engine: grid needs Hazelcast as the cluster manager of Vert.x, or choose another engine");
    }
    var options = new GridOptions(grid.eventsMax(), grid.bytesMax(), grid.backups(), grid.nodesMin());
    return Future.fromCompletionStage(
        GridLog.open(cluster.getHazelcastInstance(), options, rules, clock, random), vertx.getOrCreateContext());
  }

  private static Future<EventLog> refused(String problem) {
    return Future.failedFuture(new InvalidConfigException(List.of(problem)));
  }
}
