package carillon.http;

import carillon.config.LimitOptions;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;

/**
 * Makes servers that count and watch their connections from the beginning, and show only requests whose head and end
 * are certain ({@link HeadWatches}, {@link TransferCoding}, {@link CertainHead}). To be called on the event loop that
 * the server is to listen on.
 */
public final class GuardedServer {

  /** Most connections of operators: probes and scrapers are few, and descriptors are kept for them, not for a crowd. */
  private static final int OPERATORS_MAX = 256;

  private GuardedServer() {}

  /**
   * A server for operators, not listening yet. Its connections are counted by themselves, so that operators are
   * answered by a hub that is full, and so that they take nothing from its clients.
   *
   * @param options how long a head may take, and how many connections an address may have
   * @param next sees only requests that have one meaning
   */
  public static HttpServer forOperators(
      Vertx vertx, LimitOptions options, HttpServerOptions server, Handler<HttpServerRequest> next) {
    return create(vertx, new Limits(options, OPERATORS_MAX), server, StrictTransport.OFF, next);
  }

  /**
   * A server, not listening yet.
   *
   * @param limits where its connections are counted
   * @param strict what every answer says of TLS, those to what is not HTTP included
   * @param next sees only requests that have one meaning
   */
  static HttpServer create(
      Vertx vertx,
      Limits limits,
      HttpServerOptions options,
      StrictTransport strict,
      Handler<HttpServerRequest> next) {
    var watches = new HeadWatches(vertx, System::nanoTime, limits);
    return Acceptor.createServer(vertx, options, watches::accept)
        .requestHandler(strict.before(new TransferCoding(new CertainHead(next))))
        .invalidRequestHandler(strict.before(ErrorAnswers::invalidRequest));
  }
}
