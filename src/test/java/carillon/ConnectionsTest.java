package carillon;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.junit.jupiter.api.Assertions.assertTrue;

import carillon.harness.Eventually;
import carillon.http.HttpVerticle;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.core.spi.VertxMetricsFactory;
import io.vertx.core.spi.metrics.EventBusMetrics;
import io.vertx.core.spi.metrics.VertxMetrics;
import java.io.IOException;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.management.JMException;
import javax.management.ObjectName;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Ten thousand connections opened and dropped in every way there is: afterwards nothing of theirs is left. Counted are
 * the consumers registered with the event bus (by its metrics), what each loop holds, and the live objects of the
 * process, less those that were there before its hub: a test class that ran earlier in the process may keep a Vert.x
 * that is closed in a static field.
 *
 * <p>Tried and caught: not unregistering a consumer, not unfollowing an interest, not removing a stream from its slot,
 * not cancelling the timer of a long poll.
 */
final class ConnectionsTest {

  private static final int CONNECTIONS = 10_000;
  private static final int WAVE = 500;
  private static final int HTTP2_STREAMS_PER_CONNECTION = 50;
  private static final int SILENT = 50;
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final AtomicInteger bells = new AtomicInteger();
  private final AtomicInteger bellsEver = new AtomicInteger();
  private final HubVerticle hub = new HubVerticle();
  private Histogram others = new Histogram("");
  private Vertx vertx;

  /** How a connection ends. */
  private enum Ending {
    FIN,
    RESET,
    HALF_CLOSE,
    BEFORE_THE_ANSWER,
    IN_THE_HEAD,
    LONG_POLL_FIN
  }

  @BeforeEach
  void start() throws Exception {
    others = Histogram.take();
    VertxMetricsFactory counting = options -> new CountingMetrics();
    vertx = Vertx.builder().withMetrics(counting).build();
    var config =
        new JsonObject()
            .put("http", new JsonObject().put("port", 0).put("instances", 2))
            .put("clocks", new JsonArray())
            .put("log", new JsonObject().put("engine", "memory"))
            .put("subscribe", new JsonObject().put("stuckTimeout", "1s").put("sendBufferBytes", 65_536));
    vertx.deployVerticle(hub, new DeploymentOptions().setConfig(config)).await(30, SECONDS);
  }

  @AfterEach
  void stop() throws Exception {
    vertx.close().await(30, SECONDS);
  }

  @Test
  void tenThousandConnections_droppedInEveryWay_leaveNothingBehind() throws Exception {
    long seed = System.nanoTime();
    System.out.println("ConnectionsTest seed " + seed);
    var random = new Random(seed);
    openAndDrop(random, WAVE); // warm: pools, caches and the like are not a leak
    streamsOverHttp2(HTTP2_STREAMS_PER_CONNECTION);
    awaitNothingOpen();
    Histogram before = Histogram.take();

    for (int done = 0; done < CONNECTIONS; done += WAVE) {
      openAndDrop(random, WAVE);
    }
    streamsOverHttp2(10 * HTTP2_STREAMS_PER_CONNECTION);
    silentOnes();

    awaitNothingOpen();
    assertTrue(bellsEver.get() > CONNECTIONS / 2, "the test itself must have subscribed: " + bellsEver);
    Eventually.await(
        "no object of a connection is alive",
        PATIENCE,
        () -> Histogram.take().leftBehind(others, before).isEmpty(),
        () -> Histogram.take().leftBehind(others, before).toString());
  }

  private void openAndDrop(Random random, int count) throws IOException {
    List<Socket> halfClosed = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      Ending ending = Ending.values()[random.nextInt(Ending.values().length)];
      Socket socket = connect(1 << 16);
      String query = "topic=a" + random.nextInt(20) + "&topic=b/*";
      String wait = ending == Ending.LONG_POLL_FIN ? "&wait=50s" : "";
      String head = "GET /events?" + query + wait + " HTTP/1.1\r\nHost: hub\r\n\r\n";
      if (ending == Ending.IN_THE_HEAD) {
        head = head.substring(0, random.nextInt(head.length() - 1) + 1);
      }
      socket.getOutputStream().write(head.getBytes(US_ASCII));
      switch (ending) {
        case FIN -> {
          readOpening(socket.getInputStream());
          socket.close();
        }
        case RESET -> {
          readOpening(socket.getInputStream());
          socket.setSoLinger(true, 0);
          socket.close();
        }
        case HALF_CLOSE -> {
          readOpening(socket.getInputStream());
          socket.shutdownOutput();
          halfClosed.add(socket);
        }
        case BEFORE_THE_ANSWER, IN_THE_HEAD, LONG_POLL_FIN -> socket.close();
      }
    }
    for (Socket socket : halfClosed) {
      while (socket.getInputStream().read() >= 0) {
        // until the hub, too, has closed
      }
      socket.close();
    }
  }

  /** Over connections of their own: one that resets some hundred streams in half a minute is an attack to the server. */
  private void streamsOverHttp2(int count) throws Exception {
    for (int done = 0; done < count; done += HTTP2_STREAMS_PER_CONNECTION) {
      HttpClient client =
          vertx.createHttpClient(
              new HttpClientOptions().setProtocolVersion(HttpVersion.HTTP_2).setHttp2ClearTextUpgrade(false));
      List<Future<HttpClientRequest>> opened = new ArrayList<>();
      for (int i = 0; i < HTTP2_STREAMS_PER_CONNECTION; i++) {
        opened.add(
            client
                .request(HttpMethod.GET, hub.port(), "127.0.0.1", "/events?topic=h" + i)
                .compose(request -> request.send().map(response -> request)));
      }
      for (Future<HttpClientRequest> request : opened) {
        request.await(30, SECONDS).reset();
      }
      client.close().await(30, SECONDS);
    }
  }

  /** Clients that stop reading and say nothing: the hub closes them once they take nothing for the stuck timeout. */
  private void silentOnes() throws Exception {
    List<Socket> silent = new ArrayList<>();
    for (int i = 0; i < SILENT; i++) {
      Socket socket = connect(4_096);
      socket.getOutputStream().write("GET /events/silent HTTP/1.1\r\nHost: hub\r\n\r\n".getBytes(US_ASCII));
      readOpening(socket.getInputStream());
      silent.add(socket);
    }
    try (Socket publisher = connect(1 << 16)) {
      byte[] body = "x".repeat(100_000).getBytes(US_ASCII);
      String head = "POST /events/silent HTTP/1.1\r\nHost: hub\r\nContent-Length: " + body.length + "\r\n\r\n";
      for (int i = 0; i < 40; i++) {
        publisher.getOutputStream().write(head.getBytes(US_ASCII));
        publisher.getOutputStream().write(body);
        readHead(publisher.getInputStream());
      }
    }
    awaitNothingOpen();
    for (Socket socket : silent) {
      socket.close();
    }
  }

  private Socket connect(int receiveBuffer) throws IOException {
    var socket = new Socket();
    socket.setReceiveBufferSize(receiveBuffer);
    socket.setSoTimeout((int) PATIENCE.toMillis());
    socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), hub.port()), (int) PATIENCE.toMillis());
    return socket;
  }

  private static void readOpening(InputStream in) throws IOException {
    readUntil(in, "retry: ");
  }

  /** Reads an answer to a publish: head and the id behind it. */
  private static void readHead(InputStream in) throws IOException {
    readUntil(in, "\r\n\r\n");
    if (in.read(new byte[64]) < 0) {
      throw new IOException("the answer has no body");
    }
  }

  private static void readUntil(InputStream in, String wanted) throws IOException {
    int matched = 0;
    while (matched < wanted.length()) {
      int b = in.read();
      if (b < 0) {
        throw new SocketTimeoutException("the connection ended before " + wanted);
      }
      matched = b == wanted.charAt(matched) ? matched + 1 : b == wanted.charAt(0) ? 1 : 0;
    }
  }

  private void awaitNothingOpen() {
    var nothing = new HttpVerticle.Usage(0, 0, 0);
    Eventually.await("nothing is open", PATIENCE, () -> bells.get() == 0 && usage().equals(nothing));
  }

  private HttpVerticle.Usage usage() {
    List<HttpVerticle.Usage> loops = hub.usage().toCompletionStage().toCompletableFuture().join();
    return new HttpVerticle.Usage(
        loops.stream().mapToInt(HttpVerticle.Usage::streams).sum(),
        loops.stream().mapToInt(HttpVerticle.Usage::interests).sum(),
        loops.stream().mapToInt(HttpVerticle.Usage::selectors).sum());
  }

  /** Counts the consumers on the addresses of bells. */
  private final class CountingMetrics implements VertxMetrics {

    @Override
    public EventBusMetrics<?> createEventBusMetrics() {
      return new EventBusMetrics<Boolean>() {
        @Override
        public Boolean handlerRegistered(String address) {
          boolean bell = address.contains(".bell.");
          if (bell) {
            bells.incrementAndGet();
            bellsEver.incrementAndGet();
          }
          return bell;
        }

        @Override
        public void handlerUnregistered(Boolean bell) {
          if (bell) {
            bells.decrementAndGet();
          }
        }
      };
    }
  }

  /** How many live objects of each class there are, after a full collection. */
  private record Histogram(String text) {

    private static final List<String> OBJECTS =
        List.of("carillon.subscribe.Stream", "carillon.subscribe.Subscription", "carillon.tail.Interest");
    private static final String TIMERS = "io.vertx.core.impl.VertxImpl$InternalTimerHandler";

    static Histogram take() {
      try {
        return new Histogram(classHistogram());
      } catch (JMException e) {
        throw new IllegalStateException("the JVM does not count its objects", e);
      }
    }

    private static String classHistogram() throws JMException {
      return (String)
          ManagementFactory.getPlatformMBeanServer()
              .invoke(
                  new ObjectName("com.sun.management:type=DiagnosticCommand"),
                  "gcClassHistogram",
                  new Object[] {new String[0]},
                  new String[] {String[].class.getName()});
    }

    /**
     * What has not gone away again. A closed connection may live for another moment, as a task of its loop; a leak
     * stays.
     *
     * @param others before the hub was started: what other tests of the process have left in its heap
     * @param before the connections, with the hub as it is when nobody is there
     */
    Map<String, Long> leftBehind(Histogram others, Histogram before) {
      var left = new TreeMap<String, Long>();
      for (String name : OBJECTS) {
        left.put(name, of(name) - others.of(name));
      }
      left.put(TIMERS, of(TIMERS) - before.of(TIMERS));
      left.values().removeIf(count -> count <= 0);
      return left;
    }

    private long of(String className) {
      String pattern = "^\\s*\\d+:\\s+(\\d+)\\s+\\d+\\s+" + Pattern.quote(className) + "(\\s|$)";
      Matcher line = Pattern.compile(pattern, Pattern.MULTILINE).matcher(text);
      return line.find() ? Long.parseLong(line.group(1)) : 0;
    }
  }
}
