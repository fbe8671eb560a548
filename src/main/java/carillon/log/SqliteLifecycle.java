package carillon.log;

import carillon.event.Draft;
import carillon.event.EventId;
import carillon.event.TopicRule;
import carillon.log.LogException.Reason;
import carillon.log.SqliteOptions.Damaged;
import java.lang.System.Logger.Level;
import java.lang.System.Logger;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The store of the log from when its file is opened until it is closed: broken after a failure, and opened again.
 * Confined to the log thread, but for what says otherwise.
 */
final class SqliteLifecycle {

  /*
   *             failure other than a full disk
   *   open ───────────────────────────────────────▶ broken: readers and writer closed
   *    ▲                                               │ every REOPEN_PAUSE: open, copy the write-ahead log into
   *    └───────────────────────────────────────────────┘ the database with an fsync, read everything again
   *
   * Why the copy: after a failed fsync the kernel may believe that pages are clean which never reached the disk (the
   * "fsyncgate" of 2018). Copying them out of the write-ahead log writes them anew.
   */

  private static final Logger LOG = System.getLogger(SqliteLifecycle.class.getName());

  private static final Duration REOPEN_PAUSE = Duration.ofMillis(500);

  /** A full disk is not asked for room for upkeep more often than this. */
  private static final Duration FULL_PAUSE = Duration.ofSeconds(1);

  private final SteadyClock clock;
  private final RandomGenerator random;
  private final SqliteLog.Connector connector;
  private final long upkeepNanos;
  private final SqliteFile file;
  private final SqliteReaders readers;
  private final long epoch;

  // Written by the log thread, read by anybody.
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
   * Opens the file, and makes it if there is none.
   *
   * @throws LogOpenException if it cannot be used
   */
  SqliteLifecycle(
      SqliteOptions options,
      List<TopicRule> rules,
      SteadyClock clock,
      RandomGenerator random,
      SqliteLog.Connector connector,
      SqliteLog.Pace pace) {
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

  /** Any thread. */
  long epoch() {
    return epoch;
  }

  /** What there is. Any thread. */
  Extent extent() {
    return extent;
  }

  /** How large the file is. Any thread. */
  long bytes() {
    return bytes;
  }

  /** How long commits have taken since the file was opened, the fsync above all. Any thread. */
  long commitNanos() {
    return commitNanos;
  }

  /** Asks a reader. Any thread; see {@link SqliteReaders#ask}. */
  <T> CompletionStage<T> ask(SqliteReaders.Question<T> question) {
    return readers.ask(question);
  }

  /** How long it may be left to itself. */
  long idleNanos() {
    return ruled == null ? Math.max(0, dueNanos - System.nanoTime()) : 0;
  }

  /** Stores a group and answers, with a {@link LogException} if it is not stored or may not be. */
  void store(List<Draft> group, Instant now, CompletableFuture<Appended> answer) {
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

  /** Begins to go by other rules, which {@link #lookAfter} goes on with; answers when they hold. */
  void change(List<TopicRule> fresh, CompletableFuture<Void> answer) {
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

  /**
   * Does a little of what is due: goes on with other rules, indexes, removes, or tries to open a broken store.
   */
  void lookAfter() {
    goOnChangingRules();
    keepUp();
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

  private void keepUp() {
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

  /** Something is wrong that nobody foresaw: whatever it was about to do, the file knows better. */
  void giveUp(RuntimeException defect) {
    giveUpUnlessFull(Sql.unavailable(defect));
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
      SqliteStore again = SqliteStore.open(connector.connect(file), setup, random, SqliteLifecycle::refuse);
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
    if (again.epoch() != epoch || again.head() < extent.head()) {
      again.close();
      throw new SqliteDamage(
          "the file has lost what was acknowledged: it ends at " + again.head() + " of epoch "
              + EventId.epochText(again.epoch()) + ", acknowledged was " + extent.head() + " of " + epochText());
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
      return SqliteStore.open(connector.connect(file), setup, random, SqliteLifecycle::refuse);
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

  /** Closes the file when the readers have answered, so that it needs no recovery. */
  void end() throws InterruptedException {
    if (ruled != null) {
      ruled.completeExceptionally(SqliteLog.closed());
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
  }

  private SqliteReaders.Maker makerFor(SqliteStore opened) {
    return () -> new SqliteReader(file.connectReader(), opened.epoch(), opened.topics(), opened::retentions);
  }

  private String description() {
    return file.path() + ", epoch " + epochText() + ", events " + extent.oldest() + " to " + extent.head();
  }

  private String epochText() {
    return EventId.epochText(epoch);
  }
}
