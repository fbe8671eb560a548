package carillon.publish;

/**
 * Every reason to refuse a draft that is valid in itself. The label is the {@code code} of the problem body, and stands
 * in logs and metrics; the status is the one number that HTTP and the event bus answer with alike.
 */
public enum Refusal {
  /** The key is known with other content. */
  KEY_CONFLICT("key-conflict", 409),
  /** The topic is the hub's own. */
  TOPIC_RESERVED("topic-reserved", 403),
  /** The type is the hub's own. */
  TYPE_RESERVED("type-reserved", 403),
  /** More drafts are waiting to be committed than the hub holds. */
  OVERLOADED("overloaded", 503),
  /** The log has no room. */
  LOG_FULL("log-full", 507),
  /** The log cannot be written now. */
  LOG_UNAVAILABLE("log-unavailable", 503),
  /** The hub is closing. */
  DRAINING("draining", 503);

  private final String label;
  private final int status;

  Refusal(String label, int status) {
    this.label = label;
    this.status = status;
  }

  /** The stable text for problem bodies, logs and metrics. */
  public String label() {
    return label;
  }

  /** The status of the answer, as in RFC 9110 (507: RFC 4918); 503 alone invites to try again later. */
  public int status() {
    return status;
  }
}
