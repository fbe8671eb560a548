package carillon.fault;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import carillon.harness.ClusterState;
import carillon.harness.Eventually;
import carillon.harness.HubCluster;
import carillon.harness.HubProcess;
import carillon.harness.Swarm;
import carillon.log.TestPostgres;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Three nodes that are one hub, of which one has a bus that loses a third of what the others send. They are restarted
 * one after the other, frozen and killed, while publishers and followers that go to any of them are busy; then what
 * everybody was told is held against what everybody saw. All tests have the same three nodes, and each begins when all
 * three are there.
 *
 * <p>In every build with the engine {@code grid}, and in a short form. {@code -Dcarillon.cluster} has the full one, of
 * some ten minutes, and {@code postgresql} as well: 100,000 events, a node frozen for 20 s, nodes killed for two
 * minutes. {@code -Dcarillon.cluster.engine=…} has one engine only, {@code -Dcarillon.cluster.minutes=n} nodes killed
 * for longer, and {@code -Dcarillon.cluster.seed=n} repeats who does what.
 */
@ParameterizedClass(name = "{0}")
@MethodSource("engines")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(value = 10, unit = TimeUnit.MINUTES)
final class ClusterIT {

  static final boolean IS_FULL = System.getProperty("carillon.cluster", "false").matches("|true");
  private static final int NODES = 3;
  private static final int LOSSY = 2; // whose bus loses a third of what the others send
  private static final int FEW_PUBLISHERS = 3; // they leave a node enough of two cores to start within seconds
  private static final int FEW_FOLLOWERS = 24;
  private static final int PUBLISHERS = IS_FULL ? 6 : FEW_PUBLISHERS;
  private static final int FOLLOWERS = IS_FULL ? 45 : FEW_FOLLOWERS;
  private static final int ORDERED_EVENTS = IS_FULL ? 100_000 : 5_000;
  private static final int CLIENTS = IS_FULL ? 18_000 : 1_000;
  private static final int LOST_HUNDREDS = IS_FULL ? 20 : 2;
  private static final Duration FROZEN = Duration.ofSeconds(IS_FULL ? 20 : 7); // the others give it up after 6
  private static final Duration KILLING =
      Duration.ofMinutes(Integer.getInteger("carillon.cluster.minutes", IS_FULL ? 2 : 0));
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  @TempDir private static Path directory;
  @Parameter private Engine engine;
  private TestPostgres database;
  private HubCluster cluster;
  private ClusterLoad load;
  private SplittableRandom random;

  /** What nodes share. */
  enum Engine {
    GRID,
    POSTGRESQL
  }

  static Stream<Engine> engines() {
    String only = System.getProperty("carillon.cluster.engine", IS_FULL ? "" : "grid");
    return Stream.of(Engine.values()).filter(engine -> only.isEmpty() || engine.name().equalsIgnoreCase(only));
  }

  /** Not before all: that is once for all engines, and before it is known which comes first. */
  @BeforeParameterizedClassInvocation
  void startCluster() {
    String url = engine == Engine.POSTGRESQL ? databaseUrl() : "";
    cluster = HubCluster.start(NODES, directory.resolve(engine.name()), (node, setup) -> settings(node, url, setup));
    assertEquals(engine == Engine.GRID ? 1 : 0, cluster.node(0).said("the log is in the memory"), cluster::evidence);
  }

  private String databaseUrl() {
    database = new TestPostgres();
    return database.url(database.create());
  }

  private static HubProcess.Setup settings(int node, String url, HubProcess.Setup setup) {
    settings(url, setup);
    return node == LOSSY ? setup.arguments(LossyHub.class.getName(), "-cp", LossyHub.classPath()) : setup;
  }

  /**
   * Small and quick to start; but in the full form a node of the grid comes to keep more than would fit beside the rest.
   *
   * @param url of the database that nodes share, empty if there is none
   */
  static HubProcess.Setup settings(String url, HubProcess.Setup setup) {
    setup
        .jvmOptions("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", IS_FULL ? "-Xmx640m" : "-Xmx256m")
        .with("log.engine", url.isEmpty() ? "grid" : "postgresql")
        .with("clocks", "[]")
        .with("http.drain", "1s")
        .with("subscribe.retry", "20ms")
        .with("subscribe.heartbeat", "250ms")
        .with("hazelcast.logging.type", "none");
    return url.isEmpty() ? setup : setup.with("log.url", url);
  }

  @AfterParameterizedClassInvocation
  void endCluster() {
    if (cluster != null) {
      cluster.close();
    }
    if (database != null) {
      database.close();
    }
  }

  @BeforeEach
  void begin(TestInfo test) {
    cluster.restore();
    long seed = Long.getLong("carillon.cluster.seed", new Random().nextLong());
    System.out.println("cluster of " + engine + ", " + test.getDisplayName() + ", seed " + seed);
    load = new ClusterLoad(cluster, seed);
    random = new SplittableRandom(seed);
  }

  @AfterEach
  void closeLoad() {
    load.close();
  }

  @Test
  void publishedAtOneNode_followedAtTheOthers_isTheSameOrderWithTheSameIds() throws Exception {
    load.followEverything(load.at(1));
    load.followEverything(load.at(2));
    load.publish(3, load.at(0));
    load.awaitAcknowledgements(ORDERED_EVENTS);
    List<Following> followings = load.verify().followings();
    List<Following.Seen> seen = seenBy(followings.get(0));
    assertTrue(seen.size() >= ORDERED_EVENTS, "only " + seen.size());
    assertEquals(seen, seenBy(followings.get(1)));
  }

  private static List<Following.Seen> seenBy(Following following) {
    return following.streams().stream().flatMap(stream -> stream.seen().stream()).toList();
  }

  @Test
  void bus_losesAThird_noStreamShowsIt() throws Exception {
    load.follow(FOLLOWERS, load.at(LOSSY));
    load.publish(PUBLISHERS, load.at(0));
    int before = cluster.node(LOSSY).said(LossyHub.LOST_HUNDRED);
    Eventually.await(
        "messages that are lost",
        PATIENCE,
        () -> cluster.node(LOSSY).said(LossyHub.LOST_HUNDRED) >= before + LOST_HUNDREDS,
        cluster::evidence);
    load.verify();
    load.followers().forEach(follower -> assertEquals(0, follower.ends(), follower + "'s stream ended"));
  }

  /** A node that goes tells everybody, and when to come back, each something else. */
  @Test
  void nodes_restartedOneAfterTheOther_sendEverybodyAwayWithAWordAndLoseNothing() throws Exception {
    beBusy();
    load.awaitFollowers();
    for (int i = 0; i < NODES; i++) {
      assertEquals(143, cluster.node(i).stop(), cluster.node(i).evidence());
      cluster.node(i).start();
      load.awaitWhole();
    }
    load.verify();
    List<String> unexplained =
        load.followers().stream().filter(each -> each.unexplainedEnds() > 0).map(Follower::toString).toList();
    assertEquals(List.of(), unexplained, () -> "streams that ended without a word" + cluster.evidence());
    List<Long> retriesMillis =
        load.followers().stream().flatMap(each -> each.closingRetriesMillis().stream()).toList();
    assertTrue(retriesMillis.size() >= FOLLOWERS, "ends: " + retriesMillis.size());
    assertTrue(retriesMillis.stream().allMatch(retry -> retry >= 20 && retry <= 40), "told: " + retriesMillis);
    assertTrue(new HashSet<>(retriesMillis).size() > 5, "all at the same time: " + retriesMillis);
  }

  @Test
  void node_killedAndRestarted_losesRepeatsAndReordersNothing() throws Exception {
    load.follow(FEW_FOLLOWERS, load.anywhere());
    load.publish(FEW_PUBLISHERS, load.anywhere());
    int rounds = 0;
    long endNanos = System.nanoTime() + KILLING.toNanos();
    do {
      load.awaitAcknowledgements(100 + random.nextInt(500));
      HubCluster.Node killed = cluster.node(random.nextInt(NODES));
      killed.kill();
      load.awaitAcknowledgements(100 + random.nextInt(500));
      killed.start();
      load.awaitWhole();
      rounds++;
    } while (System.nanoTime() < endNanos);
    System.out.println("    kills: " + rounds);
    load.verify();
  }

  @Test
  void node_frozenAndThawed_losesRepeatsAndReordersNothing() throws Exception {
    beBusy();
    load.awaitAcknowledgements(100 + random.nextInt(500));
    HubCluster.Node frozen = cluster.node(random.nextInt(NODES));
    long endNanos = System.nanoTime() + FROZEN.toNanos();
    frozen.freeze();
    do {
      load.awaitAcknowledgements(100 + random.nextInt(500));
    } while (System.nanoTime() < endNanos);
    frozen.thaw();
    load.verify();
  }

  /**
   * What all nodes share has entries for nodes, none for clients; so that as many clients as a process may have
   * descriptors for, come to two nodes as quickly as half of them to each.
   */
  @Test
  void clients_many_costTheClusterNothing() throws Exception {
    try (ClusterState state = ClusterState.of(cluster)) {
      int consumers = state.consumers();
      assertTrue(consumers >= NODES, "a consumer for each node: " + consumers);
      Map<String, Integer> before = state.sizes();
      double alone = IS_FULL ? connectSeconds(List.of(cluster.node(0)), CLIENTS, () -> {}) : 0;
      double together =
          connectSeconds(
              List.of(cluster.node(0), cluster.node(1)),
              CLIENTS,
              () -> {
                assertEquals(consumers, state.consumers());
                assertEquals(before, state.sizes());
              });
      System.out.printf(
          "    %,d clients at one node of the cluster: %.1f s, at two: %.1f s; shared with and without them: %s%n",
          CLIENTS, alone, together, before);
      assertTrue(!IS_FULL || together < 2 * alone, "at one: " + alone + " s, at two: " + together + " s");
    }
  }

  /** How long it takes until all of them have streams, and what is done when they have. */
  private double connectSeconds(List<HubCluster.Node> nodes, int count, Runnable whenOpen) {
    try (Swarm swarm = Swarm.of(1, 0)) {
      List<Client> clients = new ArrayList<>();
      long startNanos = System.nanoTime();
      for (int i = 0; i < count; i++) {
        clients.add(new Client(nodes.get(i % nodes.size()).uri(), i));
        var unused = swarm.add(clients.get(i), "");
      }
      Eventually.await(
          "all streams", PATIENCE, () -> clients.stream().allMatch(client -> client.isOpen), cluster::evidence);
      double seconds = (System.nanoTime() - startNanos) / 1e9;
      whenOpen.run();
      assertEquals(List.of(), swarm.violations());
      return seconds;
    }
  }

  /** Somebody with topics of his own. */
  private static final class Client implements Swarm.Subscriber {

    private final URI hub;
    private final int number;
    private volatile boolean isOpen;

    Client(URI hub, int number) {
      this.hub = hub;
      this.number = number;
    }

    @Override
    public URI hub() {
      return hub;
    }

    @Override
    public String target() {
      return "/events?topic=clients/" + number + "&topic=clients/*/" + number;
    }

    @Override
    public void opened(String resumedAfter) {
      isOpen = true;
    }

    @Override
    public void block(Swarm.Block block) {}

    @Override
    public void closed(String lastEventId) {
      isOpen = false;
    }
  }

  private void beBusy() {
    load.follow(FOLLOWERS, load.anywhere());
    load.publish(PUBLISHERS, load.anywhere());
  }
}
