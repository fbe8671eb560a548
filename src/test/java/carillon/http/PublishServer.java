package carillon.http;

import carillon.auth.Porter;
import carillon.auth.Rights;
import carillon.config.HttpOptions;
import carillon.config.HubOptionsReader;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.LongSupplier;

/** A real server with nothing but the publishing half, on a port of the system's choice. */
final class PublishServer implements AutoCloseable {

  static final int BATCH_BYTES_MAX = 4 << 20;
  static final int PIPELINED_MAX = 64;

  final RecordingPort port = new RecordingPort();
  private final Vertx vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(1));
  private final int listening;

  PublishServer(List<String> corsOrigins, Duration bodyTimeMax) {
    this(corsOrigins, bodyTimeMax, PIPELINED_MAX);
  }

  /** @param pipelinedMax 0 for a server that knows only the ordinary way */
  PublishServer(List<String> corsOrigins, Duration bodyTimeMax, int pipelinedMax) {
    this(corsOrigins, bodyTimeMax, pipelinedMax, System::nanoTime);
  }

  /** @param nanoTime the clock that bodies are timed by */
  PublishServer(List<String> corsOrigins, Duration bodyTimeMax, int pipelinedMax, LongSupplier nanoTime) {
    var options = new HttpOptions("127.0.0.1", 0, 1, 16 << 10, BATCH_BYTES_MAX, pipelinedMax,
        Duration.ofSeconds(60), Duration.ZERO, corsOrigins, false);
    Context loop = vertx.getOrCreateContext();
    port.answerOn(loop);
    var cors = new Cors(options.corsOrigins());
    var rights = new Rights(HubOptionsReader.read(new JsonObject()).auth());
    var gate = new Gate(rights, new Porter(vertx, rights, InstantSource.system()), corsOrigins, InstantSource.system());
    Toll toll = new Limits(HubOptionsReader.read(new JsonObject()).limits()).toll();
    var lanes = new PublishLanes(
        port,
        options.pipelinedPublishesMax(),
        StrictTransport.OFF,
        cors,
        () -> true,
        task -> loop.runOnContext(turn -> task.run()),
        toll,
        code -> {});
    Router router = Router.router(vertx);
    router.route().handler(cors);
    ErrorAnswers.mount(router, vertx);
    var bodies = new BodyCollector(vertx, nanoTime, bodyTimeMax);
    PublishRoutes.mount(router, vertx, port, options, bodies, gate, toll);
    router.get("/").handler(context -> context.end("the page"));
    router.get("/bug").handler(
        context -> {
          throw new IllegalStateException("a secret");
        });
    var server =
        vertx
            .createHttpServer(new HttpServerOptions().setHost("127.0.0.1").setPort(0).setMaxHeaderSize(16 << 10))
            .invalidRequestHandler(ErrorAnswers::invalidRequest)
            .connectionHandler(lanes::open)
            .requestHandler(new TransferCoding(new CertainHead(router)));
    listening = await(server.listen()).actualPort();
  }

  PublishServer() {
    this(List.of("*"), Duration.ofSeconds(60));
  }

  Vertx vertx() {
    return vertx;
  }

  int listeningOn() {
    return listening;
  }

  RawConnection connect() {
    return new RawConnection(listening);
  }

  /** One request on a connection of its own. */
  RawConnection.Answer ask(String request) {
    try (RawConnection connection = connect()) {
      return connection.send(request).answer();
    }
  }

  /** A request with a body, and its length with it. */
  static String request(String line, String headers, String body) {
    return line + " HTTP/1.1\r\nHost: hub\r\n" + headers + "Content-Length: " + body.length() + "\r\n\r\n" + body;
  }

  RawConnection.Answer ask(String line, String headers, String body) {
    return ask(request(line, headers, body));
  }

  @Override
  public void close() {
    await(vertx.close());
  }

  static <T> T await(Future<T> future) {
    try {
      return future.await(10, TimeUnit.SECONDS);
    } catch (TimeoutException e) {
      throw new AssertionError("still not done after ten seconds", e);
    }
  }
}
