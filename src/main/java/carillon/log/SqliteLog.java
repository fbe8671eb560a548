package carillon.log;

import carillon.event.Draft;
import carillon.event.EventId;
import carillon.event.Selectors;
import carillon.event.TopicRule;
import carillon.log.LogException.Reason;
import carillon.log.SqliteOptions.Damaged;
import carillon.log.SqliteReader.View;
import java.lang.System.Logger.Level;
import java.lang.System.Logger;
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
import org.jspecify.annotations.Nullable;

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
   *
   *             failure other than a full disk
   *   open ───────────────────────────────────────▶ broken: readers and writer closed
   *    ▲                                               │ every REOPEN_PAUSE: open, copy the write-ahead log into
   *    └───────────────────────────────────────────────┘ the database with an fsync, read everything again
   *
   * Why the copy: after a failed fsync the kernel may believe that pages are clean which never reached the disk (the
   * "fsyncgate" of 2018). Copying them out of the write-ahead log writes them anew.
   */

  private static final Logger LOG = System.getLogger(SqliteLog.class.getName());

  /** Groups that wait; there is one publisher with one group at a time, so this is never reached by it. */
  private static final int WAITING_GROUPS_MAX = 64;

  private static final Duration REOPEN_PAUSE = Duration.ofMillis(500);

  /** A full disk is not asked for room for upkeep more often than this. */
  private static final Duration FULL_PAUSE = Duration.ofSeconds(1);

  private final SteadyClock clock;
  private final RandomGenerator random;
  private final Connector connector;
  private final long upkeepNanos;
  private final SqliteFile file;
  private final SqliteReaders readers;
  private final long epoch;
  private final BlockingQueue<Runnable> queue = new ArrayBlockingQueue<>(WAITING_GROUPS_MAX);
  private final CompletableFuture<Void> ended = new CompletableFuture<>();

  // Written with the queue locked: nothing is put into it once this is set.
  private volatile boolean closing;

  // Written by the log thread.
  private volatile Extent extent = new Extent(1, 0, 0, List.of());
  private volatile long commitNanos;
  private volatile long bytes;

  // Confined to the log thread.
  private SqliteStore.Setup setup;
  private @Nullable SqliteStore store; // null while broken
  private Reason brokenReason = Reason.UNAVAILABLE;
  private long dueNanos;
  private boolean troubleLogged;
  private @Nullable CompletableFuture<Void> ruled; // while rules are being changed

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
            log = new SqliteLog(options, rules, clock, random, connector, pace);
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

  private SqliteLog(
      SqliteOptions options,
      List<TopicRule> rules,
      SteadyClock clock,
      RandomGenerator random,
      Connector connector,
      Pace pace) {
    this.setup = new SqliteStore.Setup(List.copyOf(rules), pace.indexing());
    this.clock = clock;
    this.random = random;
    this.connector = connector;
    this.upkeepNanos = pace.upkeep().toNanos();
    this.file = SqliteFile.open(options, random);
    this.readers = new SqliteReaders(options.readers());
    try {
      SqliteStore first = openSound(options.damaged());
      this.epoch = first.epoch();
      begin(first);
    } catch (SQLException e) {
      file.close();
      throw file.unusable(e);
    } catch (RuntimeException e) {
      file.close();
      throw e;
    }
    LOG.log(Level.INFO, "log opened: " + description());
  }

  @Override
  public long epoch() {
    return epoch;
  }

  @Override
  public long head() {
    return extent.head();
  }

  @Override
  public long oldest() {
    return extent.oldest();
  }

  @Override
  public OptionalLong bytes() {
    return OptionalLong.of(bytes);
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
      } else if (!queue.offer(() -> store(group, now, answer))) {
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
      } else if (!queue.offer(() -> change(copy, answer))) {
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
    return commitNanos;
  }

  private <T> CompletionStage<T> ask(SqliteReaders.Question<T> question) {
    return closing ? CompletableFuture.failedFuture(closed()) : readers.ask(question);
  }

  private View view() {
    return new View(extent, clock.instant());
  }

  private static LogException closed() {
    return new LogException(Reason.CLOSED, "the log has been closed");
  }

  // From here on: the log thread.

  private void run() {
    try {
      while (!closing || !queue.isEmpty()) {
        long waitNanos = ruled == null ? Math.max(0, dueNanos - System.nanoTime()) : 0;
        Runnable next = queue.poll(waitNanos, TimeUnit.NANOSECONDS);
        try {
          if (next != null) {
            next.run();
          }
          goOnChangingRules();
          lookAfter();
        } catch (RuntimeException e) { // a defect of ours; whatever it was about to do, the file knows better
          giveUpUnlessFull(Sql.unavailable(e));
        }
      }
      end();
    } catch (InterruptedException e) {
      ended.completeExceptionally(e); // nobody interrupts this thread but a process that is ending
    }
  }

  private void store(List<Draft> group, Instant now, CompletableFuture<Appended> answer) {
    SqliteStore open = store;
    if (open == null) {
      answer.completeExceptionally(new LogException(brokenReason, "the log is being reopened"));
      return;
    }
    Appended appended;
    try {
      appended = open.append(group, now);
    } catch (LogException e) {
      giveUpUnlessFull(e);
      answer.completeExceptionally(e);
      return;
    } catch (RuntimeException e) {
      answer.completeExceptionally(new LogException(Reason.IN_DOUBT, "the log failed: " + e, e));
      throw e;
    }
    show(open);
    answer.complete(appended);
  }

  private void change(List<TopicRule> fresh, CompletableFuture<Void> answer) {
    SqliteStore open = store;
    try {
      if (open != null) {
        open.changeRules(fresh);
      }
    } catch (LogException e) {
      giveUpUnlessFull(e);
      answer.completeExceptionally(e);
      return;
    }
    setup = setup.with(fresh); // whatever is opened from now on goes by them
    CompletableFuture<Void> before = ruled;
    ruled = answer;
    if (before != null) {
      before.complete(null); // its rules are replaced, as if they had held for a moment
    }
  }

  /** A little at a time, because whoever publishes waits meanwhile. */
  private void goOnChangingRules() {
    CompletableFuture<Void> answer = ruled;
    SqliteStore open = store;
    if (answer == null) {
      return;
    }
    if (open != null) {
      try {
        open.goOnChangingRules();
      } catch (LogException e) {
        giveUpUnlessFull(e);
        return;
      }
      if (open.isChangingRules()) {
        return;
      }
      dueNanos = System.nanoTime(); // they may let go of much
    }
    ruled = null;
    answer.complete(null);
  }

  private SqliteReaders.Maker makerFor(SqliteStore opened) {
    return () -> new SqliteReader(file.connectReader(), opened.epoch(), opened.topics(), opened::retentions);
  }

  private void lookAfter() {
    SqliteStore open = store;
    long now = System.nanoTime();
    boolean due = now - dueNanos >= 0;
    if (open == null) {
      if (due) {
        reopen();
      }
      return;
    }
    if (!due && (troubleLogged || !open.isBehind())) {
      checkpoint(open);
      return;
    }
    try {
      boolean more = open.upkeep(clock.instant(), due);
      show(open);
      open.checkpoint();
      if (due) {
        bytes = file.bytes();
      }
      dueNanos = due && more ? now : now + upkeepNanos;
      troubleLogged = false;
    } catch (LogException e) {
      dueNanos = now + FULL_PAUSE.toNanos();
      giveUpUnlessFull(e);
      if (!troubleLogged) {
        troubleLogged = true;
        LOG.log(Level.WARNING, "log upkeep waits: " + e.getMessage());
      }
    }
  }

  private void checkpoint(SqliteStore open) {
    try {
      open.checkpoint();
    } catch (LogException e) {
      giveUpUnlessFull(e);
    }
  }

  private void show(SqliteStore open) {
    extent = open.extent();
    commitNanos = open.commitNanos();
  }

  /** With a full disk everything that was committed is as good as ever; after any other failure nothing is believed. */
  private void giveUpUnlessFull(LogException failure) {
    SqliteStore open = store;
    if (open == null || failure.reason() == Reason.FULL) {
      dueNanos = System.nanoTime() + REOPEN_PAUSE.toNanos();
      return;
    }
    LOG.log(Level.ERROR, "log given up until it has been read again from the disk: " + file.path(), failure);
    store = null;
    brokenReason = Reason.UNAVAILABLE;
    dueNanos = System.nanoTime();
    try {
      readers.suspend();
      open.close();
    } catch (SQLException e) {
      LOG.log(Level.WARNING, "log not closed: " + e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // the loop ends with it
    }
  }

  private void reopen() {
    try {
      SqliteStore again = SqliteStore.open(connector.connect(file), setup, random, SqliteLog::refuse);
      requireSameHistory(again);
      begin(again);
      LOG.log(Level.INFO, "log reopened: " + description());
      troubleLogged = false;
    } catch (SQLException e) {
      brokenReason = Sql.isFull(e) ? Reason.FULL : Reason.UNAVAILABLE;
      dueNanos = System.nanoTime() + REOPEN_PAUSE.toNanos();
      if (!troubleLogged) {
        troubleLogged = true;
        LOG.log(Level.ERROR, "log cannot be reopened, trying on: " + file.path(), e);
      }
    }
  }

  private void requireSameHistory(SqliteStore again) throws SQLException {
    if (again.epoch() != epoch || again.head() < head()) {
      again.close();
      throw new SqliteDamage(
          "the file has lost what was acknowledged: it ends at " + again.head() + " of epoch "
              + EventId.epochText(again.epoch()) + ", acknowledged was " + head() + " of " + epochText());
    }
  }

  /** After a failure only what was written anew is believed, and that takes room. */
  private static void refuse(SQLException full) throws SQLException {
    throw full;
  }

  private SqliteStore openSound(Damaged damaged) throws SQLException {
    try {
      return SqliteStore.open(connector.connect(file), setup, random, full -> file.syncWriteAheadLog());
    } catch (SQLException e) {
      if (damaged == Damaged.REFUSE || !Sql.isCorrupt(e)) {
        throw e;
      }
      file.beginAnew(random);
      return SqliteStore.open(connector.connect(file), setup, random, SqliteLog::refuse);
    }
  }

  private void begin(SqliteStore opened) throws SQLException {
    try {
      readers.open(makerFor(opened));
    } catch (SQLException e) {
      opened.close();
      throw e;
    }
    store = opened;
    dueNanos = System.nanoTime() + upkeepNanos;
    bytes = file.bytes();
    show(opened);
  }

  private void end() throws InterruptedException {
    if (ruled != null) {
      ruled.completeExceptionally(closed());
    }
    readers.close();
    SqliteStore open = store;
    if (open != null) {
      readers.suspend();
      try {
        open.conclude(clock.instant());
      } catch (LogException e) {
        LOG.log(Level.WARNING, "log closed without its last upkeep: " + e.getMessage());
      }
      try {
        open.close();
      } catch (SQLException e) {
        LOG.log(Level.WARNING, "log not closed: " + e.getMessage());
      }
    }
    file.close();
    ended.complete(null);
  }

  private String description() {
    return file.path() + ", epoch " + epochText() + ", events " + oldest() + " to " + head();
  }

  private String epochText() {
    return EventId.epochText(epoch);
  }
}
