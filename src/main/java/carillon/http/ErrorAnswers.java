package carillon.http;

import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.TreeSet;

/**
 * What the framework refuses, said the way the hub says everything it refuses. Any event loop.
 *
 * <p>The router has a handler for each status it can end with; the server has one for what is not HTTP at all.
 */
final class ErrorAnswers {

  private static final int[] STATUSES = {400, 404, 405, 406, 413, 415, 500};

  private ErrorAnswers() {}

  /** Gives {@code router} its answers. */
  static void mount(Router router, Vertx vertx) {
    for (int status : STATUSES) {
      router.errorHandler(status, context -> answer(router, vertx, context, status));
    }
  }

  /**
   * Answers what could not be read as a request and closes the connection: nobody knows where the next request would
   * begin. For {@code HttpServer.invalidRequestHandler}.
   */
  static void invalidRequest(HttpServerRequest request) {
    Throwable cause = request.decoderResult().cause();
    Problem problem;
    if (cause instanceof TooLongHttpLineException) {
      problem = Problem.of(ProblemCode.URI_TOO_LONG, "The request line is longer than the hub reads.");
    } else if (cause instanceof TooLongHttpHeaderException) {
      problem = Problem.of(ProblemCode.HEAD_TOO_LONG, "The head is longer than the hub reads.");
    } else {
      problem = Problem.of(ProblemCode.MALFORMED_REQUEST, "This is not HTTP.");
    }
    problem.sendAndClose(request);
  }

  private static void answer(Router router, Vertx vertx, RoutingContext context, int status) {
    if (status == 500) {
      HttpLog.handlerFailed(context.failure());
    }
    if (context.response().headWritten()) {
      var unused = context.response().reset(); // a stream that has begun can only be cut off
      return;
    }
    EarlyAnswer.send(vertx, context.request(), problem(router, context, status));
  }

  private static Problem problem(Router router, RoutingContext context, int status) {
    return switch (status) {
      case 404 -> Problem.of(ProblemCode.NOT_FOUND, "Nothing is here. Events are at /events and /events/{topic}.");
      case 405 -> Problem.methodNotAllowed(allow(router, context));
      case 500 -> Problem.internal();
      default -> Problem.of(ProblemCode.of(status), "The request is not one the hub understands.");
    };
  }

  /** The methods of the routes with exactly this path. */
  private static String allow(Router router, RoutingContext context) {
    var methods = new TreeSet<String>();
    for (var route : router.getRoutes()) {
      if (context.normalizedPath().equals(route.getPath()) && route.methods() != null) {
        route.methods().stream().map(HttpMethod::name).forEach(methods::add);
      }
    }
    return String.join(", ", methods);
  }
}
