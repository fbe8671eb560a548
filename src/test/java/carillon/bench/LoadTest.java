package carillon.bench;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import carillon.HubVerticle;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The load against a real hub, and against a server that holds it up. */
@Timeout(120)
class LoadTest {

  private static final Duration SHORT = Duration.ofMillis(300);
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private static final Vertx VERTX = Vertx.vertx();
  private static URI hub;

  @BeforeAll
  static void start() throws Exception {
    var verticle = new HubVerticle();
    var config =
        new JsonObject()
            .put("http", new JsonObject().put("port", 0).put("instances", 1))
            .put("log", new JsonObject().put("engine", "memory"));
    VERTX.deployVerticle(verticle, new DeploymentOptions().setConfig(config)).await(30, SECONDS);
    hub = URI.create("http://127.0.0.1:" + verticle.port());
  }

  @AfterAll
  static void stop() throws Exception {
    VERTX.close().await(30, SECONDS);
  }

  @Test
  void hub_everyPaceAndAStorm_findNothingWrong() {
    try (Load load = Load.open(options(hub, 12, 3, LoadOptions.Publishing.of(128)))) {
      assertEquals(12, load.opened());
      assertArrives(load);
      StageResult open = load.run(Stage.of("open", new Pace.Rate(200), Duration.ZERO, SHORT));
      assertFine(open);
      assertTrue(open.published() > 0, open.toString());
      assertTrue(open.latencyMax() >= open.latencyP50(), open.toString());
      assertFine(load.run(new Stage("stalled", new Pace.Rate(100), Duration.ZERO, SHORT, 0.5)));
      StormResult storm = load.storm("storm", 40, PATIENCE, () -> {});
      assertTrue(storm.faults().isNone(), storm.toString());
      assertEquals(12 * 40, storm.deliveries());
      assertArrives(load);
      assertEquals(0, load.run(Stage.of("idle", new Pace.Idle(), Duration.ZERO, SHORT)).published());
    }
  }

  @Test
  void hub_batches_countEachEvent() {
    var batches = new LoadOptions.Publishing(2, 2, 100, 10, "bench/%d", false);
    var server = server(hub, "/events");
    var options = new LoadOptions(server, 2, LoadOptions.Subscribing.of(4), batches);
    try (Load load = Load.open(options)) {
      StageResult flood = load.run(Stage.of("flood", new Pace.Flood(), Duration.ZERO, SHORT));
      assertFine(flood);
      assertTrue(flood.published() > 0 && flood.acknowledged() % 10 == 0, flood.toString());
    }
  }

  @Test
  void commandLine_ofAHub_printsATableAndJson() {
    var out = new ByteArrayOutputStream();
    var err = new ByteArrayOutputStream();
    int code = Bench.run(
        List.of("--hub", hub.toString(), "--subscribers", "5", "window=4,name=full,warm=0.1,for=0.2",
            "rate=50,warm=0,for=0.2", "storm=7"),
        new PrintStream(out, true, UTF_8), new PrintStream(err, true, UTF_8));
    assertEquals("", err.toString(UTF_8));
    assertEquals(0, code);
    String[] lines = out.toString(UTF_8).split("\n");
    var stages = new JsonObject(lines[3]).getJsonArray("stages");
    assertEquals("full", stages.getJsonObject(0).getString("stage"));
    assertEquals(35, stages.getJsonObject(2).getInteger("deliveries"));
  }

  @Test
  void commandLine_wrong_saysWhatAndHowItIsWritten() {
    for (List<String> wrong : List.of(
        List.<String>of(), List.of("--subscribers", "x", "idle"), List.of("--nothing", "1", "idle"),
        List.of("fast"), List.of("--hub"), List.of("--bytes", "10", "idle"))) {
      var err = new ByteArrayOutputStream();
      var out = new ByteArrayOutputStream();
      assertEquals(2, Bench.run(wrong, new PrintStream(out, true, UTF_8), new PrintStream(err, true, UTF_8)));
      assertTrue(err.toString(UTF_8).contains("usage: bench"), wrong.toString());
      assertEquals("", out.toString(UTF_8));
    }
  }

  /** Answers take 30 ms each, one after the other, and are due every 10 ms: the last ones wait for all before them. */
  @Test
  void slowServer_openLoop_countsFromWhenAMessageWasDue() throws Exception {
    try (var listening = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
      var thread = new Thread(() -> answerSlowly(listening));
      thread.start();
      URI uri = URI.create("http://127.0.0.1:" + listening.getLocalPort());
      var publishing = new LoadOptions.Publishing(1, 1, 128, 1, "", false);
      try (Load load = Load.open(options(uri, 0, 1, publishing))) {
        StageResult result =
            load.run(Stage.of("open", new Pace.Rate(100), Duration.ZERO, Duration.ofSeconds(1)));
        assertTrue(result.late() > 0, result.toString());
        assertTrue(result.answerP99() >= 200, result.toString());
      }
      thread.join(PATIENCE.toMillis());
    }
  }

  private static void answerSlowly(ServerSocket listening) {
    try (Socket socket = listening.accept()) {
      InputStream in = socket.getInputStream();
      byte[] body = "xxxx\"}".getBytes(ISO_8859_1);
      byte[] end = new byte[body.length];
      for (int b = in.read(); b >= 0; b = in.read()) {
        System.arraycopy(end, 1, end, 0, end.length - 1);
        end[end.length - 1] = (byte) b;
        if (Arrays.equals(end, body)) {
          LockSupport.parkNanos(Duration.ofMillis(30).toNanos());
          socket.getOutputStream().write("HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n".getBytes(ISO_8859_1));
        }
      }
    } catch (IOException e) {
      // the load has gone
    }
  }

  private static void assertArrives(Load load) {
    StageResult closed;
    long endNanos = System.nanoTime() + PATIENCE.toNanos();
    do {
      closed = load.run(Stage.of("closed", new Pace.Window(10), Duration.ZERO, SHORT));
      assertFine(closed);
    } while (closed.deliveries() == 0 && System.nanoTime() < endNanos);
    assertTrue(closed.deliveries() > 0, closed.toString());
  }

  private static void assertFine(StageResult result) {
    assertTrue(result.faults().isNone(), result.toString());
  }

  private static LoadOptions options(URI hub, int subscribers, int topics, LoadOptions.Publishing publishing) {
    return new LoadOptions(
        server(hub, "/events/bench/%d"), topics, LoadOptions.Subscribing.of(subscribers), publishing);
  }

  private static LoadOptions.Server server(URI hub, String publishPath) {
    return new LoadOptions.Server(
        hub, publishPath, "/events/bench/%d", List.of(), List.of(ProcessHandle.current().pid()));
  }
}
