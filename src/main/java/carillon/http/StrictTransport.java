package carillon.http;

import io.vertx.core.Handler;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import java.time.Duration;

/**
 * Tells browsers to come by TLS only from now on (RFC 6797), with every answer, or does nothing. Immutable, any event
 * loop.
 */
final class StrictTransport {

  /** Tells nobody anything. */
  static final StrictTransport OFF = new StrictTransport(Duration.ZERO);

  private static final CharSequence NAME = HttpHeaders.createOptimized("strict-transport-security");

  private final String value;

  /** @param length for how long, to the second; zero for not at all */
  StrictTransport(Duration length) {
    this.value = length.isZero() ? "" : "max-age=" + length.toSeconds();
  }

  /** The field as a line of a head; nothing if there is none. */
  String line() {
    return value.isEmpty() ? "" : NAME + ": " + value + "\r\n";
  }

  /** Puts the field into the answer, whatever {@code next} makes of it. */
  Handler<HttpServerRequest> before(Handler<HttpServerRequest> next) {
    if (value.isEmpty()) {
      return next;
    }
    return request -> {
      request.response().putHeader(NAME, value);
      next.handle(request);
    };
  }
}
