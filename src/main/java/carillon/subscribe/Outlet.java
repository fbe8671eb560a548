package carillon.subscribe;

import io.vertx.core.buffer.Buffer;

/** Where a stream writes. Confined to the stream's event loop. */
public interface Outlet {

  /** Hands over bytes; the first call also sends the head. The buffer may be shared: it is never changed. */
  void write(Buffer bytes);

  /** Hands over bytes that are no events: opening, heartbeat, checkpoint. An outlet that is no stream drops them. */
  default void control(Buffer bytes) {
    write(bytes);
  }

  /** Whether to stop writing until the outlet has drained. Never true for ever: a dead outlet ends the stream. */
  boolean isFull();

  /** Has {@code drained} called each time the outlet was full and takes bytes again. Once, before the first write. */
  void onDrain(Runnable drained);

  /** The stream has come to rest: everything that is there has been written, or the outlet is full. */
  default void rested() {}

  /** Writes {@code last} and ends in order. */
  void end(Buffer last);

  /** Ends at once; what is still buffered is dropped. */
  void abort();
}
