package carillon.log;

import carillon.event.Draft;
import carillon.event.EventId;
import carillon.event.TopicRule;
import carillon.log.GridReplica.Applied;
import carillon.log.GridReplica.Progress;
import carillon.log.LogException.Reason;
import com.hazelcast.cluster.Member;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Keeps a node's replica in step with the grid: stores groups there, and takes over what others have stored. Blocks:
 * confined to the thread of its log, but for {@link #replica()} and {@link #isReachable()}.
 */
final class GridReplication {

  /*
   * What may go wrong with one attempt is unclear more often than not. So a group is handed in again under the same mark
   * until it is known what became of it, or time has run out; the owner recognises the mark. A node that dies costs
   * publishers a pause, and an outcome is in doubt only if the cluster does not settle in time.
   *
   *              the grid has dropped what comes next,
   *              or was lost and has begun anew
   *   in step ──────────────────────────────────────▶ must load ──▶ in step, with another replica
   *
   * Until it is complete the one before is shown, and whoever reads goes on with it.
   */

  private static final System.Logger LOG = System.getLogger(GridReplication.class.getName());

  /** After this a look has failed, in milliseconds. */
  static final long LOOK_MAX_MS = 9_000;

  /** Most that the last word to the others takes, in milliseconds. */
  private static final long LAST_WORD_MS = 200;

  /** How often an operator is told that too few nodes are there. */
  private static final long WAITING_NANOS = TimeUnit.SECONDS.toNanos(30);

  private final GridCalls calls;
  private final GridLoader loader;
  private final SteadyClock clock;
  private final long appendMillis;
  private final UUID writer;

  // Written by the thread, read by anybody.
  private volatile @Nullable GridReplica shown;
  private volatile boolean reachable;

  // Confined to the thread.
  private List<TopicRule> rules;
  private boolean mustLoad = true;
  private @Nullable String damage;
  private long marks;
  private long pendingMark;
  private @Nullable Appended pendingAnswer;

  /**
   * @param rules for topics, the first that matches holds
   * @param clock by which events age
   * @param random for what the marks of this node are told by
   * @param appendMillis after this a group that was handed in is in doubt
   */
  GridReplication(
      GridCalls calls,
      GridLoader loader,
      List<TopicRule> rules,
      SteadyClock clock,
      RandomGenerator random,
      long appendMillis) {
    this.calls = calls;
    this.loader = loader;
    this.rules = List.copyOf(rules);
    this.clock = clock;
    this.appendMillis = appendMillis;
    this.writer = new UUID(random.nextLong(), random.nextLong());
  }

  /** What this node has. Any thread, once it has begun. */
  GridReplica replica() {
    GridReplica replica = shown;
    if (replica == null) {
      throw new IllegalStateException("the log is not open yet");
    }
    return replica;
  }

  /** Whether the grid answered when it was asked last. Any thread. */
  boolean isReachable() {
    return reachable;
  }

  /**
   * Waits until enough nodes are there and this one has everything, and says so now and then.
   *
   * @throws GridRefusedException if the log of the cluster has other bounds
   * @throws LogException if the cluster has ended
   */
  void begin() throws InterruptedException {
    long toldNanos = System.nanoTime() - WAITING_NANOS;
    while (shown == null) {
      try {
        load(GridCalls.deadline(LOOK_MAX_MS));
      } catch (GridUnreachable e) {
        if (!calls.isRunning()) {
          throw new LogException(Reason.UNAVAILABLE, "the cluster has ended: " + e.getMessage(), e);
        }
        if (System.nanoTime() - toldNanos >= WAITING_NANOS) {
          toldNanos = System.nanoTime();
          LOG.log(Level.INFO, "the log is waiting for its cluster: {0}", e.getMessage());
        }
        GridCalls.pause();
      }
    }
  }

  /** Has other rules for topics hold, for what is there and for what will be. */
  CompletionStage<Void> changeRules(List<TopicRule> fresh) {
    rules = fresh; // for replicas to come
    return replica().history().changeRules(fresh);
  }

  /**
   * Hands in a group until the replica has applied it.
   *
   * @throws LogException as {@link EventLog#append} says
   */
  Appended store(List<Draft> drafts, Instant now) throws InterruptedException {
    if (damage != null) {
      throw new LogException(Reason.UNAVAILABLE, damage);
    }
    requireMajority();
    Set<Member> members = calls.members();
    GridExchange.Group group = mark(drafts, now);
    long deadline = GridCalls.deadline(appendMillis);
    boolean isInDoubt = false;
    String state = "not asked yet";
    while (true) {
      try {
        if (mustLoad) {
          load(deadline);
        } else {
          GridAnswer answer = calls.exchange(replica(), group, deadline);
          if (answer.kind() == GridAnswer.Kind.MINORITY) {
            // Whoever says so has not stored it; another, who was asked first and is gone now, may have.
            boolean sameNodes = members.equals(calls.members());
            throw new LogException(
                isInDoubt || !sameNodes ? Reason.IN_DOUBT : Reason.UNAVAILABLE, calls.tooFew(calls.nodes()));
          }
          Progress progress = take(replica(), answer);
          isInDoubt |= answer.kind() == GridAnswer.Kind.SEGMENT;
          state = progress == Progress.UNSURE ? "not on enough nodes yet" : "not seen yet";
          if (progress == Progress.UNSURE) {
            GridCalls.pause();
          }
        }
      } catch (GridUnreachable e) {
        isInDoubt |= !mustLoad;
        state = String.valueOf(e.getMessage());
        GridCalls.pause();
      }
      if (pendingAnswer != null) {
        reachable = true;
        return pendingAnswer;
      }
      if (GridCalls.hasPassed(deadline) || !calls.isRunning()) {
        throw new LogException(
            isInDoubt ? Reason.IN_DOUBT : Reason.UNAVAILABLE,
            "the grid did not settle: " + state);
      }
    }
  }

  private void requireMajority() {
    try {
      calls.requireNodes();
    } catch (GridUnreachable e) {
      throw new LogException(Reason.UNAVAILABLE, String.valueOf(e.getMessage()), e);
    }
  }

  /** The drafts, under a mark by which the owner and {@link #take} recognise them. */
  private GridExchange.Group mark(List<Draft> drafts, Instant now) {
    pendingMark = ++marks;
    pendingAnswer = null;
    Instant stamp = clock.instant().truncatedTo(ChronoUnit.MILLIS);
    byte[] bytes = new GridGroup(writer, pendingMark, now, stamp, drafts).encode();
    return new GridExchange.Group(writer, pendingMark, drafts.size(), bytes);
  }

  /**
   * Takes over what others have stored.
   *
   * @return the head then
   * @throws LogException {@link Reason#UNAVAILABLE} if the grid does not answer
   */
  long look() throws InterruptedException {
    try {
      catchUp(GridCalls.deadline(LOOK_MAX_MS));
    } catch (GridUnreachable e) {
      if (reachable) {
        reachable = false;
        LOG.log(Level.WARNING, "the log in the grid cannot be reached: {0}", e.getMessage());
      }
      throw new LogException(Reason.UNAVAILABLE, String.valueOf(e.getMessage()), e);
    }
    long head = replica().history().head();
    if (!reachable) {
      reachable = true;
      LOG.log(Level.INFO, "the log in the grid can be reached, its head is {0}", Long.toString(head));
    }
    return head;
  }

  private void catchUp(long deadline) throws GridUnreachable, InterruptedException {
    while (true) {
      calls.requireNodes();
      if (mustLoad) {
        load(deadline);
      }
      Progress progress = take(replica(), calls.exchange(replica(), null, deadline));
      if (progress == Progress.CAUGHT_UP && !mustLoad) {
        return;
      }
      if (progress == Progress.UNSURE) {
        GridCalls.pause();
      }
      if (GridCalls.hasPassed(deadline)) {
        throw new GridUnreachable("the grid did not settle in " + LOOK_MAX_MS + " ms");
      }
    }
  }

  /** Tells the others how much is kept here, if they can be told. */
  void sayLastWord() {
    try {
      var unused = calls.exchange(replica(), null, GridCalls.deadline(LAST_WORD_MS));
    } catch (GridUnreachable e) {
      LOG.log(Level.DEBUG, "the log in the grid was closed without a last word", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** What this node has is no longer read. */
  void close() {
    GridReplica replica = shown;
    if (replica != null) {
      replica.history().close();
    }
  }

  private Progress take(GridReplica replica, GridAnswer answer) throws GridUnreachable {
    switch (answer.kind()) {
      case NOT_BEGUN -> {
        return Progress.CAUGHT_UP;
      }
      case OVERWRITTEN, OTHER_LIFE -> {
        mustLoad = true;
        return Progress.MORE;
      }
      case MINORITY, SEGMENT -> {}
    }
    var applied = new ArrayList<Applied>();
    try {
      return replica.take(answer, applied);
    } catch (IOException e) {
      if (damage == null) {
        damage = "the log in the grid cannot be read on: " + e.getMessage();
        LOG.log(Level.ERROR, damage, e);
      }
      throw new GridUnreachable(e);
    } catch (CompletionException e) {
      throw new GridUnreachable(e); // closed meanwhile
    } finally {
      for (Applied group : applied) {
        if (group.writer().equals(writer) && group.mark() == pendingMark) {
          pendingAnswer = group.appended();
        }
      }
    }
  }

  /** Reads everything the grid has into a new replica, and shows that when it is complete. */
  private void load(long deadline) throws GridUnreachable, InterruptedException {
    GridReplica before = shown;
    try {
      show(before, loader.load(rules, this::take, deadline));
    } catch (GridRefusedException e) {
      if (before == null) {
        throw e; // what an operator has to put right
      }
      throw new GridUnreachable(e); // but whoever serves goes on with what it has
    } finally {
      if (mustLoad) {
        pendingAnswer = null; // what was applied to a replica that is not shown, nobody can read
      }
    }
  }

  private void show(@Nullable GridReplica before, GridReplica replica) {
    if (before != null && before.charter().epoch() != replica.charter().epoch()) {
      LOG.log(
          Level.WARNING,
          "the log in the grid was lost with its nodes and has begun anew: epoch {0} after {1}",
          EventId.epochText(replica.charter().epoch()),
          EventId.epochText(before.charter().epoch()));
    }
    shown = replica;
    mustLoad = false;
    damage = null;
    reachable = true;
  }
}
