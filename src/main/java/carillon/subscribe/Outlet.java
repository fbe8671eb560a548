package carillon.subscribe;

import carillon.tail.Answer;
import io.vertx.core.buffer.Buffer;

/**
 * Where a stream writes. Confined to the stream's event loop.
 *
 * <p>What is written may be held back until {@link #flush}, which the stream calls before it comes to rest, so that an
 * outlet can hand over everything of one turn at once.
 */
public interface Outlet {

  /** Hands over bytes; the first call also sends the head. The buffer may be shared: it is never changed. */
  void write(Buffer bytes);

  /** Hands over an answer, which other streams may get too. Whatever of it outlives the call is the outlet's to keep. */
  default void write(Answer answer) {
    write(answer.bytes());
  }

  /** Hands over bytes that are no events: opening, heartbeat, checkpoint. An outlet that is no stream drops them. */
  default void control(Buffer bytes) {
    write(bytes);
  }

  /** Sends what has been handed over. Idempotent; may call {@link #onDrain}'s runnable. */
  default void flush() {}

  /** Whether to stop writing until the outlet has drained. Never true for ever: a dead outlet ends the stream. */
  boolean isFull();

  /** How many bytes it holds that the client has not taken; asked when it is full. */
  default long unsentBytes() {
    return 0;
  }

  /** Has {@code drained} called each time the outlet was full and takes bytes again. Once, before the first write. */
  void onDrain(Runnable drained);

  /** The stream has come to rest: everything that is there has been written, or the outlet is full. */
  default void rested() {}

  /** Writes {@code last} and ends in order. */
  void end(Buffer last);

  /** Ends at once; what is still buffered is dropped. */
  void abort();
}
