package carillon;

import io.vertx.core.Context;
import io.vertx.core.Deployable;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Deploys verticles so that they stop in the reverse of the order they were started in. Vert.x undeploys the children of
 * a verticle together, and before it: so each is deployed as the child of the one before. Confined to the context of the
 * verticle that made it.
 */
final class StopOrder {

  private final Vertx vertx;
  private @Nullable Context innermost;

  /** The first to be deployed are the children of the calling verticle. */
  StopOrder(Vertx vertx) {
    this.vertx = vertx;
  }

  /** Deploys one that stops before all that were deployed until now. */
  Future<Void> deploy(Deployable verticle) {
    var member = new Member(verticle);
    return deploy(innermost, member).onSuccess(started -> innermost = member.context());
  }

  /** Deploys some that stop together, before all that were deployed one by one. */
  Future<Void> deployTogether(List<? extends Deployable> verticles) {
    Context outer = innermost;
    return Future.all(verticles.stream().map(verticle -> deploy(outer, verticle)).toList()).mapEmpty();
  }

  /** Whose child a verticle becomes is a matter of the context it is deployed from. */
  private Future<Void> deploy(@Nullable Context outer, Deployable verticle) {
    if (outer == null) {
      return vertx.deployVerticle(verticle).mapEmpty();
    }
    Promise<Void> deployed = Promise.promise();
    outer.runOnContext(turn -> vertx.deployVerticle(verticle).<Void>mapEmpty().onComplete(deployed));
    return deployed.future();
  }

  /** Tells the context it was deployed with. */
  private static final class Member implements Deployable {

    private final Deployable verticle;
    private volatile @Nullable Context context; // set on its own loop, read on that of the others

    Member(Deployable verticle) {
      this.verticle = verticle;
    }

    @Nullable Context context() {
      return context;
    }

    @Override
    public Future<?> deploy(Context assigned) throws Exception {
      context = assigned;
      return verticle.deploy(assigned);
    }

    @Override
    public Future<?> undeploy(Context assigned) throws Exception {
      return verticle.undeploy(assigned);
    }
  }
}
