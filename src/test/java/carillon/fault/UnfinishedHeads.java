package carillon.fault;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.time.Duration;

/**
 * A program of its own, for want of descriptors: opens connections, sends a part of a request head on each, and one more
 * byte now and then, until the hub has closed them all. Every other one says nothing at all. Arguments: port, count.
 *
 * <p>Prints {@code connected N} when the last has been opened, and at the end {@code gone N refused R longest MILLIS}:
 * how many were closed, how many of them within a second of their opening, and how long the longest lived.
 */
final class UnfinishedHeads {

  private static final Duration PATIENCE = Duration.ofMinutes(2);
  private static final Duration DRIP = Duration.ofSeconds(3);
  private static final Duration REFUSED = Duration.ofSeconds(1);
  private static final int CONNECTING_MAX = 500;

  private final Selector selector = Selector.open();
  private final InetSocketAddress hub;
  private final int count;
  private int opened;
  private int connecting;
  private int gone;
  private int refused;
  private long longestNanos;

  private UnfinishedHeads(int port, int count) throws IOException {
    this.hub = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    this.count = count;
  }

  /** One connection. */
  private static final class Head {

    private final boolean isSilent;
    private final long beganNanos = System.nanoTime();
    private long drippedNanos = beganNanos;

    Head(boolean isSilent) {
      this.isSilent = isSilent;
    }
  }

  public static void main(String[] args) throws IOException {
    new UnfinishedHeads(Integer.parseInt(args[0]), Integer.parseInt(args[1])).run();
  }

  private void run() throws IOException {
    long end = System.nanoTime() + PATIENCE.toNanos();
    long dripNanos = System.nanoTime();
    boolean wasSaid = false;
    while (gone < count && System.nanoTime() < end) {
      while (opened < count && connecting < CONNECTING_MAX) {
        open();
      }
      if (!wasSaid && opened == count && connecting == 0) {
        System.out.println("connected " + count);
        wasSaid = true;
      }
      selector.select(key -> happened(key), 100);
      if (System.nanoTime() - dripNanos > Duration.ofMillis(500).toNanos()) {
        dripNanos = System.nanoTime();
        selector.keys().forEach(this::drip);
      }
    }
    System.out.println("gone " + gone + " refused " + refused + " longest " + longestNanos / 1_000_000);
  }

  private void open() throws IOException {
    SocketChannel channel = SocketChannel.open();
    channel.configureBlocking(false);
    channel.bind(new InetSocketAddress("127.0.0.2", 0));
    channel.register(selector, SelectionKey.OP_CONNECT, new Head(opened % 2 == 0));
    opened++;
    connecting++;
    channel.connect(hub);
  }

  private void happened(SelectionKey key) {
    SocketChannel channel = (SocketChannel) key.channel();
    Head head = (Head) key.attachment();
    boolean wasConnecting = key.isConnectable();
    connecting -= wasConnecting ? 1 : 0;
    try {
      if (wasConnecting) {
        channel.finishConnect();
        key.interestOps(SelectionKey.OP_READ);
        if (!head.isSilent) {
          send(channel, "GET /events?topic=a HTTP/1.1\r\nHost: hub\r\nX-Slow: ");
        }
      } else if (channel.read(ByteBuffer.allocate(1_024)) < 0) {
        over(key, head);
      }
    } catch (IOException e) {
      over(key, head);
    }
  }

  private void drip(SelectionKey key) {
    Head head = (Head) key.attachment();
    boolean isDue = key.isValid() && key.interestOps() == SelectionKey.OP_READ && !head.isSilent;
    if (isDue && System.nanoTime() - head.drippedNanos > DRIP.toNanos()) {
      head.drippedNanos = System.nanoTime();
      try {
        send((SocketChannel) key.channel(), "x");
      } catch (IOException e) {
        over(key, head);
      }
    }
  }

  private static void send(SocketChannel channel, String octets) throws IOException {
    channel.write(ByteBuffer.wrap(octets.getBytes(ISO_8859_1)));
  }

  private void over(SelectionKey key, Head head) {
    key.cancel();
    try {
      key.channel().close();
    } catch (IOException e) {
      // it is gone either way
    }
    long lived = System.nanoTime() - head.beganNanos;
    gone++;
    refused += lived < REFUSED.toNanos() ? 1 : 0;
    longestNanos = Math.max(longestNanos, lived);
  }
}
