package carillon.log;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;

/**
 * A statement that writes, and survives its own failure: the JDBC driver closes a statement that fails, so it is
 * prepared anew when it is needed next. A full disk must not cost more than that. Confined to the log thread; closed
 * with its connection.
 */
final class Prepared {

  /** Sets the parameters. */
  interface Binding {
    void bind(PreparedStatement statement) throws SQLException;
  }

  private final Connection connection;
  private final String sql;

  private PreparedStatement statement;

  Prepared(Connection connection, String sql) throws SQLException {
    this.connection = connection;
    this.sql = sql;
    this.statement = connection.prepareStatement(sql);
  }

  /** Executes it with numbers as parameters. */
  void update(long... parameters) throws SQLException {
    update(filled -> Sql.bind(filled, parameters));
  }

  /** Executes it. */
  void update(Binding binding) throws SQLException {
    try {
      binding.bind(statement);
      statement.executeUpdate();
    } catch (SQLException e) {
      statement.close();
      statement = connection.prepareStatement(sql);
      throw e;
    }
  }
}
