package carillon.log;

import carillon.event.Draft;
import carillon.event.EventId;
import carillon.event.Selectors;
import carillon.event.TopicRule;
import carillon.log.LogException.Reason;
import com.hazelcast.core.HazelcastInstance;
import java.lang.System.Logger.Level;
import java.time.Instant;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The log of a cluster with nothing beside it: in the memory of its nodes, on an owner and its backups, in the
 * Hazelcast cluster that Vert.x forms anyway. It survives as many nodes at a time as there are backups, and is gone
 * when all nodes end. Nothing is stored while fewer nodes than the majority see each other.
 *
 * <p>Any thread. One thread of its own does everything that waits for other nodes, one thing after the other: it hands
 * in groups, and looks at least every {@value #LOOK_MS} ms what the others have handed in. Reads are answered from what
 * it has applied ({@link GridReplica}).
 */
public final class GridLog implements EventLog {

  /*
   *   append ──▶ queue ──▶ GridReplication ── GridExchange ──▶ owner of the partition ──▶ backups
   *                          │  ▲                               GridSegment: groups in order
   *                          │  └── GridAnswer: what all nodes have added since
   *                          ▼
   *   read ◀── LocalHistory ◀─ GridReplica: offsets, duplicates, events
   *
   * What the grid orders are groups of drafts, not events: which of them are duplicates, and so which offsets the
   * others get, every node works out by itself and all alike. An append completes when the replica has applied the
   * group, which it does only once the group is sure to be on enough nodes; so it has then also applied everything
   * before, and a read finds it.
   *
   * Tried and dropped: the ring buffer of Hazelcast. It is bounded by count and not by bytes, cannot be asked whether it
   * has a mark, and shows items that are on their owner only.
   */

  private static final System.Logger LOG = System.getLogger(GridLog.class.getName());

  /** The map that the log is in; what stands beside it in the cluster's configuration is Vert.x's. */
  private static final String MAP = "carillon.log";

  /** Into so many parts the bounds are divided, of which the oldest is dropped at once. */
  static final int SLOTS = 256;

  /** How often the thread looks what is new, in milliseconds. */
  static final long LOOK_MS = 400;

  /** After this an append is in doubt; longer than it takes a cluster to give up a node that hangs. */
  static final long APPEND_MS = 15_000;

  /** A reader who has come to the end waits so long for a look, before it gets what is here. */
  private static final long READ_WAIT_MS = 1_000;

  /** Most questions that wait: one publisher, looks that are shared, and what tests think up. */
  private static final int QUEUE_MAX = 1_024;

  private final HazelcastInstance hazelcast;
  private final String name;
  private final GridOptions options;
  private final GridReplication replication;
  private final BlockingQueue<Runnable> queue = new ArrayBlockingQueue<>(QUEUE_MAX + 1); // and the end
  private final CompletableFuture<Void> ended = new CompletableFuture<>();

  // Guarded by the queue.
  private @Nullable CompletableFuture<Long> nextLook;
  private boolean closing;

  // Confined to the thread.
  private boolean finished;

  private GridLog(HazelcastInstance hazelcast, String name, GridOptions options, GridReplication replication) {
    this.hazelcast = hazelcast;
    this.name = name;
    this.options = options;
    this.replication = replication;
  }

  /**
   * Opens the log of a cluster. Completes when enough nodes are there and this one has everything; until then it waits,
   * and says so now and then.
   *
   * @param hazelcast the cluster; it is not closed with the log
   * @param rules for topics, the first that matches holds
   * @param clock by which events age
   * @param random for epoch and marks
   * @return fails with {@link GridRefusedException} if the cluster is not set up for it, or its log has other bounds,
   *     and with {@link LogException} if the cluster ends
   */
  public static CompletionStage<EventLog> open(
      HazelcastInstance hazelcast,
      GridOptions options,
      List<TopicRule> rules,
      SteadyClock clock,
      RandomGenerator random) {
    return open(hazelcast, MAP, SLOTS, options, rules, clock, random, APPEND_MS).thenApply(log -> log);
  }

  /**
   * The same under another name, with other slots, and other patience in milliseconds before an append is in doubt.
   */
  static CompletionStage<GridLog> open(
      HazelcastInstance hazelcast,
      String name,
      int slots,
      GridOptions options,
      List<TopicRule> rules,
      SteadyClock clock,
      RandomGenerator random,
      long appendMillis) {
    var calls = new GridCalls(hazelcast, name, options.nodesMin());
    var loader = new GridLoader(calls, slots, options, clock, random);
    var replication = new GridReplication(calls, loader, rules, clock, random, appendMillis);
    var log = new GridLog(hazelcast, name, options, replication);
    var opened = new CompletableFuture<GridLog>();
    var thread = new Thread(() -> log.run(opened), "carillon-grid");
    thread.setDaemon(true);
    thread.start();
    return opened;
  }

  @Override
  public long epoch() {
    return replication.replica().charter().epoch();
  }

  @Override
  public long head() {
    return replication.replica().history().head();
  }

  @Override
  public long oldest() {
    return replication.replica().history().oldest();
  }

  @Override
  public OptionalLong bytes() {
    return OptionalLong.of(replication.replica().history().bytes());
  }

  @Override
  public Durability durability() {
    return Durability.NODES;
  }

  @Override
  public CompletionStage<Appended> append(List<Draft> drafts, Instant now) {
    if (drafts.isEmpty()) {
      throw new IllegalArgumentException("append: expected at least one draft");
    }
    var answer = new CompletableFuture<Appended>();
    enqueue(answer, () -> answerWith(answer, () -> replication.store(drafts, now)));
    return answer;
  }

  @Override
  public CompletionStage<Long> refreshHead() {
    CompletableFuture<Long> look;
    synchronized (queue) {
      if (nextLook != null) {
        return nextLook;
      }
      look = new CompletableFuture<>();
      nextLook = look;
    }
    enqueue(
        look,
        () -> {
          forget(look);
          answerWith(look, replication::look);
        });
    if (look.isDone()) {
      forget(look);
    } else {
      failLater(look);
    }
    return look;
  }

  @Override
  public CompletionStage<Void> changeRules(List<TopicRule> fresh) {
    List<TopicRule> copy = List.copyOf(fresh);
    var answer = new CompletableFuture<Void>();
    enqueue(answer, () -> forward(replication.changeRules(copy), answer));
    return answer;
  }

  /** From now on whoever wants a look gets another one: this one may begin before he asks. */
  @SuppressWarnings("ReferenceEquality") // this very look, not one that ended alike
  private void forget(CompletableFuture<Long> look) {
    synchronized (queue) {
      if (nextLook == look) {
        nextLook = null;
      }
    }
  }

  @Override
  public CompletionStage<Page> read(long after, Selectors selectors, Limit limit, Reading reading) {
    if (after < 0) {
      throw new IllegalArgumentException("read: expected an offset of at least 0, got " + after);
    }
    GridReplica replica = replication.replica();
    CompletionStage<Page> local = replica.history().read(after, selectors, limit, reading);
    if (!replication.isReachable()) {
      return local;
    }
    var answer = new CompletableFuture<Page>();
    local.whenComplete(
        (page, failure) -> {
          if (failure != null || page.upTo() < head()) {
            forward(local, answer);
          } else {
            // It reaches the end of what is known here; its reader may know of more from another node.
            settled(refreshHead())
                .thenAccept(
                    looked -> {
                      GridReplica now = replication.replica();
                      boolean isAll = now == replica && now.history().head() <= page.upTo();
                      forward(isAll ? local : now.history().read(after, selectors, limit, reading), answer);
                    });
          }
        });
    return answer;
  }

  /** Completes when the look has, well or not, or when it takes too long for a reader. */
  private static CompletionStage<Boolean> settled(CompletionStage<Long> look) {
    return look.handle((head, failure) -> failure == null)
        .toCompletableFuture()
        .completeOnTimeout(false, READ_WAIT_MS, TimeUnit.MILLISECONDS);
  }

  @Override
  public CompletionStage<Long> offsetBefore(Instant time) {
    return replication.replica().history().offsetBefore(time);
  }

  @Override
  public CompletionStage<Long> offsetBeforeLast(int count, Selectors selectors) {
    if (count < 1) {
      throw new IllegalArgumentException("offsetBeforeLast: expected a count of at least 1, got " + count);
    }
    return replication.replica().history().offsetBeforeLast(count, selectors);
  }

  @Override
  public CompletionStage<Void> close() {
    synchronized (queue) {
      if (!closing) {
        closing = true;
        queue.add(this::finish); // there is room: nothing else takes the last place
      }
    }
    return ended.copy();
  }

  // Handing over to the thread.

  private void enqueue(CompletableFuture<?> answer, Runnable work) {
    synchronized (queue) {
      if (closing) {
        answer.completeExceptionally(new LogException(Reason.CLOSED, "the log has been closed"));
      } else if (queue.size() == QUEUE_MAX || !queue.offer(work)) {
        answer.completeExceptionally(new LogException(Reason.UNAVAILABLE, "too much waits for the grid"));
      }
    }
  }

  private static <T> void forward(CompletionStage<T> from, CompletableFuture<T> to) {
    from.whenComplete(
        (value, failure) -> {
          if (failure == null) {
            to.complete(value);
          } else {
            to.completeExceptionally(failure);
          }
        });
  }

  private static void failLater(CompletableFuture<?> look) {
    long millis = GridReplication.LOOK_MAX_MS;
    Executor later = CompletableFuture.delayedExecutor(millis, TimeUnit.MILLISECONDS);
    String message = "no answer from the grid for " + millis + " ms";
    later.execute(() -> look.completeExceptionally(new LogException(Reason.UNAVAILABLE, message)));
  }

  // The thread.

  private interface Work<T> {
    T run() throws InterruptedException;
  }

  private void run(CompletableFuture<GridLog> opened) {
    try {
      GridGuards.require(hazelcast, name, options);
      replication.begin();
      sayWhatItIsWorth();
      opened.complete(this);
      while (!finished) {
        Runnable work = queue.poll(LOOK_MS, TimeUnit.MILLISECONDS);
        if (work != null) {
          work.run();
        } else {
          answerWith(new CompletableFuture<>(), replication::look);
        }
      }
    } catch (GridRefusedException | LogException e) {
      opened.completeExceptionally(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException e) {
      LOG.log(Level.ERROR, "the log in the grid has ended", e);
      opened.completeExceptionally(e);
    } finally {
      end();
    }
  }

  private void sayWhatItIsWorth() {
    int copies = options.copiesMin();
    LOG.log(
        Level.INFO,
        "the log is in the memory of the nodes: what is acknowledged is on {0} of them and survives the loss of {1} at a"
            + " time, not of all; publishing needs {2} nodes, {3} are here; epoch {4}",
        Integer.toString(copies),
        Integer.toString(copies - 1),
        Integer.toString(options.nodesMin()),
        Integer.toString(GridNodes.count(hazelcast)),
        EventId.epochText(epoch()));
  }

  /** Tells the others how much is kept here, if they can be told, and ends. */
  private void finish() {
    finished = true;
    replication.sayLastWord();
  }

  private void end() {
    synchronized (queue) {
      closing = true;
    }
    finished = true;
    replication.close();
    for (Runnable work = queue.poll(); work != null; work = queue.poll()) {
      work.run(); // answers that the log is closed
    }
    ended.complete(null);
  }

  private <T> void answerWith(CompletableFuture<T> answer, Work<T> work) {
    if (finished) {
      answer.completeExceptionally(new LogException(Reason.CLOSED, "the log has been closed"));
      return;
    }
    try {
      answer.complete(work.run());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      finished = true;
      answer.completeExceptionally(new LogException(Reason.CLOSED, "the log was interrupted", e));
    } catch (RuntimeException e) {
      answer.completeExceptionally(e);
    }
  }
}
