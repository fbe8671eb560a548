package carillon.log;

import java.sql.SQLException;

/** Says that a file is a database, but no log that could be trusted. */
final class SqliteDamage extends SQLException {

  private static final long serialVersionUID = 1L;

  SqliteDamage(String what) {
    super(what);
  }
}
