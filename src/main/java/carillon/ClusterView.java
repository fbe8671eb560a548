package carillon;

import io.vertx.core.Vertx;
import io.vertx.core.internal.VertxInternal;
import io.vertx.core.spi.cluster.ClusterManager;

/** The cluster as this node sees it. Any thread, no I/O. */
final class ClusterView {

  private ClusterView() {}

  /** How many nodes there are, this one included; 1 without a cluster, 0 when this node has been cut out of its own. */
  static int nodes(Vertx vertx) {
    ClusterManager cluster = ((VertxInternal) vertx).clusterManager();
    if (cluster == null) {
      return 1;
    }
    return cluster.isActive() ? cluster.getNodes().size() : 0;
  }
}
