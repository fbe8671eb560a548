package carillon.bench;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Subscribers and publishers of one server, over plain sockets: loads it at a {@link Pace}, checks every event that
 * arrives and takes its time. Confined to the thread that calls it, which does all the work.
 */
public final class Load implements AutoCloseable {

  /*
   * One thread and one selector for everything, because on a machine that the server shares each processor the load
   * takes is one that the server lacks, and because a closed loop then needs no coordination: what has been published
   * and what has arrived are two plain numbers.
   *
   *   turn:  publish what is due ─▶ wait for sockets, or until the next is due ─▶ read what came, count it
   *
   * `owed` counts one for each event and each subscriber that is to get it, `delivered` those that came; their
   * difference, in events, is what a closed loop keeps below its window.
   *
   * A delivery costs no allocation and one look at each of its bytes: the load must be cheaper than any server.
   */
  private static final int READ_BYTES = 256 * 1024;
  private static final int OUT_BYTES_MIN = 64 * 1024;

  /** Messages that are written before sockets are looked at again. */
  private static final int BURST = 1_024;

  private static final long PATIENCE_NANOS = Duration.ofSeconds(60).toNanos();
  private static final long DRAIN_NANOS = Duration.ofSeconds(30).toNanos();
  private static final long STALL_NANOS = Duration.ofSeconds(5).toNanos();
  private static final long SAMPLE_NANOS = Duration.ofMillis(100).toNanos();
  private static final long SETTLE_NANOS = Duration.ofSeconds(1).toNanos();

  private final LoadOptions options;
  private final Selector selector;
  private final Pacer pacer;
  private final RequestWriter writer;
  private final byte[] bytes = new byte[READ_BYTES];
  private final ByteBuffer buffer = ByteBuffer.wrap(bytes);
  private final NumberedEvents.Tally tally = new NumberedEvents.Tally();
  private final Latencies latencies = new Latencies();
  private final Latencies answers = new Latencies();
  private final Latencies caughtUp = new Latencies();
  private final List<Subscriber> subscribers = new ArrayList<>();
  private final List<Publisher> publishers = new ArrayList<>();
  private final ArrayDeque<Subscriber> toConnect = new ArrayDeque<>();
  private final ArrayDeque<Publisher> toFlush = new ArrayDeque<>();
  private final long[] publishedOf;
  private final int[] readersOf;
  private int pending;
  private int opened;
  private int nextTopic;
  private int nextPublisher;
  private long published;
  private long acknowledged;
  private long refused;
  private long lost;
  private long stalls;
  private long owed;
  private long delivered;
  private long late;
  private int stormBehind;
  private int stormLeft;
  private volatile boolean isEnding;

  private Load(LoadOptions options) throws IOException {
    this.options = options;
    this.selector = Selector.open();
    this.pacer = new Pacer(selector::wakeup);
    this.writer = new RequestWriter(options);
    this.publishedOf = new long[options.topics()];
    this.readersOf = new int[options.topics()];
  }

  /**
   * Opens all streams and all publishers' connections.
   *
   * @throws IllegalStateException if the server does not take all of them within a minute
   */
  public static Load open(LoadOptions options) {
    try {
      var load = new Load(options);
      try {
        load.connectAll();
      } catch (IOException | RuntimeException e) {
        load.close();
        throw e;
      }
      return load;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void connectAll() throws IOException {
    for (int i = 0; i < options.publishing().connections(); i++) {
      var publisher = new Publisher();
      publishers.add(publisher);
      publisher.connect();
    }
    for (int i = 0; i < options.subscribing().subscribers(); i++) {
      var subscriber = new Subscriber(i);
      subscribers.add(subscriber);
      toConnect.add(subscriber);
    }
    boolean all = turnUntil(
        PATIENCE_NANOS,
        () -> opened == subscribers.size() && publishers.stream().allMatch(Publisher::isOpen));
    if (!all) {
      throw new IllegalStateException("of " + subscribers.size() + " streams " + opened + " are open after "
          + Duration.ofNanos(PATIENCE_NANOS) + "; " + refused + " were refused");
    }
  }

  /** How many streams are open. */
  public int opened() {
    return opened;
  }

  /** What counts now: latencies of the stage that runs, or ran last. To be read, or cleared, by any thread. */
  public Latencies latencies() {
    return latencies;
  }

  /** Has the stage that runs, and every later one, end at once. Any thread. */
  public void end() {
    isEnding = true;
    selector.wakeup();
  }

  /** Runs a stage and waits until what it published has arrived, half a minute at the most. */
  public StageResult run(Stage stage) {
    try {
      return measure(stage);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private StageResult measure(Stage stage) throws IOException {
    int stalled = (int) Math.round(subscribers.size() * stage.stalledShare());
    for (int i = 0; i < stalled; i++) {
      subscribers.get(i).stall();
    }
    late = 0;
    long startNanos = System.nanoTime();
    long fromNanos = startNanos + stage.warm().toNanos();
    long endNanos = fromNanos + stage.measured().toNanos();
    long residentBefore = ProcessUsage.of(options.server().pids()).residentBytes();
    long residentMax = residentBefore;
    long sampleNanos = startNanos;
    long baseMessages = published / options.publishing().batch();
    long arrivedNanos = startNanos;
    long arrived = delivered;
    Mark from = null;
    while (true) {
      long now = System.nanoTime();
      if (from == null && now >= fromNanos) {
        from = new Mark();
        latencies.clear();
        answers.clear();
      }
      if (now >= endNanos || isEnding) {
        break;
      }
      if (now >= sampleNanos) {
        residentMax = Math.max(residentMax, ProcessUsage.of(options.server().pids()).residentBytes());
        sampleNanos = now + SAMPLE_NANOS;
      }
      if (delivered != arrived || owed == delivered) {
        arrived = delivered;
        arrivedNanos = now;
      } else if (now - arrivedNanos > STALL_NANOS) {
        stalls++;
        owed = delivered;
      }
      long dueNanos = publish(stage.pace(), startNanos, baseMessages);
      turn(Math.min(Math.min(dueNanos, sampleNanos), from == null ? fromNanos : endNanos));
    }
    Mark to = new Mark();
    Mark begin = from == null ? to : from;
    boolean isComplete =
        turnUntil(DRAIN_NANOS, () -> delivered >= owed && publishers.stream().allMatch(Publisher::isIdle));
    residentMax = Math.max(residentMax, ProcessUsage.of(options.server().pids()).residentBytes());
    long undelivered = isComplete ? 0 : owed - delivered;
    StageResult result = begin.until(to, stage.name(), residentBefore, residentMax, undelivered);
    for (int i = 0; i < stalled; i++) {
      subscribers.get(i).readOn();
    }
    if (stalled > 0) {
      turnUntil(PATIENCE_NANOS, () -> subscribers.stream().limit(stalled).allMatch(Subscriber::hasEverything));
      result = result.undelivered(subscribers.stream().limit(stalled).filter(one -> !one.hasEverything()).count());
    }
    owed = delivered;
    return result;
  }

  /**
   * Everybody leaves, {@code behind} events are published under each topic, everybody comes back at once with the last
   * id it has and must get those. Each topic needs at least one event before that, for an id to exist.
   *
   * @param patience how long it may take
   * @param returning called when they begin to come back
   */
  public StormResult storm(String name, int behind, Duration patience, Runnable returning) {
    try {
      return blow(name, behind, patience, returning);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private StormResult blow(String name, int behind, Duration patience, Runnable returning) throws IOException {
    for (Subscriber subscriber : subscribers) {
      subscriber.leave();
    }
    long settledNanos = System.nanoTime() + SETTLE_NANOS;
    turnUntil(SETTLE_NANOS, () -> System.nanoTime() >= settledNanos);
    long target = published + (long) behind * options.topics();
    boolean isPublished = turnUntil(
        PATIENCE_NANOS,
        () -> {
          long now = System.nanoTime();
          for (int i = 0; i < BURST && published < target && publishNext(now); i++) {
            // as many as the connections take
          }
          flush();
          return published >= target && publishers.stream().allMatch(Publisher::isIdle);
        });
    if (!isPublished) {
      throw new IllegalStateException("what a storm is about has not been taken: " + refused + " were refused");
    }
    turnUntil(SETTLE_NANOS, () -> System.nanoTime() >= settledNanos + SETTLE_NANOS);
    caughtUp.clear();
    latencies.clear();
    stormBehind = behind;
    stormLeft = subscribers.size();
    long before = delivered;
    returning.run();
    var from = new Mark();
    toConnect.addAll(subscribers);
    long[] resident = {ProcessUsage.of(options.server().pids()).residentBytes(), System.nanoTime()};
    turnUntil(
        patience.toNanos(),
        () -> {
          if (System.nanoTime() >= resident[1]) {
            resident[0] = Math.max(resident[0], ProcessUsage.of(options.server().pids()).residentBytes());
            resident[1] = System.nanoTime() + SAMPLE_NANOS;
          }
          return stormLeft <= 0;
        });
    var to = new Mark();
    stormBehind = 0;
    long undelivered = (long) behind * subscribers.size() - (to.delivered - before);
    StageResult result = from.until(to, name, 0, resident[0], undelivered);
    return new StormResult(name, subscribers.size(), behind, result.seconds(), result.deliveries(),
        caughtUp.millis(0.5), caughtUp.millis(0.99), result.serverCpuSeconds(), result.ownCpuSeconds(), resident[0],
        result.faults());
  }

  /** Closes everything. */
  @Override
  public void close() {
    pacer.close();
    try {
      for (SelectionKey key : selector.keys()) {
        key.channel().close();
      }
      selector.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Publishes what is due; returns when the next is, by the clock of {@link System#nanoTime}. */
  private long publish(Pace pace, long startNanos, long baseMessages) {
    long next = Pace.NEVER;
    long now = System.nanoTime();
    for (int i = 0; i < BURST; i++) {
      long due = pace.due(published / options.publishing().batch() - baseMessages, outstanding());
      if (due == Pace.NEVER) {
        break;
      }
      long dueNanos = due == 0 ? now : startNanos + due;
      if (dueNanos > now) {
        next = dueNanos;
        break;
      }
      if (!publishNext(dueNanos)) {
        late++;
        break;
      }
      next = now;
    }
    flush();
    return next;
  }

  private long outstanding() {
    int readers = Math.max(1, opened / options.topics());
    return Math.floorDiv(owed - delivered + readers - 1, (long) readers);
  }

  private boolean publishNext(long nanos) {
    Publisher publisher = publishers.get(nextTopic % publishers.size());
    if (options.publishing().anyConnection()) {
      for (int i = 0; i < publishers.size() && !publisher.hasRoom(); i++) {
        publisher = publishers.get(nextPublisher++ % publishers.size());
      }
    }
    if (!publisher.hasRoom()) {
      return false;
    }
    int topic = nextTopic;
    nextTopic = (nextTopic + 1) % options.topics();
    publisher.send(topic, publishedOf[topic] + 1, nanos);
    int batch = options.publishing().batch();
    publishedOf[topic] += batch;
    published += batch;
    owed += (long) readersOf[topic] * batch;
    return true;
  }

  private void flush() {
    for (Publisher publisher = toFlush.poll(); publisher != null; publisher = toFlush.poll()) {
      publisher.flush();
    }
  }

  /** Whether {@code condition} has come true in time. */
  @CanIgnoreReturnValue
  private boolean turnUntil(long patienceNanos, BooleanSupplier condition) throws IOException {
    long endNanos = System.nanoTime() + patienceNanos;
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() >= endNanos) {
        return false;
      }
      turn(Math.min(endNanos, System.nanoTime() + SAMPLE_NANOS / 10));
    }
    return true;
  }

  /** Opens streams, waits for sockets until {@code wakeNanos} at the longest, and reads what came. */
  private void turn(long wakeNanos) throws IOException {
    while (pending < options.subscribing().pendingMax() && !toConnect.isEmpty()) {
      toConnect.remove().connect();
    }
    long wait = wakeNanos - System.nanoTime();
    if (wait <= 0) {
      selector.selectNow(Load::ready);
    } else {
      pacer.wakeAt(wakeNanos);
      selector.select(Load::ready, wait / 1_000_000 + 1);
    }
  }

  private static void ready(SelectionKey key) {
    ((Connection) key.attachment()).ready();
  }

  /** Where a stage or a part of it begins or ends. */
  private final class Mark {
    private final long nanos = System.nanoTime();
    private final double serverCpu = ProcessUsage.of(options.server().pids()).cpuSeconds();
    private final double ownCpu = ProcessUsage.ofSelf().cpuSeconds();
    private final double machineCpu = ProcessUsage.machineCpuSeconds();
    private final long publishedNow = published;
    private final long acknowledgedNow = acknowledged;
    private final long delivered = Load.this.delivered;
    private final long missing = tally.missing;
    private final long doubled = tally.doubled;
    private final long reordered = tally.reordered;
    private final long gaps = tally.gaps;
    private final long refusedNow = refused;
    private final long lostNow = lost;
    private final long stallsNow = stalls;
    private final double latencyP50 = latencies.millis(0.5);
    private final double latencyP99 = latencies.millis(0.99);
    private final double latencyMax = latencies.millis(1);
    private final double answerP50 = answers.millis(0.5);
    private final double answerP99 = answers.millis(0.99);

    StageResult until(Mark to, String name, long residentBefore, long residentMax, long undelivered) {
      double seconds = (to.nanos - nanos) / 1e9;
      double foreign = (to.machineCpu - machineCpu - (to.serverCpu - serverCpu) - (to.ownCpu - ownCpu)) / seconds;
      return new StageResult(name, seconds, opened, to.publishedNow - publishedNow,
          to.acknowledgedNow - acknowledgedNow, to.delivered - delivered, to.latencyP50, to.latencyP99, to.latencyMax,
          to.answerP50, to.answerP99, to.serverCpu - serverCpu, to.ownCpu - ownCpu, Math.max(0, foreign),
          residentBefore, residentMax, late,
          new StageResult.Faults(tally.missing - missing, tally.doubled - doubled, tally.reordered - reordered,
              tally.gaps - gaps, undelivered, refused - refusedNow, lost - lostNow, stalls - stallsNow));
    }
  }

  /** A socket with what is read from it. */
  private interface Connection {
    void ready();
  }

  /** What a subscriber reads, and where it stands. */
  private final class Subscriber extends NumberedEvents implements Connection {

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

    Subscriber(int index) {
      super(tally);
      this.index = index;
      this.topic = index % options.topics();
    }

    void connect() throws IOException {
      var hub = options.server().uri();
      SocketChannel made = SocketChannel.open();
      channel = made;
      made.configureBlocking(false);
      if (options.subscribing().receiveBufferBytes() > 0) {
        made.setOption(StandardSocketOptions.SO_RCVBUF, options.subscribing().receiveBufferBytes());
      }
      if (options.subscribing().sources() > 1) {
        made.bind(new InetSocketAddress("127.0.0." + (1 + index % options.subscribing().sources()), 0));
      }
      begin();
      stormGot = 0;
      isPending = true;
      pending++;
      connectNanos = System.nanoTime();
      boolean connected = made.connect(new InetSocketAddress(hub.getHost(), hub.getPort()));
      key = made.register(selector, SelectionKey.OP_CONNECT, this);
      if (connected) {
        request();
      }
    }

    private void request() throws IOException {
      String path = options.server().subscribePath().replace("%d", Integer.toString(topic));
      String id = lastEventId().isEmpty() ? "" : "Last-Event-ID: " + lastEventId() + "\r\n";
      String text = "GET " + path + " HTTP/1.1\r\nHost: " + options.server().uri().getAuthority()
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
          return;
        }
        int count = channel().read(buffer.clear());
        if (count > 0) {
          feed(bytes, 0, count);
        } else if (count < 0) {
          broken();
        }
      } catch (IOException | RuntimeException e) {
        broken();
      }
    }

    private void broken() {
      lost++;
      leave();
    }

    void leave() {
      if (isPending) {
        isPending = false;
        pending--;
      }
      if (isOpen) {
        isOpen = false;
        opened--;
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

    void stall() {
      isStalled = true;
      count(false);
      if (isOpen) {
        key().interestOps(0);
      }
    }

    void readOn() {
      isStalled = false;
      if (isOpen) {
        key().interestOps(SelectionKey.OP_READ);
      }
    }

    boolean hasEverything() {
      boolean has = last() == publishedOf[topic];
      if (has && isOpen && !isStalled) {
        count(true);
      }
      return has;
    }

    private void count(boolean counted) {
      if (isCounted != counted) {
        isCounted = counted;
        readersOf[topic] += counted ? 1 : -1;
      }
    }

    @Override
    void began(int status) {
      if (status != 200) {
        refused++;
        throw new IllegalStateException("an answer of " + status);
      }
      isPending = false;
      pending--;
      isOpen = true;
      opened++;
      count(true);
    }

    @Override
    void ended() {
      throw new IllegalStateException("a stream has ended");
    }

    @Override
    void event(long nanos) {
      if (stormBehind > 0) {
        delivered++;
        if (++stormGot == stormBehind) {
          caughtUp.add(System.nanoTime() - connectNanos);
          stormLeft--;
        }
      } else if (isCounted) {
        delivered++;
        latencies.add(System.nanoTime() - nanos);
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

  /** A connection that publishes. */
  private final class Publisher extends AnswerReader implements Connection {

    private final SocketChannel channel = SocketChannel.open();
    private final ByteBuffer out = ByteBuffer.allocate(Math.max(OUT_BYTES_MIN, 2 * writer.bytesMax()));
    private final long[] sentNanos = new long[options.publishing().depth()];
    private final SelectionKey key;
    private long sent;
    private long answered;
    private boolean isConnected;
    private boolean isBroken;
    private boolean isToFlush;

    Publisher() throws IOException {
      channel.configureBlocking(false);
      channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
      key = channel.register(selector, SelectionKey.OP_CONNECT, this);
    }

    void connect() throws IOException {
      var hub = options.server().uri();
      if (channel.connect(new InetSocketAddress(hub.getHost(), hub.getPort()))) {
        connected();
      }
    }

    boolean isOpen() {
      return isConnected;
    }

    boolean isIdle() {
      return isBroken || sent == answered;
    }

    boolean hasRoom() {
      return !isBroken && sent - answered < sentNanos.length && out.remaining() >= writer.bytesMax();
    }

    void send(int topic, long number, long nanos) {
      sentNanos[(int) (sent++ % sentNanos.length)] = nanos;
      writer.write(out, topic, number, nanos);
      if (!isToFlush) {
        isToFlush = true;
        toFlush.add(this);
      }
    }

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
      lost++;
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
        if (key.isReadable()) {
          int count = channel.read(buffer.clear());
          if (count < 0) {
            broken();
          } else {
            feed(bytes, 0, count);
          }
        }
      } catch (IOException | RuntimeException e) {
        broken();
      }
    }

    @Override
    void began(int status) {
      if (status >= 200 && status < 300) {
        acknowledged += options.publishing().batch();
      } else {
        refused++;
      }
    }

    @Override
    void body(byte[] read, int from, int to) {
      // nothing in it is of interest
    }

    @Override
    void ended() {
      answers.add(System.nanoTime() - sentNanos[(int) (answered++ % sentNanos.length)]);
    }
  }
}
