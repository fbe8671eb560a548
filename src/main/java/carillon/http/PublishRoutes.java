package carillon.http;

import carillon.config.HttpOptions;
import carillon.publish.PublishPort;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;

/**
 * The publishing half of {@code /events} and {@code /events/{topic…}}. Confined to the event loop of its verticle.
 *
 * <p>One route without a path that looks at the raw path itself: the router matches normalized paths, and
 * {@code /events/a/../b} would get here as a topic that nobody named, or not at all. GET and HEAD go on to the next
 * route; other methods are answered 405.
 */
final class PublishRoutes {

  private static final String ALLOW_EVENTS = "GET, HEAD, OPTIONS, POST";
  private static final String ALLOW_ITEM = "GET, HEAD, OPTIONS, POST, PUT";

  private final Vertx vertx;
  private final PublishHandler publish;

  private PublishRoutes(Vertx vertx, PublishHandler publish) {
    this.vertx = vertx;
    this.publish = publish;
  }

  /** Adds the routes, before those for GET. */
  static void mount(Router router, Vertx vertx, PublishPort port, HttpOptions options, Gate gate, Limits limits) {
    var bodies = new BodyCollector(vertx, System::nanoTime, limits.options().bodyTimeout());
    mount(router, vertx, port, options, bodies, gate, limits.toll());
  }

  /** The same with another way to read bodies. */
  static void mount(
      Router router,
      Vertx vertx,
      PublishPort port,
      HttpOptions options,
      BodyCollector bodies,
      Gate gate,
      Toll toll) {
    var routes = new PublishRoutes(vertx, new PublishHandler(vertx, options, port, bodies, gate, toll));
    router.route().handler(routes::route);
  }

  private void route(RoutingContext context) {
    HttpServerRequest request = context.request();
    String path = PathText.of(request);
    boolean isItem = PathText.isItem(path);
    HttpMethod method = request.method();
    boolean isOurs = isItem || PathText.isEvents(path);
    if (!isOurs || method.equals(HttpMethod.GET) || method.equals(HttpMethod.HEAD)) {
      context.next();
    } else if (isItem && (method.equals(HttpMethod.POST) || method.equals(HttpMethod.PUT))) {
      publish.handleItem(request);
    } else if (method.equals(HttpMethod.POST)) {
      publish.handleEvents(request);
    } else if (method.equals(HttpMethod.OPTIONS)) {
      var unused = request.response().setStatusCode(204).putHeader("allow", isItem ? ALLOW_ITEM : ALLOW_EVENTS).end();
    } else {
      EarlyAnswer.send(vertx, request, Problem.methodNotAllowed(isItem ? ALLOW_ITEM : ALLOW_EVENTS));
    }
  }
}
