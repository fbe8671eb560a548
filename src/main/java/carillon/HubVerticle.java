package carillon;

import carillon.auth.Rights;
import carillon.auth.RightsVerticle;
import carillon.bus.BusCodecs;
import carillon.config.ConfigSources;
import carillon.config.Configuration;
import carillon.config.DatabaseUrl;
import carillon.config.HubOptions;
import carillon.config.LogOptions;
import carillon.http.GuardedServer;
import carillon.http.HttpVerticle;
import carillon.http.Limits;
import carillon.http.OperatorPages;
import carillon.http.Tls;
import carillon.http.TlsVerticle;
import carillon.log.EventLog;
import carillon.log.MemoryLog;
import carillon.log.PostgresLog;
import carillon.log.PostgresOptions;
import carillon.log.SqliteLog;
import carillon.log.SqliteOptions;
import carillon.log.SteadyClock;
import carillon.meter.Readings;
import carillon.ops.Logging;
import carillon.ops.OperatorVerticle;
import carillon.publish.ClockVerticle;
import carillon.publish.Figures;
import carillon.publish.PublishCodecs;
import carillon.publish.PublisherVerticle;
import carillon.publish.StatusVerticle;
import carillon.tail.TailCodecs;
import carillon.tail.TailVerticle;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import io.vertx.core.eventbus.EventBus;
import java.lang.System.Logger.Level;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The whole hub as one verticle: reads the configuration, opens the log and starts the others in the order data flows.
 * Everything comes in through {@code config()}, so any launcher will do. One instance per node: the number of
 * HTTP verticles is {@code http.instances}.
 */
public final class HubVerticle extends VerticleBase {

  private static final System.Logger LOG = System.getLogger(HubVerticle.class.getName());

  private final InstantSource clock = InstantSource.system();
  private final List<HttpVerticle> listeners = new ArrayList<>();
  private final Promise<Integer> listening = Promise.promise();
  private @Nullable EventLog log;
  private @Nullable OperatorVerticle operator;
  private @Nullable Reload reload;

  /**
   * Completes when the hub listens; fails with {@code InvalidConfigException}, or with what kept a part from starting.
   */
  @Override
  public Future<?> start() {
    var sources = ConfigSources.ofProcess(config());
    return vertx
        .executeBlocking(() -> sources.read().valid())
        .compose(read -> start(sources, Objects.requireNonNull(read)))
        .recover(this::giveUp);
  }

  private Future<Void> start(ConfigSources sources, Configuration read) {
    HubOptions options = read.options();
    Logging.apply(options.logging());
    LOG.log(Level.INFO, "settings in force: {0}", read.inForce());
    registerCodecs();
    var order = new StopOrder(vertx);
    var watching = new Watch(vertx);
    var answering = operators(options, watching);
    operator = answering;
    return order
        .deploy(answering)
        .compose(answered -> openLog(options))
        .compose(opened -> start(options, opened, order, watching, answering))
        .onSuccess(
            change -> {
              reload = new Reload(vertx, sources, read, change);
              reload.begin();
              logListening(options);
            })
        .mapEmpty();
  }

  private OperatorVerticle operators(HubOptions options, Watch watching) {
    return new OperatorVerticle(
        options.ops(),
        (server, handler) -> GuardedServer.forOperators(vertx, options.limits(), server, handler),
        watching.checks(),
        watching::readings);
  }

  /** The answer has settings taken over that may change while the hub runs. */
  private Future<Function<HubOptions, Future<?>>> start(
      HubOptions options, EventLog opened, StopOrder order, Watch watching, OperatorVerticle answering) {
    log = opened;
    watching.opened(opened);
    long node = new SecureRandom().nextLong();
    if (vertx.isClustered() && !opened.isShared()) {
      logPrivateInACluster(options.log().engine());
    }
    var rights = new Rights(options.auth());
    var keys = new RightsVerticle(rights);
    var tail = new TailVerticle(opened, options.tail(), options.subscribe().logAwayMax(), node);
    var publisher = new PublisherVerticle(opened, options.publish(), options.topics(), clock, node);
    var tls = new Tls(options.tls());
    var shared =
        new HttpVerticle.Shared(opened, clock, rights, new Limits(options.limits()), tls, pages(options, answering));
    return order
        .deploy(keys)
        .compose(known -> order.deploy(tail))
        .onSuccess(started -> watching.started(tail))
        .compose(started -> order.deploy(publisher))
        .onSuccess(started -> watching.started(publisher))
        .compose(started -> order.deploy(new ClockVerticle(options.clocks(), clock)))
        .compose(clocks -> order.deploy(status(options, opened, node, publisher)))
        .compose(status -> order.deploy(new TlsVerticle(tls, clock)))
        .compose(known -> listen(options, shared, order))
        .onSuccess(listening -> watching.listening(listeners))
        .map(listening -> fresh -> change(fresh, opened, keys, publisher));
  }

  /**
   * Has everybody take over what they can of {@code fresh}; every setting that is marked as reloadable has to arrive
   * somewhere here. The log comes first: what is published under a new rule finds it there.
   */
  private Future<?> change(HubOptions fresh, EventLog opened, RightsVerticle keys, PublisherVerticle publisher) {
    Logging.apply(fresh.logging());
    return Future.fromCompletionStage(opened.changeRules(fresh.topics()), context)
        .eventually(() -> publisher.change(fresh.publish(), fresh.topics()))
        .eventually(() -> keys.change(fresh.auth()))
        .eventually(() -> Future.join(listeners.stream().map(listener -> listener.change(fresh)).toList()));
  }

  private StatusVerticle status(HubOptions options, EventLog opened, long node, PublisherVerticle publisher) {
    String version = HubVerticle.class.getPackage().getImplementationVersion();
    return new StatusVerticle(
        options.status(), opened, clock, node, version, listening.future(), () -> figures(publisher));
  }

  /** What the parts count anyway; each is asked on its own loop. */
  private Future<Figures> figures(PublisherVerticle publisher) {
    var asked = new ArrayList<Future<Readings>>();
    asked.add(publisher.measure());
    listeners.forEach(listener -> asked.add(listener.measure()));
    return Future.all(asked)
        .map(
            all -> {
              var readings = new Readings();
              all.<Readings>list().forEach(readings::addAll);
              return Figures.of(readings, listeners.stream().anyMatch(HttpVerticle::isDraining));
            });
  }

  private static OperatorPages pages(HubOptions options, OperatorVerticle operator) {
    return new OperatorPages(
        Optional.of(operator::health),
        options.ops().port().isPresent() ? Optional.empty() : Optional.of(operator::metrics));
  }

  private Future<Void> listen(HubOptions options, HttpVerticle.Shared shared, StopOrder order) {
    for (int i = 0; i < options.http().instances(); i++) {
      listeners.add(new HttpVerticle(i, options, shared));
    }
    return order
        .deployTogether(listeners)
        .onSuccess(started -> listening.complete(port()));
  }

  /** The last word of a start: whoever waits for it may end the process at once. */
  private void logListening(HubOptions options) {
    LOG.log(
        Level.INFO,
        "carillon is listening on {0}://{1}:{2}",
        new Tls(options.tls()).isOn() ? "https" : "http",
        options.http().host(),
        Integer.toString(port()));
  }

  private static void logPrivateInACluster(LogOptions.Engine engine) {
    LOG.log(
        Level.WARNING,
        "this node is in a cluster, but its log ({0}) is its own: what is published here is seen by the subscribers of"
            + " this node only, and ids of other nodes mean nothing to it",
        engine.name().toLowerCase(Locale.ROOT));
  }

  private Future<EventLog> openLog(HubOptions options) {
    LogOptions log = options.log();
    var ages = SteadyClock.system();
    var random = new SecureRandom();
    return switch (log.engine(vertx.isClustered())) {
      case SQLITE -> {
        var damaged = log.newEpochWhenDamaged() ? SqliteOptions.Damaged.NEW_EPOCH : SqliteOptions.Damaged.REFUSE;
        var sqlite = new SqliteOptions(log.directory(), damaged, SqliteOptions.READERS);
        yield Future.fromCompletionStage(SqliteLog.open(sqlite, options.topics(), ages, random), context)
            .map(opened -> opened);
      }
      case POSTGRESQL ->
          vertx
              .executeBlocking(() -> RootCertificate.required(vertx, log.url().orElseThrow()))
              .compose(
                  good ->
                      Future.fromCompletionStage(
                          PostgresLog.open(vertx, database(log), options.topics(), ages, random), context))
              .map(opened -> opened);
      case GRID -> GridOpening.open(vertx, log.grid(), options.topics(), ages, random);
      case AUTO -> throw new AssertionError("auto stands for another engine");
      case MEMORY ->
          Future.succeededFuture(
              new MemoryLog(log.memoryEventsMax(), log.memoryBytesMax(), options.topics(), ages, random));
    };
  }

  private static PostgresOptions database(LogOptions log) {
    DatabaseUrl url = log.url().orElseThrow();
    return new PostgresOptions(
        url.host(),
        url.port(),
        url.database(),
        url.user(),
        url.password(),
        PostgresOptions.Encryption.valueOf(url.sslMode().toUpperCase(Locale.ROOT).replace('-', '_')),
        url.sslRootCertificate(),
        log.connections(),
        log.connectTimeout());
  }

  private void registerCodecs() {
    EventBus eventBus = vertx.eventBus();
    BusCodecs.register(eventBus);
    PublishCodecs.register(eventBus);
    TailCodecs.register(eventBus);
  }

  /** The port the hub listens on; only after it has started. Any thread. */
  public int port() {
    return listeners.get(0).actualPort();
  }

  /** The port for operators, if there is one of their own; only after the hub has started. Any thread. */
  public Optional<Integer> operatorPort() {
    return operator == null ? Optional.empty() : operator.actualPort();
  }

  /** What every loop holds for its clients now. Any thread. */
  public Future<List<HttpVerticle.Usage>> usage() {
    return Future.all(listeners.stream().map(HttpVerticle::usage).toList()).map(all -> all.list());
  }

  /**
   * Closes the log. Vert.x has stopped the others before: first the HTTP verticles, which drain while everything behind
   * them still works, then clocks, publisher and tail.
   */
  @Override
  public Future<?> stop() {
    Future<Void> ended = reload == null ? Future.succeededFuture() : reload.end();
    return ended.eventually(this::closeLog).onSuccess(closed -> LOG.log(Level.INFO, "carillon has stopped"));
  }

  /** What kept the hub from starting is what the operator must hear, whatever closing the log then comes to. */
  private Future<Void> giveUp(Throwable failure) {
    return closeLog().transform(closed -> Future.failedFuture(failure));
  }

  private Future<Void> closeLog() {
    return log == null ? Future.succeededFuture() : Future.fromCompletionStage(log.close(), context);
  }
}
