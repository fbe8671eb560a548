package carillon;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.vertx.core.Context;
import io.vertx.core.Deployable;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class StopOrderTest {

  private final Vertx vertx = Vertx.vertx();
  private final List<String> stopped = new CopyOnWriteArrayList<>();

  @AfterEach
  void close() throws Exception {
    vertx.close().await(30, SECONDS);
  }

  @Test
  void undeployed_stopsInReverse_eachWhenThoseAfterItHaveStopped() throws Exception {
    String id = vertx.deployVerticle(new Outermost()).await(30, SECONDS);
    vertx.undeploy(id).await(30, SECONDS);
    assertEquals(List.of("together", "together", "second", "first", "outermost"), stopped);
  }

  @Test
  void closed_theSame() throws Exception {
    vertx.deployVerticle(new Outermost()).await(30, SECONDS);
    vertx.close().await(30, SECONDS);
    assertEquals(List.of("together", "together", "second", "first", "outermost"), stopped);
  }

  private final class Outermost extends VerticleBase {

    @Override
    public Future<?> start() {
      var order = new StopOrder(vertx);
      return order
          .deploy(new Named("first"))
          .compose(done -> order.deploy(new Named("second")))
          .compose(done -> order.deployTogether(List.of(new Named("together"), new Named("together"))));
    }

    @Override
    public Future<?> stop() {
      stopped.add("outermost");
      return Future.succeededFuture();
    }
  }

  /** Takes a while to stop: whoever does not wait for it is ahead of it in the list. */
  private final class Named implements Deployable {

    private final String name;

    Named(String name) {
      this.name = name;
    }

    @Override
    public Future<?> deploy(Context context) {
      return Future.succeededFuture();
    }

    @Override
    public Future<?> undeploy(Context context) {
      Promise<Void> done = Promise.promise();
      vertx.setTimer(
          50,
          id -> {
            stopped.add(name);
            done.complete();
          });
      return done.future();
    }
  }
}
