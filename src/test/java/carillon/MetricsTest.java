package carillon;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import carillon.bus.BusCodecs;
import carillon.config.HubOptions;
import carillon.config.HubOptionsReader;
import carillon.harness.Eventually;
import carillon.harness.Http;
import carillon.meter.LoopDelay;
import carillon.meter.Metric;
import carillon.meter.Readings;
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
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * What a scrape of a whole hub shows, and figures of a log in trouble or a loop that is late. That every one of them
 * moves, {@link EveryFigureTest} tells.
 */
class MetricsTest {

  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private static Vertx vertx;
  private static URI hub;

  @BeforeAll
  static void start() throws Exception {
    vertx = Vertx.vertx();
    var verticle = new HubVerticle();
    var config =
        new JsonObject()
            .put("http", new JsonObject().put("port", 0).put("instances", 2))
            .put("log", new JsonObject().put("engine", "memory").put("memoryEventsMax", 100))
            .put("tail", new JsonObject().put("recentFramesMax", 16))
            .put("subscribe", new JsonObject().put("sendBufferBytes", "4KiB").put("heartbeat", "1s"))
            .put("clocks", new JsonArray())
            .put("topics", new JsonArray().add(new JsonObject().put("match", "passing/**").put("history", "none")));
    vertx.deployVerticle(verticle, new DeploymentOptions().setConfig(config)).await(60, SECONDS);
    hub = URI.create("http://127.0.0.1:" + verticle.port());
  }

  @AfterAll
  static void stop() throws Exception {
    vertx.close().await(60, SECONDS);
  }

  /** The list of figures and the scrape are the same. */
  @Test
  void scrape_ofAHub_hasEveryMetricWithItsKind_andNoOther() {
    String scrape = Http.get(hub, "/metrics").text();
    for (Metric metric : Metric.values()) {
      String kind = metric.kind().name().toLowerCase(Locale.ROOT);
      assertTrue(scrape.contains("\n# TYPE " + metric.title() + " " + kind + "\n"), metric + " in " + scrape);
    }
    long ours = scrape.lines().filter(line -> line.startsWith("# TYPE carillon_")).count();
    assertEquals(Metric.values().length, ours, scrape);
    for (String machine :
        List.of("jvm_memory_used_bytes", "jvm_threads_live_threads", "process_files_open_files", "process_cpu_usage")) {
      assertTrue(scrape.contains("\n# TYPE " + machine + " gauge\n"), machine);
    }
  }

  /** A subscriber may name any topic, and any client may come from anywhere: nothing of it is in a label. */
  @Test
  void scrape_afterManyTopics_hasNotGrown() {
    long before = Http.get(hub, "/metrics").text().lines().filter(line -> line.startsWith("carillon_")).count();
    for (int i = 0; i < 20; i++) {
      Http.post(hub, "/events/many/" + i, "x");
      Http.get(hub, "/events/many/" + i + "?poll");
      Http.get(hub, "/nowhere/" + i);
    }
    String after = Http.get(hub, "/metrics").text();
    assertEquals(before, after.lines().filter(line -> line.startsWith("carillon_")).count(), after);
  }

  @Test
  void tail_logIsAheadAndCannotBeRead_lagsInEventsAndTime() throws Exception {
    Vertx own = Vertx.vertx();
    try {
      var log = new TroubledLog();
      HubOptions options = options(own);
      var tail = new TailVerticle(log, options.tail(), options.subscribe().logAwayMax(), 1);
      own.deployVerticle(tail).await(60, SECONDS);
      assertEquals(0, tail.measure().await(60, SECONDS).values(Metric.TAIL_LAG_EVENTS).get(""));
      log.unreadable(true);
      log.appendElsewhere();
      Eventually.await(
          "lag",
          PATIENCE,
          () -> {
            Readings readings = tail.measure().await();
            return readings.values(Metric.TAIL_LAG_EVENTS).get("") == 1
                && readings.values(Metric.TAIL_LAG).get("") > Duration.ofMillis(300).toNanos();
          });
      log.unreadable(false);
      Eventually.await("no lag", PATIENCE, () -> tail.measure().await().values(Metric.TAIL_LAG).get("") == 0);
    } finally {
      own.close().await(60, SECONDS);
    }
  }

  @Test
  void publisher_logDoesNotAnswer_showsWhatWaits() throws Exception {
    Vertx own = Vertx.vertx();
    try {
      var log = new TroubledLog();
      HubOptions options = options(own);
      var publisher = new PublisherVerticle(log, options.publish(), List.of(), InstantSource.system());
      own.deployVerticle(publisher).await(60, SECONDS);
      log.hold();
      var event = new JsonObject().put("topic", "a").put("data", "x");
      List<Future<?>> answers = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        answers.add(own.eventBus().request("carillon.publish", event));
      }
      Eventually.await(
          "two wait for the first",
          PATIENCE,
          () -> publisher.measure().await().values(Metric.PUBLISH_WAITING).get("") == 2);
      log.release();
      Future.all(answers).await(60, SECONDS);
      Readings readings = publisher.measure().await();
      assertEquals(0, readings.values(Metric.PUBLISH_WAITING).get(""));
      assertEquals(3, readings.values(Metric.PUBLISHED_EVENTS).get("stored"));
      assertEquals(2, readings.distribution(Metric.PUBLISH_GROUP).count(), "one, then two together");
      assertEquals(3, readings.distribution(Metric.PUBLISH_GROUP).sum());
      assertEquals(3, readings.distribution(Metric.PUBLISH_LATENCY).count());
    } finally {
      own.close().await(60, SECONDS);
    }
  }

  @Test
  void loop_isBusyForLonger_isLate() throws Exception {
    Vertx own = Vertx.vertx();
    try {
      var context = own.getOrCreateContext();
      var late = new CompletableFuture<LoopDelay>();
      context.runOnContext(
          turn -> {
            var delay = LoopDelay.begin(own); // looks after a quarter of a second
            long end = System.nanoTime() + Duration.ofMillis(800).toNanos();
            while (System.nanoTime() < end) {
              Thread.onSpinWait();
            }
            late.complete(delay);
          });
      LoopDelay delay = late.get(60, SECONDS);
      Eventually.await(
          "half a second late",
          PATIENCE,
          () -> {
            var readings = new CompletableFuture<Readings>();
            context.runOnContext(
                turn -> {
                  var taken = new Readings();
                  delay.measure(taken);
                  readings.complete(taken);
                });
            return readings.join().distribution(Metric.LOOP_DELAY).sum() >= Duration.ofMillis(500).toNanos();
          });
    } finally {
      own.close().await(60, SECONDS);
    }
  }

  private static HubOptions options(Vertx own) {
    BusCodecs.register(own.eventBus());
    PublishCodecs.register(own.eventBus());
    TailCodecs.register(own.eventBus());
    return HubOptionsReader.read(new JsonObject());
  }
}
