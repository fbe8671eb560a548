package carillon.publish;

import carillon.event.Draft;

/**
 * A draft on its way through the publisher.
 *
 * @param draft what was handed in
 * @param isLogged whether it goes to the log
 * @param answers where its outcome goes
 * @param index its place there
 * @param sinceNanos when it came, by {@link System#nanoTime}
 */
record Waiting(Draft draft, boolean isLogged, Answers answers, int index, long sinceNanos) {

  Waiting(Draft draft, boolean isLogged, Answers answers, int index) {
    this(draft, isLogged, answers, index, 0);
  }

  int bytes() {
    return draft.data().size();
  }

  void settle(Outcome outcome) {
    answers.settle(index, outcome);
  }
}
