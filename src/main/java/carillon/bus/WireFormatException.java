package carillon.bus;

/** Says why bytes from another node are no message of ours. Nothing of them is used. */
public final class WireFormatException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  WireFormatException(String message) {
    super(message);
  }

  WireFormatException(String message, Throwable cause) {
    super(message, cause);
  }
}
