package carillon.http;

import io.vertx.core.Handler;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.RoutingContext;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Which web pages may call the hub from another origin (WHATWG Fetch, section 3.2). Confined to one event loop.
 *
 * <p>With {@code *} every page may, without credentials: it gets what anybody gets. With a list of origins those may,
 * with credentials, and nobody else is told anything; the browser then keeps the answer from the page. An origin that
 * was not configured is never given back together with credentials. A request that is not allowed is not refused
 * either: the hub's own page sends an {@code Origin} as well, and behind a proxy the hub cannot know its own. (The
 * framework's handler answers 403 there.)
 */
final class Cors implements Handler<RoutingContext> {

  private static final String METHODS = "GET, HEAD, POST, PUT, OPTIONS";
  private static final String REQUEST_HEADERS =
      "Accept, Authorization, Cache-Control, Content-Type, Idempotency-Key, Last-Event-ID, "
          + "Key, Private, Retry, TTL, Type, X-Key, X-Private, X-Retry, X-TTL, X-Type";
  private static final String RESPONSE_HEADERS = "Last-Event-ID, Retry-After";

  /** How long browsers may remember a preflight, in seconds: the most that Chromium takes. */
  private static final String MAX_AGE_SECONDS = "7200";

  private boolean isOpen;
  private Set<String> origins = Set.of();

  /**
   * @param origins {@code *}, or origins as browsers write them: {@code https://example.org},
   * {@code http://localhost:3000}
   */
  Cors(List<String> origins) {
    change(origins);
  }

  /** From now on other origins may. */
  final void change(List<String> fresh) {
    isOpen = fresh.contains("*");
    origins = fresh.stream().map(origin -> origin.toLowerCase(Locale.ROOT)).collect(Collectors.toUnmodifiableSet());
  }

  /** Whether every origin may call; otherwise every answer says that it depends on the origin. */
  boolean isOpen() {
    return isOpen;
  }

  @Override
  public void handle(RoutingContext context) {
    HttpServerRequest request = context.request();
    HttpServerResponse response = context.response();
    if (!isOpen) {
      response.headers().add(HttpHeaders.VARY, "Origin"); // even without an origin: a cache must not serve this to one
    }
    String origin = request.getHeader(HttpHeaders.ORIGIN);
    if (origin == null) {
      context.next();
      return;
    }
    boolean isPreflight =
        request.method().equals(HttpMethod.OPTIONS)
            && request.headers().contains(HttpHeaders.ACCESS_CONTROL_REQUEST_METHOD);
    boolean isAllowed = isOpen || (origins.contains(origin) && !origin.equals("null"));
    if (isAllowed) {
      allow(response, origin, isPreflight);
    }
    if (isPreflight) {
      var unused = response.setStatusCode(204).end();
    } else {
      context.next();
    }
  }

  private void allow(HttpServerResponse response, String origin, boolean isPreflight) {
    response.putHeader(HttpHeaders.ACCESS_CONTROL_ALLOW_ORIGIN, isOpen ? "*" : origin);
    if (!isOpen) {
      response.putHeader(HttpHeaders.ACCESS_CONTROL_ALLOW_CREDENTIALS, "true");
    }
    if (isPreflight) {
      response.putHeader(HttpHeaders.ACCESS_CONTROL_ALLOW_METHODS, METHODS);
      response.putHeader(HttpHeaders.ACCESS_CONTROL_ALLOW_HEADERS, REQUEST_HEADERS);
      response.putHeader(HttpHeaders.ACCESS_CONTROL_MAX_AGE, MAX_AGE_SECONDS);
    } else {
      response.putHeader(HttpHeaders.ACCESS_CONTROL_EXPOSE_HEADERS, RESPONSE_HEADERS);
    }
  }
}
