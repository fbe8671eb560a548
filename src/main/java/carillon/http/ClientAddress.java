package carillon.http;

import carillon.config.IpAddress;
import carillon.config.LimitOptions;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.SocketAddress;
import java.util.List;
import java.util.Optional;

/**
 * Says which address a request comes from. Immutable, any thread.
 *
 * <p>Only what a configured proxy says is believed, and it is read from its end, where the nearest one writes: as long
 * as the address that is known is a proxy's, the one that it names is known too. What clients write themselves stands
 * before all of that and is never reached. Where a proxy names no address, its own is the last one known for sure.
 */
final class ClientAddress {

  /** More proxies than this in a row are none. */
  private static final int HOPS_MAX = 32;

  private static final CharSequence FORWARDED = HttpHeaders.createOptimized("forwarded");
  private static final CharSequence X_FORWARDED_FOR = HttpHeaders.createOptimized("x-forwarded-for");

  /** What has no address, such as a socket of the file system, is on this machine. */
  private static final IpAddress LOOPBACK = IpAddress.of(new byte[] {127, 0, 0, 1});

  private final LimitOptions options;

  ClientAddress(LimitOptions options) {
    this.options = options;
  }

  /** The address of the other end of a connection. */
  static IpAddress ofPeer(SocketAddress remote) {
    String address = remote.isInetSocket() ? remote.hostAddress() : null;
    if (address == null) {
      return LOOPBACK;
    }
    int zone = address.indexOf('%');
    return IpAddress.parse(zone < 0 ? address : address.substring(0, zone)).orElse(LOOPBACK);
  }

  /** The address of the client that sent {@code request}, as far as it is known for sure. */
  IpAddress of(HttpServerRequest request) {
    return of(request, ofPeer(request.connection().remoteAddress()));
  }

  /**
   * The same for people. Whoever comes without a proxy is shown as the system spells them, with the zone of a
   * link-local address; what is no address is {@code nowhere}.
   */
  String shown(HttpServerRequest request) {
    SocketAddress remote = request.connection().remoteAddress();
    if (remote == null || remote.hostAddress() == null) {
      return "nowhere";
    }
    IpAddress peer = ofPeer(remote);
    IpAddress known = of(request, peer);
    return known.equals(peer) ? remote.hostAddress() : known.text();
  }

  private IpAddress of(HttpServerRequest request, IpAddress peer) {
    return options.isProxy(peer)
        ? behind(peer, request.headers().getAll(options.forwardedHeader() ? FORWARDED : X_FORWARDED_FOR))
        : peer;
  }

  /**
   * The same for a request from {@code peer}.
   *
   * @param lines of the header that proxies write, as they came
   */
  IpAddress behind(IpAddress peer, List<String> lines) {
    IpAddress known = peer;
    int hopCount = 0;
    for (int line = lines.size() - 1; line >= 0; line--) {
      List<Optional<IpAddress>> hops =
          options.forwardedHeader() ? Hops.ofForwarded(lines.get(line)) : Hops.ofXForwardedFor(lines.get(line));
      for (int hop = hops.size() - 1; hop >= 0; hop--) {
        if (!options.isProxy(known) || hops.get(hop).isEmpty() || hopCount++ == HOPS_MAX) {
          return known;
        }
        known = hops.get(hop).get();
      }
    }
    return known;
  }
}
