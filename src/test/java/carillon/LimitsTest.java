package carillon;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import carillon.harness.Eventually;
import carillon.harness.Http;
import carillon.http.HttpVerticle;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Vertx;
import io.vertx.core.http.Http2Settings;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * What one client may take of a whole hub, and all of them together. Clients come from addresses of their own by the
 * word of a proxy, which is this machine.
 *
 * <p>Tried and caught: not giving back a stream that has ended, counting a stream twice, paying for a batch as for one
 * event, leaving the lane of pipelined publishes open to who cannot pay, arming the watch only once for a connection,
 * cutting streams for stray bytes.
 */
final class LimitsTest {

  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final int STUCK = 40;
  private static final int BATCH = 1_000;
  private static final String JSON = "Content-Type: application/json";
  private static final String POST = "POST /events/a HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx";
  private static final String TOKEN = "a-key-that-nobody-would-guess";
  private static final String STREAM = "Accept: text/event-stream";

  private final HubVerticle hub = new HubVerticle();
  private final List<Socket> open = new ArrayList<>();
  private Vertx vertx;
  private URI uri;

  @AfterEach
  void stop() throws Exception {
    for (Socket socket : open) {
      socket.close();
    }
    if (vertx != null) {
      vertx.close().await(30, SECONDS);
    }
  }

  private void start(JsonObject settings) throws TimeoutException {
    vertx = Vertx.vertx();
    var config =
        new JsonObject()
            .put("http.port", 0)
            .put("http.instances", 2)
            .put("log.engine", "memory")
            .put("clocks", new JsonArray())
            .mergeIn(settings);
    vertx.deployVerticle(hub, new DeploymentOptions().setConfig(config)).await(30, SECONDS);
    uri = URI.create("http://127.0.0.1:" + hub.port());
  }

  private static JsonObject behindProxy() {
    return new JsonObject().put("http.proxies", "127.0.0.0/8");
  }

  private static JsonObject withKey(JsonObject settings) {
    try {
      byte[] digest = MessageDigest.getInstance("SHA-256").digest(TOKEN.getBytes(ISO_8859_1));
      var key = new JsonObject().put("name", "somebody").put("sha256", HexFormat.of().formatHex(digest));
      var all = new JsonArray().add("**");
      return settings
          .put("auth.keys", new JsonArray().add(key.put("publish", all).put("subscribe", all)))
          .put("auth.anonymous", new JsonObject().put("publish", all).put("subscribe", all));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
  }

  // Streams.

  @Test
  void streams_moreThanAnAddressMayHave_areRefusedInAWayThatEverybodySurvives() throws Exception {
    start(behindProxy().put("http.connectionsPerAddressMax", 2));
    Socket first = follow("198.51.100.1");
    follow("198.51.100.1");

    Http.Response browser = ask("GET", "/events?topic=a", "", STREAM, from("198.51.100.1"));
    assertEquals(200, browser.status());
    assertTrue(browser.text().contains("event: hub.closing\ndata: {\"reason\":\"too-many-streams\"}"), browser.text());
    assertTrue(browser.text().contains("retry: "), browser.text());
    Http.Response program = ask("GET", "/events?topic=a&poll", "", from("198.51.100.1"));
    assertEquals(429, program.status());
    assertTrue(program.text().contains("too-many-streams"), program.text());
    assertTrue(Integer.parseInt(program.head().field("retry-after").orElseThrow()) >= 1);
    assertEquals(201, ask("POST", "/events/a", "x", from("198.51.100.1")).status(), "it may publish all the same");

    follow("198.51.100.2");
    first.close();
    Eventually.await("a stream that ended is given back", PATIENCE, () -> isFollowing("198.51.100.1"));
  }

  @Test
  void streams_ofOneIpv6Network_areCountedAsOneClient() throws Exception {
    start(behindProxy().put("http.connectionsPerAddressMax", 1));
    follow("2001:db8:0:1::7");
    assertEquals(429, ask("GET", "/events?topic=a&poll", "", from("[2001:db8:0:1:ffff::8]:4711")).status());
    follow("2001:db8:0:2::7");
  }

  @Test
  void streams_moreThanTheHolderOfATokenMayHave_areRefused() throws Exception {
    start(withKey(new JsonObject().put("subscribe.streamsPerPrincipalMax", 1)));
    String token = "Authorization: Bearer " + TOKEN;
    Socket first = followWith(token);
    assertEquals(429, ask("GET", "/events?topic=a&poll", "", token).status());
    followWith("X: anonymous");
    first.close();
    Eventually.await(
        "it is given back", PATIENCE, () -> ask("GET", "/events?topic=a&poll", "", token).status() == 200);
  }

  @Test
  void streams_moreThanTheHubHolds_areRefusedAs503() throws Exception {
    start(new JsonObject().put("http.connectionsMax", 150));
    for (int i = 0; i < 147; i++) {
      followWith("X: y");
    }
    Http.Response program = ask("GET", "/events?topic=a&poll", "");
    assertEquals(503, program.status());
    assertTrue(program.text().contains("hub-full"), program.text());
    assertTrue(program.head().field("retry-after").isPresent());
    assertEquals(201, ask("POST", "/events/a", "x").status());
  }

  // Connections.

  @Test
  void connections_moreThanThereMayBe_areClosedAsTheyCome() throws Exception {
    start(new JsonObject().put("http.connectionsMax", 4).put("http.headTimeout", "1m"));
    for (int i = 0; i < 3; i++) {
      followWith("X: y");
    }
    Socket idle = connect();
    write(idle, POST);
    assertTrue(read(idle).startsWith("HTTP/1.1 201"));
    assertTrue(isClosed(connect()));
    idle.close();
    Eventually.await("there is room again", PATIENCE, this::canPublish);
  }

  @Test
  void connections_whoseHeadIsLate_giveWayToThoseWhoCome() throws Exception {
    start(new JsonObject().put("http.connectionsMax", 8).put("http.instances", 1).put("http.headTimeout", "10m"));
    for (int i = 0; i < 8; i++) {
      write(connect(), "GET /events?topic=a HTTP/1.1\r\nX");
    }
    Eventually.await("one that has waited for a second is closed for who comes", PATIENCE, this::canPublish);
  }

  // Heads.

  @Test
  void heads_notCompleteInTime_endTheirConnections() throws Exception {
    start(new JsonObject().put("http.headTimeout", "2s"));
    Socket keptAlive = connect();
    write(keptAlive, POST);
    assertTrue(read(keptAlive).startsWith("HTTP/1.1 201"));
    Socket second = connect();
    write(second, "GET /events?topic=a&poll HTTP/1.1\r\nHost: a\r\n\r\n");
    assertTrue(read(second).startsWith("HTTP/1.1 200"));
    Socket silent = connect();
    Socket begun = connect();
    write(begun, "GET /events?topic=a HTTP/1.1\r\nHost: a\r\n");
    Socket http2 = connect();
    write(http2, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0");
    String head = "GET /events?topic=a HTTP/1.1\r\nX-Long: ";
    var dripped = new LinkedHashMap<Socket, String>();
    dripped.put(connect(), head);
    dripped.put(second, head);
    dripped.put(connect(), "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");

    assertEquals(List.of(), leftOpenWhileDripping(dripped));
    assertTrue(isClosed(silent));
    assertTrue(isClosed(begun));
    assertTrue(isClosed(http2));
    write(keptAlive, POST);
    assertTrue(read(keptAlive).startsWith("HTTP/1.1 201"), "between requests nothing is awaited");
  }

  @Test
  void heads_ofWhomIsAnswered_areNotAwaited() throws Exception {
    start(new JsonObject().put("http.headTimeout", "2s"));
    Socket stream = followWith("X: y");
    write(stream, "\r\n");
    assertTrue(isClosed(connect()), "the time of a head is over");
    assertTrue(isClosed(connect()), "and once more");
    assertEquals(201, ask("POST", "/events/a", "x").status());
    assertTrue(readUntil(stream, "data: x\n").contains("data: x\n"));
  }

  // HTTP/2.

  @Test
  void http2_streamsAndResets_areBounded() throws Exception {
    start(new JsonObject().put("http.http2StreamsMax", 7).put("http.http2ResetsMax", 20));
    var options = new HttpClientOptions().setProtocolVersion(HttpVersion.HTTP_2).setHttp2ClearTextUpgrade(false);
    var settings = new CompletableFuture<Http2Settings>();
    var closed = new CompletableFuture<Void>();
    HttpClient client =
        vertx
            .httpClientBuilder()
            .with(options)
            .withConnectHandler(
                connection -> {
                  settings.complete(connection.remoteSettings());
                  connection.closeHandler(closed::complete);
                })
            .build();
    for (int i = 0; i < 100 && !closed.isDone(); i++) {
      var opened =
          client
              .request(HttpMethod.GET, hub.port(), "127.0.0.1", "/events?topic=a")
              .compose(request -> request.send().compose(response -> request.reset()))
              .otherwiseEmpty();
      opened.await(30, SECONDS);
    }
    Http2Settings told = settings.get(30, SECONDS);
    assertEquals(7, told.getMaxConcurrentStreams());
    assertEquals(16 << 10, told.getMaxHeaderListSize());
    closed.get(30, SECONDS);
    assertTrue(canPublish());
  }

  // Unsent bytes.

  @Test
  void unsentBytes_tooManyInAll_costTheStuckTheirStreams() throws Exception {
    start(
        new JsonObject()
            .put("subscribe.unsentBytesMax", "1MiB")
            .put("subscribe.heartbeat", "1s")
            .put("subscribe.stuckTimeout", "10m")
            .put("subscribe.sendBufferBytes", "4KiB"));
    for (int i = 0; i < STUCK; i++) {
      var socket = new Socket();
      open.add(socket);
      socket.setReceiveBufferSize(4_096);
      socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), hub.port()));
      write(socket, "GET /events?topic=a HTTP/1.1\r\nHost: a\r\n\r\n");
    }
    Eventually.await("all are there", PATIENCE, () -> streams() == STUCK);
    Socket reader = followWith("X: y");
    for (int i = 0; i < 20; i++) {
      assertEquals(201, Http.post(uri, "/events/a", "x".repeat(99_990) + i + ";").status());
      readUntil(reader, "x" + i + ";");
    }
    Eventually.await("as many are closed as is needed", PATIENCE, () -> streams() <= 1 + (1 << 20) / (64 << 10));
    assertEquals(201, Http.post(uri, "/events/a", "last").status());
    readUntil(reader, "data: last");
    assertTrue(streams() > 1, "and no more than that");
  }

  private int streams() {
    try {
      return hub.usage().await(30, SECONDS).stream().mapToInt(HttpVerticle.Usage::streams).sum();
    } catch (TimeoutException e) {
      throw new AssertionError(e);
    }
  }

  // Publishing.

  /** One batch takes what there is, and owes so much that no machine is slow enough for the next to be let in. */
  @Test
  void publish_fasterThanTheRate_isRefusedAndNotStored() throws Exception {
    start(behindProxy().put("publish.rate", 1).put("publish.burst", 3));
    String one = from("198.51.100.1");
    assertEquals(201, ask("POST", "/events/a", "stored", one).status());
    assertEquals(201, ask("POST", "/events", batch("stored"), JSON, from("198.51.100.2")).status());
    for (String[] each :
        new String[][] {
          {"POST", "/events/a", "refused", "X: y"},
          {"PUT", "/events/a", "refused", "X: y"},
          {"POST", "/events", "topic=a&data=refused", "Content-Type: application/x-www-form-urlencoded"},
          {"POST", "/events", item("refused"), JSON},
          {"POST", "/events", batch("refused"), JSON},
          {"POST", "/events", item("refused") + "\n", "Content-Type: application/x-ndjson"}
        }) {
      refused(ask(each[0], each[1], each[2], each[3], from("198.51.100.2")));
    }
    String lines = (item("stored") + "\n").repeat(3) + (item("perhaps") + "\n").repeat(297);
    Http.Response feed = ask("POST", "/events", lines, "Content-Type: application/x-ndjson", from("198.51.100.3"));
    assertEquals(200, feed.status());
    String[] answers = feed.text().split("\n");
    assertEquals(300, answers.length, feed.text());
    assertTrue(answers[2].contains("\"id\""), answers[2]);
    assertTrue(answers[299].contains("rate-limited"), answers[299]);
    for (int i = 0; i < 20; i++) {
      assertEquals(201, Http.post(uri, "/events/b", "this machine is not counted").status());
    }
    String stored = Http.get(uri, "/events?topic=a&poll&since=all").text();
    assertFalse(stored.contains("refused"), stored);
    assertEquals(1 + BATCH + 3, stored.split("\"stored\"", -1).length - 1, stored);
  }

  @Test
  void publish_byToken_paysAsItsHolder() throws Exception {
    start(withKey(new JsonObject().put("publish.rate", 1).put("publish.burst", 2)));
    String token = "Authorization: Bearer " + TOKEN;
    assertEquals(201, ask("POST", "/events", batch("1"), JSON, token).status());
    refused(ask("POST", "/events/a", "2", token));
    assertEquals(201, ask("POST", "/events/a", "who shows none is on this machine").status());
  }

  private static void refused(Http.Response answer) {
    assertEquals(429, answer.status(), answer.text());
    assertTrue(answer.text().contains("rate-limited"), answer.text());
    int seconds = Integer.parseInt(answer.head().field("retry-after").orElseThrow());
    assertTrue(seconds > 1 && seconds <= BATCH + 1, "retry-after: " + seconds);
  }

  private static String batch(String data) {
    return "[" + (item(data) + ",").repeat(BATCH - 1) + item(data) + "]";
  }

  // Plumbing.

  private static String item(String data) {
    return "{\"topic\":\"a\",\"data\":\"" + data + "\"}";
  }

  private static String from(String address) {
    return "X-Forwarded-For: 6.6.6.6, " + address;
  }

  private Http.Response ask(String method, String target, String body, String... headers) {
    return Http.exchange(uri, method, target, body.getBytes(ISO_8859_1), headers);
  }

  private boolean canPublish() {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), hub.port())) {
      socket.setSoTimeout((int) PATIENCE.toMillis());
      write(socket, POST);
      return read(socket).startsWith("HTTP/1.1 201");
    } catch (IOException e) {
      return false;
    }
  }

  private Socket follow(String address) throws IOException {
    return followWith(from(address));
  }

  private Socket followWith(String header) throws IOException {
    Socket socket = connect();
    write(socket, "GET /events?topic=a HTTP/1.1\r\nHost: a\r\n" + STREAM + "\r\n" + header + "\r\n\r\n");
    String begin = readUntil(socket, "retry: 2000");
    assertFalse(begin.contains("hub.closing"), begin);
    return socket;
  }

  private boolean isFollowing(String address) {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), hub.port())) {
      socket.setSoTimeout((int) PATIENCE.toMillis());
      write(socket, "GET /events?topic=a HTTP/1.1\r\nHost: a\r\n" + from(address) + "\r\n\r\n");
      return read(socket).startsWith("HTTP/1.1 200");
    } catch (IOException e) {
      return false;
    }
  }

  private Socket connect() throws IOException {
    var socket = new Socket(InetAddress.getLoopbackAddress(), hub.port());
    socket.setSoTimeout((int) PATIENCE.toMillis());
    open.add(socket);
    return socket;
  }

  private static void write(Socket socket, String octets) throws IOException {
    socket.getOutputStream().write(octets.getBytes(ISO_8859_1));
  }

  /** What comes first. */
  private static String read(Socket socket) throws IOException {
    byte[] bytes = new byte[8_192];
    int length = socket.getInputStream().read(bytes);
    return length < 0 ? "" : new String(bytes, 0, length, ISO_8859_1);
  }

  private static String readUntil(Socket socket, String end) throws IOException {
    var text = new StringBuilder();
    while (text.indexOf(end) < 0) {
      String more = read(socket);
      assertFalse(more.isEmpty(), "closed after " + text);
      text.append(more);
    }
    return text.toString();
  }

  /** Whether the hub closes the connection; waits for it. */
  private static boolean isClosed(Socket socket) {
    try {
      InputStream in = socket.getInputStream();
      while (in.read() >= 0) {
        // what it says before is its own affair
      }
      return true;
    } catch (SocketTimeoutException e) {
      return false;
    } catch (IOException e) {
      return true;
    }
  }

  /** Sends a byte on each now and then, until the hub has closed them all. */
  private static List<Socket> leftOpenWhileDripping(Map<Socket, String> begins) throws IOException {
    var left = new ArrayList<Socket>(begins.keySet());
    long end = System.nanoTime() + PATIENCE.toNanos();
    for (int i = 0; !left.isEmpty() && System.nanoTime() < end; i++) {
      int turn = i;
      left.removeIf(socket -> isClosedAtNextByte(socket, begins.get(socket), turn));
    }
    return left;
  }

  private static boolean isClosedAtNextByte(Socket socket, String begin, int turn) {
    try {
      socket.setSoTimeout(50);
      write(socket, turn < begin.length() ? begin.substring(turn, turn + 1) : "x");
      return socket.getInputStream().read() < 0;
    } catch (SocketTimeoutException e) {
      return false;
    } catch (IOException e) {
      return true;
    }
  }
}
