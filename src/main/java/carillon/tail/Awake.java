package carillon.tail;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The listeners of one interest that are awake, in no order. Joining and leaving cost the same however many there are.
 * Confined to the event loop of its view.
 */
final class Awake {

  /*
   * Deciding and writing is our code, sending is the kernel's, and each pushes the other out of the processor's caches.
   * Done by the handful, one is through with a few dozen clients before the other begins, and the sends follow each
   * other closely enough that a reader does not fall asleep between two.
   */
  private static final int HANDFUL = 64;

  private static final @Nullable Listener[] NOBODY = {};

  private @Nullable Listener[] listeners = NOBODY;
  private int size;

  int size() {
    return size;
  }

  boolean isEmpty() {
    return size == 0;
  }

  /** Lets one join that is asleep. */
  void add(Listener listener) {
    if (size == listeners.length) {
      listeners = Arrays.copyOf(listeners, Math.max(1, size * 2));
    }
    listener.place = size;
    listeners[size++] = listener;
  }

  /** Lets one leave that has joined; the last one takes its place. */
  void remove(Listener listener) {
    Listener last = size == 0 ? null : listeners[size - 1];
    if (last == null || listener.place >= size || listeners[listener.place] != listener) {
      throw new IllegalArgumentException("is not among those who are awake");
    }
    listeners[listener.place] = last;
    last.place = listener.place;
    listeners[--size] = null;
    listener.place = Listener.ASLEEP;
  }

  /** Lets all leave, and gives up the memory. */
  void clear() {
    for (int i = 0; i < size; i++) {
      Listener listener = listeners[i];
      if (listener != null) {
        listener.place = Listener.ASLEEP;
      }
    }
    listeners = NOBODY;
    size = 0;
  }

  /**
   * Has everybody ask who is here now and does not leave before its turn. Those who are asked may leave, and make
   * others leave. One that fails is not in the way of the others.
   *
   * @return what failed first
   */
  @Nullable RuntimeException ask() {
    RuntimeException failure = null;
    var handful = new @Nullable Listener[Math.min(size, HANDFUL)];
    int held = 0;
    for (int i = size - 1; i >= 0; i--) { // backwards: whoever takes the place of one that leaves has been asked
      Listener listener = i < size ? listeners[i] : null;
      if (listener != null) {
        failure = first(failure, ask(listener));
        handful[held++] = listener;
      }
      if (held == handful.length || i == 0) {
        failure = first(failure, send(handful, held));
        held = 0;
      }
    }
    return failure;
  }

  /** Has one ask who is asked on its own. */
  static @Nullable RuntimeException askAlone(Listener listener) {
    return first(ask(listener), send(new Listener[] {listener}, 1));
  }

  private static @Nullable RuntimeException ask(Listener listener) {
    try {
      listener.ask();
      return null;
    } catch (RuntimeException e) {
      return e;
    }
  }

  private static @Nullable RuntimeException send(@Nullable Listener[] handful, int held) {
    RuntimeException failure = null;
    for (int i = 0; i < held; i++) {
      Listener listener = handful[i];
      if (listener != null) {
        try {
          listener.send();
        } catch (RuntimeException e) {
          failure = first(failure, e);
        }
      }
    }
    return failure;
  }

  static @Nullable RuntimeException first(@Nullable RuntimeException one, @Nullable RuntimeException other) {
    return one == null ? other : one;
  }
}
