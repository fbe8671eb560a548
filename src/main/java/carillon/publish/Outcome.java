package carillon.publish;

import carillon.event.EventId;
import org.jspecify.annotations.Nullable;

/** What became of a draft. Whoever handed it in chooses between exactly these. Immutable. */
public sealed interface Outcome {

  /** Answers with the function for the case at hand. */
  <T> T fold(Cases<T> cases);

  /** One function for each case. */
  interface Cases<T> {
    /** See {@link Accepted}. */
    T accepted(Accepted accepted);

    /** See {@link Refused}. */
    T refused(Refused refused);

    /** See {@link Unknown}. */
    T unknown(Unknown unknown);
  }

  /**
   * Stored by the engine's rule, or handed to whoever listens now when its topics keep no history.
   *
   * @param id the event's id; {@code null} when it is transient
   * @param duplicate whether an earlier draft with the same key had stored it; never true without an id, because keys
   *     are remembered by the log, and what has no history never gets there
   */
  record Accepted(@Nullable EventId id, boolean duplicate) implements Outcome {
    @Override
    public <T> T fold(Cases<T> cases) {
      return cases.accepted(this);
    }
  }

  /**
   * Certainly not stored; it will never appear.
   *
   * @param reason why
   */
  record Refused(Refusal reason) implements Outcome {
    @Override
    public <T> T fold(Cases<T> cases) {
      return cases.refused(this);
    }
  }

  /**
   * Perhaps stored. Handing it in again with the same key is safe and tells.
   *
   * @param detail for the operator's log, not for the publisher
   */
  record Unknown(String detail) implements Outcome {

    /** What {@link Refusal#status()} is for a refusal. */
    public static final int STATUS = 504;

    /** What {@link Refusal#label()} is for a refusal. */
    public static final String LABEL = "outcome-unknown";

    @Override
    public <T> T fold(Cases<T> cases) {
      return cases.unknown(this);
    }
  }
}
