package carillon.harness;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;

/**
 * Thousands of subscribers on a few threads. Each does what an EventSource does: when its stream breaks, or nobody
 * listens, it waits for the reconnection time and comes back with the last id it knows (WHATWG HTML 9.2.3); silent
 * checkpoints count. Each can stop reading. Any thread.
 *
 * <p>What no correct hub sends (broken chunks, lines it does not write, an answer other than 200) is a violation, ends
 * that subscriber for good, and is kept for the test.
 */
public final class Swarm implements AutoCloseable {

  private static final int READ_BYTES = 128 * 1024;
  private static final int HEAD_BYTES_MAX = 64 * 1024;
  private static final int VIOLATIONS_MAX = 50;
  private static final long RETRY_MILLIS = 100;
  private static final Duration CLOSE_PATIENCE = Duration.ofSeconds(10);

  private final List<Loop> loops = new ArrayList<>();
  private final int receiveBufferBytes;
  private final List<String> violations = new ArrayList<>(); // guarded by itself
  private int next;

  private Swarm(int threads, int receiveBufferBytes) throws IOException {
    this.receiveBufferBytes = receiveBufferBytes;
    for (int i = 0; i < threads; i++) {
      var loop = new Loop(i);
      loops.add(loop);
      loop.start();
    }
  }

  /**
   * A swarm without members.
   *
   * @param threads that read; members are spread over them
   * @param receiveBufferBytes of each member, 0 for the system's: small ones let the hub feel soon who does not read
   */
  public static Swarm of(int threads, int receiveBufferBytes) {
    try {
      return new Swarm(threads, receiveBufferBytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** One subscriber. Its methods are called on one thread of the swarm, always the same, and must not wait. */
  public interface Subscriber {

    /** Where the hub is now; asked before each connection. */
    URI hub();

    /** What to ask for, as it goes onto the request line. */
    String target();

    /**
     * A stream has begun: its head has been read.
     *
     * @param resumedAfter the cursor it was asked for with, empty for none
     */
    void opened(String resumedAfter);

    /** An event or a checkpoint has come. Valid only during the call. */
    void block(Block block);

    /**
     * A stream that had begun is over.
     *
     * @param lastEventId the cursor that the next one will be asked for with, empty for none
     */
    void closed(String lastEventId);
  }

  /**
   * What is between two blank lines: an event, or a checkpoint. The same object every time, so whatever is to be kept
   * has to be taken out of it.
   */
  public interface Block {

    /** Whether it has data; otherwise it only moves the cursor. */
    boolean isEvent();

    /** The text of the line {@code id:}; empty when there is none. */
    String id();

    /** The text of the line {@code event:}; empty when there is none. */
    String type();

    /** The number of the line {@code retry:}, in milliseconds; -1 when there is none. */
    long retryMillis();

    /** The lines {@code topic:}; none where the subscription can match only one. */
    List<String> topics();

    /** All lines of data. */
    String data();

    /** The number that the data begins with, or the one behind {@code place} blanks. */
    long number(int place);
  }

  /**
   * Adds a subscriber, which connects at once.
   *
   * @param lastEventId where it begins, empty for live
   */
  public synchronized Member add(Subscriber subscriber, String lastEventId) {
    Loop loop = loops.get(next++ % loops.size());
    var member = new Member(loop, subscriber, lastEventId);
    loop.execute(member::connect);
    return member;
  }

  /** What no correct hub does; the first fifty. */
  public List<String> violations() {
    synchronized (violations) {
      return List.copyOf(violations);
    }
  }

  /** Closes all connections and ends the threads. */
  @Override
  public void close() {
    loops.forEach(Loop::end);
    loops.forEach(Loop::awaitEnd);
  }

  private void violated(String what) {
    synchronized (violations) {
      if (violations.size() < VIOLATIONS_MAX) {
        violations.add(what);
      }
    }
  }

  /** A subscriber in the swarm. Any thread. */
  public final class Member {

    private final Loop loop;
    private final Subscriber subscriber;

    // Everything below is confined to the loop.
    private String lastEventId;
    private long retryMillis = RETRY_MILLIS;
    private boolean isStalled;
    private boolean hasLeft;
    private @Nullable Connection connection;

    private Member(Loop loop, Subscriber subscriber, String lastEventId) {
      this.loop = loop;
      this.subscriber = subscriber;
      this.lastEventId = lastEventId;
    }

    /** Stops reading. What comes fills the buffers of both ends, then nothing moves. */
    public void stall() {
      setStalled(true);
    }

    /** Reads on. */
    public void resume() {
      setStalled(false);
    }

    /** Closes the connection and does not come back. */
    public void leave() {
      loop.execute(
          () -> {
            hasLeft = true;
            if (connection != null) {
              connection.close();
            }
          });
    }

    private void setStalled(boolean stalled) {
      loop.execute(
          () -> {
            isStalled = stalled;
            if (connection != null) {
              connection.regulate();
            }
          });
    }

    private void connect() {
      if (hasLeft) {
        return;
      }
      try {
        connection = new Connection(this, subscriber.hub());
      } catch (IOException e) {
        connectLater();
      }
    }

    private void connectLater() {
      connection = null;
      if (!hasLeft) {
        loop.executeAfter(retryMillis, this::connect);
      }
    }

    private void giveUp(String violation) {
      hasLeft = true;
      violated(subscriber + ": " + violation);
    }
  }

  /** One connection of a member. Confined to the loop. */
  private final class Connection {

    private final Member member;
    private final SocketChannel channel;
    private final SelectionKey key;
    private final URI hub;
    private final String resumedAfter;
    private final ByteArrayOutputStream head = new ByteArrayOutputStream(512);
    private final ChunkedDecoder decoder = new ChunkedDecoder();
    private final BlockReader reader;
    private boolean hasBegun;

    Connection(Member member, URI hub) throws IOException {
      this.member = member;
      this.hub = hub;
      this.resumedAfter = member.lastEventId;
      this.reader = new BlockReader(resumedAfter);
      channel = SocketChannel.open();
      try {
        channel.configureBlocking(false);
        if (receiveBufferBytes > 0) {
          channel.setOption(StandardSocketOptions.SO_RCVBUF, receiveBufferBytes);
        }
        boolean isConnected = channel.connect(new InetSocketAddress(hub.getHost(), hub.getPort()));
        key = channel.register(member.loop.selector, SelectionKey.OP_CONNECT, this);
        if (isConnected) {
          request();
        }
      } catch (IOException e) {
        channel.close();
        throw e;
      }
    }

    /** Something can be done. */
    void ready() {
      try {
        if (key.isConnectable() && channel.finishConnect()) {
          request();
        } else if (key.isReadable()) {
          read();
        }
      } catch (IOException e) {
        close();
      } catch (RuntimeException | AssertionError e) {
        member.giveUp(e.toString());
        close();
      }
    }

    void regulate() {
      if (key.isValid() && (key.interestOps() & SelectionKey.OP_CONNECT) == 0) {
        key.interestOps(member.isStalled ? 0 : SelectionKey.OP_READ);
      }
    }

    void close() {
      key.cancel();
      try {
        channel.close();
      } catch (IOException e) {
        // nothing is left to be done with it
      }
      if (hasBegun) {
        member.lastEventId = reader.lastEventId();
        member.retryMillis = reader.retryMillis() < 0 ? member.retryMillis : reader.retryMillis();
        member.subscriber.closed(member.lastEventId);
      }
      member.connectLater();
    }

    private void request() throws IOException {
      String cursor = resumedAfter.isEmpty() ? "" : "Last-Event-ID: " + resumedAfter + "\r\n";
      String text = "GET " + member.subscriber.target() + " HTTP/1.1\r\nHost: " + hub.getAuthority()
          + "\r\nAccept: text/event-stream\r\nCache-Control: no-cache\r\n" + cursor + "\r\n";
      ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(ISO_8859_1));
      channel.write(bytes);
      if (bytes.hasRemaining()) {
        throw new IllegalStateException("a new connection does not take a request of " + bytes.limit() + " bytes");
      }
      key.interestOps(SelectionKey.OP_READ);
      regulate();
    }

    private void read() throws IOException {
      int count = channel.read(member.loop.buffer.clear());
      if (count < 0) {
        close();
        return;
      }
      byte[] bytes = member.loop.bytes;
      int from = 0;
      while (!hasBegun && from < count) {
        byte b = bytes[from++];
        head.write(b);
        if (b == '\n') {
          readHead();
        }
      }
      readBody(bytes, from, count);
      var violation = decoder.violation().or(reader::violation);
      if (violation.isPresent()) {
        member.giveUp(violation.get());
        close();
      } else if (decoder.isDone()) {
        close();
      }
    }

    private void readHead() throws IOException {
      if (head.size() > HEAD_BYTES_MAX) {
        throw new IllegalStateException("a response head of more than " + HEAD_BYTES_MAX + " bytes");
      }
      if (!head.toString(ISO_8859_1).endsWith("\r\n\r\n")) {
        return;
      }
      ResponseHead read = ResponseHead.read(new ByteArrayInputStream(head.toByteArray()));
      if (read.status() != 200 || !read.isChunked()) {
        throw new IllegalStateException("an answer that is no stream: " + read.text());
      }
      hasBegun = true;
      member.subscriber.opened(resumedAfter);
    }

    private void readBody(byte[] bytes, int from, int to) {
      ByteArrayOutputStream body = member.loop.body;
      body.reset();
      decoder.feed(bytes, from, to, body);
      if (body.size() > 0) {
        reader.feed(body.toString(ISO_8859_1), member.subscriber::block);
      }
    }
  }

  /** One thread with its selector. */
  private static final class Loop extends Thread {

    private final Selector selector = Selector.open();
    private final byte[] bytes = new byte[READ_BYTES];
    private final ByteBuffer buffer = ByteBuffer.wrap(bytes);
    private final ByteArrayOutputStream body = new ByteArrayOutputStream(READ_BYTES);
    private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
    private final PriorityQueue<Due> dues = new PriorityQueue<>();
    private volatile boolean isEnding;

    Loop(int number) throws IOException {
      super("swarm-" + number);
      setDaemon(true);
    }

    /** Something to do at a time. */
    private record Due(long nanos, Runnable task) implements Comparable<Due> {
      @Override
      public int compareTo(Due other) {
        return Long.signum(nanos - other.nanos);
      }
    }

    void execute(Runnable task) {
      tasks.add(task);
      selector.wakeup();
    }

    /** Only on this thread. */
    void executeAfter(long millis, Runnable task) {
      dues.add(new Due(System.nanoTime() + Duration.ofMillis(millis).toNanos(), task));
    }

    void end() {
      isEnding = true;
      selector.wakeup();
    }

    void awaitEnd() {
      try {
        join(CLOSE_PATIENCE.toMillis());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }

    @Override
    public void run() {
      try (selector) {
        while (!isEnding) {
          selector.select(key -> ((Connection) key.attachment()).ready(), pauseMillis());
          for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
            task.run();
          }
          while (!dues.isEmpty() && dues.peek().nanos() - System.nanoTime() <= 0) {
            dues.poll().task().run();
          }
        }
        for (SelectionKey key : selector.keys()) {
          key.channel().close();
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    /** At least 1: 0 means for ever. */
    private long pauseMillis() {
      long nanos = dues.isEmpty() ? Duration.ofMillis(500).toNanos() : dues.peek().nanos() - System.nanoTime();
      return Math.max(1, Duration.ofNanos(nanos).toMillis());
    }
  }
}
