package carillon.harness;

import com.hazelcast.config.Config;
import com.hazelcast.config.FileSystemXmlConfig;
import com.hazelcast.core.DistributedObject;
import com.hazelcast.core.Hazelcast;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.map.IMap;
import com.hazelcast.multimap.MultiMap;
import java.io.FileNotFoundException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;

/**
 * What the nodes of a cluster share, seen by one more member, which keeps nothing of it and is no node of the hub. Any
 * thread.
 */
public final class ClusterState implements AutoCloseable {

  /** The member that Vert.x would not know what to do with has an id like all others. */
  private static final String NODE_ID = "__vertx.nodeId";

  private final HazelcastInstance member;

  private ClusterState(HazelcastInstance member) {
    this.member = member;
  }

  /** Joins, and waits until it has. */
  public static ClusterState of(HubCluster cluster) {
    try {
      Path file = cluster.writeVisitorFile();
      Config config = new FileSystemXmlConfig(file.toFile());
      config.setLiteMember(true);
      config.setProperty("hazelcast.logging.type", "none");
      config.setProperty("hazelcast.shutdownhook.enabled", "false");
      config.getMemberAttributeConfig().setAttribute(NODE_ID, UUID.randomUUID().toString());
      var state = new ClusterState(Hazelcast.newHazelcastInstance(config));
      Eventually.await(
          "one more member", HubCluster.START_PATIENCE, () -> state.members() > cluster.size(), cluster::evidence);
      return state;
    } catch (FileNotFoundException e) {
      throw new IllegalStateException(e);
    }
  }

  private int members() {
    return member.getCluster().getMembers().size();
  }

  /** How many consumers the nodes have told each other of. */
  public int consumers() {
    return member.getMultiMap("__vertx.subs").size();
  }

  /** How many entries there are in each thing that the nodes share and that has entries, by its name. */
  public Map<String, Integer> sizes() {
    Map<String, Integer> sizes = new TreeMap<>();
    for (DistributedObject shared : member.getDistributedObjects()) {
      if (shared instanceof IMap<?, ?> map) {
        sizes.put(shared.getName(), map.size());
      } else if (shared instanceof MultiMap<?, ?> map) {
        sizes.put(shared.getName(), map.size());
      } else if (shared instanceof Collection<?> collection) {
        sizes.put(shared.getName(), collection.size());
      }
    }
    return sizes;
  }

  /** Leaves. */
  @Override
  public void close() {
    member.shutdown();
  }
}
