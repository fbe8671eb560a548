package carillon.cli;

/** Ends a command: with what the person is told, and the exit code. */
final class FailedException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  private final int exitCode;

  /** @param message one line; safe to print */
  FailedException(int exitCode, String message) {
    super(message);
    this.exitCode = exitCode;
  }

  /** One of {@link ExitCode}. */
  int exitCode() {
    return exitCode;
  }
}
