package carillon.event;

/**
 * Every reason why a subscriber cannot be served exactly what follows its cursor. The label is the {@code reason} in
 * {@code hub.gap}, and stands in logs and metrics.
 */
public enum GapReason {
  /** Retention has removed what came after the cursor. */
  EXPIRED("expired"),
  /** The cursor is of this epoch and beyond the newest event: no stream of this log can have said it. */
  AHEAD("ahead"),
  /** The cursor is of another epoch: another history. */
  EPOCH("epoch"),
  /** The cursor is no id of this hub. */
  UNKNOWN("unknown");

  private final String label;

  GapReason(String label) {
    this.label = label;
  }

  /** The stable text for the wire, logs and metrics. */
  public String label() {
    return label;
  }
}
