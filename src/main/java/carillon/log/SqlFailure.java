package carillon.log;

import java.sql.SQLException;

/** Carries a failure of the database through code that cannot throw it; whoever called that code takes it out again. */
final class SqlFailure extends RuntimeException {

  private static final long serialVersionUID = 1L;

  private final SQLException failure;

  SqlFailure(SQLException failure) {
    super(failure);
    this.failure = failure;
  }

  SQLException failure() {
    return failure;
  }
}
