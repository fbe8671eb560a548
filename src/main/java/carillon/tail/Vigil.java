package carillon.tail;

import carillon.event.Selector;
import carillon.sse.Frame;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Who sleeps and is rung, and who is awake and is asked without. Decides only: no bus, no timers, no tasks. Confined to
 * the event loop of its view.
 */
final class Vigil {

  /*
   * A bell costs a bus message, a task and a context for each client and group; looking for oneself costs a call. So,
   * as drivers of network cards do under load, an interrupt wakes, and whoever is awake polls:
   *
   *               wake (the bell)
   *     asleep ───────────────────▶ awake ──┐ asked with everybody of its interest, when that has news
   *        ▲                          │ ▲───┘
   *        └── no news from sweep ────┘
   *            to sweep, none due
   *
   * No wake-up is lost. A frame that matches touches the interest. Whoever is awake then is asked in the answer that
   * follows, and cannot fall asleep before it: a sweep leaves alone what is touched. Whoever sleeps then is rung; its
   * bell is heard either before that answer, and it is asked with the others, or after it, and it is asked on its own.
   * A bell that never arrives leaves its listener asleep: the next one is for it as well.
   *
   * Listeners that wait for something else (for a full socket, for a page of the log) are asked too, which costs them a
   * look at two flags; whatever they wait for makes them go on, awake or not.
   */
  private final List<SelectorIndex.Entry> ringing = new ArrayList<>();
  private final List<Interest> touched = new ArrayList<>();
  private final List<Interest> rung = new ArrayList<>();
  private final Set<Interest> watched = new HashSet<>();
  private final ArrayDeque<Listener> roused = new ArrayDeque<>();
  private final Handful handful = new Handful();

  /** A frame has arrived that matches the selector of {@code entry}. */
  void matched(SelectorIndex.Entry entry, long position, Frame frame) {
    boolean sleeps = false;
    for (int i = 0; i < entry.interests.size(); i++) {
      Interest interest = entry.interests.get(i);
      if (interest.offer(position, frame)) {
        touch(interest);
        sleeps |= interest.hasSleepers();
      }
    }
    if (sleeps) {
      ringLater(entry);
    }
  }

  /** Everybody who follows {@code interest} has to ask, whatever arrived. */
  void stir(Interest interest, SelectorIndex index) {
    touch(interest);
    if (interest.hasSleepers()) {
      for (Selector selector : interest.selectors.list()) {
        SelectorIndex.Entry entry = index.find(selector);
        if (entry != null) {
          ringLater(entry);
        }
      }
    }
  }

  private void touch(Interest interest) {
    if (!interest.touched) {
      interest.touched = true;
      touched.add(interest);
    }
  }

  private void ringLater(SelectorIndex.Entry entry) {
    if (!entry.rings) {
      entry.rings = true;
      ringing.add(entry);
    }
  }

  /** Whether {@link #ring} has something to do, and {@link #answer} after it. */
  boolean hasNews() {
    return !touched.isEmpty() || !ringing.isEmpty();
  }

  /** Hands over the selectors whose bells are to ring: those with news for somebody who sleeps. */
  void ring(Consumer<SelectorIndex.Entry> bell) {
    for (SelectorIndex.Entry entry : ringing) {
      entry.rings = false;
      bell.accept(entry);
    }
    ringing.clear();
    rung.addAll(touched);
    touched.clear();
  }

  /**
   * {@code listener} has been rung. One that is awake has heard it before; one that follows nothing any more was rung
   * too late.
   *
   * @return whether {@link #answer} is needed for it
   */
  boolean wake(Listener listener) {
    Interest interest = listener.interest;
    if (interest == null || listener.isAwake()) {
      return false;
    }
    if (interest.awake.isEmpty()) {
      watched.add(interest);
    }
    interest.awake.add(listener);
    interest.hadNews = true;
    if (interest.touched) {
      return false; // an answer is coming, for everybody
    }
    roused.add(listener);
    return true;
  }

  /** {@code listener} is about to stop following. */
  void leave(Listener listener) {
    if (listener.isAwake()) {
      Interest interest = listener.interest();
      interest.awake.remove(listener);
      if (interest.awake.isEmpty()) {
        watched.remove(interest);
      }
    }
  }

  /**
   * Has everybody ask who is awake and has news.
   *
   * @throws RuntimeException what the first listener threw that failed, when all have been asked
   */
  void answer() {
    for (int i = roused.size(); i > 0; i--) {
      Listener listener = roused.remove();
      if (listener.isFollowing()) {
        handful.ask(listener);
      }
    }
    for (int i = 0; i < rung.size(); i++) {
      rung.get(i).awake.ask(handful);
    }
    RuntimeException failure = handful.end();
    for (int i = 0; i < rung.size(); i++) {
      rung.get(i).settle();
    }
    rung.clear();
    if (failure != null) {
      throw failure;
    }
  }

  /** Puts to sleep whoever had no news since the last sweep. */
  void sweep() {
    for (Iterator<Interest> all = watched.iterator(); all.hasNext(); ) {
      Interest interest = all.next();
      if (interest.hadNews || interest.touched) {
        interest.hadNews = false;
      } else {
        interest.awake.clear();
        all.remove();
      }
    }
  }

  /** Whether {@link #sweep} has something to do. */
  boolean isAnybodyAwake() {
    return !watched.isEmpty();
  }

  /** How many are awake; for tests. */
  int awakeCount() {
    return watched.stream().mapToInt(interest -> interest.awake.size()).sum();
  }
}
