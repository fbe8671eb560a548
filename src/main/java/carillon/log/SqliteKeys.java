package carillon.log;

import carillon.event.Key;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The window of keys of the sqlite engine: the table {@code known_key} in order of offset, and {@link KeyIndex} in
 * memory. Confined to the log thread.
 */
final class SqliteKeys {

  /** Most keys forgotten in one step. */
  private static final int STEP = 512;

  private record Row(Key key, KnownKey known, Instant time) {}

  private record Forgotten(Key key, long offset) {}

  private final KeyIndex index;
  private final RowInsert<Row> insert;
  private final PreparedStatement find;
  private final PreparedStatement oldest;
  private final Prepared delete;

  /** Reads the whole window. */
  SqliteKeys(Connection connection, RandomGenerator random) throws SQLException {
    this.index = new KeyIndex(random);
    this.insert = new RowInsert<>(connection, "known_key", 4, SqliteKeys::bind);
    this.find = connection.prepareStatement("SELECT key, content FROM known_key WHERE offset = ?");
    this.oldest = connection.prepareStatement("SELECT offset, key, time FROM known_key ORDER BY offset LIMIT ?");
    this.delete = new Prepared(connection, "DELETE FROM known_key WHERE offset <= ?");
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("SELECT offset, key FROM known_key")) {
      while (row.next()) {
        index.add(new Key(row.getString(2)), row.getLong(1));
      }
    }
  }

  /** What is remembered of {@code key}, if anything. */
  @Nullable KnownKey find(Key key) throws SQLException {
    var found = new AtomicReference<KnownKey>();
    try {
      var unused = index.find(key, offset -> isAt(offset, key, found)); // `found` knows more than the offset
    } catch (SqlFailure e) {
      throw e.failure();
    }
    return found.get();
  }

  /** Writes new keys, as part of the transaction at hand. */
  void insert(Map<Key, KnownKey> keys, Instant time) throws SQLException {
    var rows = new ArrayList<Row>(keys.size());
    keys.forEach((key, known) -> rows.add(new Row(key, known, time)));
    rows.sort((one, other) -> Long.compare(one.known().offset(), other.known().offset()));
    insert.insert(rows);
  }

  /** The transaction that wrote them is committed. */
  void inserted(Map<Key, KnownKey> keys) {
    keys.forEach((key, known) -> index.add(key, known.offset()));
  }

  /** Whether there may be keys outside the window. */
  boolean isOverfull() {
    return index.size() > KeyWindow.COUNT_MIN;
  }

  /**
   * Deletes a few keys that are outside the window, as part of the transaction at hand.
   *
   * @return what to do once it is committed; {@code null} when there was nothing to delete
   */
  @Nullable Runnable prune(Instant now) throws SQLException {
    long remembered = now.minus(KeyWindow.AGE).toEpochMilli();
    var forgotten = new ArrayList<Forgotten>();
    Sql.bind(oldest, Math.min(STEP, index.size() - KeyWindow.COUNT_MIN));
    try (ResultSet row = oldest.executeQuery()) {
      while (row.next() && row.getLong(3) < remembered) {
        forgotten.add(new Forgotten(new Key(row.getString(2)), row.getLong(1)));
      }
    }
    if (forgotten.isEmpty()) {
      return null;
    }
    delete.update(forgotten.get(forgotten.size() - 1).offset());
    return () -> forgotten.forEach(row -> index.remove(row.key(), row.offset()));
  }

  private boolean isAt(long offset, Key key, AtomicReference<KnownKey> found) {
    try {
      Sql.bind(find, offset);
      try (ResultSet row = find.executeQuery()) {
        if (!row.next() || !row.getString(1).equals(key.text())) {
          return false;
        }
        found.set(new KnownKey(offset, ContentDigest.ofBytes(row.getBytes(2))));
        return true;
      }
    } catch (SQLException e) {
      throw new SqlFailure(e);
    }
  }

  private static void bind(PreparedStatement statement, int first, Row row) throws SQLException {
    statement.setLong(first, row.known().offset());
    statement.setString(first + 1, row.key().text());
    statement.setBytes(first + 2, row.known().content().toBytes());
    statement.setLong(first + 3, row.time().toEpochMilli());
  }
}
