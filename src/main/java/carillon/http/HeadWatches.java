package carillon.http;

import carillon.config.IpAddress;
import io.netty.channel.Channel;
import io.vertx.core.Vertx;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.function.LongSupplier;

/**
 * Lets the connections of one event loop in, and closes those whose request heads do not become complete. Confined to
 * that loop.
 *
 * <p>One timer for all of them, and none while nobody is awaited: all heads have the same time, so the one that has
 * been awaited longest stands first.
 */
final class HeadWatches {

  private static final String WATCH = "headWatch";

  /** The handler that is the server's. */
  private static final String SERVER = "handler";

  /** How often awaited heads are looked at during the time they may take. */
  private static final int CHECKS = 20;

  /** Most connections closed in one turn of the loop: those who are served have theirs in between. */
  private static final int CUTS_MAX = 256;

  /** When there is no room, who has been awaited for longer than this gives way to who comes. */
  static final Duration PATIENCE_WHEN_FULL = Duration.ofSeconds(1);

  private final Vertx vertx;
  private final LongSupplier nanoTime;
  private final Duration timeout;
  private final Limits limits;

  // Confined to the event loop.
  private final LinkedHashSet<HeadWatch> awaited = new LinkedHashSet<>();
  private boolean isChecking;

  /** @param nanoTime where the time comes from */
  HeadWatches(Vertx vertx, LongSupplier nanoTime, Limits limits) {
    this.vertx = vertx;
    this.nanoTime = nanoTime;
    this.timeout = limits.options().headTimeout();
    this.limits = limits;
  }

  /** Counts a new connection and watches it; or closes it, and answers false, if there is no room for it. */
  boolean accept(Channel channel) {
    IpAddress peer =
        channel.remoteAddress() instanceof InetSocketAddress remote
            ? limits.countedPeer(IpAddress.of(remote.getAddress().getAddress()))
            : null;
    if (!limits.mayConnect(peer) || (!limits.connect(peer) && !(makeRoom() && limits.connect(peer)))) {
      limits.refusedConnection();
      var unused = channel.close();
      return false;
    }
    channel.pipeline().addBefore(SERVER, WATCH, new HeadWatch(this, peer));
    return true;
  }

  /** Closes the connection that has been awaited longest, if that is long enough. */
  private boolean makeRoom() {
    Iterator<HeadWatch> oldest = awaited.iterator();
    if (oldest.hasNext()) {
      HeadWatch watch = oldest.next();
      if (nanoTime.getAsLong() - watch.sinceNanos > PATIENCE_WHEN_FULL.toNanos()) {
        return watch.cut();
      }
    }
    return false;
  }

  /** From now on {@code watch} awaits a head. */
  void awaited(HeadWatch watch) {
    watch.sinceNanos = nanoTime.getAsLong();
    awaited.add(watch);
    checkLater(checkMillis());
  }

  /** The head of {@code watch} is complete. */
  void complete(HeadWatch watch) {
    awaited.remove(watch);
  }

  /** The connection of {@code watch} is gone. */
  void left(HeadWatch watch) {
    awaited.remove(watch);
    limits.disconnect(watch.peer());
  }

  private long checkMillis() {
    return Math.max(1, timeout.toMillis() / CHECKS);
  }

  private void checkLater(long millis) {
    if (!isChecking) {
      isChecking = true;
      vertx.setTimer(millis, id -> check());
    }
  }

  private void check() {
    isChecking = false;
    long now = nanoTime.getAsLong();
    for (int cuts = 0; cuts < CUTS_MAX; cuts++) {
      Iterator<HeadWatch> oldest = awaited.iterator();
      if (!oldest.hasNext()) {
        return;
      }
      HeadWatch watch = oldest.next();
      if (now - watch.sinceNanos < timeout.toNanos()) {
        checkLater(checkMillis());
        return;
      }
      oldest.remove();
      if (!watch.cut()) {
        awaited(watch); // anew
      }
    }
    checkLater(1);
  }
}
