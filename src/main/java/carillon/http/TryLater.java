package carillon.http;

import carillon.publish.Refusal;
import carillon.sse.ControlFrames;
import carillon.sse.Rendering;
import carillon.subscribe.CloseReason;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * Refuses in a way that everybody survives. A browser's EventSource gives up for good on almost any status but 200 (WHATWG
 * HTML 9.2.3), so who accepts an event stream gets a short one that says why, and when to come back; everybody else gets
 * a problem. Confined to an event loop.
 */
final class TryLater {

  private final Vertx vertx;
  private final Duration retry;
  private final RandomGenerator random;

  /** @param retry the usual reconnection time; who is refused is told one to two times as much */
  TryLater(Vertx vertx, Duration retry, RandomGenerator random) {
    this.vertx = vertx;
    this.retry = retry;
    this.random = random;
  }

  /** Refuses because the hub is draining, and asks for the connection to be closed. */
  void draining(HttpServerRequest request) {
    request.response().putHeader(HttpHeaders.CONNECTION, HttpHeaders.CLOSE);
    if (wantsEventStream(request)) {
      RefusalCounts.refused(Refusal.DRAINING.label());
      endAtOnce(request, CloseReason.DRAINING);
    } else {
      EarlyAnswer.send(vertx, request, Problem.of(Refusal.DRAINING));
    }
  }

  /** Refuses because this node cannot reach the log that it shares; another may. Nothing has been written yet. */
  void logAway(HttpServerRequest request) {
    if (wantsEventStream(request)) {
      RefusalCounts.refused(Refusal.LOG_UNAVAILABLE.label());
      endAtOnce(request, CloseReason.LOG_AWAY);
    } else {
      Problem.of(Refusal.LOG_UNAVAILABLE).send(request);
    }
  }

  /** Refuses a stream because there are too many already. Nothing has been written yet. */
  void crowded(HttpServerRequest request, Limits.Crowd crowd) {
    Problem problem =
        crowd == Limits.Crowd.HUB
            ? Problem.of(ProblemCode.HUB_FULL, "The hub has as many streams as it holds.")
            : Problem.of(ProblemCode.TOO_MANY_STREAMS, "You have as many streams as one may have.");
    if (wantsEventStream(request)) {
      RefusalCounts.refused(problem.code());
      endAtOnce(request, CloseReason.TOO_MANY_STREAMS);
      return;
    }
    problem.with("retry-after", Long.toString(Math.max(1, (retry.toMillis() + 999) / 1_000))).send(request);
  }

  private static boolean wantsEventStream(HttpServerRequest request) {
    return request.method().equals(HttpMethod.GET)
        && request.headers().getAll(HttpHeaders.ACCEPT).stream()
            .anyMatch(accept -> accept.contains(SubscribeRequest.EVENT_STREAM));
  }

  private void endAtOnce(HttpServerRequest request, CloseReason reason) {
    long retryMs = retry.toMillis() + random.nextLong(retry.toMillis() + 1);
    StreamHead.prepare(request.response(), SubscribeRequest.EVENT_STREAM);
    request.response().setChunked(request.version() != HttpVersion.HTTP_1_0); // looks like any other stream
    // A client that has gone meanwhile needs no answer.
    var unused =
        request.response().end(ControlFrames.closing(Rendering.EVENTS, reason.label(), Duration.ofMillis(retryMs)));
  }
}
