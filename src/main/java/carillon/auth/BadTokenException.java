package carillon.auth;

/** Why a token is refused, in words without anything of the token. For the log; no client is told. */
final class BadTokenException extends Exception {

  private static final long serialVersionUID = 1L;

  BadTokenException(String reason) {
    super(reason, null, false, false);
  }
}
