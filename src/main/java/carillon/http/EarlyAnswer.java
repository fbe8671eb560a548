package carillon.http;

import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;

/**
 * Refuses a request whose body has not arrived as a whole, in such a way that the client gets to read why. Confined to
 * the event loop of the request.
 *
 * <p>A server that answers and closes while a body is still coming makes its system reset the connection, and the
 * client loses the answer it has not read yet. So what is still coming is read and thrown away: a little, and the
 * connection serves the next request; a lot, and it is closed as soon as the body has ended, or after
 * {@link #BYTES_MAX} or {@link #MILLIS_MAX}. A client that waits for {@code 100 Continue} was told not to send its
 * body, and what it sends next is either that body or a request (RFC 9110, section 10.1.1); only closing is safe.
 */
final class EarlyAnswer {

  /** Bodies of this declared length, in bytes, are read to their end, and the connection goes on. */
  static final int KEPT_BYTES_MAX = 1 << 20;

  /** What is read at the most before the connection is closed, in bytes. */
  static final int BYTES_MAX = 8 << 20;

  /** How long is read at the most before the connection is closed, in milliseconds. */
  static final long MILLIS_MAX = 10_000;

  private final HttpServerRequest request;
  private final boolean isClosing;
  private long bytes;

  private EarlyAnswer(HttpServerRequest request, boolean isClosing) {
    this.request = request;
    this.isClosing = isClosing;
  }

  /** Answers with {@code problem}, whatever has arrived of the body. */
  static void send(Vertx vertx, HttpServerRequest request, Problem problem) {
    if (request.isEnded() || request.response().closed() || request.response().headWritten()) {
      problem.send(request);
      return;
    }
    long declared = BodyCollector.declaredLength(request);
    boolean closes =
        request.version() != HttpVersion.HTTP_2
            && (Expectation.of(request) != Expectation.NONE || declared > KEPT_BYTES_MAX);
    problem(problem, closes).send(request);
    new EarlyAnswer(request, closes).readOn(vertx);
  }

  private static Problem problem(Problem problem, boolean closes) {
    return closes ? problem.with("connection", "close") : problem;
  }

  private void readOn(Vertx vertx) {
    long timer = vertx.setTimer(MILLIS_MAX, id -> close());
    request.exceptionHandler(failure -> vertx.cancelTimer(timer));
    request.handler(
        chunk -> {
          bytes += chunk.length();
          if (bytes > BYTES_MAX) {
            vertx.cancelTimer(timer);
            close();
          }
        });
    request.endHandler(
        end -> {
          vertx.cancelTimer(timer);
          if (isClosing) {
            close();
          }
        });
    request.resume();
  }

  private void close() {
    // The answer is complete; nobody waits for the end of the connection.
    var unused = request.version() == HttpVersion.HTTP_2 ? request.response().reset(0) : request.connection().close();
  }
}
