package carillon.publish;

import carillon.config.PublishOptions;
import carillon.event.Draft;
import carillon.event.TopicRule;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;

/** A port on an event loop of its own, used from a test's thread. */
final class PortUser {

  private final Context context;
  private final PublishPort port;

  PortUser(Vertx vertx, PublishOptions options) {
    this(vertx.getOrCreateContext(), options);
  }

  /** On an event loop that is shared with others. */
  PortUser(Context context, PublishOptions options) {
    this(context, options, List.of());
  }

  /** The same with rules that say which topics keep no history. */
  PortUser(Context context, PublishOptions options, List<TopicRule> rules) {
    this.context = context;
    port = PublishPorts.local(context, options, rules, false, InstantSource.system());
  }

  /** What {@code turn} hands in within one turn of the loop. */
  <T> Future<T> inOneTurn(Function<PublishPort, Future<T>> turn) {
    Promise<T> promise = Promise.promise();
    context.runOnContext(onLoop -> turn.apply(port).onComplete(promise));
    return promise.future();
  }

  Future<Outcome> publish(Draft draft) {
    return inOneTurn(each -> each.publish(draft));
  }

  Future<List<Outcome>> publishAll(List<Draft> drafts) {
    return inOneTurn(each -> each.publishAll(drafts));
  }

  static <T> T await(Future<T> future) throws TimeoutException {
    return future.await(5, TimeUnit.SECONDS);
  }
}
