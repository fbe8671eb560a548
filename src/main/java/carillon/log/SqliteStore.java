package carillon.log;

import carillon.event.Draft;
import carillon.event.Event;
import carillon.event.EventId;
import carillon.event.Key;
import carillon.event.TopicRule;
import com.google.errorprone.annotations.CanIgnoreReturnValue;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The one writer of the file: what is committed, in which transaction, and what may be believed afterwards. Confined to
 * the log thread.
 *
 * <p>Two kinds of transactions. A group is written with {@code synchronous=FULL}: when its commit returns, an fsync has
 * put it and everything before it on the disk. Upkeep (index, retention, old keys) is written with
 * {@code synchronous=NORMAL}, without an fsync: it can be done again.
 *
 * <p>After any failure but a full disk the store must not be used any more: it has to be closed and opened again,
 * because what SQLite and the kernel hold in memory may not be what is on the disk.
 */
final class SqliteStore implements AutoCloseable {

  /**
   * Pages in the write-ahead log that make it worth copying them to the database: 8 MiB. Below 4,062 the index beside
   * it stays within what was allocated at the start, so that a full disk cannot surprise us there.
   */
  private static final int CHECKPOINT_PAGES = 2_000;

  /** Pages beyond which readers have to wait for a moment, so that the write-ahead log can begin again: 64 MiB. */
  private static final int TRUNCATE_PAGES = 16_000;

  /** How much is written before the size of the write-ahead log is looked at. */
  private static final long LOOK_BYTES = 1 << 20;

  /** What a transaction writes beside its data, roughly. */
  private static final long TRANSACTION_BYTES = 1 << 14;

  private final Connection connection;
  private final SqliteMeta meta;
  private final TopicDirectory topics = new TopicDirectory();
  private final SqliteKeys keys;
  private final SqliteIndexer indexer;
  private final SqliteSweep sweep;
  private final RowInsert<Event> insertEvents;
  private final RowInsert<Event> insertExpiries;
  private final Prepared begin;
  private final Prepared commit;
  private final Prepared rollback;
  private final PreparedStatement oldest;

  // By the log thread; readers ask what holds.
  private volatile Retentions retentions;

  private List<TopicRule> rules;
  private @Nullable SqliteRulesChange change;
  private long oldestKept;
  private long unseenBytes;
  private long unattended;
  private boolean isQuiet = true;
  private long commitNanos;

  /**
   * Makes sure that what is read is on the disk, and reads everything that has to be known. The write-ahead log is
   * copied to the database, with an fsync; if there is no room for that, an fsync of its own may do.
   *
   * @param connection for writing; closed with the store, or when this fails
   * @param sync puts the write-ahead log on the disk as it is; fails when that is not to be believed
   */
  static SqliteStore open(Connection connection, Setup setup, RandomGenerator random, Sync sync) throws SQLException {
    try {
      try {
        checkpoint(connection, "TRUNCATE");
      } catch (SQLException e) {
        if (!Sql.isFull(e)) {
          throw e;
        }
        sync.sync(e);
      }
      return new SqliteStore(connection, setup, random);
    } catch (SQLException e) {
      connection.close();
      throw e;
    } catch (IllegalArgumentException e) { // a topic or key that could never have been written
      connection.close();
      throw new SqliteDamage(String.valueOf(e.getMessage()));
    }
  }

  /**
   * What a store goes by.
   *
   * @param rules for topics, the first that matches holds
   * @param indexing when the index is written
   */
  record Setup(List<TopicRule> rules, SqliteIndexer.Pace indexing) {

    /** The same with other rules. */
    Setup with(List<TopicRule> others) {
      return new Setup(List.copyOf(others), indexing);
    }
  }

  private SqliteStore(Connection connection, Setup setup, RandomGenerator random) throws SQLException {
    this.rules = setup.rules();
    this.connection = connection;
    this.meta = SqliteMeta.load(connection);
    forgetSweepsOfOtherRules(connection, rules);
    this.keys = new SqliteKeys(connection, random);
    this.retentions = new Retentions(rules);
    this.indexer = new SqliteIndexer(connection, meta, topics, retentions, setup.indexing());
    this.sweep = new SqliteSweep(connection, meta, topics, indexer, rules);
    this.insertEvents = new RowInsert<>(connection, "event", EventRows.COLUMNS, EventRows::bind);
    this.insertExpiries = new RowInsert<>(connection, "expiry", 2, EventRows::bindExpiry);
    this.begin = new Prepared(connection, "BEGIN IMMEDIATE");
    this.commit = new Prepared(connection, "COMMIT");
    this.rollback = new Prepared(connection, "ROLLBACK");
    this.oldest = connection.prepareStatement("SELECT min(offset) FROM event");
    this.oldestKept = findOldest();
  }

  long epoch() {
    return meta.epoch();
  }

  long head() {
    return meta.head();
  }

  /** What there is now. */
  Extent extent() {
    return new Extent(oldestKept, meta.head(), meta.indexedUpTo(), indexer.unindexed());
  }

  /** What holds for topics. Any thread. */
  Retentions retentions() {
    return retentions;
  }

  TopicDirectory topics() {
    return topics;
  }

  /** How long commits have taken so far, the fsync above all. */
  long commitNanos() {
    return commitNanos;
  }

  /**
   * Stores a group.
   *
   * @throws LogException if it is not stored or may not be; unless the reason is a full disk, the store is done for
   */
  Appended append(List<Draft> drafts, Instant now) {
    Instant time = Admission.timeFor(now, meta.newestTime());
    Admission admission;
    try {
      admission = Admission.of(drafts, this::find, new EventId(meta.epoch(), meta.head()), time);
    } catch (SqlFailure e) {
      throw Sql.beforeCommit(e.failure());
    }
    List<Event> events = admission.appended().events();
    if (events.isEmpty()) {
      return admission.appended();
    }
    long syncNanos =
        transact(
            () -> {
              insertEvents.insert(events);
              insertExpiries.insert(expiring(events));
              keys.insert(admission.keys(), time);
            });
    meta.moved(meta.head() + events.size(), time);
    keys.inserted(admission.keys());
    indexer.appended(events);
    isQuiet = false;
    oldestKept = Math.min(oldestKept, meta.head());
    events.forEach(event -> unseenBytes += event.data().size());
    unattended += events.size();
    return admission.appended().synced(syncNanos);
  }

  /**
   * Begins to go by other rules, which {@link #goOnChangingRules} does step by step; before it has, what was begun with
   * others is given up.
   *
   * @throws LogException as {@link #append}; nothing has changed then
   */
  void changeRules(List<TopicRule> fresh) {
    // First: a crash on the way finds a file that has been swept by none of the new rules.
    transact(() -> forgetSweepsOfOtherRules(connection, fresh));
    sweep.ceaseToAge();
    rules = fresh;
    var to = new Retentions(fresh);
    indexer.change(to);
    change = new SqliteRulesChange(topics, to, sweep::note);
  }

  /** Whether some topics are still by the old rules. */
  boolean isChangingRules() {
    return change != null;
  }

  /**
   * Has the new rules hold for some more topics, and for readers in the end.
   *
   * @throws LogException as {@link #append}
   */
  void goOnChangingRules() {
    SqliteRulesChange begun = change;
    if (begun == null || begun.step()) {
      return;
    }
    try {
      sweep.beginToAge(rules);
    } catch (SQLException e) {
      throw Sql.beforeCommit(e);
    }
    retentions = begun.to();
    change = null;
  }

  /** Whether upkeep should not wait for a quiet moment. */
  boolean isBehind() {
    return indexer.isBehind() || sweep.isBehind();
  }

  /**
   * Does a little of what can wait.
   *
   * @param isVisit whether this is one of the regular visits; otherwise only what is too much is done
   * @return whether there is more to do
   * @throws LogException as {@link #append}
   */
  boolean upkeep(Instant now, boolean isVisit) {
    if (isVisit && indexer.isDue(isQuiet)) {
      index();
    }
    isQuiet |= isVisit;
    while (indexer.isBehind()) {
      index();
    }
    boolean more = isVisit && indexer.isFlushing();
    // Twice as much as has come since, at the least, so that what goes keeps up with what comes.
    long rounds = 1 + unattended / (SqliteSweep.STEP / 2);
    unattended = 0;
    for (boolean again = true; again && rounds > 0; rounds--) {
      again = prune(now);
      again |= sweep(now);
      more |= again;
    }
    return more;
  }

  /** Copies the write-ahead log into the database, if it is worth it. */
  void checkpoint() {
    if (unseenBytes < LOOK_BYTES) {
      return;
    }
    unseenBytes = 0;
    try {
      long pages = checkpoint(connection, "NOOP");
      if (pages >= CHECKPOINT_PAGES) {
        checkpoint(connection, pages >= TRUNCATE_PAGES ? "TRUNCATE" : "PASSIVE");
      }
    } catch (SQLException e) {
      if (!Sql.isFull(e)) { // with a full disk everything simply stays where it is
        throw Sql.beforeCommit(e);
      }
    }
  }

  /** Leaves a file that needs no recovery. */
  void conclude(Instant now) {
    while (indexer.lag() > 0) {
      index();
    }
    var unused = upkeep(now, true); // what is left over is done when the file is opened again
    try {
      checkpoint(connection, "TRUNCATE");
    } catch (SQLException e) {
      throw Sql.beforeCommit(e);
    }
  }

  @Override
  public void close() throws SQLException {
    connection.close(); // and every statement with it
  }

  private @Nullable KnownKey find(Key key) {
    try {
      return keys.find(key);
    } catch (SQLException e) {
      throw new SqlFailure(e);
    }
  }

  private static List<Event> expiring(List<Event> events) {
    var expiring = new ArrayList<Event>();
    for (Event event : events) {
      if (event.ttl() != null) {
        expiring.add(event);
      }
    }
    return expiring;
  }

  private void index() {
    var steps = new ArrayList<SqliteIndexer.Step>(1);
    upkeep(() -> steps.add(indexer.step()));
    SqliteIndexer.Step step = steps.get(0);
    indexer.committed(step, sweep::note);
  }

  private boolean prune(Instant now) {
    return keys.isOverfull() && upkeepWith(() -> keys.prune(now));
  }

  private boolean sweep(Instant now) {
    boolean removed = upkeepWith(() -> sweep.step(now));
    if (removed) {
      try {
        oldestKept = findOldest();
      } catch (SQLException e) {
        throw Sql.beforeCommit(e);
      }
    }
    return removed;
  }

  private boolean upkeepWith(Step step) {
    var done = new ArrayList<Runnable>(1);
    upkeep(
        () -> {
          Runnable committed = step.run();
          if (committed != null) {
            done.add(committed);
          }
        });
    done.forEach(Runnable::run);
    return !done.isEmpty();
  }

  private void upkeep(Work work) {
    try {
      Sql.run(connection, "PRAGMA synchronous = NORMAL");
      try {
        transact(work);
      } finally {
        Sql.run(connection, "PRAGMA synchronous = FULL");
        unseenBytes += LOOK_BYTES; // a page for every topic, perhaps
      }
    } catch (SQLException e) {
      throw Sql.beforeCommit(e);
    }
  }

  /** Returns how long the commit took, in nanoseconds. */
  @CanIgnoreReturnValue
  private long transact(Work work) {
    try {
      begin.update();
      work.run();
    } catch (SQLException e) {
      undo();
      throw Sql.beforeCommit(e);
    }
    long before = System.nanoTime();
    long took = 0;
    try {
      commit.update();
    } catch (SQLException e) {
      undo();
      throw Sql.atCommit(e);
    } finally {
      took = System.nanoTime() - before;
      commitNanos += took;
      unseenBytes += TRANSACTION_BYTES;
    }
    return took;
  }

  /** SQLite may have rolled back by itself; if neither did, the next BEGIN fails and the store is given up. */
  private void undo() {
    try {
      rollback.update();
    } catch (SQLException e) {
      // as said above
    }
  }

  private long findOldest() throws SQLException {
    long found = Sql.number(oldest);
    return found == 0 ? meta.head() + 1 : found;
  }

  /** With other rules, events that were passed over may have to go now. */
  private static void forgetSweepsOfOtherRules(Connection connection, List<TopicRule> rules) throws SQLException {
    String text = rules.stream().map(rule -> rule.selector() + " " + rule.retention()).toList().toString();
    for (String statement :
        List.of( // in this order: whoever is stopped in between begins again
            "DELETE FROM age_sweep WHERE EXISTS (SELECT 1 FROM meta WHERE rules <> ?1)",
            "UPDATE meta SET rules = ?1 WHERE rules <> ?1")) {
      try (PreparedStatement prepared = connection.prepareStatement(statement)) {
        prepared.setString(1, text);
        var unused = prepared.executeUpdate();
      }
    }
  }

  /** Returns how many pages the write-ahead log holds. */
  @CanIgnoreReturnValue
  private static long checkpoint(Connection connection, String mode) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("PRAGMA wal_checkpoint(" + mode + ")")) {
      return row.next() ? row.getLong(2) : 0;
    }
  }

  /** What to do when there is no room to copy the write-ahead log. */
  interface Sync {
    void sync(SQLException full) throws SQLException;
  }

  private interface Work {
    void run() throws SQLException;
  }

  private interface Step {
    @Nullable Runnable run() throws SQLException;
  }
}
