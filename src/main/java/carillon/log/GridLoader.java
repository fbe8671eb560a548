package carillon.log;

import carillon.event.EventId;
import carillon.event.TopicRule;
import carillon.log.GridReplica.Progress;
import java.io.IOException;
import java.util.Comparator;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * Makes a replica of everything the grid has, and founds its log if there is none. Blocks: confined to the thread of a
 * log.
 */
final class GridLoader {

  private final GridCalls calls;
  private final int slots;
  private final GridOptions options;
  private final SteadyClock clock;
  private final RandomGenerator random;

  /** Has a replica apply an answer. */
  interface Taker {
    Progress take(GridReplica replica, GridAnswer answer) throws GridUnreachable;
  }

  /**
   * @param slots how many parts the log of this cluster has
   * @param options the bounds it has
   * @param clock by which events age
   * @param random for the epoch of a new log
   */
  GridLoader(GridCalls calls, int slots, GridOptions options, SteadyClock clock, RandomGenerator random) {
    this.calls = calls;
    this.slots = slots;
    this.options = options;
    this.clock = clock;
    this.random = random;
  }

  /**
   * A replica that has caught up.
   *
   * @param rules for topics, the first that matches holds
   * @param taker is given every answer on the way
   * @throws GridRefusedException if the log of the cluster has other bounds, or ones that do not fit into this node
   * @throws GridUnreachable also if there are too few nodes, or the grid went on too fast; worth another attempt
   */
  GridReplica load(List<TopicRule> rules, Taker taker, long deadline) throws GridUnreachable, InterruptedException {
    calls.requireNodes(); // a part of a cluster must not begin a log of its own
    GridCharter charter = charter(deadline);
    GridReplica replica = replica(charter, calls.heads(charter, deadline), rules);
    Progress progress = Progress.MORE;
    while (progress != Progress.CAUGHT_UP) {
      GridAnswer answer = calls.exchange(replica, null, deadline);
      if (answer.kind() == GridAnswer.Kind.OVERWRITTEN || answer.kind() == GridAnswer.Kind.OTHER_LIFE) {
        throw new GridUnreachable("the grid went on while it was read");
      }
      progress = taker.take(replica, answer);
      if (progress == Progress.UNSURE) {
        GridCalls.pause();
      }
      if (GridCalls.hasPassed(deadline)) {
        throw new GridUnreachable("the grid could not be read in time");
      }
    }
    return replica;
  }

  private GridCharter charter(long deadline) throws GridUnreachable, InterruptedException {
    long heapBytes = Runtime.getRuntime().maxMemory();
    GridOptions founding = options.founding(heapBytes);
    requireRoom(founding, heapBytes);
    var proposal = new GridCharter(random.nextLong(1, EventId.EPOCH_MAX + 1), slots, founding);
    GridCharter charter = calls.charter(proposal, deadline);
    if (charter.slots() != slots || !options.agreesWith(charter.options())) {
      throw new GridRefusedException(
          "log.grid…: the nodes of a cluster have to say the same, the others have " + charter.options() + ", this one "
              + options);
    }
    requireRoom(charter.options(), heapBytes);
    return charter;
  }

  /** A node that collects garbage all the time is worse for its cluster than none. */
  private static void requireRoom(GridOptions wanted, long heapBytes) {
    if (!wanted.fits(heapBytes)) {
      throw new GridRefusedException(
          "log.gridBytesMax: the grid keeps up to " + (wanted.bytesMax() >> 20) + " MiB twice, which does not fit into a"
              + " heap of " + (heapBytes >> 20) + " MiB; give every node a larger one (-Xmx), or the grid a smaller"
              + " bound");
    }
  }

  /** One that has everything before the oldest segment that is left. */
  private GridReplica replica(GridCharter charter, List<GridFounding.Head> heads, List<TopicRule> rules)
      throws GridUnreachable {
    GridFounding.Head oldest =
        heads.stream()
            .filter(head -> head.number() != GridSegment.NONE)
            .min(Comparator.comparingLong(GridFounding.Head::number))
            .orElse(null);
    GridBase base = oldest == null ? GridBase.BEGINNING : oldest.base();
    long floor = heads.stream().mapToLong(GridFounding.Head::floor).max().orElse(0);
    var keys = new GridKeys(base);
    List<GridSegment.RetiredKeys> retired =
        heads.stream()
            .flatMap(head -> head.retired().stream())
            .sorted(Comparator.comparingLong(GridSegment.RetiredKeys::segment))
            .toList();
    try {
      for (GridSegment.RetiredKeys segment : retired) {
        keys.load(segment.segment(), segment.saved());
      }
    } catch (IOException e) {
      throw new GridUnreachable(e);
    }
    return new GridReplica(charter, oldest == null ? 0 : oldest.number(), base, keys, floor, rules, clock);
  }
}
