package carillon.log;

import com.hazelcast.config.Config;
import com.hazelcast.config.InMemoryFormat;
import com.hazelcast.config.InvalidConfigurationException;
import com.hazelcast.config.MapConfig;
import com.hazelcast.config.MergePolicyConfig;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.spi.merge.DiscardMergePolicy;

/**
 * What has to hold of a cluster before it keeps a log. The map of the log gets its configuration from here; it cannot
 * be configured elsewhere. Any thread; blocks.
 */
final class GridGuards {

  /** With it, an operation whose backup is missing fails instead of completing as if nothing were. */
  static final String INDETERMINATE = "hazelcast.operation.fail.on.indeterminate.state";

  private GridGuards() {}

  /** @throws GridRefusedException if the cluster's configuration makes acknowledging unsafe */
  static void require(HazelcastInstance hazelcast, String map, GridOptions options) {
    Config config = hazelcast.getConfig();
    if (!Boolean.parseBoolean(config.getProperty(INDETERMINATE))) {
      throw new GridRefusedException(
          "log.engine: grid needs the property " + INDETERMINATE
              + " to be true in the configuration of the cluster; without it a group could be acknowledged that is on"
              + " one node only");
    }
    try {
      config.addMapConfig(mapConfig(map, options));
    } catch (InvalidConfigurationException e) {
      throw new GridRefusedException(
          "log.engine: grid cannot use the map " + map
              + ": the configuration of the cluster, or another node with another log.gridBackups, says otherwise about"
              + " it (" + e.getMessage() + ")");
    }
    MapConfig inForce = config.findMapConfig(map);
    if (inForce.getBackupCount() != options.backups() || inForce.getInMemoryFormat() != InMemoryFormat.OBJECT) {
      throw new GridRefusedException("log.engine: grid cannot use the map " + map + " as it is configured: " + inForce);
    }
  }

  /**
   * Kept as objects, because an exchange would otherwise read and write its whole segment. When two parts of a cluster
   * find each other again, what the smaller one holds is dropped: it is old, or was never acknowledged.
   */
  private static MapConfig mapConfig(String map, GridOptions options) {
    return new MapConfig(map)
        .setInMemoryFormat(InMemoryFormat.OBJECT)
        .setBackupCount(options.backups())
        .setAsyncBackupCount(0)
        .setStatisticsEnabled(false)
        .setMergePolicyConfig(new MergePolicyConfig(DiscardMergePolicy.class.getName(), 1));
  }
}
