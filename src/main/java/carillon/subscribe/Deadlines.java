package carillon.subscribe;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;

/**
 * What is to be done at which time, in the order of the times. Decides only: whoever owns it has the clock and the
 * timer. Confined to its owner.
 */
final class Deadlines {

  private final TreeSet<Deadline> waiting = new TreeSet<>();
  private long added;

  /** One thing to do. Equal only to itself. */
  static final class Deadline implements Comparable<Deadline> {

    private final Instant time;
    private final long number;
    private final Runnable action;

    private Deadline(Instant time, long number, Runnable action) {
      this.time = time;
      this.number = number;
      this.action = action;
    }

    void run() {
      action.run();
    }

    @Override
    public int compareTo(Deadline other) {
      int byTime = time.compareTo(other.time);
      return byTime == 0 ? Long.compare(number, other.number) : byTime;
    }

    @Override
    public boolean equals(Object other) {
      return this == other;
    }

    @Override
    public int hashCode() {
      return Long.hashCode(number);
    }
  }

  Deadline add(Instant time, Runnable action) {
    var deadline = new Deadline(time, added++, action);
    waiting.add(deadline);
    return deadline;
  }

  /** Forgets {@code deadline}, if it still waits. */
  void remove(Deadline deadline) {
    waiting.remove(deadline);
  }

  boolean isEmpty() {
    return waiting.isEmpty();
  }

  /** The first time there is; only if it is not empty. */
  Instant next() {
    return waiting.first().time;
  }

  /** Takes out what is due at {@code now}, the earliest first, at most {@code max}. */
  List<Deadline> take(Instant now, int max) {
    var due = new ArrayList<Deadline>();
    while (due.size() < max && !waiting.isEmpty() && !waiting.first().time.isAfter(now)) {
      due.add(waiting.first());
      waiting.remove(waiting.first());
    }
    return due;
  }
}
