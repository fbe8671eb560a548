package carillon.log;

/** Says why the log did not do what was asked, and what is known about a group that was being stored. */
public final class LogException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  /** What went wrong, as far as a caller has to tell the cases apart. */
  public enum Reason {
    /** Certainly not stored: the disk is full. Try again when there is room. */
    FULL,
    /** Certainly not stored, nothing read: the log is not reachable or is being reopened. Try again. */
    UNAVAILABLE,
    /** May or may not be stored: the engine failed while committing. Trying again with the same key is safe. */
    IN_DOUBT,
    /** The log has been closed. */
    CLOSED
  }

  private final Reason reason;

  /** A failure without a cause of its own. */
  public LogException(Reason reason, String message) {
    super(message);
    this.reason = reason;
  }

  /** A failure with its cause. */
  public LogException(Reason reason, String message, Throwable cause) {
    super(message, cause);
    this.reason = reason;
  }

  /** Which case it is. */
  public Reason reason() {
    return reason;
  }
}
