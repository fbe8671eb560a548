package carillon.http;

import carillon.auth.Principal;
import carillon.config.IpAddress;
import carillon.config.LimitOptions;
import carillon.subscribe.UnsentBytes;
import com.sun.management.UnixOperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * What the clients of one node hold of it, all together and each of them, against what they may. Any thread; one for
 * all HTTP verticles of a node.
 *
 * <p>A client is an address, or who is known by a token. This machine itself is no client: whoever is on it can do the
 * hub worse harm, and a load test is not to meet limits that are there for strangers.
 */
public final class Limits {

  /** Most descriptors that are not for connections: files, the log, other nodes, the JVM. */
  private static final int DESCRIPTORS_KEPT_MAX = 1_000;

  /** As many of them, as a fraction of all, where there are few. */
  private static final int DESCRIPTORS_KEPT = 10;

  /** So many of all connections, as a fraction, are no streams: publishers, health checks, refusals. */
  private static final int NOT_STREAMS = 50;

  /** Why a stream is not let in. */
  enum Crowd {
    /** There are as many streams as the hub holds. */
    HUB,
    /** This client has as many as one may have. */
    CLIENT
  }

  private final LimitOptions options;
  private final int connectionsMax;
  private final int streamsMax;
  private final AtomicInteger connections = new AtomicInteger();
  private final AtomicInteger streams = new AtomicInteger();
  private final LongAdder refusedConnections = new LongAdder();
  private final Quota connectionsOfAddress;
  private final Quota streamsOfAddress;
  private final Quota streamsOfPrincipal;
  private final UnsentBytes unsent;
  private final Toll toll;

  public Limits(LimitOptions options) {
    this(options, options.connectionsMax() > 0 ? options.connectionsMax() : ofDescriptors());
  }

  /** @param connectionsMax most connections and streams, whatever {@code options} says of that */
  Limits(LimitOptions options, int connectionsMax) {
    this.options = options;
    this.connectionsMax = connectionsMax;
    streamsMax = Math.max(1, connectionsMax - connectionsMax / NOT_STREAMS);
    int perAddress = options.connectionsPerAddressMax();
    connectionsOfAddress = new Quota(perAddress + (perAddress + 3) / 4); // so that those over it can be told
    streamsOfAddress = new Quota(perAddress);
    streamsOfPrincipal = new Quota(options.streamsPerPrincipalMax());
    toll = new Toll(options, System::nanoTime);
    long unsentMax = options.unsentBytesMax();
    unsent = new UnsentBytes(unsentMax > 0 ? unsentMax : Runtime.getRuntime().maxMemory() / 2);
  }

  private static int ofDescriptors() {
    if (ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean system) {
      long descriptors = system.getMaxFileDescriptorCount();
      long kept = Math.min(descriptors / DESCRIPTORS_KEPT, DESCRIPTORS_KEPT_MAX);
      return (int) Math.max(1, Math.min(descriptors - kept, Integer.MAX_VALUE));
    }
    return Integer.MAX_VALUE;
  }

  LimitOptions options() {
    return options;
  }

  /** Who pays for publishing, and whether they can. */
  Toll toll() {
    return toll;
  }

  /** What all streams of the node hold unsent. */
  UnsentBytes unsent() {
    return unsent;
  }

  /** Connections that are open. */
  public int connections() {
    return connections.get();
  }

  /** Connections that were closed as they came, ever. */
  public long refusedConnections() {
    return refusedConnections.sum();
  }

  /** Whom to count a connection from {@code peer} as; {@code null}: nobody. */
  @Nullable IpAddress countedPeer(IpAddress peer) {
    return peer.isLoopback() || options.isProxy(peer) ? null : peer.counted();
  }

  /** Whether one more connection of {@code peer} is not too many for it, whatever there is of others. */
  boolean mayConnect(@Nullable IpAddress peer) {
    return peer == null || !connectionsOfAddress.isFull(peer);
  }

  /** Counts a connection, or answers false if there is no room for it. */
  boolean connect(@Nullable IpAddress peer) {
    if (connections.incrementAndGet() > connectionsMax) {
      connections.decrementAndGet();
      return false;
    }
    if (peer != null && !connectionsOfAddress.enter(peer)) {
      connections.decrementAndGet();
      return false;
    }
    return true;
  }

  /** A connection that was counted is gone. */
  void disconnect(@Nullable IpAddress peer) {
    connections.decrementAndGet();
    if (peer != null) {
      connectionsOfAddress.leave(peer);
    }
  }

  void refusedConnection() {
    refusedConnections.increment();
  }

  /**
   * Counts a stream; {@link #leave} gives it back.
   *
   * @param client where it comes from
   * @return why not; {@code null} when it has been counted
   */
  @Nullable Crowd enter(IpAddress client, Principal who) {
    if (streams.incrementAndGet() > streamsMax) {
      streams.decrementAndGet();
      return Crowd.HUB;
    }
    boolean isStranger = !client.isLoopback();
    if (isStranger && !streamsOfAddress.enter(client.counted())) {
      streams.decrementAndGet();
      return Crowd.CLIENT;
    }
    if (!who.isAnonymous() && !streamsOfPrincipal.enter(nameOf(who))) {
      streams.decrementAndGet();
      if (isStranger) {
        streamsOfAddress.leave(client.counted());
      }
      return Crowd.CLIENT;
    }
    return null;
  }

  /** A stream that was counted has ended. */
  void leave(IpAddress client, Principal who) {
    streams.decrementAndGet();
    if (!client.isLoopback()) {
      streamsOfAddress.leave(client.counted());
    }
    if (!who.isAnonymous()) {
      streamsOfPrincipal.leave(nameOf(who));
    }
  }

  /** The holders of keys and of tokens may have the same names. */
  static String nameOf(Principal who) {
    return (who.key() == null ? "token " : "key ") + who.name();
  }
}
