package carillon.http;

import io.vertx.core.Handler;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import java.util.List;

/**
 * Lets only requests in whose head hub and proxy must read alike, and closes the connection of any other: it has
 * exactly one host that can be one, or none in HTTP/1.0 (RFC 9112, section 3.2), for of two a proxy may have gone by
 * the other one; and no field without a name, which the server below lets pass. Any event loop.
 */
final class CertainHead implements Handler<HttpServerRequest> {

  private final Handler<HttpServerRequest> next;

  /** @param next sees only requests with a head that has one meaning */
  CertainHead(Handler<HttpServerRequest> next) {
    this.next = next;
  }

  @Override
  public void handle(HttpServerRequest request) {
    if (request.version() != HttpVersion.HTTP_2 && !hasCertainHost(request)) {
      Problem.of(ProblemCode.MALFORMED_REQUEST, "The head has no host, or not exactly one.").sendAndClose(request);
    } else if (request.headers().contains("")) {
      Problem.of(ProblemCode.MALFORMED_REQUEST, "The head has a field without a name.").sendAndClose(request);
    } else {
      next.handle(request);
    }
  }

  private static boolean hasCertainHost(HttpServerRequest request) {
    List<String> hosts = request.headers().getAll(HttpHeaders.HOST);
    if (hosts.isEmpty()) {
      return request.version() == HttpVersion.HTTP_1_0;
    }
    return hosts.size() == 1 && request.authority() != null && isSpelledPlainly(hosts.get(0));
  }

  /** Whether names, addresses and ports are spelled so; whether it is one, the server below has found out. */
  private static boolean isSpelledPlainly(String host) {
    for (int i = 0; i < host.length(); i++) {
      char c = host.charAt(i);
      boolean isPlain =
          (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || "-._~:[]%".indexOf(c) >= 0;
      if (!isPlain) {
        return false;
      }
    }
    return !host.isEmpty();
  }
}
