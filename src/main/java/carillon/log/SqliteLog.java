package carillon.log;

import carillon.event.Draft;
import carillon.event.Selectors;
import carillon.event.TopicRule;
import carillon.log.LogException.Reason;
import carillon.log.SqliteReader.View;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;

/**
 * The log in one SQLite file: the default of a single node. What is acknowledged is on the disk.
 *
 * <p>Any thread. Nothing here blocks its caller: groups are written by one thread of the log, questions are answered by
 * a few others, and stages complete on those.
 *
 * <p>When the disk is full, a group fails with {@link Reason#FULL} and the next one tries again. When anything else
 * fails, nothing more is acknowledged or read until the file has been closed and read again from the disk, which the
 * log tries by itself, again and again; meanwhile everything fails with {@link Reason#UNAVAILABLE}.
 */
public final class SqliteLog implements EventLog {

  /*
   * append ──▶ queue ──▶ log thread: store a group, answer, then a little upkeep ──▶ file
   * read   ──▶ readers: a few threads, each with a connection ◀──────────────────────┘
   */

  /** Groups that wait; there is one publisher with one group at a time, so this is never reached by it. */
  private static final int WAITING_GROUPS_MAX = 64;

  private final SqliteLifecycle lifecycle;
  private final SteadyClock clock;
  private final BlockingQueue<Runnable> queue = new ArrayBlockingQueue<>(WAITING_GROUPS_MAX);
  private final CompletableFuture<Void> ended = new CompletableFuture<>();

  // Written with the queue locked: nothing is put into it once this is set.
  private volatile boolean closing;

  /**
   * How often things are done.
   *
   * @param upkeep between two visits to index, retention and old keys when there is nothing that cannot wait
   * @param indexing how much is indexed at once
   */
  record Pace(Duration upkeep, SqliteIndexer.Pace indexing) {
    static final Pace USUAL = every(Duration.ofMillis(100));

    static Pace every(Duration upkeep) {
      return new Pace(upkeep, SqliteIndexer.Pace.USUAL);
    }
  }

  /** Opens the connection for writing. Tests put faults in between. */
  interface Connector {
    Connection connect(SqliteFile file) throws SQLException;
  }

  /**
   * Opens the log, and makes it if there is none. It takes the lock, checks the file and reads what has to be known,
   * which may take a second; the stage completes on the thread of the log.
   *
   * @param options where it is
   * @param rules for topics, the first that matches holds
   * @param clock by which events age
   * @param random for the epoch of a new log
   * @return fails with {@link LogOpenException}
   */
  public static CompletionStage<SqliteLog> open(
      SqliteOptions options, List<TopicRule> rules, SteadyClock clock, RandomGenerator random) {
    return open(options, rules, clock, random, SqliteFile::connectWriter, Pace.USUAL);
  }

  static CompletionStage<SqliteLog> open(
      SqliteOptions options,
      List<TopicRule> rules,
      SteadyClock clock,
      RandomGenerator random,
      Connector connector,
      Pace pace) {
    var opened = new CompletableFuture<SqliteLog>();
    var thread = new Thread(
        () -> {
          SqliteLog log;
          try {
            log = new SqliteLog(new SqliteLifecycle(options, rules, clock, random, connector, pace), clock);
          } catch (RuntimeException e) {
            opened.completeExceptionally(e);
            return;
          }
          opened.complete(log);
          log.run();
        },
        "carillon-log");
    thread.setDaemon(true);
    thread.start();
    return opened;
  }

  private SqliteLog(SqliteLifecycle lifecycle, SteadyClock clock) {
    this.lifecycle = lifecycle;
    this.clock = clock;
  }

  @Override
  public long epoch() {
    return lifecycle.epoch();
  }

  @Override
  public long head() {
    return lifecycle.extent().head();
  }

  @Override
  public long oldest() {
    return lifecycle.extent().oldest();
  }

  @Override
  public OptionalLong bytes() {
    return OptionalLong.of(lifecycle.bytes());
  }

  @Override
  public Durability durability() {
    return Durability.DISK;
  }

  @Override
  public CompletionStage<Appended> append(List<Draft> drafts, Instant now) {
    if (drafts.isEmpty()) {
      throw new IllegalArgumentException("append: expected at least one draft");
    }
    List<Draft> group = List.copyOf(drafts);
    var answer = new CompletableFuture<Appended>();
    synchronized (queue) {
      if (closing) {
        answer.completeExceptionally(closed());
      } else if (!queue.offer(() -> lifecycle.store(group, now, answer))) {
        answer.completeExceptionally(new LogException(Reason.UNAVAILABLE, "too many groups are waiting for the log"));
      }
    }
    return answer;
  }

  @Override
  public CompletionStage<Page> read(long after, Selectors selectors, Limit limit, Reading reading) {
    if (after < 0) {
      throw new IllegalArgumentException("read: expected an offset of at least 0, got " + after);
    }
    return ask(reader -> reader.read(after, selectors, limit, reading, view()));
  }

  @Override
  public CompletionStage<Long> offsetBefore(Instant time) {
    Instant millis = time.truncatedTo(ChronoUnit.MILLIS);
    return ask(reader -> reader.offsetBefore(millis, view()));
  }

  @Override
  public CompletionStage<Long> offsetBeforeLast(int count, Selectors selectors) {
    if (count < 1) {
      throw new IllegalArgumentException("offsetBeforeLast: expected a count of at least 1, got " + count);
    }
    return ask(reader -> reader.offsetBeforeLast(count, selectors, view()));
  }

  @Override
  public CompletionStage<Void> changeRules(List<TopicRule> fresh) {
    List<TopicRule> copy = List.copyOf(fresh);
    var answer = new CompletableFuture<Void>();
    synchronized (queue) {
      if (closing) {
        answer.completeExceptionally(closed());
      } else if (!queue.offer(() -> lifecycle.change(copy, answer))) {
        answer.completeExceptionally(new LogException(Reason.UNAVAILABLE, "too many groups are waiting for the log"));
      }
    }
    return answer;
  }

  @Override
  public CompletionStage<Void> close() {
    synchronized (queue) {
      if (!closing) {
        closing = true;
        queue.offer(() -> {}); // wakes the log thread; if there is no room, it is awake
      }
    }
    return ended;
  }

  /** How long commits have taken since the file was opened, the fsync above all; in nanoseconds. */
  long commitNanos() {
    return lifecycle.commitNanos();
  }

  private <T> CompletionStage<T> ask(SqliteReaders.Question<T> question) {
    return closing ? CompletableFuture.failedFuture(closed()) : lifecycle.ask(question);
  }

  private View view() {
    return new View(lifecycle.extent(), clock.instant());
  }

  static LogException closed() {
    return new LogException(Reason.CLOSED, "the log has been closed");
  }

  // The log thread.

  private void run() {
    try {
      while (!closing || !queue.isEmpty()) {
        Runnable next = queue.poll(lifecycle.idleNanos(), TimeUnit.NANOSECONDS);
        try {
          if (next != null) {
            next.run();
          }
          lifecycle.lookAfter();
        } catch (RuntimeException e) { // a defect of ours
          lifecycle.giveUp(e);
        }
      }
      lifecycle.end();
      ended.complete(null);
    } catch (InterruptedException e) {
      ended.completeExceptionally(e); // nobody interrupts this thread but a process that is ending
    }
  }
}
