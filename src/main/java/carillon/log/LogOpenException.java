package carillon.log;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Says why a log cannot be opened, and where an operator has to look. Nothing was changed. */
public final class LogOpenException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  /** What is wrong with the file or the database. */
  public enum Problem {
    /** Another process, or this one, has the log open. */
    LOCKED,
    /** The file is damaged, or is no log of ours. An operator restores it, or asks for a new epoch. */
    CORRUPT,
    /** The file, its directory or the database cannot be read or written. */
    INACCESSIBLE,
    /** The database is not set up as the log needs it; or it, or the file, is of a newer version than this one. */
    UNSUITABLE
  }

  private final Problem problem;
  private final transient @Nullable Path file;

  LogOpenException(Problem problem, Path file, String detail) {
    super(file + ": " + detail);
    this.problem = problem;
    this.file = file;
  }

  LogOpenException(Problem problem, Path file, String detail, Throwable cause) {
    super(file + ": " + detail, cause);
    this.problem = problem;
    this.file = file;
  }

  /** About a database, as messages may show it. */
  LogOpenException(Problem problem, String database, String detail, @Nullable Throwable cause) {
    super(database + ": " + detail, cause);
    this.problem = problem;
    this.file = null;
  }

  /** What is wrong. */
  public Problem problem() {
    return problem;
  }

  /** The file that it is about; {@code null} if it is about a database. */
  public @Nullable Path file() {
    return file;
  }
}
