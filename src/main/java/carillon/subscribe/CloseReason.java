package carillon.subscribe;

/** Every reason for a stream to end. The label stands in logs, metrics and {@code hub.closing}. */
public enum CloseReason {
  /** The client went, in whatever way. */
  CLIENT_GONE("client-gone"),
  /** The client took nothing for too long. */
  STUCK("stuck"),
  /** The hub is closing. */
  DRAINING("draining"),
  /** The time of the subscriber's token is over. */
  TOKEN_EXPIRED("token-expired"),
  /** The subscriber's API key is gone, or grants less than it did. */
  TOKEN_REVOKED("token-revoked"),
  /** The log that nodes share cannot be reached from this node; perhaps it can from another. */
  LOG_AWAY("log-away"),
  /** The log has begun anew. */
  EPOCH_ENDED("epoch-ended"),
  /** There are as many streams as the hub holds, or as one client may have. */
  TOO_MANY_STREAMS("too-many-streams"),
  /** All streams together held too much that their clients did not take, and this one for long. */
  UNSENT("unsent-bytes"),
  /** What was asked for has been answered (poll). */
  ANSWERED("answered"),
  /** A fault of the hub itself. */
  FAILED("failed");

  private final String label;

  CloseReason(String label) {
    this.label = label;
  }

  /** The stable text. */
  public String label() {
    return label;
  }
}
