package carillon.http;

import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerResponse;

/** The header fields that events are sent with. Any event loop. */
final class StreamHead {

  private static final CharSequence ACCEL_BUFFERING = HttpHeaders.createOptimized("x-accel-buffering");
  private static final CharSequence CONTENT_TYPE_OPTIONS = HttpHeaders.createOptimized("x-content-type-options");
  private static final CharSequence NO = HttpHeaders.createOptimized("no");
  private static final CharSequence NO_STORE = HttpHeaders.createOptimized("no-store");
  private static final CharSequence NOSNIFF = HttpHeaders.createOptimized("nosniff");

  private StreamHead() {}

  /** For a stream: no proxy may keep it back. */
  static void prepare(HttpServerResponse response, String contentType) {
    prepareDocument(response, contentType);
    response.putHeader(ACCEL_BUFFERING, NO);
  }

  /** For an answer that is complete. */
  static void prepareDocument(HttpServerResponse response, String contentType) {
    response
        .putHeader(HttpHeaders.CONTENT_TYPE, contentType)
        .putHeader(HttpHeaders.CACHE_CONTROL, NO_STORE)
        .putHeader(CONTENT_TYPE_OPTIONS, NOSNIFF);
  }
}
