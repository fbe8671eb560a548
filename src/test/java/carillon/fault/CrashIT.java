package carillon.fault;

import static org.junit.jupiter.api.Assertions.assertEquals;

import carillon.event.EventId;
import carillon.event.Selectors;
import carillon.event.Topic;
import carillon.fault.Publication.Answer;
import carillon.harness.Eventually;
import carillon.harness.Http;
import carillon.harness.HubProcess;
import carillon.harness.Swarm;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Kills the hub while eight publishers and fifty followers are busy with it, starts it again on the same directory, and
 * holds what everybody was told against what everybody saw.
 *
 * <p>{@code -Dcarillon.crash.seed=n} runs one seed only, {@code -Dcarillon.crash.rounds=n} more or fewer rounds than
 * 20. A seed repeats who does what; when the processes do it is the machine's affair.
 *
 * <p>Broken on purpose, and caught: acknowledging 3 ms before the commit, in every second round or so; resuming one
 * event too late, and one too early; forgetting keys; answering 503 for what is stored. Out of its reach: a commit
 * without fsync, or an acknowledgement only a moment before the write. What the process has written survives it; only
 * a machine that loses its power would tell.
 */
final class CrashIT {

  private static final int PUBLISHERS = 8;
  private static final int FOLLOWERS = 50;
  private static final int LATE_FOLLOWERS = 10;
  private static final int PUBLICATIONS_MAX = 4_000;
  private static final int SHOWN = 20;
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private static final List<String> SELECTORS =
      List.of(
          "**", "news/**", "news/*", "*", "prices/*", "*/b", "builds/**", "news", "news/sport", "news/sport/ski",
          "prices/a", "prices/b", "builds/1/log", "z\u00fcrich/see");

  private final ExecutorService threads = Executors.newFixedThreadPool(PUBLISHERS);
  @TempDir private Path directory;
  private Swarm swarm;

  @BeforeEach
  void openSwarm() {
    swarm = Swarm.of(1, 0);
  }

  @AfterEach
  void close() {
    swarm.close();
    threads.shutdownNow();
  }

  static LongStream seeds() {
    String seed = System.getProperty("carillon.crash.seed");
    int rounds = Integer.getInteger("carillon.crash.rounds", seed == null ? 20 : 1);
    return seed == null ? new Random().longs(rounds) : LongStream.generate(() -> Long.parseLong(seed)).limit(rounds);
  }

  @Timeout(value = 3, unit = TimeUnit.MINUTES)
  @ParameterizedTest(name = "seed {0}")
  @MethodSource("seeds")
  void hub_killedAtARandomMoment_breaksNoPromise(long seed) throws Exception {
    System.out.println("crash, seed " + seed);
    var random = new Random(seed);
    HubProcess.Setup setup = setup(random);
    HubProcess hub = setup.start();
    try {
      var world = new World(hub.uri());
      List<Follower> followers = new ArrayList<>();
      addFollowers(FOLLOWERS - LATE_FOLLOWERS, world, random, followers);
      List<Publisher> publishers = new ArrayList<>();
      List<Future<?>> running = new ArrayList<>();
      for (int i = 0; i < PUBLISHERS; i++) {
        publishers.add(new Publisher(world, "p" + i, random.nextLong(), PUBLICATIONS_MAX));
        running.add(threads.submit(publishers.get(i)));
      }
      for (int crash = random.nextInt(3) == 0 ? 2 : 1; crash > 0; crash--) {
        awaitAcknowledgements(world, 20 + random.nextInt(2_000), running);
        hub.kill();
        hub = setup.start();
        world.hub(hub.uri());
      }
      addFollowers(LATE_FOLLOWERS, world, random, followers);
      awaitAcknowledgements(world, 20 + random.nextInt(500), running);
      world.end();
      for (Future<?> publisher : running) {
        publisher.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
      }
      List<Publication> publications = new ArrayList<>();
      publishers.forEach(publisher -> publications.addAll(publisher.publications()));
      publications.add(publishLast(world));
      awaitFollowers(world, followers, hub);
      swarm.close();
      verify(publications, followers, seed, hub);
    } finally {
      hub.kill();
      hub.close();
    }
  }

  /** Small recent frames, so that whoever comes back is served by the log, by the frames, and at the seam of both. */
  private HubProcess.Setup setup(Random random) {
    return HubProcess.setup()
        .directory(directory)
        .jvmOptions("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx256m")
        .with("tail.recentFramesMax", List.of(16, 256, 65_536).get(random.nextInt(3)))
        .with("clocks", "[{\"topic\": \"clock\", \"interval\": \"50ms\"}]")
        .with("subscribe.retry", "20ms")
        .with("subscribe.heartbeat", "250ms");
  }

  private void addFollowers(int count, World world, Random random, List<Follower> followers) {
    for (int i = 0; i < count; i++) {
      var texts = new String[1 + random.nextInt(3)];
      for (int j = 0; j < texts.length; j++) {
        texts[j] = SELECTORS.get(random.nextInt(SELECTORS.size()));
      }
      var follower =
          new Follower(world, "f" + followers.size(), Selectors.of(texts), random.nextBoolean());
      followers.add(follower);
      var unused = swarm.add(follower, "");
    }
  }

  private static void awaitAcknowledgements(World world, int count, List<Future<?>> publishers) {
    long wanted = world.acknowledgements() + count;
    Eventually.await(
        count + " acknowledgements",
        PATIENCE,
        () -> world.acknowledgements() >= wanted || publishers.stream().anyMatch(Future::isDone));
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

  private void awaitFollowers(World world, List<Follower> followers, HubProcess hub) {
    Eventually.await(
        "all followers at " + world.newest(),
        PATIENCE,
        () -> followers.stream().allMatch(follower -> follower.reached() >= world.newest()),
        () -> followers.stream().filter(follower -> follower.reached() < world.newest())
            .map(follower -> follower + " at " + follower.reached()).toList() + hub.evidence());
    assertEquals(List.of(), swarm.violations());
  }

  private static void verify(List<Publication> publications, List<Follower> followers, long seed, HubProcess hub) {
    List<Following> followings = followers.stream().map(Follower::following).toList();
    List<HistoryChecker.Violation> violations = HistoryChecker.check(publications, followings);
    List<Following.Stream> streams = followings.stream().flatMap(each -> each.streams().stream()).toList();
    long seen = streams.stream().mapToLong(stream -> stream.seen().size()).sum();
    System.out.println("  " + publications.size() + " publications, " + seen + " seen, " + streams.size() + " streams");
    String first = String.join(
        System.lineSeparator(), violations.stream().limit(SHOWN).map(Record::toString).toList());
    assertEquals(0, violations.size(), "seed " + seed + System.lineSeparator() + first + hub.evidence());
  }
}
