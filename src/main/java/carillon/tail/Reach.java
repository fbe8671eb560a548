package carillon.tail;

import java.time.Duration;

/**
 * Whether the log can be reached: away when it has not answered for so long. Decides only. Confined to its owner.
 */
final class Reach {

  /*
   * Counted in questions, not by a clock: a node that was frozen for a minute has not asked for a minute, and must not
   * take that for the silence of the log.
   *
   *   ask ─ answered ─ ask ─ (nothing, or a failure) ─ ask ─ … ─ ask      silentMax questions without an answer: away
   *                                                              └ answered: back
   */
  private final int silentMax;
  private int silent;
  private boolean away;

  /** @param period between two questions */
  Reach(Duration awayMax, Duration period) {
    this.silentMax = (int) Math.max(1, awayMax.dividedBy(period));
  }

  /** The next question is asked. Answers whether the log is away from now on, and was not before. */
  boolean ask() {
    boolean isNews = !away && silent >= silentMax;
    away |= isNews;
    silent = Math.min(silent + 1, silentMax);
    return isNews;
  }

  /** The log has answered. Answers whether it was away. */
  boolean answered() {
    boolean isNews = away;
    away = false;
    silent = 0;
    return isNews;
  }
}
