package carillon.ops;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.healthchecks.CheckResult;
import io.vertx.ext.healthchecks.HealthChecks;
import io.vertx.ext.healthchecks.Status;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Whether the hub is ready to serve: all its checks at once, once for all who ask at the same time. Confined to the
 * event loop of the context it was given.
 */
final class Health {

  /** What has not been answered after so long is down, in milliseconds; less than the patience of those who probe. */
  static final long CHECK_MS = 2_000;

  private final HealthChecks checks;
  private @Nullable Future<State> underway;

  /**
   * What is known.
   *
   * @param isUp whether all checks are
   * @param checks whether each is, by its name
   */
  record State(boolean isUp, JsonObject checks) {

    static State of(CheckResult result) {
      var checks = new JsonObject();
      if (result.getChecks() != null) {
        result.getChecks().forEach(check -> checks.put(check.getId(), word(CheckResult.isUp(check))));
      }
      return new State(CheckResult.isUp(result), checks);
    }

    /** For programs; says nothing that strangers could use. */
    JsonObject toJson() {
      return new JsonObject().put("status", word(isUp)).put("checks", checks);
    }

    private static String word(boolean isUp) {
      return isUp ? "up" : "down";
    }
  }

  /** @param checks by name; each answers whether all is well, and a failure is a no */
  Health(Vertx vertx, Map<String, Supplier<Future<Boolean>>> checks) {
    this.checks = HealthChecks.create(vertx);
    checks.forEach(
        (name, check) ->
            this.checks.register(
                name,
                CHECK_MS,
                promise -> check.get().map(Health::status).onComplete(promise::tryComplete, promise::tryFail)));
  }

  private static Status status(boolean isUp) {
    return isUp ? Status.OK() : Status.KO();
  }

  /** Checks everything on the loop of {@code home}; whoever asks meanwhile gets the same answer. Any thread. */
  Future<State> check(Context home) {
    Promise<State> promise = Promise.promise();
    home.runOnContext(
        turn -> {
          Future<State> asked = underway;
          if (asked == null) {
            asked = checks.checkStatus().map(State::of);
            underway = asked;
            var unused = asked.onComplete(done -> home.runOnContext(later -> underway = null));
          }
          var unused = asked.onComplete(promise);
        });
    return promise.future();
  }
}
