package carillon.log;

import com.hazelcast.cluster.Member;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.core.HazelcastInstanceNotActiveException;
import com.hazelcast.instance.impl.HazelcastInstanceImpl;
import com.hazelcast.instance.impl.HazelcastInstanceProxy;
import com.hazelcast.internal.partition.InternalPartition;
import com.hazelcast.internal.partition.PartitionReplica;
import java.util.Set;

/** Who is there, as one node sees it now. Any thread, does not wait. */
final class GridNodes {

  private GridNodes() {}

  /** How many nodes there are, this one included; 0 when this one has ended. */
  static int count(HazelcastInstance hazelcast) {
    return (int) members(hazelcast).stream().filter(member -> !member.isLiteMember()).count();
  }

  /** Who they are. */
  static Set<Member> members(HazelcastInstance hazelcast) {
    try {
      return Set.copyOf(hazelcast.getCluster().getMembers());
    } catch (HazelcastInstanceNotActiveException e) {
      return Set.of();
    }
  }

  /**
   * On how many nodes an operation of this owner on the log ends up, when {@code backups} are asked for.
   *
   * <p>Hazelcast completes an operation for which there is no backup as readily as one with all of them: while a backup
   * moves to another node because its node has died, and that can take seconds, there is only the owner. Its public
   * interface has no way to ask; the table of partitions inside has. But the table is a moment behind the list of
   * members, and Hazelcast makes no more backups than there are other members, so both have a say.
   */
  static int copies(HazelcastInstance hazelcast, int backups) {
    HazelcastInstanceImpl inside =
        hazelcast instanceof HazelcastInstanceProxy proxy ? proxy.getOriginal() : (HazelcastInstanceImpl) hazelcast;
    int partition = inside.getPartitionService().getPartition(GridKey.CHARTER).getPartitionId();
    InternalPartition replicas = inside.node.getPartitionService().getPartition(partition);
    int copies = 1;
    int backupsMade = Math.min(backups, members(hazelcast).size() - 1);
    for (int i = 1; i <= backupsMade; i++) {
      PartitionReplica replica = replicas.getReplica(i);
      if (replica != null && inside.node.getClusterService().getMember(replica.uuid()) != null) {
        copies++;
      }
    }
    return copies;
  }
}
