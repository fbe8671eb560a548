package carillon.publish;

import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;

/**
 * The outcomes of drafts that were handed in together, filled in as their groups are settled; told once, when the last
 * is known. Confined to the publisher's event loop.
 */
final class Answers {

  private final Consumer<List<Outcome>> whenComplete;
  private final Outcome[] outcomes;
  private int missing;

  /** @param count how many, at least 1 */
  Answers(int count, Consumer<List<Outcome>> whenComplete) {
    this.whenComplete = whenComplete;
    this.outcomes = new Outcome[count];
    this.missing = count;
  }

  /** Each draft is settled once. */
  void settle(int index, Outcome outcome) {
    if (outcomes[index] != null) {
      throw new IllegalStateException("draft " + index + " was settled as " + outcomes[index] + ", now as " + outcome);
    }
    outcomes[index] = outcome;
    missing--;
    if (missing == 0) {
      whenComplete.accept(Arrays.asList(outcomes));
    }
  }
}
