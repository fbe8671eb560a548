package carillon.log;

import carillon.event.Draft;
import carillon.event.EventId;
import carillon.event.Selectors;
import carillon.event.TopicRule;
import carillon.log.GridReplica.Applied;
import carillon.log.GridReplica.Progress;
import carillon.log.LogException.Reason;
import com.hazelcast.cluster.Member;
import com.hazelcast.core.HazelcastException;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.map.IMap;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
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
   *   append ──▶ queue ──▶ GridExchange ──▶ owner of the partition ──▶ backups
   *                            │  ▲              GridSegment: groups in order
   *                            ▼  │
   *                    GridAnswer: what all nodes have added since
   *                            │
   *                            ▼
   *   read ◀── LocalHistory ◀─ GridReplica: offsets, duplicates, events
   *
   * What the grid orders are groups of drafts, not events: which of them are duplicates, and so which offsets the
   * others get, every node works out by itself and all alike. An append completes when the replica has applied the
   * group, which it does only once the group is sure to be on enough nodes; so it has then also applied everything
   * before, and a read finds it.
   *
   * What may go wrong with one attempt is unclear more often than not. The thread tries again under the same mark until
   * it knows or has run out of time; the owner recognises the mark. So a node that dies costs publishers a pause, and an
   * outcome is in doubt only if the cluster does not settle within APPEND_MS.
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

  /** After this a look has failed. */
  private static final long REFRESH_MS = 9_000;

  /** A reader who has come to the end waits so long for a look, before it gets what is here. */
  private static final long READ_WAIT_MS = 1_000;

  /** Pause before the same question is asked again. */
  private static final long PAUSE_MS = 20;

  /** How often an operator is told that too few nodes are there. */
  private static final long WAITING_MS = 30_000;

  /** Most questions that wait: one publisher, looks that are shared, and what tests think up. */
  private static final int QUEUE_MAX = 1_024;

  private final HazelcastInstance hazelcast;
  private final String name;
  private final int slots;
  private final GridOptions options;
  private final SteadyClock clock;
  private final RandomGenerator random;
  private final long appendMillis;
  private final UUID writer;
  private final BlockingQueue<Runnable> queue = new ArrayBlockingQueue<>(QUEUE_MAX);
  private final CompletableFuture<Void> ended = new CompletableFuture<>();

  // Written by the thread, read by anybody.
  private volatile @Nullable GridReplica shown;
  private volatile boolean reachable;

  // Guarded by the queue.
  private @Nullable CompletableFuture<Long> nextLook;
  private boolean closing;

  // Confined to the thread.
  private List<TopicRule> rules;
  private boolean finished;
  private boolean mustLoad = true;
  private @Nullable String damage;
  private long marks;
  private long pendingMark;
  private @Nullable Appended pendingAnswer;

  private GridLog(
      HazelcastInstance hazelcast,
      String name,
      int slots,
      GridOptions options,
      List<TopicRule> rules,
      SteadyClock clock,
      RandomGenerator random,
      long appendMillis) {
    this.hazelcast = hazelcast;
    this.name = name;
    this.slots = slots;
    this.options = options;
    this.rules = List.copyOf(rules);
    this.clock = clock;
    this.random = random;
    this.appendMillis = appendMillis;
    this.writer = new UUID(random.nextLong(), random.nextLong());
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
    var log = new GridLog(hazelcast, name, slots, options, rules, clock, random, appendMillis);
    var opened = new CompletableFuture<GridLog>();
    var thread = new Thread(() -> log.run(opened), "carillon-grid");
    thread.setDaemon(true);
    thread.start();
    return opened;
  }

  @Override
  public long epoch() {
    return shown().charter().epoch();
  }

  @Override
  public long head() {
    return shown().history().head();
  }

  @Override
  public long oldest() {
    return shown().history().oldest();
  }

  @Override
  public OptionalLong bytes() {
    return OptionalLong.of(shown().history().bytes());
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
    enqueue(answer, () -> answerWith(answer, () -> store(drafts, now)));
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
          answerWith(look, this::look);
        });
    if (look.isDone()) {
      forget(look);
    } else {
      failLater(look, "no answer from the grid for " + REFRESH_MS + " ms");
    }
    return look;
  }

  @Override
  public CompletionStage<Void> changeRules(List<TopicRule> fresh) {
    List<TopicRule> copy = List.copyOf(fresh);
    var answer = new CompletableFuture<Void>();
    enqueue(
        answer,
        () -> {
          rules = copy; // for replicas to come
          shown()
              .history()
              .changeRules(copy)
              .whenComplete(
                  (changed, failure) -> {
                    if (failure == null) {
                      answer.complete(null);
                    } else {
                      answer.completeExceptionally(failure);
                    }
                  });
        });
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
    GridReplica replica = shown();
    CompletionStage<Page> local = replica.history().read(after, selectors, limit, reading);
    if (!reachable) {
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
                      boolean isAll = shown() == replica && head() <= page.upTo();
                      forward(isAll ? local : shown().history().read(after, selectors, limit, reading), answer);
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
    return shown().history().offsetBefore(time);
  }

  @Override
  public CompletionStage<Long> offsetBeforeLast(int count, Selectors selectors) {
    if (count < 1) {
      throw new IllegalArgumentException("offsetBeforeLast: expected a count of at least 1, got " + count);
    }
    return shown().history().offsetBeforeLast(count, selectors);
  }

  @Override
  public CompletionStage<Void> close() {
    synchronized (queue) {
      if (!closing) {
        closing = true;
        if (!queue.offer(this::finish)) {
          queue.clear(); // what waited is answered by the thread's end
          queue.add(this::finish);
        }
      }
    }
    return ended.copy();
  }

  // Handing over to the thread.

  private void enqueue(CompletableFuture<?> answer, Runnable work) {
    synchronized (queue) {
      if (closing) {
        answer.completeExceptionally(new LogException(Reason.CLOSED, "the log has been closed"));
      } else if (!queue.offer(work)) {
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

  private static void failLater(CompletableFuture<?> answer, String message) {
    Executor later = CompletableFuture.delayedExecutor(REFRESH_MS, TimeUnit.MILLISECONDS);
    later.execute(() -> answer.completeExceptionally(new LogException(Reason.UNAVAILABLE, message)));
  }

  private GridReplica shown() {
    GridReplica replica = shown;
    if (replica == null) {
      throw new IllegalStateException("the log is not open yet");
    }
    return replica;
  }

  // The thread.

  private interface Work<T> {
    T run() throws Unreachable, InterruptedException;
  }

  /** The grid cannot be asked now, or did not answer: what was asked may have been done. */
  private static final class Unreachable extends Exception {
    private static final long serialVersionUID = 1L;

    Unreachable(String message) {
      super(message);
    }

    Unreachable(Throwable cause) {
      super(String.valueOf(cause.getMessage()), cause);
    }
  }

  private void run(CompletableFuture<GridLog> opened) {
    try {
      begin();
      sayWhatItIsWorth();
      opened.complete(this);
      while (!finished) {
        Runnable work = queue.poll(LOOK_MS, TimeUnit.MILLISECONDS);
        if (work != null) {
          work.run();
        } else {
          answerWith(new CompletableFuture<>(), this::look);
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

  private void begin() throws InterruptedException {
    GridGuards.require(hazelcast, name, options);
    IMap<GridKey, Object> map = map();
    long toldNanos = System.nanoTime() - TimeUnit.MILLISECONDS.toNanos(WAITING_MS);
    while (shown == null) {
      try {
        load(map, deadline(REFRESH_MS));
      } catch (Unreachable e) {
        if (!hazelcast.getLifecycleService().isRunning()) {
          throw new LogException(Reason.UNAVAILABLE, "the cluster has ended: " + e.getMessage(), e);
        }
        if (System.nanoTime() - toldNanos >= TimeUnit.MILLISECONDS.toNanos(WAITING_MS)) {
          toldNanos = System.nanoTime();
          LOG.log(Level.INFO, "the log is waiting for its cluster: {0}", e.getMessage());
        }
        Thread.sleep(PAUSE_MS);
      }
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
    try {
      var unused = ask(shown(), null, deadline(PAUSE_MS * 10));
    } catch (Unreachable e) {
      LOG.log(Level.DEBUG, "the log in the grid was closed without a last word", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void end() {
    synchronized (queue) {
      closing = true;
    }
    finished = true;
    GridReplica replica = shown;
    if (replica != null) {
      replica.history().close();
    }
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
    } catch (Unreachable e) {
      if (reachable) {
        reachable = false;
        LOG.log(Level.WARNING, "the log in the grid cannot be reached: {0}", e.getMessage());
      }
      answer.completeExceptionally(new LogException(Reason.UNAVAILABLE, String.valueOf(e.getMessage()), e));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      finished = true;
      answer.completeExceptionally(new LogException(Reason.CLOSED, "the log was interrupted", e));
    } catch (RuntimeException e) {
      answer.completeExceptionally(e);
    }
  }

  // Storing.

  private Appended store(List<Draft> drafts, Instant now) throws InterruptedException {
    if (damage != null) {
      throw new LogException(Reason.UNAVAILABLE, damage);
    }
    requireMajority();
    Set<Member> members = GridNodes.members(hazelcast);
    pendingMark = ++marks;
    pendingAnswer = null;
    Instant stamp = clock.instant().truncatedTo(ChronoUnit.MILLIS);
    byte[] bytes = new GridGroup(writer, pendingMark, now, stamp, drafts).encode();
    var group = new GridExchange.Group(writer, pendingMark, drafts.size(), bytes);
    long deadline = deadline(appendMillis);
    boolean isInDoubt = false;
    String state = "not asked yet";
    while (true) {
      try {
        if (mustLoad) {
          load(map(), deadline);
        } else {
          GridAnswer answer = ask(shown(), group, deadline);
          if (answer.kind() == GridAnswer.Kind.MINORITY) {
            // Whoever says so has not stored it; another, who was asked first and is gone now, may have.
            boolean sameNodes = members.equals(GridNodes.members(hazelcast));
            throw new LogException(
                isInDoubt || !sameNodes ? Reason.IN_DOUBT : Reason.UNAVAILABLE, tooFew(GridNodes.count(hazelcast)));
          }
          Progress progress = take(shown(), answer);
          isInDoubt |= answer.kind() == GridAnswer.Kind.SEGMENT;
          state = progress == Progress.UNSURE ? "not on enough nodes yet" : "not seen yet";
          if (progress == Progress.UNSURE) {
            Thread.sleep(PAUSE_MS);
          }
        }
      } catch (Unreachable e) {
        isInDoubt |= !mustLoad;
        state = String.valueOf(e.getMessage());
        Thread.sleep(PAUSE_MS);
      }
      if (pendingAnswer != null) {
        reachable = true;
        return pendingAnswer;
      }
      if (System.nanoTime() - deadline >= 0 || !hazelcast.getLifecycleService().isRunning()) {
        throw new LogException(
            isInDoubt ? Reason.IN_DOUBT : Reason.UNAVAILABLE,
            "the grid did not settle: " + state);
      }
    }
  }

  private void requireMajority() {
    int nodes = GridNodes.count(hazelcast);
    if (nodes < options.nodesMin()) {
      throw new LogException(Reason.UNAVAILABLE, tooFew(nodes));
    }
  }

  private String tooFew(int nodes) {
    return nodes + " of the " + options.nodesMin() + " nodes that log.gridNodesMin asks for";
  }

  // Looking.

  private long look() throws Unreachable, InterruptedException {
    long deadline = deadline(REFRESH_MS);
    while (true) {
      int nodes = GridNodes.count(hazelcast);
      if (nodes < options.nodesMin()) {
        throw new Unreachable(tooFew(nodes));
      }
      if (mustLoad) {
        load(map(), deadline);
      }
      Progress progress = take(shown(), ask(shown(), null, deadline));
      if (progress == Progress.CAUGHT_UP && !mustLoad) {
        if (!reachable) {
          reachable = true;
          LOG.log(Level.INFO, "the log in the grid can be reached, its head is {0}", Long.toString(head()));
        }
        return head();
      }
      if (progress == Progress.UNSURE) {
        Thread.sleep(PAUSE_MS);
      }
      if (System.nanoTime() - deadline >= 0) {
        throw new Unreachable("the grid did not settle in " + REFRESH_MS + " ms");
      }
    }
  }

  private Progress take(GridReplica replica, GridAnswer answer) throws Unreachable {
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
      throw new Unreachable(e);
    } catch (CompletionException e) {
      throw new Unreachable(e); // closed meanwhile
    } finally {
      for (Applied group : applied) {
        if (group.writer().equals(writer) && group.mark() == pendingMark) {
          pendingAnswer = group.appended();
        }
      }
    }
  }

  /** Reads everything the grid has into a new replica, and shows that when it is complete. */
  private void load(IMap<GridKey, Object> map, long deadline) throws Unreachable, InterruptedException {
    int nodes = GridNodes.count(hazelcast);
    if (nodes < options.nodesMin()) {
      throw new Unreachable(tooFew(nodes)); // a part of a cluster must not begin a log of its own
    }
    long heapBytes = Runtime.getRuntime().maxMemory();
    requireRoom(options.founding(heapBytes), heapBytes);
    var proposal =
        new GridCharter(random.nextLong(1, EventId.EPOCH_MAX + 1), slots, options.founding(heapBytes));
    GridCharter charter = (GridCharter) await(submit(map, GridKey.CHARTER, proposal), deadline);
    if (charter.slots() != slots || !options.agreesWith(charter.options())) {
      refuse(
          "log.grid…: the nodes of a cluster have to say the same, the others have " + charter.options() + ", this one "
              + options);
    }
    requireRoom(charter.options(), heapBytes);
    GridReplica replica = replica(charter, heads(map, charter, deadline));
    Progress progress = Progress.MORE;
    while (progress != Progress.CAUGHT_UP) {
      GridAnswer answer = ask(replica, null, deadline);
      if (answer.kind() == GridAnswer.Kind.OVERWRITTEN || answer.kind() == GridAnswer.Kind.OTHER_LIFE) {
        throw new Unreachable("the grid went on while it was read");
      }
      progress = take(replica, answer);
      if (progress == Progress.UNSURE) {
        Thread.sleep(PAUSE_MS);
      }
      if (System.nanoTime() - deadline >= 0) {
        throw new Unreachable("the grid could not be read in time");
      }
    }
    show(replica);
  }

  /** A node that collects garbage all the time is worse for its cluster than none. */
  private void requireRoom(GridOptions wanted, long heapBytes) throws Unreachable {
    if (!wanted.fits(heapBytes)) {
      refuse(
          "log.gridBytesMax: the grid keeps up to " + (wanted.bytesMax() >> 20) + " MiB twice, which does not fit into a"
              + " heap of " + (heapBytes >> 20) + " MiB; give every node a larger one (-Xmx), or the grid a smaller"
              + " bound");
    }
  }

  /** What an operator has to put right; but whoever serves goes on with what it has. */
  private void refuse(String message) throws Unreachable {
    if (shown != null) {
      throw new Unreachable(message);
    }
    throw new GridRefusedException(message);
  }

  private void show(GridReplica replica) {
    GridReplica before = shown;
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

  private List<GridFounding.Head> heads(IMap<GridKey, Object> map, GridCharter charter, long deadline)
      throws Unreachable, InterruptedException {
    var asked = new ArrayList<CompletionStage<Object>>();
    for (int slot = 0; slot < slots; slot++) {
      asked.add(submit(map, GridKey.slot(slot), charter));
    }
    var heads = new ArrayList<GridFounding.Head>();
    for (CompletionStage<Object> one : asked) {
      var head = (GridFounding.Head) await(one, deadline);
      if (head.epoch() != charter.epoch()) {
        throw new Unreachable("the grid began anew while it was read");
      }
      heads.add(head);
    }
    return heads;
  }

  private GridReplica replica(GridCharter charter, List<GridFounding.Head> heads) throws Unreachable {
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
      throw new Unreachable(e);
    }
    return new GridReplica(charter, oldest == null ? 0 : oldest.number(), base, keys, floor, rules, clock);
  }

  // Asking.

  private IMap<GridKey, Object> map() {
    return hazelcast.getMap(name);
  }

  private GridAnswer ask(GridReplica replica, GridExchange.@Nullable Group group, long deadline)
      throws Unreachable, InterruptedException {
    Set<Member> members = GridNodes.members(hazelcast);
    try {
      GridAnswer answer = await(map().submitToKey(replica.key(), replica.exchange(group)), deadline);
      // The owner counts the copies a moment before Hazelcast makes them. If a node went in between, ask again.
      return members.equals(GridNodes.members(hazelcast)) ? answer : answer.withoutCopies();
    } catch (HazelcastException | IllegalStateException e) {
      throw new Unreachable(e); // such as an instance that is no longer active
    }
  }

  private static CompletionStage<Object> submit(IMap<GridKey, Object> map, GridKey key, GridCharter charter)
      throws Unreachable {
    try {
      return map.submitToKey(key, new GridFounding(charter));
    } catch (HazelcastException | IllegalStateException e) {
      throw new Unreachable(e);
    }
  }

  private static <T> T await(CompletionStage<T> stage, long deadline) throws Unreachable, InterruptedException {
    try {
      return stage.toCompletableFuture().get(Math.max(1, deadline - System.nanoTime()), TimeUnit.NANOSECONDS);
    } catch (ExecutionException e) {
      throw new Unreachable(e.getCause() == null ? e : e.getCause());
    } catch (TimeoutException e) {
      throw new Unreachable("no answer from the grid in time");
    }
  }

  private static long deadline(long millis) {
    return System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
  }
}
