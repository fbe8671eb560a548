package carillon.http;

import carillon.publish.Outcome;
import java.lang.System.Logger.Level;
import org.jspecify.annotations.Nullable;

/** Everything this package tells the operator. Any thread. */
final class HttpLog {

  private static final System.Logger LOG = System.getLogger(HttpLog.class.getName());

  private HttpLog() {}

  /** A bug; the client was told nothing of it. Nothing was thrown where {@code failure} is {@code null}. */
  static void handlerFailed(@Nullable Throwable failure) {
    LOG.log(Level.ERROR, "http: a handler failed in a way nobody thought of", failure);
  }

  /** If {@code outcome} is unknown, what is known about it. */
  static void outcome(Outcome outcome) {
    if (outcome instanceof Outcome.Unknown unknown) {
      LOG.log(Level.WARNING, "http: the outcome of a publish is unknown: {0}", unknown.detail());
    }
  }
}
