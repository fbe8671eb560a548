package carillon.http;

import carillon.event.InvalidValueException;
import carillon.publish.Refusal;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonObject;
import java.util.HashMap;
import java.util.Map;

/**
 * Why a request is refused, as its client is told: {@code application/problem+json} (RFC 9457). Immutable.
 *
 * <pre>
 *   {"title":"Bad Request","status":400,"code":"invalid-topic",
 *    "detail":"topic: expected no empty segment, got \"a//b\""}
 * </pre>
 *
 * <p>There is no {@code type}: the project owns no address where it could lead, so the title is the phrase of the
 * status, and {@code code} is what a program goes by.
 *
 * @param code stable, for programs
 * @param status of the answer
 * @param detail for people; holds text of the client only where it is shortened and escaped
 * @param headers that belong to the answer, such as {@code Allow} or {@code Retry-After}
 */
record Problem(String code, int status, String detail, Map<String, String> headers) {

  /** When it is worth while to try again after a refusal that passes by itself, in seconds. */
  private static final String RETRY_AFTER_SECONDS = "1";

  /** The media type of the body. */
  static final String CONTENT_TYPE = "application/problem+json";

  /** Copies the map. */
  Problem {
    headers = Map.copyOf(headers);
  }

  /** A refusal by the interface. */
  static Problem of(ProblemCode code, String detail) {
    return new Problem(code.label(), code.status(), detail, Map.of());
  }

  /** A value that breaks its rules. */
  static Problem of(InvalidValueException invalid) {
    String detail = invalid.getMessage();
    return of(ProblemCode.of(invalid), detail == null ? invalid.what() : detail);
  }

  /** A refusal by the publisher. */
  static Problem of(Refusal reason) {
    var problem = new Problem(reason.label(), reason.status(), detail(reason), Map.of());
    return reason.status() == 503 ? problem.with("retry-after", RETRY_AFTER_SECONDS) : problem;
  }

  /** Something is there, but not for this method. */
  static Problem methodNotAllowed(String allow) {
    return of(ProblemCode.METHOD_NOT_ALLOWED, "Use one of " + allow + ".").with("allow", allow);
  }

  /** Perhaps stored, perhaps not. */
  static Problem outcomeUnknown() {
    return of(
        ProblemCode.OUTCOME_UNKNOWN,
        "The event may be stored or not. Try again with the same key to be sure, and it is stored once.");
  }

  /** A bug. What it was stands in the log and nowhere else. */
  static Problem internal() {
    return of(ProblemCode.INTERNAL, "The hub failed. Whether anything was stored is not known.");
  }

  /** The same with one more header. */
  Problem with(String header, String value) {
    var more = new HashMap<>(headers);
    more.put(header, value);
    return new Problem(code, status, detail, more);
  }

  /** The body. */
  JsonObject toJson() {
    return new JsonObject()
        .put("title", HttpResponseStatus.valueOf(status).reasonPhrase())
        .put("status", status)
        .put("code", code)
        .put("detail", detail);
  }

  /**
   * Answers {@code request} and ends the response. Does nothing when the answer has begun or the client has gone. On
   * the event loop of the request. A body that is still on its way is left to {@link EarlyAnswer}.
   */
  void send(HttpServerRequest request) {
    Buffer body = toJson().toBuffer();
    if (writesHead(request, body)) {
      HttpServerResponse response = request.response();
      // A client that left meanwhile has no answer to read: that is all a failure here can mean.
      var unused = request.method().equals(HttpMethod.HEAD) ? response.end() : response.end(body);
    }
  }

  /**
   * Answers {@code request} and closes its connection without ever ending the response, so that nothing the client sent
   * behind the request is read as another one. On the event loop of the request.
   */
  void sendAndClose(HttpServerRequest request) {
    Buffer body = toJson().toBuffer();
    if (with("connection", "close").writesHead(request, body)) {
      var unused = request.response().write(body).eventually(() -> request.connection().close());
    } else {
      var unused = request.connection().close();
    }
  }

  private boolean writesHead(HttpServerRequest request, Buffer body) {
    HttpServerResponse response = request.response();
    if (response.headWritten() || response.ended() || response.closed()) {
      return false;
    }
    RefusalCounts.refused(code);
    response.setStatusCode(status);
    headers.forEach(response::putHeader);
    response
        .putHeader("content-type", CONTENT_TYPE)
        .putHeader("content-length", Integer.toString(body.length()))
        .putHeader("cache-control", "no-store")
        .putHeader("x-content-type-options", "nosniff");
    return true;
  }

  private static String detail(Refusal reason) {
    return switch (reason) {
      case KEY_CONFLICT -> "Another event was published with this key, and it has other content.";
      case TOPIC_RESERVED -> "Topics that begin with hub/ are the hub's own.";
      case TYPE_RESERVED -> "Types that begin with hub. are the hub's own.";
      case OVERLOADED -> "More events are waiting to be stored than the hub holds. Nothing was stored; try again.";
      case LOG_FULL -> "The log has no room. Nothing was stored.";
      case LOG_UNAVAILABLE -> "The log cannot be written now. Nothing was stored; try again.";
      case DRAINING -> "The hub is closing. Nothing was stored; try again.";
    };
  }
}
