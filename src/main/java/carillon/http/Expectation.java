package carillon.http;

import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;

/** What a client waits for before it sends its body (RFC 9110, section 10.1.1). */
enum Expectation {
  /** Nothing: the body is on its way. A client of HTTP/1.0 cannot wait. */
  NONE,
  /** {@code 100 Continue}. */
  CONTINUE,
  /** Something nobody has defined. */
  UNKNOWN;

  /** Reads it from the head of a request. */
  static Expectation of(HttpServerRequest request) {
    String expected = request.getHeader(HttpHeaders.EXPECT);
    if (expected == null || request.version() == HttpVersion.HTTP_1_0) {
      return NONE;
    }
    return expected.equalsIgnoreCase("100-continue") ? CONTINUE : UNKNOWN;
  }
}
