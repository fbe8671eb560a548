package carillon.log;

import com.hazelcast.cluster.Member;
import com.hazelcast.core.HazelcastException;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.map.IMap;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * What is asked of the owner of the log's partition, and waited for until a deadline. Blocks: for the thread of a log.
 *
 * <p>A deadline is a value of {@link System#nanoTime}; after it, and when the cluster has ended, a call fails with
 * {@link GridUnreachable}.
 */
final class GridCalls {

  /** Pause before the same question is asked again. */
  private static final long PAUSE_MS = 20;

  private final HazelcastInstance hazelcast;
  private final String name;
  private final int nodesMin;

  /**
   * @param name of the map that the log is in
   * @param nodesMin fewer nodes make no cluster, but a part of one
   */
  GridCalls(HazelcastInstance hazelcast, String name, int nodesMin) {
    this.hazelcast = hazelcast;
    this.name = name;
    this.nodesMin = nodesMin;
  }

  /** The deadline that is so many milliseconds away. */
  static long deadline(long millis) {
    return System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
  }

  static boolean hasPassed(long deadline) {
    return System.nanoTime() - deadline >= 0;
  }

  /** Waits a little, before the same question is asked again. */
  static void pause() throws InterruptedException {
    Thread.sleep(PAUSE_MS);
  }

  /** Whether this node still takes part in the cluster. Does not wait. */
  boolean isRunning() {
    return hazelcast.getLifecycleService().isRunning();
  }

  /** How many nodes there are. Does not wait. */
  int nodes() {
    return GridNodes.count(hazelcast);
  }

  /** Who they are. Does not wait. */
  Set<Member> members() {
    return GridNodes.members(hazelcast);
  }

  /** Does not wait. */
  void requireNodes() throws GridUnreachable {
    int nodes = nodes();
    if (nodes < nodesMin) {
      throw new GridUnreachable(tooFew(nodes));
    }
  }

  /** Says that {@code nodes} are fewer than it takes. */
  String tooFew(int nodes) {
    return nodes + " of the " + nodesMin + " nodes that log.gridNodesMin asks for";
  }

  /** The charter of the log: {@code proposal}, if it has none yet. */
  GridCharter charter(GridCharter proposal, long deadline) throws GridUnreachable, InterruptedException {
    return (GridCharter) await(submit(GridKey.CHARTER, proposal), deadline);
  }

  /** What each slot holds, without the groups. */
  List<GridFounding.Head> heads(GridCharter charter, long deadline) throws GridUnreachable, InterruptedException {
    var asked = new ArrayList<CompletionStage<Object>>();
    for (int slot = 0; slot < charter.slots(); slot++) {
      asked.add(submit(GridKey.slot(slot), charter));
    }
    var heads = new ArrayList<GridFounding.Head>();
    for (CompletionStage<Object> one : asked) {
      var head = (GridFounding.Head) await(one, deadline);
      if (head.epoch() != charter.epoch()) {
        throw new GridUnreachable("the grid began anew while it was read");
      }
      heads.add(head);
    }
    return heads;
  }

  /**
   * What the grid has that a replica has not.
   *
   * @param group to be added first
   */
  GridAnswer exchange(GridReplica replica, GridExchange.@Nullable Group group, long deadline)
      throws GridUnreachable, InterruptedException {
    Set<Member> before = members();
    try {
      GridAnswer answer = await(map().submitToKey(replica.key(), replica.exchange(group)), deadline);
      // The owner counts the copies a moment before Hazelcast makes them. If a node went in between, ask again.
      return before.equals(members()) ? answer : answer.withoutCopies();
    } catch (HazelcastException | IllegalStateException e) {
      throw new GridUnreachable(e); // such as an instance that is no longer active
    }
  }

  private CompletionStage<Object> submit(GridKey key, GridCharter charter) throws GridUnreachable {
    try {
      return map().submitToKey(key, new GridFounding(charter));
    } catch (HazelcastException | IllegalStateException e) {
      throw new GridUnreachable(e);
    }
  }

  private IMap<GridKey, Object> map() {
    return hazelcast.getMap(name);
  }

  private static <T> T await(CompletionStage<T> stage, long deadline) throws GridUnreachable, InterruptedException {
    try {
      return stage.toCompletableFuture().get(Math.max(1, deadline - System.nanoTime()), TimeUnit.NANOSECONDS);
    } catch (ExecutionException e) {
      throw new GridUnreachable(e.getCause() == null ? e : e.getCause());
    } catch (TimeoutException e) {
      throw new GridUnreachable("no answer from the grid in time");
    }
  }
}
