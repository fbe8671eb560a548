package carillon;

import carillon.event.Selectors;
import carillon.http.HttpVerticle;
import carillon.log.EventLog;
import carillon.meter.Metric;
import carillon.meter.Readings;
import carillon.publish.PublisherVerticle;
import carillon.tail.TailVerticle;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Knows the parts of a running hub on behalf of operators: what they count, and whether they are ready. Parts are made
 * known by the main verticle as they start; asked on the event loop of whoever answers operators.
 */
final class Watch {

  /** A tail that has been behind the log for longer is behind; shorter is what a busy moment makes. */
  static final Duration LAG_MAX = Duration.ofSeconds(5);

  /** A loop that has not answered after so long is shown with what it said last, in milliseconds. */
  private static final long ANSWER_MS = 1_000;

  private static final EventLog.Limit ONE = new EventLog.Limit(1, 1);
  private static final Selectors ANY = Selectors.of("**");

  private final Vertx vertx;
  private final List<Part> parts = new CopyOnWriteArrayList<>();
  private volatile @Nullable EventLog log;
  private volatile @Nullable TailVerticle tail;
  private volatile List<HttpVerticle> listeners = List.of();

  Watch(Vertx vertx) {
    this.vertx = vertx;
  }

  /** The log is open. */
  void opened(EventLog opened) {
    log = opened;
  }

  /** The tail has started. */
  void started(TailVerticle started) {
    tail = started;
    parts.add(new Part(started::measure));
  }

  /** The publisher has started. */
  void started(PublisherVerticle publisher) {
    parts.add(new Part(publisher::measure));
  }

  /** The hub listens: it is ready from now on, until one of them drains. */
  void listening(List<HttpVerticle> started) {
    started.forEach(one -> parts.add(new Part(one::measure)));
    listeners = List.copyOf(started);
  }

  /** What the hub needs to be ready, by name. */
  Map<String, Supplier<Future<Boolean>>> checks() {
    return Map.of(
        "serving", this::isServing, "log", this::isLogThere, "tail", this::isTailThere, "cluster", this::isJoined);
  }

  private Future<Boolean> isServing() {
    List<HttpVerticle> all = listeners;
    return Future.succeededFuture(!all.isEmpty() && all.stream().noneMatch(HttpVerticle::isDraining));
  }

  private Future<Boolean> isJoined() {
    return Future.succeededFuture(ClusterView.nodes(vertx) > 0);
  }

  /** It answers, whatever it answers: a log without events, or without room for more, can still be read. */
  private Future<Boolean> isLogThere() {
    EventLog asked = log;
    if (asked == null) {
      return Future.succeededFuture(false);
    }
    Context here = vertx.getOrCreateContext();
    return asked.isShared()
        ? Future.fromCompletionStage(asked.refreshHead(), here).map(true)
        : Future.fromCompletionStage(asked.read(asked.head(), ANY, ONE, EventLog.Reading.EVERYTHING), here).map(true);
  }

  private Future<Boolean> isTailThere() {
    TailVerticle asked = tail;
    if (asked == null) {
      return Future.succeededFuture(false);
    }
    return asked
        .measure()
        .map(readings -> readings.values(Metric.TAIL_LAG).getOrDefault("", Long.MAX_VALUE) <= LAG_MAX.toNanos());
  }

  /** The figures of all parts together. */
  Future<Readings> readings() {
    Context here = vertx.getOrCreateContext();
    List<Future<Readings>> asked = new ArrayList<>();
    parts.forEach(part -> asked.add(part.readings(vertx, here)));
    return Future.all(asked)
        .map(
            all -> {
              var readings = new Readings();
              all.<Readings>list().forEach(readings::addAll);
              addOwn(readings);
              return readings;
            });
  }

  private void addOwn(Readings readings) {
    readings.add(Metric.CLUSTER_NODES, ClusterView.nodes(vertx));
    EventLog known = log;
    if (known != null) {
      readings.add(Metric.LOG_NEWEST, known.head());
      readings.add(Metric.LOG_OLDEST, known.oldest());
      known.bytes().ifPresent(bytes -> readings.add(Metric.LOG_BYTES, bytes));
    }
  }

  /** One that counts, and what it said last. Confined to the event loop of whoever asks. */
  private static final class Part {

    private final Supplier<Future<Readings>> measure;
    private Readings last = new Readings();

    Part(Supplier<Future<Readings>> measure) {
      this.measure = measure;
    }

    /** Its figures, soon: a loop that is blocked is just when they are wanted. */
    Future<Readings> readings(Vertx vertx, Context here) {
      Promise<Readings> promise = Promise.promise();
      long timer = vertx.setTimer(ANSWER_MS, id -> promise.tryComplete(last));
      measure
          .get()
          .onComplete(
              answer ->
                  here.runOnContext(
                      turn -> {
                        if (answer.succeeded()) {
                          last = answer.result();
                        }
                        var unused = vertx.cancelTimer(timer);
                        promise.tryComplete(last);
                      }));
      return promise.future();
    }
  }
}
