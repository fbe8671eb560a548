package carillon.http;

import io.vertx.core.Handler;
import io.vertx.core.http.HttpServerRequest;
import java.util.Optional;

/**
 * What is served to operators beside what clients ask for. Immutable; the handlers are called on any event loop, with
 * GET and HEAD only.
 *
 * @param health answers {@code /health/live} and {@code /health/ready}
 * @param metrics answers {@code /metrics}; empty when operators have a port of their own
 */
public record OperatorPages(
    Optional<Handler<HttpServerRequest>> health, Optional<Handler<HttpServerRequest>> metrics) {

  /** None. */
  public static final OperatorPages NONE = new OperatorPages(Optional.empty(), Optional.empty());
}
