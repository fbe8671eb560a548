package carillon.http;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.junit.jupiter.api.Assertions.assertEquals;

import carillon.HubVerticle;
import carillon.auth.TokenMint;
import carillon.harness.SseClient;
import carillon.sse.EventStreamReader.Event;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeoutException;

/** A whole hub that is attacked, with others who use it meanwhile: a stream, and a connection that publishes. */
final class HostileHub implements AutoCloseable {

  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final Vertx vertx = Vertx.vertx();
  private final HubVerticle verticle = new HubVerticle();
  private final String publisher;
  private final SseClient subscriber;
  private final RawConnection connection;
  private int seen;
  private int asked;

  /**
   * @param publisher the field to publish with, and its line end
   * @param subscriber the fields to subscribe with
   */
  private HostileHub(JsonObject auth, JsonArray origins, String publisher, String... subscriber) throws Exception {
    var config =
        new JsonObject()
            .put("http", new JsonObject().put("port", 0).put("instances", 1).put("corsOrigins", origins))
            .put("log", new JsonObject().put("engine", "memory"))
            .put("clocks", new JsonArray())
            .put("auth", auth);
    vertx.deployVerticle(verticle, new DeploymentOptions().setConfig(config)).await(30, SECONDS);
    this.publisher = publisher;
    SseClient.Setup setup = SseClient.to(URI.create("http://127.0.0.1:" + port()), "/events?topic=**");
    for (String field : subscriber) {
      setup.header(field);
    }
    this.subscriber = setup.open();
    assertEquals(200, this.subscriber.awaitHead().status());
    connection = new RawConnection(port());
  }

  /** Everybody may do everything. */
  static HostileHub open() throws Exception {
    return new HostileHub(new JsonObject(), new JsonArray().add("*"), "");
  }

  /** Nobody may do anything without a token, but follow {@code open/**}. */
  static HostileHub guarded(Path publicKey) throws Exception {
    var auth =
        new JsonObject()
            .put("anonymous", new JsonObject().put("subscribe", new JsonArray().add("open/**")))
            .put("jwtSecret", TokenMint.SECRET)
            .put("jwtPublicKey", publicKey.toString())
            .put("jwtIssuer", HostileRequests.ISSUER)
            .put("jwtAudience", new JsonArray().add(HostileRequests.AUDIENCE))
            .put("cookie", "token");
    return new HostileHub(
        auth,
        new JsonArray().add(HostileRequests.TRUSTED_ORIGIN),
        HostileRequests.bearer("publish", "fresh"),
        HostileRequests.bearer("subscribe", "**").strip());
  }

  int port() {
    return verticle.port();
  }

  /** Publishes, and tells what the stream got before that since the last time. Fails if hub or stream are harmed. */
  List<Event> heard() {
    asked++;
    String data = "fresh " + asked;
    String head = "POST /events/fresh HTTP/1.1\r\nHost: h\r\n" + publisher + "Content-Length: " + data.length();
    assertEquals(201, connection.send(head + "\r\n\r\n" + data).answer().status());
    subscriber.awaitEvent(event -> event.data().equals(data), PATIENCE);
    List<Event> events = subscriber.events();
    List<Event> since = List.copyOf(events.subList(seen, events.size() - 1));
    seen = events.size();
    return since;
  }

  @Override
  public void close() throws TimeoutException {
    connection.close();
    subscriber.close();
    vertx.close().await(30, SECONDS);
  }
}
