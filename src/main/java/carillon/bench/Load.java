package carillon.bench;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;

/**
 * Subscribers and publishers of one server, over plain sockets: loads it at a {@link Pace}, checks every event that
 * arrives and takes its time. Confined to the thread that calls it, which does all the work.
 */
public final class Load implements AutoCloseable {

  /*
   * One thread and one selector for everything, because on a machine that the server shares each processor the load
   * takes is one that the server lacks, and because a closed loop then needs no coordination: what is owed and what has
   * arrived are two plain numbers (LoadCounts).
   *
   *   turn:  publish what is due ─▶ wait for sockets, or until the next is due ─▶ read what came, count it
   *
   * A delivery costs no allocation and one look at each of its bytes: the load must be cheaper than any server.
   */
  private static final long PATIENCE_NANOS = Duration.ofSeconds(60).toNanos();
  private static final long DRAIN_NANOS = Duration.ofSeconds(30).toNanos();
  private static final long STALL_NANOS = Duration.ofSeconds(5).toNanos();
  private static final long SAMPLE_NANOS = Duration.ofMillis(100).toNanos();
  private static final long SETTLE_NANOS = Duration.ofSeconds(1).toNanos();

  private final LoadOptions options;
  private final LoadSockets sockets;
  private final LoadCounts counts;
  private final LoadSubscriber.Crowd crowd;
  private final List<LoadSubscriber> subscribers = new ArrayList<>();
  private final ArrayDeque<LoadSubscriber> toConnect = new ArrayDeque<>();
  private final LoadPublishers publishers;
  private volatile boolean isEnding;

  private Load(LoadOptions options) throws IOException {
    this.options = options;
    this.sockets = new LoadSockets();
    this.counts = new LoadCounts(options.topics(), options.server().pids());
    this.crowd = new LoadSubscriber.Crowd(options, sockets, counts);
    this.publishers = new LoadPublishers(options, sockets, counts);
  }

  /**
   * Opens all streams and all publishers' connections.
   *
   * @throws IllegalStateException if the server does not take all of them within a minute
   */
  public static Load open(LoadOptions options) {
    try {
      var load = new Load(options);
      try {
        load.connectAll();
      } catch (IOException | RuntimeException e) {
        load.close();
        throw e;
      }
      return load;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void connectAll() throws IOException {
    publishers.connect();
    for (int i = 0; i < options.subscribing().subscribers(); i++) {
      var subscriber = new LoadSubscriber(crowd, i);
      subscribers.add(subscriber);
      toConnect.add(subscriber);
    }
    boolean all = turnUntil(PATIENCE_NANOS, () -> counts.opened == subscribers.size() && publishers.areOpen());
    if (!all) {
      throw new IllegalStateException("of " + subscribers.size() + " streams " + counts.opened + " are open after "
          + Duration.ofNanos(PATIENCE_NANOS) + "; " + counts.refused + " were refused");
    }
  }

  /** How many streams are open. */
  public int opened() {
    return counts.opened;
  }

  /** What counts now: latencies of the stage that runs, or ran last. To be read, or cleared, by any thread. */
  public Latencies latencies() {
    return counts.latencies;
  }

  /** Has the stage that runs, and every later one, end at once. Any thread. */
  public void end() {
    isEnding = true;
    sockets.wake();
  }

  /** Runs a stage and waits until what it published has arrived, half a minute at the most. */
  public StageResult run(Stage stage) {
    try {
      return measure(stage);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private StageResult measure(Stage stage) throws IOException {
    int stalled = (int) Math.round(subscribers.size() * stage.stalledShare());
    for (int i = 0; i < stalled; i++) {
      subscribers.get(i).stall();
    }
    counts.late = 0;
    long startNanos = System.nanoTime();
    long fromNanos = startNanos + stage.warm().toNanos();
    long endNanos = fromNanos + stage.measured().toNanos();
    long residentBefore = counts.residentBytes();
    long residentMax = residentBefore;
    long sampleNanos = startNanos;
    long baseRequests = publishers.requests();
    long arrivedNanos = startNanos;
    long arrived = counts.delivered;
    LoadCounts.Mark from = null;
    while (true) {
      long now = System.nanoTime();
      if (from == null && now >= fromNanos) {
        from = counts.mark();
        counts.latencies.clear();
        counts.answers.clear();
      }
      if (now >= endNanos || isEnding) {
        break;
      }
      if (now >= sampleNanos) {
        residentMax = Math.max(residentMax, counts.residentBytes());
        sampleNanos = now + SAMPLE_NANOS;
      }
      if (counts.delivered != arrived || counts.owed() == 0) {
        arrived = counts.delivered;
        arrivedNanos = now;
      } else if (now - arrivedNanos > STALL_NANOS) {
        counts.stalls++;
        counts.forgive();
      }
      long dueNanos = publishers.publish(stage.pace(), startNanos, baseRequests);
      turn(Math.min(Math.min(dueNanos, sampleNanos), from == null ? fromNanos : endNanos));
    }
    LoadCounts.Mark to = counts.mark();
    LoadCounts.Mark begin = from == null ? to : from;
    boolean isComplete = turnUntil(DRAIN_NANOS, () -> counts.owed() <= 0 && publishers.areIdle());
    residentMax = Math.max(residentMax, counts.residentBytes());
    long undelivered = isComplete ? 0 : counts.owed();
    StageResult result = begin.until(to, stage.name(), residentBefore, residentMax, undelivered);
    for (int i = 0; i < stalled; i++) {
      subscribers.get(i).readOn();
    }
    if (stalled > 0) {
      turnUntil(PATIENCE_NANOS, () -> subscribers.stream().limit(stalled).allMatch(LoadSubscriber::hasEverything));
      result = result.undelivered(subscribers.stream().limit(stalled).filter(one -> !one.hasEverything()).count());
    }
    counts.forgive();
    return result;
  }

  /**
   * Everybody leaves, {@code behind} events are published under each topic, everybody comes back at once with the last
   * id it has and must get those. Each topic needs at least one event before that, for an id to exist.
   *
   * @param patience how long it may take
   * @param returning called when they begin to come back
   */
  public StormResult storm(String name, int behind, Duration patience, Runnable returning) {
    try {
      return blow(name, behind, patience, returning);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private StormResult blow(String name, int behind, Duration patience, Runnable returning) throws IOException {
    for (LoadSubscriber subscriber : subscribers) {
      subscriber.leave();
    }
    long settledNanos = System.nanoTime() + SETTLE_NANOS;
    turnUntil(SETTLE_NANOS, () -> System.nanoTime() >= settledNanos);
    long target = counts.published + (long) behind * options.topics();
    boolean isPublished = turnUntil(
        PATIENCE_NANOS,
        () -> {
          publishers.publishUpTo(target);
          return counts.published >= target && publishers.areIdle();
        });
    if (!isPublished) {
      throw new IllegalStateException("what a storm is about has not been taken: " + counts.refused + " were refused");
    }
    turnUntil(SETTLE_NANOS, () -> System.nanoTime() >= settledNanos + SETTLE_NANOS);
    counts.latencies.clear();
    var storm = new LoadStorm(behind, subscribers.size());
    crowd.storm = storm;
    long before = counts.delivered;
    returning.run();
    LoadCounts.Mark from = counts.mark();
    toConnect.addAll(subscribers);
    long[] resident = {counts.residentBytes(), System.nanoTime()};
    turnUntil(
        patience.toNanos(),
        () -> {
          if (System.nanoTime() >= resident[1]) {
            resident[0] = Math.max(resident[0], counts.residentBytes());
            resident[1] = System.nanoTime() + SAMPLE_NANOS;
          }
          return storm.isOver();
        });
    LoadCounts.Mark to = counts.mark();
    crowd.storm = null;
    long undelivered = (long) behind * subscribers.size() - (to.delivered() - before);
    StageResult result = from.until(to, name, 0, resident[0], undelivered);
    return new StormResult(name, subscribers.size(), behind, result.seconds(), result.deliveries(),
        storm.caughtUp.millis(0.5), storm.caughtUp.millis(0.99), result.serverCpuSeconds(), result.ownCpuSeconds(),
        resident[0], result.faults());
  }

  /** Closes everything. */
  @Override
  public void close() {
    try {
      sockets.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Whether {@code condition} has come true in time. */
  @CanIgnoreReturnValue
  private boolean turnUntil(long patienceNanos, BooleanSupplier condition) throws IOException {
    long endNanos = System.nanoTime() + patienceNanos;
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() >= endNanos) {
        return false;
      }
      turn(Math.min(endNanos, System.nanoTime() + SAMPLE_NANOS / 10));
    }
    return true;
  }

  /** Opens streams, waits for sockets until {@code wakeNanos} at the longest, and reads what came. */
  private void turn(long wakeNanos) throws IOException {
    while (crowd.pending < options.subscribing().pendingMax() && !toConnect.isEmpty()) {
      toConnect.remove().connect();
    }
    sockets.await(wakeNanos);
  }
}
