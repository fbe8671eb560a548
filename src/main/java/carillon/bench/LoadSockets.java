package carillon.bench;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;

/**
 * The sockets of a {@link Load}, which one thread waits for and reads through one buffer. Confined to that thread, but
 * for {@link #wake()}.
 */
final class LoadSockets implements AutoCloseable {

  private static final int READ_BYTES = 256 * 1024;

  private final Selector selector = Selector.open();
  private final Pacer pacer = new Pacer(selector::wakeup);
  private final byte[] bytes = new byte[READ_BYTES];
  private final ByteBuffer buffer = ByteBuffer.wrap(bytes);

  /** What belongs to a socket. */
  interface Connection {
    /** There is something to do with it. */
    void ready();
  }

  LoadSockets() throws IOException {}

  SelectionKey register(SocketChannel channel, int operations, Connection connection) throws ClosedChannelException {
    return channel.register(selector, operations, connection);
  }

  /** Waits for sockets, until a time of {@link System#nanoTime} at the longest, and has those that are ready go on. */
  void await(long wakeNanos) throws IOException {
    long wait = wakeNanos - System.nanoTime();
    if (wait <= 0) {
      selector.selectNow(LoadSockets::ready);
    } else {
      pacer.wakeAt(wakeNanos);
      selector.select(LoadSockets::ready, wait / 1_000_000 + 1);
    }
  }

  private static void ready(SelectionKey key) {
    ((Connection) key.attachment()).ready();
  }

  /** Feeds a reader with what there is now; false at the end of what the server sends. */
  boolean read(SocketChannel channel, AnswerReader reader) throws IOException {
    int count = channel.read(buffer.clear());
    if (count > 0) {
      reader.feed(bytes, 0, count);
    }
    return count >= 0;
  }

  /** Ends a wait. Any thread. */
  void wake() {
    selector.wakeup();
  }

  /** Closes every socket. */
  @Override
  public void close() throws IOException {
    pacer.close();
    for (SelectionKey key : selector.keys()) {
      key.channel().close();
    }
    selector.close();
  }
}
