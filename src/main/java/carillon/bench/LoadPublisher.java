package carillon.bench;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;

/** A connection of a {@link Load} that publishes. Confined to the thread of the load. */
final class LoadPublisher extends AnswerReader implements LoadSockets.Connection {

  private static final int OUT_BYTES_MIN = 64 * 1024;

  private final LoadSockets sockets;
  private final RequestWriter writer;
  private final LoadCounts counts;
  private final int batch;
  private final SocketChannel channel = SocketChannel.open();
  private final SelectionKey key;
  private final ByteBuffer out;
  private final long[] sentNanos;
  private long sent;
  private long answered;
  private boolean isConnected;
  private boolean isBroken;
  private boolean isToFlush;

  /** Begins to connect. */
  LoadPublisher(LoadOptions options, LoadSockets sockets, RequestWriter writer, LoadCounts counts)
      throws IOException {
    this.sockets = sockets;
    this.writer = writer;
    this.counts = counts;
    this.batch = options.publishing().batch();
    this.out = ByteBuffer.allocate(Math.max(OUT_BYTES_MIN, 2 * writer.bytesMax()));
    this.sentNanos = new long[options.publishing().depth()];
    channel.configureBlocking(false);
    channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
    key = sockets.register(channel, SelectionKey.OP_CONNECT, this);
    URI hub = options.server().uri();
    if (channel.connect(new InetSocketAddress(hub.getHost(), hub.getPort()))) {
      connected();
    }
  }

  /** Whether it has connected. */
  boolean isOpen() {
    return isConnected;
  }

  /** Whether everything has been answered that ever will be. */
  boolean isIdle() {
    return isBroken || sent == answered;
  }

  /** Whether it takes another request. */
  boolean hasRoom() {
    return !isBroken && sent - answered < sentNanos.length && out.remaining() >= writer.bytesMax();
  }

  /**
   * Has a request wait for {@link #flush}.
   *
   * @param nanos when it was due
   * @return whether it is the first that waits
   */
  boolean send(int topic, long number, long nanos) {
    sentNanos[(int) (sent++ % sentNanos.length)] = nanos;
    writer.write(out, topic, number, nanos);
    boolean isFirst = !isToFlush;
    isToFlush = true;
    return isFirst;
  }

  /** Writes as much of what waits as the socket takes; the rest goes when it takes more. */
  void flush() {
    isToFlush = false;
    try {
      out.flip();
      channel.write(out);
      out.compact();
      key.interestOps(out.position() > 0 ? SelectionKey.OP_READ | SelectionKey.OP_WRITE : SelectionKey.OP_READ);
    } catch (IOException e) {
      broken();
    }
  }

  private void connected() {
    isConnected = true;
    key.interestOps(SelectionKey.OP_READ);
  }

  private void broken() {
    counts.lost++;
    isBroken = true;
    key.cancel();
  }

  @Override
  public void ready() {
    try {
      if (key.isConnectable()) {
        if (channel.finishConnect()) {
          connected();
        }
        return;
      }
      if (key.isWritable()) {
        flush();
      }
      if (key.isReadable() && !sockets.read(channel, this)) {
        broken();
      }
    } catch (IOException | RuntimeException e) {
      broken();
    }
  }

  @Override
  void began(int status) {
    if (status >= 200 && status < 300) {
      counts.acknowledged += batch;
    } else {
      counts.refused++;
    }
  }

  @Override
  void body(byte[] read, int from, int to) {
    // nothing in it is of interest
  }

  @Override
  void ended() {
    counts.answers.add(System.nanoTime() - sentNanos[(int) (answered++ % sentNanos.length)]);
  }
}
