package carillon.log;

import com.hazelcast.config.Config;
import com.hazelcast.core.Hazelcast;
import com.hazelcast.core.HazelcastInstance;
import java.util.List;
import java.util.UUID;

/** Clusters for tests: on loopback, on ports the system chooses, reachable from nowhere else. */
final class Grids {

  private Grids() {}

  /** A node of a cluster of its own. */
  static HazelcastInstance first() {
    return Hazelcast.newHazelcastInstance(config("test-" + UUID.randomUUID(), List.of()));
  }

  /** One more node. */
  static HazelcastInstance joining(HazelcastInstance first) {
    return Hazelcast.newHazelcastInstance(
        config(first.getConfig().getClusterName(), List.of(address(first))));
  }

  static String address(HazelcastInstance node) {
    var address = node.getCluster().getLocalMember().getAddress();
    return address.getHost() + ":" + address.getPort();
  }

  static Config config(String cluster, List<String> members) {
    var config = new Config();
    config.setClusterName(cluster);
    config.setProperty("hazelcast.logging.type", "jdk");
    config.setProperty("hazelcast.phone.home.enabled", "false");
    config.setProperty("hazelcast.shutdownhook.enabled", "false");
    config.setProperty("hazelcast.socket.server.bind.any", "false");
    config.setProperty("hazelcast.socket.client.bind.any", "false");
    config.setProperty("hazelcast.wait.seconds.before.join", "0");
    config.setProperty("hazelcast.partition.count", "7");
    config.setProperty("hazelcast.operation.thread.count", "2");
    config.setProperty("hazelcast.io.thread.count", "1");
    config.setProperty("hazelcast.operation.backup.timeout.millis", "500");
    config.setProperty("hazelcast.merge.first.run.delay.seconds", "3600"); // parts find each other when a test says so
    config.setProperty(GridGuards.INDETERMINATE, "true");
    var network = config.getNetworkConfig();
    network.setPort(0);
    network.getInterfaces().setEnabled(true).addInterface("127.0.0.1");
    var join = network.getJoin();
    join.getAutoDetectionConfig().setEnabled(false);
    join.getMulticastConfig().setEnabled(false);
    join.getTcpIpConfig().setEnabled(true).setMembers(members);
    return config;
  }
}
