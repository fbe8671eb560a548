package carillon.tail;

import carillon.event.Event;
import carillon.event.Selectors;
import carillon.event.Sight;
import carillon.sse.Frame;
import carillon.sse.Rendering;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One question that subscriptions ask a view: which selectors, what of it is seen, in which rendering. Subscriptions
 * with the same question share it, and with it the answers. Confined to the event loop of its view.
 */
public final class Interest {

  /*
   * Frames that arrive are matched once per selector, not once per subscription, and matching ones are put down here as
   * pending. Whoever is at or beyond `base` finds all that it lacks among the pending frames, however long it was
   * quiet; whoever is further back has to look through the recent frames. Forgetting pending frames early is therefore
   * never wrong, only slower.
   *
   *    …────────┬──────────────────────────▶ positions
   *           base   ▲      ▲ ▲
   *                  └──────┴─┴── pending: the frames that matched since
   *
   * Whoever came after frames had passed gets of them only what is logged: a tick of last minute is no news. Those
   * answers are shared too, among all who come back with the same cursor; where one of them joined earlier than an
   * answer reaches, it gets its own. Answers hold memory outside of the heap, so each is released when it is forgotten:
   * when newer ones take its place, when the interest settles, a moment after it was made, or when nobody follows.
   */
  private static final int ANSWERS_MAX = 4;

  /** Which frames somebody wants. */
  private enum Part {
    ALL,
    LOGGED,
    TRANSIENT;

    boolean has(Event event) {
      return this == ALL || event.isTransient() == (this == TRANSIENT);
    }
  }

  final Selectors selectors;
  final Sight sight;
  final Rendering rendering;
  final int[] places; // where it stands among the followers of each of its selectors; theirs to keep
  final Awake awake = new Awake(); // of its listeners; who is, the vigil decides
  int subscriptions;
  boolean touched;
  boolean hadNews;
  boolean remembers;

  private final RecentFrames recent;
  private final LatestOnly latestOnly;
  private final List<Frame> pending = new ArrayList<>(0);
  private long[] pendingPositions = new long[4];
  private long base;
  private final @Nullable Answer[] answers = new Answer[ANSWERS_MAX];
  private final long[] answersFrom = new long[ANSWERS_MAX];
  private int answersNext;

  Interest(Selectors selectors, Sight sight, Rendering rendering, RecentFrames recent, LatestOnly latestOnly) {
    this.latestOnly = latestOnly;
    this.selectors = selectors;
    this.sight = sight;
    this.rendering = rendering;
    this.places = new int[selectors.list().size()];
    this.recent = recent;
    this.base = recent.head();
  }

  /** What is followed: one object for all who ask the same. */
  public Selectors selectors() {
    return selectors;
  }

  /**
   * Notes a frame that matches, unless it may not be seen. A frame that matches by several selectors is offered several
   * times in a row.
   *
   * @return whether it may be seen
   */
  boolean offer(long position, Frame frame) {
    if (!sight.sees(frame.event(), selectors)) {
      return false;
    }
    int size = pending.size();
    if (size > 0 && pendingPositions[size - 1] == position) {
      return true;
    }
    if (size == pendingPositions.length) {
      pendingPositions = Arrays.copyOf(pendingPositions, size * 2);
    }
    pendingPositions[size] = position;
    pending.add(frame);
    return true;
  }

  /** Every subscription that was rung has been answered: what is pending is in nobody's way any more. */
  void settle() {
    int size = pending.size();
    if (size > 0) {
      base = pendingPositions[size - 1];
      pending.clear();
    }
    forgetAnswers();
    touched = false;
    hadNews = true;
  }

  /** Whether somebody who follows has to be rung. */
  boolean hasSleepers() {
    return awake.size() < subscriptions;
  }

  /** The recent frames have begun anew: nobody is answered from what was pending before. */
  void beginAnew() {
    pending.clear();
    base = recent.head();
    forgetAnswers();
  }

  /** Whether {@link #after} can answer for {@code from}. */
  boolean reaches(long from) {
    return from >= base || from >= recent.first() - 1;
  }

  /**
   * What follows {@code from}, in one piece of about {@code bytesMax}, at least one frame.
   *
   * @param from a position for which {@link #reaches} holds; below {@code joined} it is among the recent frames
   * @param joined up to this position only logged frames are wanted; an answer does not go across it
   */
  Answer after(long from, long joined, int bytesMax) {
    boolean passed = from < joined;
    int index = !passed && from >= base ? pendingAfter(from) : -1;
    // All who lack exactly the same pending frames have the same question, wherever between two matching frames they
    // stand.
    long key = passed ? ~from : index > 0 ? pendingPositions[index - 1] : index == 0 ? base : from;
    long end = passed ? joined : recent.head();
    for (int i = 0; i < ANSWERS_MAX; i++) {
      Answer answer = answers[i];
      if (answer != null && answersFrom[i] == key && answer.to() > from && answer.to() <= end) {
        return answer;
      }
    }
    Answer answer = index >= 0 ? fromPending(index, bytesMax) : fromRecent(from, end, passed ? Part.LOGGED : Part.ALL, bytesMax);
    if (index < 0 || !answer.isEmpty()) { // looking through many frames and finding none is worth remembering
      Answer forgotten = answers[answersNext];
      if (forgotten != null) {
        forgotten.release();
      }
      answers[answersNext] = answer;
      answersFrom[answersNext] = key;
      answersNext = (answersNext + 1) % ANSWERS_MAX;
    }
    return answer;
  }

  /**
   * The transient frames after {@code from} and up to {@code end}, in one piece of about {@code bytesMax}, at least one
   * frame. For the few who join while the tail is a moment behind the log: not shared, so its chunk is not to be asked
   * for.
   */
  Answer transientAfter(long from, long end, int bytesMax) {
    if (from < base) {
      return fromRecent(from, end, Part.TRANSIENT, bytesMax);
    }
    Buffer bytes = Buffer.buffer();
    int frames = 0;
    for (int i = pendingAfter(from); i < pending.size() && pendingPositions[i] <= end; i++) {
      Frame frame = pending.get(i);
      if (frame.event().isTransient()) {
        if (frames > 0 && bytes.length() + frame.size(rendering) > bytesMax) {
          return new Answer(bytes, frames, pendingPositions[i] - 1, 0, 0);
        }
        frame.appendTo(bytes, rendering);
        frames++;
      }
    }
    return new Answer(bytes, frames, end, 0, 0);
  }

  /** Whoever asks from here on gets an answer that is made anew. */
  void forgetAnswers() {
    for (int i = 0; i < ANSWERS_MAX; i++) {
      Answer answer = answers[i];
      if (answer != null) {
        answer.release();
        answers[i] = null;
      }
    }
  }

  private int pendingAfter(long from) {
    int low = 0;
    int high = pending.size();
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (pendingPositions[middle] <= from) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  private Answer fromPending(int index, int bytesMax) {
    int end = index;
    int size = 0;
    while (end < pending.size() && (end == index || size + pending.get(end).size(rendering) <= bytesMax)) {
      size += pending.get(end).size(rendering);
      end++;
    }
    Buffer bytes = Buffer.buffer(size);
    long lastOffset = 0;
    for (int i = index; i < end; i++) {
      Frame frame = pending.get(i);
      frame.appendTo(bytes, rendering);
      lastOffset = Math.max(lastOffset, frame.event().offset());
    }
    long to = end == pending.size() ? recent.head() : pendingPositions[end - 1];
    return new Answer(bytes, end - index, to, offsetAt(to, lastOffset), lastOffset);
  }

  private Answer fromRecent(long from, long end, Part part, int bytesMax) {
    long to = from;
    int frames = 0;
    long lastOffset = 0;
    Buffer bytes = Buffer.buffer();
    BitSet superseded = latestOnly.superseded(recent, from, part == Part.LOGGED ? end : from, selectors);
    while (to < end) {
      Frame frame = recent.at(to + 1);
      boolean wanted = part.has(frame.event()) && !superseded.get((int) (to + 1 - from));
      if (wanted && selectors.matches(frame.event().topics()) && sight.sees(frame.event(), selectors)) {
        if (frames > 0 && bytes.length() + frame.size(rendering) > bytesMax) {
          break;
        }
        frame.appendTo(bytes, rendering);
        lastOffset = Math.max(lastOffset, frame.event().offset());
        frames++;
      }
      to++;
    }
    return new Answer(bytes, frames, to, recent.offsetAt(to), lastOffset);
  }

  private long offsetAt(long position, long lastOffset) {
    // A pending frame can outlive its place in the recent frames when very much arrived in one turn.
    return position >= recent.first() - 1 ? recent.offsetAt(position) : lastOffset;
  }
}
