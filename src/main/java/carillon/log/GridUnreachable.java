package carillon.log;

/** The grid cannot be asked now, or did not answer: what was asked may have been done. */
final class GridUnreachable extends Exception {

  private static final long serialVersionUID = 1L;

  GridUnreachable(String message) {
    super(message);
  }

  GridUnreachable(Throwable cause) {
    super(String.valueOf(cause.getMessage()), cause);
  }
}
