package carillon.tail;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The listeners of one interest that are awake, in no order. Joining and leaving cost the same however many there are.
 * Confined to the event loop of its view.
 */
final class Awake {

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
  @SuppressWarnings("ReferenceEquality") // this one, not one like it
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
   * others leave.
   */
  void ask(Handful handful) {
    for (int i = size - 1; i >= 0; i--) { // backwards: whoever takes the place of one that leaves has been asked
      Listener listener = i < size ? listeners[i] : null;
      if (listener != null) {
        handful.ask(listener);
      }
    }
  }
}
