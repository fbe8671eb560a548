package carillon.http;

import io.vertx.core.Handler;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import java.util.List;

/**
 * Lets only requests in whose end hub and proxy must agree on: no transfer coding, or exactly {@code chunked} (RFC
 * 9112, section 6.1). Any other is refused and its connection closed, because the server below would take it for a
 * request without a body and read the body as the next request, which is how requests are smuggled past a proxy. Any
 * event loop.
 */
final class TransferCoding implements Handler<HttpServerRequest> {

  private final Handler<HttpServerRequest> next;

  /** @param next sees only requests whose end is certain */
  TransferCoding(Handler<HttpServerRequest> next) {
    this.next = next;
  }

  @Override
  public void handle(HttpServerRequest request) {
    if (request.version() == HttpVersion.HTTP_2 || isCertain(request.headers().getAll(HttpHeaders.TRANSFER_ENCODING))) {
      next.handle(request);
      return;
    }
    Problem.of(ProblemCode.MALFORMED_REQUEST, "The hub knows no transfer coding but chunked.").sendAndClose(request);
  }

  private static boolean isCertain(List<String> codings) {
    return codings.isEmpty() || (codings.size() == 1 && codings.get(0).equalsIgnoreCase("chunked"));
  }
}
