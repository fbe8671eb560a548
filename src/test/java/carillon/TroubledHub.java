package carillon;

import static java.util.concurrent.TimeUnit.SECONDS;

import carillon.auth.Rights;
import carillon.auth.RightsVerticle;
import carillon.bus.BusCodecs;
import carillon.config.HubOptions;
import carillon.config.HubOptionsReader;
import carillon.http.GuardedServer;
import carillon.http.HttpVerticle;
import carillon.http.Limits;
import carillon.http.OperatorPages;
import carillon.http.Tls;
import carillon.ops.OperatorVerticle;
import carillon.publish.PublishCodecs;
import carillon.publish.PublisherVerticle;
import carillon.tail.TailCodecs;
import carillon.tail.TailVerticle;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.TimeoutException;

/**
 * The parts of a hub, put together as {@link HubVerticle} does it, around a log that gets into trouble when it is told
 * to. Each part can be stopped by itself; the figures are shown as long as all of it lives.
 */
final class TroubledHub implements AutoCloseable {

  final TroubledLog log = new TroubledLog();
  final Vertx vertx = Vertx.vertx();
  private final RightsVerticle keys;
  private final HttpVerticle http;
  private final String httpId;
  private final String publisherId;
  private final int operatorPort;

  /** @param settings beside those that a test needs anyway */
  TroubledHub(JsonObject settings) throws TimeoutException {
    BusCodecs.register(vertx.eventBus());
    PublishCodecs.register(vertx.eventBus());
    TailCodecs.register(vertx.eventBus());
    HubOptions options = options(settings);
    var watch = new Watch(vertx);
    watch.opened(log);
    var operator =
        new OperatorVerticle(
            options.ops(),
            (server, handler) -> GuardedServer.forOperators(vertx, options.limits(), server, handler),
            watch.checks(),
            watch::readings);
    var rights = new Rights(options.auth());
    keys = new RightsVerticle(rights);
    var tail = new TailVerticle(log, options.tail(), options.subscribe().logAwayMax(), 1);
    var publisher = new PublisherVerticle(log, options.publish(), options.topics(), InstantSource.system(), 1);
    http =
        new HttpVerticle(
            0,
            options,
            new HttpVerticle.Shared(
                log, InstantSource.system(), rights, new Limits(options.limits()), new Tls(options.tls()),
                OperatorPages.NONE));
    vertx.deployVerticle(operator).await(60, SECONDS);
    vertx.deployVerticle(keys).await(60, SECONDS);
    vertx.deployVerticle(tail).await(60, SECONDS);
    publisherId = vertx.deployVerticle(publisher).await(60, SECONDS);
    httpId = vertx.deployVerticle(http, new DeploymentOptions()).await(60, SECONDS);
    watch.started(tail);
    watch.started(publisher);
    watch.listening(List.of(http));
    operatorPort = operator.actualPort().orElseThrow();
  }

  private static HubOptions options(JsonObject settings) {
    return HubOptionsReader.read(
        new JsonObject()
            .put("http.port", 0)
            .put("ops.port", 0)
            .put("http.drain", "0s")
            .put("clocks", new JsonArray())
            .put("subscribe.heartbeat", "200ms")
            .mergeIn(settings));
  }

  URI uri() {
    return URI.create("http://127.0.0.1:" + http.actualPort());
  }

  /** Where the figures are. */
  URI operators() {
    return URI.create("http://127.0.0.1:" + operatorPort);
  }

  /** Takes over other settings while it runs. */
  void change(JsonObject settings) throws TimeoutException {
    HubOptions options = options(settings);
    keys.change(options.auth()).await(60, SECONDS);
    http.change(options).await(60, SECONDS);
  }

  /** Begins to stop what clients connect to. */
  Future<Void> stopHttp() {
    return vertx.undeploy(httpId);
  }

  /** Begins to stop the publisher. */
  Future<Void> stopPublisher() {
    return vertx.undeploy(publisherId);
  }

  @Override
  public void close() throws TimeoutException {
    log.release();
    vertx.close().await(60, SECONDS);
  }
}
