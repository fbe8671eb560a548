package carillon.log;

import carillon.event.EventId;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;

/**
 * The few numbers that the events themselves do not tell, or no longer tell once they are removed: the table
 * {@code meta} with its one row. Confined to the log thread.
 */
final class SqliteMeta {

  private final long epoch;
  private final Prepared save;

  private long head;
  private Instant newestTime;
  private long indexedUpTo;
  private long forgottenUpTo;

  private SqliteMeta(Connection connection, ResultSet row) throws SQLException {
    this.epoch = row.getLong("epoch");
    this.head = row.getLong("head");
    this.newestTime = Instant.ofEpochMilli(row.getLong("newest_time"));
    this.indexedUpTo = row.getLong("indexed_up_to");
    this.forgottenUpTo = row.getLong("forgotten_up_to");
    this.save = new Prepared(
        connection,
        "UPDATE meta SET head = ?, newest_time = ?, indexed_up_to = ?, forgotten_up_to = ?");
  }

  /**
   * Reads the row, and the newest event, which may be newer than the row.
   *
   * @throws SqliteDamage if they contradict each other
   */
  static SqliteMeta load(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      SqliteMeta meta;
      try (ResultSet row = statement.executeQuery("SELECT * FROM meta")) {
        if (!row.next()) {
          throw new SqliteDamage("the table meta is empty");
        }
        meta = new SqliteMeta(connection, row);
      }
      try (ResultSet row = statement.executeQuery("SELECT offset, time FROM event ORDER BY offset DESC LIMIT 1")) {
        if (row.next() && row.getLong(1) > meta.head) {
          meta.moved(row.getLong(1), Instant.ofEpochMilli(row.getLong(2)));
        }
      }
      meta.check(Sql.number(connection, "SELECT min(offset) FROM event"));
      return meta;
    }
  }

  private void check(long oldest) throws SqliteDamage {
    boolean sound =
        epoch >= 1 && epoch <= EventId.EPOCH_MAX && indexedUpTo >= 0 && indexedUpTo <= head && forgottenUpTo <= head
            && oldest >= 0;
    if (!sound) {
      throw new SqliteDamage(
          "the table meta contradicts the events: epoch " + epoch + ", head " + head + ", indexed up to " + indexedUpTo
              + ", forgotten up to " + forgottenUpTo + ", oldest event " + oldest);
    }
  }

  /** Writes the row, as part of the transaction at hand. */
  void save(long indexed) throws SQLException {
    save.update(head, newestTime.toEpochMilli(), indexed, forgottenUpTo);
  }

  long epoch() {
    return epoch;
  }

  long head() {
    return head;
  }

  /** Of the newest event there ever was; the epoch of the calendar when there was none. */
  Instant newestTime() {
    return newestTime;
  }

  /** Every event up to here is in the index, or has been removed from it. */
  long indexedUpTo() {
    return indexedUpTo;
  }

  long forgottenUpTo() {
    return forgottenUpTo;
  }

  void moved(long newHead, Instant time) {
    head = newHead;
    newestTime = time;
  }

  void indexed(long upTo) {
    indexedUpTo = upTo;
  }

  void forgotten(long upTo) {
    forgottenUpTo = Math.max(forgottenUpTo, upTo);
  }
}
