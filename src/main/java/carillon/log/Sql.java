package carillon.log;

import carillon.log.LogException.Reason;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;

/** A few words over JDBC, and what the failures of SQLite mean for the log. Any thread. */
final class Sql {

  /** SQLite's primary result codes are in the low byte of the extended ones. */
  private static final int PRIMARY = 0xff;

  private Sql() {}

  static void run(Connection connection, String... statements) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      for (String sql : statements) {
        statement.execute(sql);
      }
    }
  }

  /** The number in the first column of the first row, 0 when there is no row or it is null. */
  static long number(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(sql)) {
      return row.next() ? row.getLong(1) : 0;
    }
  }

  /** As {@link #number(Connection, String)} for a prepared statement with numbers as parameters. */
  static long number(PreparedStatement statement, long... parameters) throws SQLException {
    bind(statement, parameters);
    try (ResultSet row = statement.executeQuery()) {
      return row.next() ? row.getLong(1) : 0;
    }
  }

  static void bind(PreparedStatement statement, long... parameters) throws SQLException {
    for (int i = 0; i < parameters.length; i++) {
      statement.setLong(i + 1, parameters[i]);
    }
  }

  static boolean isFull(SQLException failure) {
    return primary(failure) == SQLiteErrorCode.SQLITE_FULL.code;
  }

  /** Whether the file itself is damaged, is no database, or is one without our tables. */
  static boolean isCorrupt(SQLException failure) {
    int code = primary(failure);
    return failure instanceof SqliteDamage
        || code == SQLiteErrorCode.SQLITE_CORRUPT.code
        || code == SQLiteErrorCode.SQLITE_NOTADB.code
        || code == SQLiteErrorCode.SQLITE_ERROR.code;
  }

  /** What a failure before the commit means: nothing of it is stored. */
  static LogException beforeCommit(SQLException failure) {
    return isFull(failure) ? full(failure) : unavailable(failure);
  }

  /**
   * What a failure of the commit means. A full disk is noticed while the transaction is being written, so it is
   * certainly not there; any other failure, that of the fsync above all, can come when it already is.
   */
  static LogException atCommit(SQLException failure) {
    return isFull(failure)
        ? full(failure)
        : new LogException(Reason.IN_DOUBT, "the log failed while committing: " + failure.getMessage(), failure);
  }

  static LogException unavailable(Exception failure) {
    return new LogException(Reason.UNAVAILABLE, "the log cannot be used now: " + failure.getMessage(), failure);
  }

  private static LogException full(SQLException failure) {
    return new LogException(Reason.FULL, "no room for the log: " + failure.getMessage(), failure);
  }

  private static int primary(SQLException failure) {
    return (failure instanceof SQLiteException sqlite ? sqlite.getResultCode().code : failure.getErrorCode()) & PRIMARY;
  }
}
