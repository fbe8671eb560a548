package carillon.log;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.Collections;
import java.util.List;

/**
 * Inserts many rows with few calls into native code: in blocks, and the rest one by one. Confined to the log thread.
 *
 * @param <T> what becomes a row
 */
final class RowInsert<T> {

  /** Rows in one statement: most of what a row costs alone is the way into native code and back. */
  private static final int BLOCK = 32;

  /** Sets the columns of one row. */
  interface Binder<T> {
    /** Sets the parameters from {@code first} on. */
    void bind(PreparedStatement statement, int first, T row) throws SQLException;
  }

  private final int columns;
  private final Binder<T> binder;
  private final Prepared block;
  private final Prepared single;

  /**
   * Prepares both statements, which are closed with their connection.
   *
   * @param table all of whose columns are set, in their order
   */
  RowInsert(Connection connection, String table, int columns, Binder<T> binder) throws SQLException {
    this.columns = columns;
    this.binder = binder;
    String row = "(" + String.join(",", Collections.nCopies(columns, "?")) + ")";
    String rows = String.join(",", Collections.nCopies(BLOCK, row));
    this.block = new Prepared(connection, "INSERT INTO " + table + " VALUES " + rows);
    this.single = new Prepared(connection, "INSERT INTO " + table + " VALUES " + row);
  }

  void insert(List<T> rows) throws SQLException {
    int i = 0;
    for (; i + BLOCK <= rows.size(); i += BLOCK) {
      List<T> next = rows.subList(i, i + BLOCK);
      block.update(statement -> bind(statement, next));
    }
    for (T row : rows.subList(i, rows.size())) {
      single.update(statement -> binder.bind(statement, 1, row));
    }
  }

  private void bind(PreparedStatement statement, List<T> rows) throws SQLException {
    for (int i = 0; i < rows.size(); i++) {
      binder.bind(statement, 1 + i * columns, rows.get(i));
    }
  }
}
