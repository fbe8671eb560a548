package carillon.http;

import io.vertx.core.http.HttpMethod;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;

/**
 * The subscribing half of {@code /events} and {@code /events/{selector…}}, matched on the raw path as the publishing
 * half is.
 */
final class SubscribeRoutes {

  private SubscribeRoutes() {}

  /** Adds the route for GET and HEAD. */
  static void mount(Router router, SubscribeHandler handler) {
    router.route().method(HttpMethod.GET).method(HttpMethod.HEAD).handler(routing -> route(routing, handler));
  }

  private static void route(RoutingContext routing, SubscribeHandler handler) {
    String path = PathText.of(routing.request());
    if (PathText.isEvents(path) || PathText.isItem(path)) {
      handler.handle(routing);
    } else {
      routing.next();
    }
  }
}
