package carillon.http;

import java.util.concurrent.ConcurrentHashMap;

/** Counts how much each of many holds at a time, up to a bound. Whoever holds nothing costs nothing. Any thread. */
final class Quota {

  private final int max;
  private final ConcurrentHashMap<Object, Integer> held = new ConcurrentHashMap<>();

  /** @param max 0: no bound, and nothing is counted */
  Quota(int max) {
    this.max = max;
  }

  /** Takes one more for {@code who}, or answers false if that would be too many. */
  boolean enter(Object who) {
    if (max == 0) {
      return true;
    }
    boolean[] isIn = {true};
    held.compute(
        who,
        (same, count) -> {
          int before = count == null ? 0 : count;
          isIn[0] = before < max;
          return isIn[0] ? before + 1 : before;
        });
    return isIn[0];
  }

  /** Gives back what {@link #enter} took. */
  void leave(Object who) {
    if (max > 0) {
      held.computeIfPresent(who, (same, count) -> count == 1 ? null : count - 1);
    }
  }

  /** Whether {@code who} holds as much as they may. */
  boolean isFull(Object who) {
    return max > 0 && held.getOrDefault(who, 0) >= max;
  }

  /** How many hold anything. */
  int size() {
    return held.size();
  }
}
