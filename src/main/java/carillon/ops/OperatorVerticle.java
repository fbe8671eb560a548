package carillon.ops;

import carillon.config.OpsOptions;
import carillon.meter.Readings;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.VerticleBase;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonObject;
import java.lang.System.Logger.Level;
import java.net.BindException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Answers operators and what they send: is the hub alive, is it ready, what are its figures. On a port of its own where
 * one is set; its {@link #health} and {@link #metrics} may be mounted on another server as well. Deploy it before
 * everything else, so that it speaks while the others start and while they stop.
 */
public final class OperatorVerticle extends VerticleBase {

  /** The process runs and its loops turn. */
  public static final String LIVE = "/health/live";

  /** Clients may be sent here. */
  public static final String READY = "/health/ready";

  /** The figures. */
  public static final String METRICS = "/metrics";

  private static final System.Logger LOG = System.getLogger(OperatorVerticle.class.getName());

  /** Probes and scrapes come from few places and are small; whoever is silent for so long is gone. */
  private static final Duration IDLE_MAX = Duration.ofSeconds(75);

  private static final int HEAD_BYTES_MAX = 8 << 10;

  private final OpsOptions options;
  private final Servers servers;
  private final Map<String, Supplier<Future<Boolean>>> checks;
  private final Supplier<Future<Readings>> readings;
  private final Exposition exposition = new Exposition();
  private @Nullable Health health;
  private @Nullable HttpServer server;

  /** Makes the server of the port of their own. */
  @FunctionalInterface
  public interface Servers {

    /**
     * A server, not listening yet; called on the verticle's event loop. It must show {@code handler} nothing that could
     * be understood in two ways, and keep no connection whose first request does not come.
     */
    HttpServer create(HttpServerOptions options, Handler<HttpServerRequest> handler);
  }

  /**
   * @param servers is asked if there is a port
   * @param checks what the hub needs to be ready, by name; each is called on this verticle's event loop, and answers
   *     whether all is well
   * @param readings the hub's figures; called on this verticle's event loop
   */
  public OperatorVerticle(
      OpsOptions options,
      Servers servers,
      Map<String, Supplier<Future<Boolean>>> checks,
      Supplier<Future<Readings>> readings) {
    this.options = options;
    this.servers = servers;
    this.checks = checks;
    this.readings = readings;
  }

  /** Listens, if there is a port. Fails if that is taken. */
  @Override
  public Future<?> start() {
    health = new Health(vertx, checks);
    // Not waited for: whoever scrapes does, and nobody else needs it.
    var unused = vertx.executeBlocking(exposition::begin);
    Optional<Integer> port = options.port();
    if (port.isEmpty()) {
      return Future.succeededFuture();
    }
    server = servers.create(serverOptions(port.get()), this::handle);
    return server
        .listen()
        .onSuccess(
            listening ->
                LOG.log(
                    Level.INFO,
                    "operators are answered on http://{0}:{1}",
                    options.host(),
                    Integer.toString(listening.actualPort())))
        .recover(failure -> Future.failedFuture(named(port.get(), failure)));
  }

  private Throwable named(int port, Throwable failure) {
    var named = new BindException("cannot listen on " + options.host() + ":" + port + ": " + failure.getMessage());
    named.initCause(failure);
    return named;
  }

  private HttpServerOptions serverOptions(int port) {
    return new HttpServerOptions()
        .setHost(options.host())
        .setPort(port)
        .setIdleTimeout((int) IDLE_MAX.toSeconds())
        .setMaxHeaderSize(HEAD_BYTES_MAX)
        .setMaxInitialLineLength(HEAD_BYTES_MAX);
  }

  /** The port for operators, if there is one; only after it has started. */
  public Optional<Integer> actualPort() {
    return Optional.ofNullable(server).map(HttpServer::actualPort);
  }

  @Override
  public Future<?> stop() {
    Future<Void> closed = server == null ? Future.succeededFuture() : server.close();
    return closed.eventually(() -> vertx.executeBlocking(this::closeExposition));
  }

  private boolean closeExposition() {
    exposition.close();
    return true;
  }

  private void handle(HttpServerRequest request) {
    Map<String, Handler<HttpServerRequest>> pages =
        Map.of(LIVE, this::health, READY, this::health, METRICS, this::metrics);
    Handler<HttpServerRequest> page = request.path() == null ? null : pages.get(request.path());
    if (page == null) {
      end(request, 404, "text/plain", "Here are " + LIVE + ", " + READY + " and " + METRICS + ".\n");
    } else if (!isRead(request)) {
      request.response().putHeader(HttpHeaders.ALLOW, "GET, HEAD");
      end(request, 405, "text/plain", "Use GET.\n");
    } else {
      page.handle(request);
    }
  }

  private static boolean isRead(HttpServerRequest request) {
    return request.method().equals(HttpMethod.GET) || request.method().equals(HttpMethod.HEAD);
  }

  /**
   * Answers a GET or HEAD of {@link #LIVE} or {@link #READY}: 200 if it is, 503 if not, and what is not as JSON. On any
   * event loop.
   */
  public void health(HttpServerRequest request) {
    Health checked = health;
    if (LIVE.equals(request.path())) {
      endAsJson(request, 200, new JsonObject().put("status", "up"));
    } else if (checked == null) {
      endAsJson(request, 503, new JsonObject().put("status", "down"));
    } else {
      Context here = vertx.getOrCreateContext();
      checked
          .check(context)
          .onComplete(
              state ->
                  here.runOnContext(
                      turn -> {
                        Health.State known =
                            state.succeeded() ? state.result() : new Health.State(false, new JsonObject());
                        endAsJson(request, known.isUp() ? 200 : 503, known.toJson());
                      }));
    }
  }

  /** Answers a GET or HEAD of {@link #METRICS}: as OpenMetrics if that is asked for. On any event loop. */
  public void metrics(HttpServerRequest request) {
    Context here = vertx.getOrCreateContext();
    List<String> accepts = request.headers().getAll(HttpHeaders.ACCEPT);
    String format =
        accepts.stream().anyMatch(accept -> accept.contains("application/openmetrics-text"))
            ? Exposition.OPEN_METRICS
            : Exposition.PROMETHEUS;
    context.runOnContext(
        turn ->
            readings
                .get()
                .compose(read -> vertx.executeBlocking(() -> exposition.text(read, format)))
                .onComplete(
                    text ->
                        here.runOnContext(
                            back -> {
                              if (text.succeeded()) {
                                end(request, 200, format, text.result());
                              } else {
                                LOG.log(Level.WARNING, "the figures cannot be told", text.cause());
                                end(request, 500, "text/plain", "The figures cannot be told.\n");
                              }
                            })));
  }

  private static void endAsJson(HttpServerRequest request, int status, JsonObject body) {
    end(request, status, "application/json", body.encode() + "\n");
  }

  private static void end(HttpServerRequest request, int status, String type, String body) {
    HttpServerResponse response = request.response();
    if (response.closed() || response.headWritten()) {
      return; // whoever asked has gone
    }
    response
        .setStatusCode(status)
        .putHeader(HttpHeaders.CONTENT_TYPE, type)
        .putHeader(HttpHeaders.CACHE_CONTROL, "no-store")
        .putHeader("x-content-type-options", "nosniff");
    var unused = request.method().equals(HttpMethod.HEAD) ? response.end() : response.end(body);
  }
}
