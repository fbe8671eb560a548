package carillon.http;

import carillon.auth.Principal;
import carillon.event.Selectors;
import io.netty.util.NetUtil;
import io.vertx.core.Handler;
import io.vertx.core.MultiMap;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.SocketAddress;
import java.net.InetAddress;
import java.util.List;
import java.util.Optional;

/**
 * The operators' pages on the clients' port; before everything else, so that they answer while the hub drains. Confined
 * to the event loop of its verticle.
 *
 * <p>Health may be asked by anybody: it says no more than trying does, and proxies ask it. Figures are shown to this
 * machine, and to whoever has a token that grants to subscribe to {@code hub/metrics}. A request that came by a proxy
 * is not from this machine, wherever the proxy runs.
 */
final class OperatorRoutes implements Handler<HttpServerRequest> {

  private static final String LIVE = "/health/live";
  private static final String READY = "/health/ready";
  private static final String METRICS = "/metrics";
  private static final String ALLOW = "GET, HEAD";

  private static final Selectors GRANT = Selectors.of("hub/metrics");

  /** By which a proxy says for whom it asks; one of them is enough. */
  private static final List<String> FORWARDED =
      List.of("forwarded", "x-forwarded-for", "x-forwarded-proto", "x-forwarded-host", "x-real-ip", "via");

  private final Vertx vertx;
  private final OperatorPages pages;
  private final Gate gate;
  private final Handler<HttpServerRequest> next;

  /** @param next gets everything that is no operator's business */
  OperatorRoutes(Vertx vertx, OperatorPages pages, Gate gate, Handler<HttpServerRequest> next) {
    this.vertx = vertx;
    this.pages = pages;
    this.gate = gate;
    this.next = next;
  }

  @Override
  public void handle(HttpServerRequest request) {
    String path = PathText.of(request);
    Optional<Handler<HttpServerRequest>> page =
        switch (path) {
          case LIVE, READY -> pages.health();
          case METRICS -> pages.metrics();
          default -> Optional.empty();
        };
    if (page.isEmpty()) {
      next.handle(request);
      return;
    }
    if (!request.method().equals(HttpMethod.GET) && !request.method().equals(HttpMethod.HEAD)) {
      EarlyAnswer.send(vertx, request, Problem.methodNotAllowed(ALLOW));
      return;
    }
    try {
      if (path.equals(METRICS)) {
        requireOperator(request);
      }
    } catch (RefusedException e) {
      e.problem().send(request);
      return;
    }
    page.get().handle(request);
  }

  /** @throws RefusedException unless figures may be shown to whoever sent {@code request} */
  private void requireOperator(HttpServerRequest request) {
    Principal who = gate.subscriber(request);
    gate.require(who.isAnonymous() ? isFromHere(request) : who.maySubscribe(GRANT), who);
  }

  private static boolean isFromHere(HttpServerRequest request) {
    SocketAddress remote = request.remoteAddress();
    MultiMap headers = request.headers();
    return remote != null && isLoopback(remote.hostAddress()) && FORWARDED.stream().noneMatch(headers::contains);
  }

  private static boolean isLoopback(String address) {
    if (address == null) {
      return false; // a socket of another kind than IP
    }
    InetAddress parsed = NetUtil.createInetAddressFromIpAddressString(address); // never asks a name server
    return parsed != null && parsed.isLoopbackAddress();
  }
}
