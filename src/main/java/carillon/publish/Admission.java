package carillon.publish;

import carillon.event.Draft;
import carillon.event.Topic;
import java.util.Optional;

/** What no publisher may hand in, whoever it is. Any thread. */
final class Admission {

  private Admission() {}

  /** Why {@code draft} is refused before anything else is asked; empty when it is not. */
  static Optional<Refusal> refusalOf(Draft draft) {
    for (Topic topic : draft.topics()) {
      if (topic.isReserved()) {
        return Optional.of(Refusal.TOPIC_RESERVED);
      }
    }
    var type = draft.type();
    return type != null && type.isReserved() ? Optional.of(Refusal.TYPE_RESERVED) : Optional.empty();
  }
}
