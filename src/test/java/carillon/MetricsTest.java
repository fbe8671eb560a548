package carillon;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import carillon.bus.BusCodecs;
import carillon.config.HubOptions;
import carillon.config.HubOptionsReader;
import carillon.event.Draft;
import carillon.event.EventId;
import carillon.event.Payload;
import carillon.event.Selectors;
import carillon.event.Topic;
import carillon.harness.Eventually;
import carillon.harness.Http;
import carillon.harness.SseClient;
import carillon.log.Appended;
import carillon.log.Durability;
import carillon.log.EventLog;
import carillon.log.LogException;
import carillon.log.MemoryLog;
import carillon.log.Page;
import carillon.log.SteadyClock;
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
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Every figure moves when what it counts happens, as a scrape of a whole hub shows it; those that take a log in trouble
 * or a loop that is late have tests of their own below.
 *
 * <p>Seen to fail: events without history, which go past the publisher, left uncounted.
 */
class MetricsTest {

  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private static Vertx vertx;
  private static URI hub;

  private final List<SseClient> clients = new ArrayList<>();

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

  @AfterEach
  void leave() {
    clients.forEach(SseClient::close);
  }

  /** The switch has no default: a figure that nobody provokes here does not compile. */
  @ParameterizedTest
  @EnumSource
  void metric_whatItCountsHappens_moves(Metric metric) throws Exception {
    switch (metric) {
      case STREAMS_OPEN -> grows(metric.title(), () -> follow("/events/a"));
      case STREAMS_OPENED -> grows(metric.title(), () -> follow("/events/a"));
      case STREAMS_CLOSED -> {
        grows(metric.title() + "{reason=\"client-gone\"}", () -> follow("/events/a").close());
        grows(metric.title() + "{reason=\"answered\"}", () -> Http.get(hub, "/events/a?poll"));
      }
      case STREAMS_CATCHING_UP -> {
        SseClient slow = SseClient.to(hub, "/events/large").receiveBufferBytes(4_096).open();
        clients.add(slow);
        slow.awaitHead();
        slow.pauseReading();
        grows(metric.title(), () -> publish("large", 60, 64 << 10));
        slow.resumeReading();
        Eventually.await("it has caught up", PATIENCE, () -> value(metric.title()) == 0);
      }
      case DELIVERED_EVENTS, DELIVERED_BYTES -> grows(metric.title(), this::deliver);
      case DELIVERY_LATENCY -> {
        grows(metric.title() + "_count", this::deliver);
        assertTrue(value(metric.title() + "_sum") > 0, "it takes some time");
      }
      case READS -> {
        grows(metric.title() + "{source=\"recent\"}", this::deliver);
        publish("a", 30, 1);
        grows(metric.title() + "{source=\"log\"}", () -> Http.get(hub, "/events/a?poll&since=all"));
      }
      case GAPS -> {
        grows(metric.title() + "{reason=\"unknown\"}", () -> follow("/events/a", "of-somebody-else"));
        grows(metric.title() + "{reason=\"epoch\"}", () -> follow("/events/a", ofAnotherEpoch(id())));
        grows(metric.title() + "{reason=\"ahead\"}", () -> follow("/events/a", id() + "000"));
        String old = id();
        publish("a", 150, 1);
        grows(metric.title() + "{reason=\"expired\"}", () -> follow("/events/a", old));
      }
      case PUBLISHED_EVENTS -> {
        grows(metric.title() + "{outcome=\"stored\"}", () -> publish("a", 1, 1));
        String keyed = "/events/a?key=" + System.nanoTime();
        assertEquals(201, Http.post(hub, keyed, "x").status());
        grows(metric.title() + "{outcome=\"duplicate\"}", () -> Http.post(hub, keyed, "x"));
        grows(metric.title() + "{outcome=\"key-conflict\"}", () -> Http.post(hub, keyed, "y"));
        grows(metric.title() + "{outcome=\"transient\"}", () -> Http.post(hub, "/events/passing/a", "y"));
        grows(metric.title() + "{outcome=\"topic-reserved\"}", () -> Http.post(hub, "/events/hub/a", "y"));
      }
      case PUBLISH_LATENCY, PUBLISH_WAIT, PUBLISH_COMMIT, PUBLISH_GROUP ->
          grows(metric.title() + "_count", () -> publish("a", 1, 1));
      case REFUSALS -> {
        grows(metric.title() + "{code=\"not-found\"}", () -> Http.get(hub, "/nowhere"));
        grows(metric.title() + "{code=\"invalid-cursor\"}", () -> Http.get(hub, "/events/a?since=sometimes"));
        String keyed = "/events/a?key=" + System.nanoTime();
        assertEquals(201, Http.post(hub, keyed, "x").status());
        // As a program sends it, which goes the way of pipelined publishes.
        grows(metric.title() + "{code=\"key-conflict\"}", () -> pipelined("POST " + keyed));
      }
      case RECENT_FRAMES, LOG_NEWEST -> {
        double before = value(metric.title());
        publish("a", 1, 1);
        double full = metric == Metric.RECENT_FRAMES ? 16 : Double.MAX_VALUE;
        Eventually.await(
            metric.title(), PATIENCE, () -> value(metric.title()) > before || value(metric.title()) == full);
      }
      case LOG_OLDEST -> grows(metric.title(), () -> publish("a", 150, 1));
      case LOG_BYTES -> {
        Http.post(hub, "/events/a", "x".repeat(100_000));
        Eventually.await(metric.title(), PATIENCE, () -> value(metric.title()) >= 100_000);
      }
      case LOOP_DELAY -> grows(metric.title() + "_count", () -> {}); // by itself; see below for how late
      case CLUSTER_NODES -> assertEquals(1, value(metric.title()));
      case TAIL_LAG_EVENTS, TAIL_LAG -> assertEquals(0, value(metric.title()), "see below for one that is behind");
      case PUBLISH_WAITING -> assertEquals(0, value(metric.title()), "see below for some that wait");
      default -> throw new AssertionError("nobody provokes " + metric);
    }
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
      log.isUnreadable = true;
      var unused = log.append(List.of(Draft.of(new Topic("a"), Payload.of("x"))), Instant.EPOCH);
      Eventually.await(
          "lag",
          PATIENCE,
          () -> {
            Readings readings = tail.measure().await();
            return readings.values(Metric.TAIL_LAG_EVENTS).get("") == 1
                && readings.values(Metric.TAIL_LAG).get("") > Duration.ofMillis(300).toNanos();
          });
      log.isUnreadable = false;
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
      log.isHolding = true;
      var event = new JsonObject().put("topic", "a").put("data", "x");
      List<Future<?>> answers = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        answers.add(own.eventBus().request("carillon.publish", event));
      }
      Eventually.await(
          "two wait for the first",
          PATIENCE,
          () -> publisher.measure().await().values(Metric.PUBLISH_WAITING).get("") == 2);
      log.isHolding = false;
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

  private static void grows(String series, Provocation provocation) throws Exception {
    double before = value(series);
    provocation.run();
    Eventually.await(series + " beyond " + before, PATIENCE, () -> value(series) > before);
  }

  private interface Provocation {
    void run() throws Exception;
  }

  private static double value(String series) {
    String scrape = Http.get(hub, "/metrics").text();
    return scrape
        .lines()
        .filter(line -> line.startsWith(series + " "))
        .mapToDouble(line -> Double.parseDouble(line.substring(series.length() + 1)))
        .findFirst()
        .orElseThrow(() -> new AssertionError("no " + series + " in " + scrape));
  }

  private SseClient follow(String target) {
    return follow(target, "");
  }

  private SseClient follow(String target, String lastEventId) {
    var setup = SseClient.to(hub, target);
    SseClient client = (lastEventId.isEmpty() ? setup : setup.lastEventId(lastEventId)).open();
    clients.add(client);
    assertEquals(200, client.awaitHead().status());
    return client;
  }

  private static String ofAnotherEpoch(String id) {
    EventId here = EventId.parse(id).orElseThrow();
    return new EventId(here.epoch() ^ 1, here.offset()).toString();
  }

  private void deliver() {
    SseClient client = follow("/events/a");
    publish("a", 1, 1);
    client.awaitEvents(1, PATIENCE);
  }

  private static String id() {
    Http.Response answer = Http.post(hub, "/events/a", "x");
    assertEquals(201, answer.status(), answer.text());
    return answer.text().strip();
  }

  private static void publish(String topic, int events, int bytes) {
    for (int i = 0; i < events; i++) {
      assertEquals(201, Http.post(hub, "/events/" + topic, "x".repeat(bytes)).status());
    }
  }

  /** A request with a body over a connection that stays open, and as much of the answer as its first line. */
  private static void pipelined(String request) throws IOException {
    try (Socket socket = new Socket(hub.getHost(), hub.getPort())) {
      socket.setSoTimeout((int) PATIENCE.toMillis());
      String head = request + " HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\ny";
      socket.getOutputStream().write(head.getBytes(UTF_8));
      InputStream in = socket.getInputStream();
      assertEquals("HTTP/1.1 409", new String(in.readNBytes(12), UTF_8));
    }
  }

  /** A log in memory that cannot be read, or does not answer publishers, as it is told. */
  private static final class TroubledLog implements EventLog {

    private final MemoryLog log = new MemoryLog(1_000, 1 << 20, List.of(), SteadyClock.system(), new Random());
    private final CompletableFuture<Void> released = new CompletableFuture<>();
    private volatile boolean isUnreadable;
    private volatile boolean isHolding;

    void release() {
      released.complete(null);
    }

    @Override
    public long epoch() {
      return log.epoch();
    }

    @Override
    public long head() {
      return log.head();
    }

    @Override
    public long oldest() {
      return log.oldest();
    }

    @Override
    public Durability durability() {
      return log.durability();
    }

    @Override
    public CompletionStage<Appended> append(List<Draft> drafts, Instant now) {
      return isHolding ? released.thenCompose(free -> log.append(drafts, now)) : log.append(drafts, now);
    }

    @Override
    public CompletionStage<Page> read(long after, Selectors selectors, Limit limit, Reading reading) {
      return isUnreadable
          ? CompletableFuture.failedStage(new LogException(LogException.Reason.UNAVAILABLE, "away"))
          : log.read(after, selectors, limit, reading);
    }

    @Override
    public CompletionStage<Long> offsetBefore(Instant time) {
      return log.offsetBefore(time);
    }

    @Override
    public CompletionStage<Long> offsetBeforeLast(int count, Selectors selectors) {
      return log.offsetBeforeLast(count, selectors);
    }

    @Override
    public CompletionStage<Void> close() {
      return log.close();
    }
  }
}
