package carillon.tail;

import org.jspecify.annotations.Nullable;

/**
 * Has listeners ask one by one, and send by the handful. One that fails is not in the way of the others. Confined to
 * the event loop of its view.
 */
final class Handful {

  /*
   * Deciding and writing is our code, sending is the kernel's, and each pushes the other out of the processor's caches.
   * Done by the handful, one is through with a few dozen clients before the other begins, and the sends follow each
   * other closely enough that a reader does not fall asleep between two.
   */
  private static final int SIZE = 64;

  private final @Nullable Listener[] listeners = new Listener[SIZE];
  private int held;
  private @Nullable RuntimeException failure;

  /** Has {@code listener} ask; it sends at {@link #end} at the latest. */
  void ask(Listener listener) {
    try {
      listener.ask();
    } catch (RuntimeException e) {
      failed(e);
    }
    listeners[held++] = listener;
    if (held == SIZE) {
      send();
    }
  }

  /**
   * Has everybody send who has not yet.
   *
   * @return what failed first since the last time
   */
  @Nullable RuntimeException end() {
    send();
    RuntimeException first = failure;
    failure = null;
    return first;
  }

  private void send() {
    for (int i = 0; i < held; i++) {
      Listener listener = listeners[i];
      listeners[i] = null;
      if (listener != null) {
        try {
          listener.send();
        } catch (RuntimeException e) {
          failed(e);
        }
      }
    }
    held = 0;
  }

  private void failed(RuntimeException e) {
    failure = failure == null ? e : failure;
  }
}
