package carillon.http;

import carillon.auth.Porter;
import carillon.auth.Rights;
import carillon.config.HttpOptions;
import carillon.config.HubOptions;
import carillon.event.Grants;
import carillon.log.EventLog;
import carillon.meter.LoopDelay;
import carillon.meter.Readings;
import carillon.publish.PublishPort;
import carillon.publish.PublishPorts;
import carillon.subscribe.Backlog;
import carillon.subscribe.CloseReason;
import carillon.subscribe.LogPages;
import carillon.subscribe.Stream;
import carillon.subscribe.Streams;
import carillon.tail.TailView;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.VerticleBase;
import io.vertx.core.http.Http2Settings;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.Router;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.net.BindException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Listens, and serves the connections of one event loop: publishing, event streams, the page. Any number of instances
 * share the port. Deploy it after the tail and the publisher.
 */
public final class HttpVerticle extends VerticleBase {

  private static final System.Logger LOG = System.getLogger(HttpVerticle.class.getName());

  /** How long open connections may take to end once their streams have been ended. */
  private static final Duration CLOSING_MAX = Duration.ofSeconds(2);

  /** Connections the kernel may hold ready while the loop is busy; a whole crowd comes back at once after a restart. */
  private static final int ACCEPT_BACKLOG = 8_192;

  /**
   * A negative port is chosen by the system once and then shared by all instances; 0 would give each one of its own.
   */
  private static final int CHOSEN_BY_SYSTEM = -1;

  private final int id;
  private final EventLog log;
  private final InstantSource clock;
  private final Rights rights;
  private final Limits limits;
  private final Tls tls;
  private final Runnable rightsChanged = this::rightsChanged;
  private final Runnable certificateChanged = this::certificateChanged;
  private final OperatorPages pages;
  private final RefusalCounts refusals = new RefusalCounts();

  // Confined to the event loop, as soon as it has started.
  private HubOptions options;
  private @Nullable Consumer<HubOptions> change;
  private Handler<HttpServerRequest> routes = request -> {};
  private @Nullable AccessLog access;
  private @Nullable PublishPort port;
  private @Nullable LoopDelay delay;
  private @Nullable TailView view;
  private @Nullable Streams streams;
  private @Nullable HttpServer server;
  private volatile boolean draining; // written by its own loop

  /**
   * What all instances of a node share.
   *
   * @param log where history is read
   * @param clock the wall clock
   * @param rights who may do what
   * @param limits what clients hold of this node
   * @param tls with which certificate it listens, if with any
   * @param pages for operators, answered on this port too
   */
  public record Shared(
      EventLog log, InstantSource clock, Rights rights, Limits limits, Tls tls, OperatorPages pages) {}

  /**
   * One that is not deployed yet.
   *
   * @param id distinguishes the instances of one node
   * @param options of the hub
   */
  public HttpVerticle(int id, HubOptions options, Shared shared) {
    this.id = id;
    this.options = options;
    this.log = shared.log();
    this.clock = shared.clock();
    this.rights = shared.rights();
    this.limits = shared.limits();
    this.tls = shared.tls();
    this.pages = shared.pages();
  }

  /** Listens. Fails if the port is taken. */
  @Override
  public Future<?> start() {
    refusals.begin(context);
    delay = LoopDelay.begin(vertx);
    return TailView.open(vertx, id, options.tail(), options.topics())
        .compose(
            opened -> {
              view = opened;
              Duration notice = options.auth().expiringNotice();
              var open = new Streams(vertx, options.subscribe(), notice, clock, limits.unsent());
              streams = open;
              rights.onChange(rightsChanged);
              opened.whenLogAway(() -> open.end(CloseReason.LOG_AWAY));
              var backlog = new Backlog(vertx, context);
              var pages = new LogPages(vertx, context, log, options.subscribe(), backlog);
              var port = PublishPorts.local(context, options.publish(), options.topics(), log.isShared(), clock);
              this.port = port;
              AccessLog noting =
                  options.logging().access()
                      ? new AccessLog(System::nanoTime, new ClientAddress(options.limits()))
                      : null;
              access = noting;
              var gate =
                  new Gate(
                      rights,
                      new Porter(vertx, rights, clock),
                      options.http().corsOrigins(),
                      clock,
                      noting == null ? who -> {} : noting::identified);
              var cors = new Cors(options.http().corsOrigins());
              int pipelinedMax = options.http().pipelinedPublishesMax();
              var strict = new StrictTransport(options.hsts());
              var lanes =
                  new PublishLanes(
                      port,
                      pipelinedMax,
                      strict,
                      cors,
                      this::isOpenToAll,
                      this::afterThisTurn,
                      limits.toll(),
                      refusals::count);
              Runnable route = () -> routes = router(environment(opened, pages, backlog, open), port, cors, gate);
              route.run();
              change =
                  fresh -> {
                    port.change(fresh.publish(), fresh.topics());
                    opened.change(fresh.topics());
                    open.change(fresh.subscribe(), fresh.auth().expiringNotice());
                    cors.change(fresh.http().corsOrigins());
                    gate.change(fresh.http().corsOrigins());
                    lanes.change(fresh.http().pipelinedPublishesMax(), cors);
                    route.run();
                  };
              tls.onChange(certificateChanged);
              Handler<HttpServerRequest> next = operators(gate, unlessDraining(request -> routes.handle(request)));
              server = GuardedServer.create(vertx, limits, serverOptions(), strict, next);
              return server
                  .connectionHandler(connection -> connected(connection, lanes))
                  .listen()
                  .recover(failure -> Future.failedFuture(named(failure)));
            });
  }

  private Stream.Environment environment(TailView view, LogPages pages, Backlog backlog, Streams streams) {
    return new Stream.Environment(
        vertx, context, view, log, pages, backlog, streams, options.subscribe(), new SplittableRandom());
  }

  /**
   * Takes over what may change while it listens. Requests that come later meet the new settings, all of them; streams
   * that are open go on with those they were opened with, but for heartbeats and {@code hub.token-expiring}.
   *
   * @return completes on any thread when that is done; for a verticle that is stopping, nothing is
   */
  public Future<Void> change(HubOptions fresh) {
    return Future.future(
        promise ->
            context.runOnContext(
                turn -> {
                  if (change != null && !draining) {
                    options = fresh;
                    change.accept(fresh);
                  }
                  promise.complete();
                }));
  }

  /** The system says that an address is taken, but not which; each transport with an exception of its own. */
  private Throwable named(Throwable failure) {
    if (!(failure instanceof IOException)) {
      return failure;
    }
    HttpOptions http = options.http();
    var named = new BindException("cannot listen on " + http.host() + ":" + http.port() + ": " + failure.getMessage());
    named.initCause(failure);
    return named;
  }

  /** The port it listens on; only after it has started. */
  public int actualPort() {
    if (server == null) {
      throw new IllegalStateException("not started");
    }
    return server.actualPort();
  }

  /** What is held for clients now. Any thread. */
  public Future<Usage> usage() {
    return Future.future(
        promise ->
            context.runOnContext(
                turn ->
                    promise.complete(
                        streams == null || view == null
                            ? new Usage(0, 0, 0)
                            : new Usage(streams.open(), view.interestCount(), view.selectorCount()))));
  }

  /** Whether it sends clients away. Any thread. */
  public boolean isDraining() {
    return draining;
  }

  /** What this loop has counted. Any thread. */
  public Future<Readings> measure() {
    return Future.future(promise -> context.runOnContext(turn -> promise.complete(readings())));
  }

  private Readings readings() {
    var readings = new Readings();
    refusals.measure(readings);
    if (streams != null) {
      streams.measure(readings);
    }
    if (view != null) {
      view.measure(readings);
    }
    if (port != null) {
      port.measure(readings);
    }
    if (delay != null) {
      delay.measure(readings);
    }
    return readings;
  }

  /**
   * What one loop holds for its clients.
   *
   * @param streams open streams, long polls included
   * @param interests different questions they ask
   * @param selectors different selectors they follow
   */
  public record Usage(int streams, int interests, int selectors) {}

  /** Keys have changed: whoever was let in with one that is gone is shown out. */
  private void rightsChanged() {
    context.runOnContext(
        turn -> {
          if (streams != null) {
            streams.review();
          }
        });
  }

  /** Open connections keep what they were opened with. */
  private void certificateChanged() {
    context.runOnContext(
        turn -> {
          if (server != null) {
            server
                .updateSSLOptions(tls.update(serverOptions()))
                .onFailure(failure -> LOG.log(Level.ERROR, "tls: the new certificate cannot be used", failure));
          }
        });
  }

  /** Sends away whoever comes, ends the open streams spread over the drain window, then closes the connections. */
  @Override
  public Future<?> stop() {
    draining = true;
    rights.offChange(rightsChanged);
    tls.offChange(certificateChanged);
    Future<Void> drained = streams == null ? Future.succeededFuture() : streams.drain(options.http().drain());
    return drained
        .compose(none -> server == null ? none() : server.shutdown(CLOSING_MAX.toMillis(), TimeUnit.MILLISECONDS))
        .eventually(() -> view == null ? none() : view.close());
  }

  private static Future<Void> none() {
    return Future.succeededFuture();
  }

  private Handler<HttpServerRequest> unlessDraining(Handler<HttpServerRequest> next) {
    TryLater later = tryLater();
    return request -> {
      if (draining) {
        later.draining(request);
        if (access != null) {
          access.answered(request, CloseReason.DRAINING.label());
        }
      } else {
        next.handle(request);
      }
    };
  }

  private void afterThisTurn(Runnable task) {
    context.runOnContext(turn -> task.run());
  }

  /** Whether anybody may publish anything without being asked who they are, and without a line about it. */
  private boolean isOpenToAll() {
    return !draining && access == null && rights.options().anonymous().equals(Grants.ALL);
  }

  private TryLater tryLater() {
    return new TryLater(vertx, options.subscribe().retry(), new SplittableRandom());
  }

  private Handler<HttpServerRequest> operators(Gate gate, Handler<HttpServerRequest> next) {
    return new OperatorRoutes(vertx, pages, gate, next);
  }

  private Router router(Stream.Environment environment, PublishPort port, Cors cors, Gate gate) {
    Router router = Router.router(vertx);
    ErrorAnswers.mount(router, vertx);
    if (access != null) {
      router.route().handler(access);
    }
    router.route().handler(cors);
    PublishRoutes.mount(router, vertx, port, options.http(), gate, limits);
    var subscribe =
        new SubscribeHandler(environment, Outlets.of(options), tryLater(), clock, rights, gate, limits);
    SubscribeRoutes.mount(router, subscribe);
    TopicHandler.mount(router, vertx, options, log, gate);
    Page.mountClient(router);
    if (options.http().page()) {
      Page.mount(router);
    }
    return router;
  }

  /** A connection that breaks is no event: whatever it carried hears of it by itself. */
  private static void connected(HttpConnection connection, PublishLanes lanes) {
    lanes.open(connection);
    connection.exceptionHandler(failure -> LOG.log(Level.DEBUG, "a connection broke: {0}", failure.getMessage()));
  }

  private HttpServerOptions serverOptions() {
    HttpOptions http = options.http();
    var server =
        new HttpServerOptions()
            .setHost(http.host())
            .setPort(http.port() == 0 ? CHOSEN_BY_SYSTEM : http.port())
            .setAcceptBacklog(ACCEPT_BACKLOG)
            .setMaxHeaderSize(http.headBytesMax())
            .setMaxInitialLineLength(http.headBytesMax())
            .setIdleTimeout((int) http.idleTimeout().toSeconds())
            .setInitialSettings(
                new Http2Settings()
                    .setMaxConcurrentStreams(options.limits().http2StreamsMax())
                    .setMaxHeaderListSize(http.headBytesMax()))
            .setHttp2RstFloodMaxRstFramePerWindow(options.limits().http2ResetsMax())
            .setSendBufferSize(options.subscribe().sendBufferBytes())
            .setTcpUserTimeout((int) options.subscribe().stuckTimeout().toMillis())
            .setStrictThreadMode(true) // no queue for other threads in each connection, which is half of its memory
            .setCompressionSupported(false)
            .setPerFrameWebSocketCompressionSupported(false)
            .setPerMessageWebSocketCompressionSupported(false);
    tls.apply(server);
    return server;
  }
}
