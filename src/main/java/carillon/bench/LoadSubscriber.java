package carillon.bench;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import org.jspecify.annotations.Nullable;

/** One stream of a {@link Load}: what it reads, and where it stands. Confined to the thread of the load. */
final class LoadSubscriber extends NumberedEvents implements LoadSockets.Connection {

  /*
   *            connect              200               leave, or the server's fault
   *   nobody ──────────▶ pending ──────────▶ open ───────────────────────────────────▶ nobody
   *                                            │ ▲
   *                                      stall ▼ │ readOn
   *                                          stalled
   *
   * It is counted, that is to say owed what is published, while it is open and has not been stalled; after a stall
   * only when it has caught up.
   */
  private final Crowd crowd;
  private final int index;
  private final int topic;
  private @Nullable SocketChannel channel;
  private @Nullable SelectionKey key;
  private boolean isPending;
  private boolean isOpen;
  private boolean isCounted;
  private boolean isStalled;
  private long connectNanos;
  private int stormGot;

  /** What all subscribers of a load share. */
  static final class Crowd {
    final LoadOptions options;
    final LoadSockets sockets;
    final LoadCounts counts;

    /** How many are connecting. */
    int pending;

    /** What they come back for; null while nobody is away. */
    @Nullable LoadStorm storm;

    Crowd(LoadOptions options, LoadSockets sockets, LoadCounts counts) {
      this.options = options;
      this.sockets = sockets;
      this.counts = counts;
    }
  }

  /** @param index which of them it is: says its topic and the address it comes from */
  LoadSubscriber(Crowd crowd, int index) {
    super(crowd.counts.tally);
    this.crowd = crowd;
    this.index = index;
    this.topic = index % crowd.options.topics();
  }

  /** Opens the stream, where it left off if it had been open. */
  void connect() throws IOException {
    LoadOptions.Subscribing subscribing = crowd.options.subscribing();
    SocketChannel made = SocketChannel.open();
    channel = made;
    made.configureBlocking(false);
    if (subscribing.receiveBufferBytes() > 0) {
      made.setOption(StandardSocketOptions.SO_RCVBUF, subscribing.receiveBufferBytes());
    }
    if (subscribing.sources() > 1) {
      made.bind(new InetSocketAddress("127.0.0." + (1 + index % subscribing.sources()), 0));
    }
    begin();
    stormGot = 0;
    isPending = true;
    crowd.pending++;
    connectNanos = System.nanoTime();
    var hub = crowd.options.server().uri();
    boolean connected = made.connect(new InetSocketAddress(hub.getHost(), hub.getPort()));
    key = crowd.sockets.register(made, SelectionKey.OP_CONNECT, this);
    if (connected) {
      request();
    }
  }

  private void request() throws IOException {
    LoadOptions.Server server = crowd.options.server();
    String path = server.subscribePath().replace("%d", Integer.toString(topic));
    String id = lastEventId().isEmpty() ? "" : "Last-Event-ID: " + lastEventId() + "\r\n";
    String text = "GET " + path + " HTTP/1.1\r\nHost: " + server.uri().getAuthority()
        + "\r\nAccept: text/event-stream\r\n" + id + "\r\n";
    ByteBuffer request = ByteBuffer.wrap(text.getBytes(ISO_8859_1));
    channel().write(request);
    if (request.hasRemaining()) {
      throw new IOException("a new connection does not take a request");
    }
    key().interestOps(SelectionKey.OP_READ);
  }

  @Override
  public void ready() {
    try {
      if (key().isConnectable()) {
        if (channel().finishConnect()) {
          request();
        }
      } else if (!crowd.sockets.read(channel(), this)) {
        broken();
      }
    } catch (IOException | RuntimeException e) {
      broken();
    }
  }

  private void broken() {
    crowd.counts.lost++;
    leave();
  }

  /** Closes the stream, if it is open. */
  void leave() {
    if (isPending) {
      isPending = false;
      crowd.pending--;
    }
    if (isOpen) {
      isOpen = false;
      crowd.counts.opened--;
    }
    count(false);
    if (channel != null) {
      try {
        channel.close();
      } catch (IOException e) {
        // nothing is left to be done with it
      }
      channel = null;
    }
  }

  /** Reads no more, with the stream open. */
  void stall() {
    isStalled = true;
    count(false);
    if (isOpen) {
      key().interestOps(0);
    }
  }

  /** Reads again. */
  void readOn() {
    isStalled = false;
    if (isOpen) {
      key().interestOps(SelectionKey.OP_READ);
    }
  }

  /** Whether it has all that was published; if so, it is owed what will be. */
  boolean hasEverything() {
    boolean has = last() == crowd.counts.publishedOf(topic);
    if (has && isOpen && !isStalled) {
      count(true);
    }
    return has;
  }

  private void count(boolean counted) {
    if (isCounted != counted) {
      isCounted = counted;
      crowd.counts.reads(topic, counted ? 1 : -1);
    }
  }

  @Override
  void began(int status) {
    if (status != 200) {
      crowd.counts.refused++;
      throw new IllegalStateException("an answer of " + status);
    }
    isPending = false;
    crowd.pending--;
    isOpen = true;
    crowd.counts.opened++;
    count(true);
  }

  @Override
  void ended() {
    throw new IllegalStateException("a stream has ended");
  }

  @Override
  void event(long nanos) {
    LoadStorm storm = crowd.storm;
    if (storm != null) {
      crowd.counts.delivered++;
      storm.got(++stormGot, connectNanos);
    } else if (isCounted) {
      crowd.counts.delivered++;
      crowd.counts.latencies.add(System.nanoTime() - nanos);
    }
  }

  private SocketChannel channel() {
    if (channel == null) {
      throw new IllegalStateException("not connected");
    }
    return channel;
  }

  private SelectionKey key() {
    if (key == null) {
      throw new IllegalStateException("not connected");
    }
    return key;
  }
}
