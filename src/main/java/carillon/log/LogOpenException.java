package carillon.log;

import java.nio.file.Path;

/** Says why a log cannot be opened, and which file an operator has to look at. Nothing was changed. */
public final class LogOpenException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  /** What is wrong with the file. */
  public enum Problem {
    /** Another process, or this one, has the log open. */
    LOCKED,
    /** The file is damaged, or is no log of ours. An operator restores it, or asks for a new epoch. */
    CORRUPT,
    /** The file or its directory cannot be read or written. */
    INACCESSIBLE
  }

  private final Problem problem;
  private final transient Path file;

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

  /** What is wrong. */
  public Problem problem() {
    return problem;
  }

  /** The file that it is about. */
  public Path file() {
    return file;
  }
}
