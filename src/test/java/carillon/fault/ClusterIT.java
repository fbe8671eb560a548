package carillon.fault;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import carillon.config.HubOptionsReader;
import carillon.config.InvalidConfigException;
import carillon.event.EventId;
import carillon.event.Selectors;
import carillon.event.Topic;
import carillon.fault.Publication.Answer;
import carillon.harness.Eventually;
import carillon.harness.Http;
import carillon.harness.HubCluster;
import carillon.harness.HubProcess;
import carillon.harness.Swarm;
import io.vertx.core.json.JsonObject;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Three nodes that are one hub, of which one has a bus that loses a third of what the others send. They are restarted
 * one after the other, frozen and killed, while publishers and followers that go to any of them are busy; then what
 * everybody was told is held against what everybody saw. A node that is restarted ends its streams with a word.
 *
 * <p>Runs with every engine that nodes can share: {@code grid}, and {@code postgresql} when {@code
 * -Dcarillon.cluster.url=postgresql://…} names an empty database. {@code -Dcarillon.cluster.minutes=n} has the nodes
 * killed and frozen for so long instead of once each, {@code -Dcarillon.cluster.events=n} has so many events published
 * in peace, {@code -Dcarillon.cluster.seed=n} repeats who does what.
 *
 * <p>Only with {@code -Dcarillon.cluster}: three nodes that freeze and come back need more of a machine than every build
 * has.
 */
@EnabledIfSystemProperty(named = "carillon.cluster", matches = "|true")
final class ClusterIT {

  private static final int NODES = 3;
  private static final int LOSSY = 2; // whose bus loses a third of what the others send
  private static final int PUBLISHERS = 6;
  private static final int FOLLOWERS = 45;
  private static final int PUBLICATIONS_MAX = 2_000_000;
  private static final int SHOWN = 20;
  private static final int EVENTS = Integer.getInteger("carillon.cluster.events", 2_000);
  private static final int MINUTES = Integer.getInteger("carillon.cluster.minutes", 0);
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  private static final List<String> SELECTORS =
      List.of("**", "news/**", "*", "prices/*", "*/b", "builds/**", "news", "prices/a", "z\u00fcrich/see");

  private final ExecutorService threads = Executors.newFixedThreadPool(PUBLISHERS);
  private final Swarm swarm = Swarm.of(1, 0);
  private final List<Follower> followers = new ArrayList<>();
  private final List<Publisher> publishers = new ArrayList<>();
  private final List<Future<?>> running = new ArrayList<>();
  private final List<Publication> marks = new ArrayList<>();
  @TempDir private Path directory;

  @AfterEach
  void close() {
    swarm.close();
    threads.shutdownNow();
  }

  /** What nodes share. */
  record Engine(String name, String url) {

    HubProcess.Setup settings(int node, HubProcess.Setup setup) {
      setup
          .jvmOptions("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx256m")
          .with("log.engine", name)
          .with("clocks", "[]")
          .with("http.drain", "1s")
          .with("subscribe.retry", "20ms")
          .with("subscribe.heartbeat", "250ms")
          .with("hazelcast.logging.type", "none");
      if (!url.isEmpty()) {
        setup.with("log.url", url);
      }
      return node == LOSSY ? setup.arguments(LossyHub.class.getName(), "-cp", LossyHub.classPath()) : setup;
    }

    boolean isThere() {
      var settings = new JsonObject().put("log.engine", name);
      try {
        return HubOptionsReader.read(url.isEmpty() ? settings : settings.put("log.url", url)) != null;
      } catch (InvalidConfigException e) {
        return false;
      }
    }

    @Override
    public String toString() {
      return name;
    }
  }

  static Stream<Engine> engines() {
    String url = System.getProperty("carillon.cluster.url", "");
    return url.isEmpty()
        ? Stream.of(new Engine("grid", ""))
        : Stream.of(new Engine("grid", ""), new Engine("postgresql", url));
  }

  @Timeout(value = 30, unit = TimeUnit.MINUTES)
  @ParameterizedTest(name = "{0}")
  @MethodSource("engines")
  void nodes_restartedFrozenAndKilled_areOneHub(Engine engine) throws Exception {
    assumeTrue(engine.isThere());
    long seed = Long.getLong("carillon.cluster.seed", new Random().nextLong());
    System.out.println("cluster of " + engine + ", seed " + seed);
    var random = new SplittableRandom(seed);
    try (HubCluster cluster = HubCluster.start(NODES, directory, engine::settings)) {
      World world = populate(cluster, random);
      awaitAcknowledgements(world, EVENTS, cluster);
      for (int i = 0; i < NODES; i++) {
        System.out.println("  node " + i + " is restarted");
        assertEquals(143, cluster.node(i).stop(), cluster.node(i).evidence());
        cluster.node(i).start();
        awaitWhole(world, cluster);
      }
      List<String> unexplained =
          followers.stream().filter(each -> each.unexplainedEnds() > 0).map(Follower::toString).toList();
      assertEquals(List.of(), unexplained, () -> "streams that ended without a word" + cluster.evidence());
      long endNanos = System.nanoTime() + TimeUnit.MINUTES.toNanos(MINUTES);
      do {
        HubCluster.Node frozen = cluster.node(random.nextInt(NODES));
        System.out.println("  " + frozen + " is frozen");
        frozen.freeze();
        awaitAcknowledgements(world, 100 + random.nextInt(500), cluster);
        frozen.thaw();
        awaitWhole(world, cluster);
        HubCluster.Node killed = cluster.node(random.nextInt(NODES));
        System.out.println("  " + killed + " is killed");
        killed.kill();
        awaitAcknowledgements(world, 100 + random.nextInt(500), cluster);
        killed.start();
        awaitWhole(world, cluster);
      } while (System.nanoTime() < endNanos);
      verify(world, cluster, seed);
      assertTrue(cluster.node(LOSSY).evidence().contains("the bus loses a third"), cluster.node(LOSSY).evidence());
    }
  }

  private World populate(HubCluster cluster, SplittableRandom random) {
    SplittableRandom choices = random.split();
    var world = new World(() -> anyOf(cluster, choices));
    for (int i = 0; i < FOLLOWERS; i++) {
      var texts = new String[1 + random.nextInt(3)];
      for (int j = 0; j < texts.length; j++) {
        texts[j] = SELECTORS.get(random.nextInt(SELECTORS.size()));
      }
      followers.add(new Follower(world, "f" + i, Selectors.of(texts), random.nextBoolean()));
      var unused = swarm.add(followers.get(i), "");
    }
    for (int i = 0; i < PUBLISHERS; i++) {
      publishers.add(new Publisher(world, "p" + i, random.nextLong(), PUBLICATIONS_MAX));
      running.add(threads.submit(publishers.get(i)));
    }
    return world;
  }

  private static URI anyOf(HubCluster cluster, SplittableRandom choices) {
    synchronized (choices) {
      return cluster.anyOf(choices);
    }
  }

  private void awaitAcknowledgements(World world, int count, HubCluster cluster) {
    long wanted = world.acknowledgements() + count;
    Eventually.await(
        count + " acknowledgements",
        PATIENCE,
        () -> world.acknowledgements() >= wanted || running.stream().anyMatch(Future::isDone),
        cluster::evidence);
  }

  /**
   * Until every node stores, and shows what every other has stored: what survives the loss of one node at a time has
   * survived this one.
   */
  private void awaitWhole(World world, HubCluster cluster) {
    for (int i = 0; i < NODES; i++) {
      URI from = cluster.node(i).uri();
      var mark = new Publication("whole", List.of(new Topic("whole")), "whole " + marks.size());
      marks.add(mark);
      Eventually.await(mark + " stored by node " + i, PATIENCE, () -> isStored(world, from, mark), cluster::evidence);
      for (int j = 0; j < NODES; j++) {
        URI to = cluster.node(j).uri();
        Eventually.await(mark + " at node " + j, PATIENCE, () -> shows(to, mark), cluster::evidence);
      }
    }
  }

  private static boolean isStored(World world, URI node, Publication mark) {
    long sentAt = world.tick();
    Answer answer = Answer.UNKNOWN;
    try {
      String key = mark.data().replace(' ', '-');
      Http.Response response = Http.post(node, "/events/whole?key=" + key, mark.data());
      answer =
          EventId.parse(response.text())
              .map(Answer::acknowledged)
              .orElse(response.status() == 503 ? Answer.REFUSED : Answer.UNKNOWN);
    } catch (UncheckedIOException e) {
      // nobody knows
    }
    mark.attempted(mark.attempts().size(), sentAt, answer);
    answer.id().ifPresent(world::acknowledged);
    return answer.id().isPresent();
  }

  private static boolean shows(URI node, Publication mark) {
    try {
      return Http.get(node, "/events/whole?poll&since=last:5").text().contains('"' + mark.data() + '"');
    } catch (UncheckedIOException e) {
      return false;
    }
  }

  private void verify(World world, HubCluster cluster, long seed) throws Exception {
    world.end();
    for (Future<?> publisher : running) {
      publisher.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }
    List<Publication> publications = new ArrayList<>();
    publishers.forEach(publisher -> publications.addAll(publisher.publications()));
    publications.addAll(marks);
    publications.add(publishLast(world));
    Eventually.await(
        "all followers at " + world.newest(),
        PATIENCE,
        () -> followers.stream().allMatch(follower -> follower.reached() >= world.newest()),
        () -> followers.stream().filter(follower -> follower.reached() < world.newest())
            .map(follower -> follower + " at " + follower.reached()).toList() + cluster.evidence());
    assertEquals(List.of(), swarm.violations(), cluster::evidence);
    swarm.close();
    List<Following> followings = followers.stream().map(Follower::following).toList();
    List<HistoryChecker.Violation> violations = HistoryChecker.check(publications, followings);
    List<Following.Stream> streams = followings.stream().flatMap(each -> each.streams().stream()).toList();
    long seen = streams.stream().mapToLong(stream -> stream.seen().size()).sum();
    System.out.printf(
        "  %,d publications, %,d seen on %,d streams of %d followers%n",
        publications.size(), seen, streams.size(), FOLLOWERS);
    String first =
        String.join(System.lineSeparator(), violations.stream().limit(SHOWN).map(Record::toString).toList());
    assertEquals(0, violations.size(), () -> "seed " + seed + System.lineSeparator() + first + cluster.evidence());
  }

  /** What comes last: whoever knows its id has caught up. */
  private static Publication publishLast(World world) {
    var last = new Publication("last", List.of(new Topic("last")), "last");
    long sentAt = world.tick();
    Http.Response answer = Http.post(world.hub(), "/events/last", "last");
    assertEquals(201, answer.status(), answer.text());
    EventId id = EventId.parse(answer.text()).orElseThrow();
    last.attempted(0, sentAt, Answer.acknowledged(id));
    world.acknowledged(id);
    return last;
  }
}
