package carillon.bench;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Subscribers of one topic that follow for hours and go away and come back all the while, one after the other, each
 * with the id of the last event it has read. What comes is checked as by {@link Load}: nothing may be missing or come
 * twice, at the seam least of all. One thread of its own reads; the numbers may be read by any thread.
 */
final class ChurningStreams implements AutoCloseable {

  /*
   * Load has subscribers, too, but they stay: a closed loop has to know how many are listening. Here nobody waits for
   * anybody, so this is one loop around a selector.
   */
  private static final int READ_BYTES = 256 * 1024;
  private static final int PENDING_MAX = 256;
  private static final long PAUSE_MILLIS = 50;

  private final URI hub;
  private final String path;
  private final double returnsPerSecond;
  private final Selector selector = Selector.open();
  private final ByteBuffer buffer = ByteBuffer.allocate(READ_BYTES);
  private final NumberedEvents.Tally tally = new NumberedEvents.Tally();
  private final Latencies latencies = new Latencies();
  private final List<Stream> streams = new ArrayList<>();
  private final Thread thread = new Thread(this::run, "churning-streams");

  // Any thread.
  private final AtomicInteger open = new AtomicInteger();
  private final AtomicLong delivered = new AtomicLong();
  private volatile boolean isOver;
  private volatile boolean stays;

  // Written by the thread.
  private volatile long returned;
  private volatile long newest;
  private long broken;
  private String failure = "";

  /**
   * Begins to open streams.
   *
   * @param path of the event stream
   * @param returnsPerSecond how many go and come back in a second, all together; 0 for none
   */
  ChurningStreams(URI hub, String path, int count, double returnsPerSecond) throws IOException {
    this.hub = hub;
    this.path = path;
    this.returnsPerSecond = returnsPerSecond;
    for (int i = 0; i < count; i++) {
      streams.add(new Stream());
    }
    thread.setDaemon(true);
    thread.start();
  }

  int open() {
    return open.get();
  }

  /** Of events that were published while their stream was open. To be read, or cleared, by any thread. */
  Latencies latencies() {
    return latencies;
  }

  /** Events that have come to somebody for the first time. */
  long delivered() {
    return delivered.get();
  }

  /** How often somebody has come back. */
  long returned() {
    return returned;
  }

  /** The highest number that anybody has read. */
  long newest() {
    return newest;
  }

  /** From now on nobody leaves who is there. */
  void stay() {
    stays = true;
  }

  /** Ends reading and says what has gone wrong. Nothing changes afterwards. */
  Faults end() {
    isOver = true;
    selector.wakeup();
    try {
      thread.join(Duration.ofSeconds(30).toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while streams were ending");
    }
    long undelivered = streams.stream().mapToLong(stream -> newest - stream.last()).sum();
    return new Faults(tally.missing, tally.doubled, tally.reordered, tally.gaps, undelivered, broken, failure);
  }

  /**
   * What must not have happened.
   *
   * @param missing numbers that were passed over
   * @param doubled events that came a second time
   * @param reordered events that came after a later one
   * @param gaps that the hub told of
   * @param undelivered what was not there in the end
   * @param broken connections that ended by themselves, or answers that were none
   * @param failure of this load itself, empty for none
   */
  record Faults(
      long missing, long doubled, long reordered, long gaps, long undelivered, long broken, String failure) {

    boolean isNone() {
      return missing == 0
          && doubled == 0
          && reordered == 0
          && gaps == 0
          && undelivered == 0
          && broken == 0
          && failure.isEmpty();
    }
  }

  private void run() {
    try {
      long begin = System.nanoTime();
      int next = 0;
      long gone = 0;
      while (!isOver) {
        int pending = (int) streams.stream().filter(Stream::isPending).count();
        for (int i = 0; i < streams.size() && pending < PENDING_MAX; i++) {
          if (streams.get(i).isAway()) {
            streams.get(i).connect();
            pending++;
          }
        }
        long due = (long) ((System.nanoTime() - begin) / 1e9 * returnsPerSecond);
        for (int looked = 0; gone < due && looked < streams.size() && !stays; looked++) {
          Stream stream = streams.get(next++ % streams.size());
          if (stream.mayLeave()) {
            stream.leave();
            stream.connect();
            gone++;
            returned = gone;
          }
        }
        selector.select(key -> ((Stream) key.attachment()).ready(key), PAUSE_MILLIS);
      }
    } catch (IOException | RuntimeException e) {
      failure = e.toString();
    } finally {
      streams.forEach(Stream::leave);
    }
  }

  @Override
  public void close() throws IOException {
    var unused = end();
    selector.close();
  }

  private final class Stream extends NumberedEvents {

    private SocketChannel channel;
    private boolean isOpen;
    private long connectedNanos;

    Stream() {
      super(tally);
    }

    boolean isAway() {
      return channel == null;
    }

    boolean isPending() {
      return channel != null && !isOpen;
    }

    /** Without an id it would not come back to where it was. */
    boolean mayLeave() {
      return isOpen && !lastEventId().isEmpty();
    }

    void connect() throws IOException {
      begin();
      channel = SocketChannel.open();
      channel.configureBlocking(false);
      SelectionKey key = channel.register(selector, SelectionKey.OP_CONNECT, this);
      if (channel.connect(new InetSocketAddress(hub.getHost(), hub.getPort()))) {
        request(key);
      }
    }

    private void request(SelectionKey key) throws IOException {
      String id = lastEventId().isEmpty() ? "" : "Last-Event-ID: " + lastEventId() + "\r\n";
      String text = "GET " + path + " HTTP/1.1\r\nHost: " + hub.getAuthority()
          + "\r\nAccept: text/event-stream\r\n" + id + "\r\n";
      channel.write(ByteBuffer.wrap(text.getBytes(ISO_8859_1))); // shorter than any empty send buffer
      key.interestOps(SelectionKey.OP_READ);
    }

    void ready(SelectionKey key) {
      try {
        if (key.isConnectable()) {
          if (channel.finishConnect()) {
            request(key);
          }
          return;
        }
        int count = channel.read(buffer.clear());
        if (count < 0) {
          throw new IOException("the stream has ended");
        }
        feed(buffer.array(), 0, count);
      } catch (IOException | RuntimeException e) {
        broken++;
        leave();
      }
    }

    void leave() {
      if (isOpen) {
        isOpen = false;
        open.decrementAndGet();
      }
      if (channel != null) {
        try {
          channel.close();
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
        channel = null;
      }
    }

    @Override
    void began(int status) {
      if (status != 200) {
        throw new IllegalStateException("an answer of " + status);
      }
      isOpen = true;
      connectedNanos = System.nanoTime();
      open.incrementAndGet();
    }

    @Override
    void ended() {
      throw new IllegalStateException("a stream has ended");
    }

    @Override
    void event(long nanos) {
      delivered.incrementAndGet();
      if (last() > newest) {
        newest = last();
      }
      if (nanos >= connectedNanos) { // what came before was caught up with
        latencies.add(System.nanoTime() - nanos);
      }
    }
  }
}
