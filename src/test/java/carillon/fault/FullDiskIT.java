package carillon.fault;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import carillon.event.EventId;
import carillon.event.Selectors;
import carillon.event.Topic;
import carillon.fault.Publication.Answer;
import carillon.harness.Eventually;
import carillon.harness.Http;
import carillon.harness.HttpConnection;
import carillon.harness.HubProcess;
import carillon.harness.SseClient;
import carillon.harness.Swarm;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The log on a file system of 16 MiB that really fills up: publishers are told so, followers do not notice, and with
 * the room publishing comes back. Only where this process may mount one.
 *
 * <p>Broken on purpose, and caught: a log that stays full for ever once it was, and another answer than 507.
 */
final class FullDiskIT {

  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final int BALLAST_BYTES = 8 << 20;
  private static final int DATA_BYTES = 20_000;
  private static final int REFUSALS = 10;
  private static final int EVENTS_MAX = 2_000;

  @TempDir private Path directory;

  private final List<Publication> publications = new ArrayList<>();
  private final List<Follower> followers = new ArrayList<>();
  private final Swarm swarm = Swarm.of(1, 0);
  private boolean isMounted;
  private HubProcess hub;
  private World world;
  private HttpConnection connection;
  private int connections;

  @BeforeEach
  void mount() throws Exception {
    isMounted = run("mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", directory.toString());
    assumeTrue(isMounted, "may not mount a file system");
    Files.write(ballast(), new byte[BALLAST_BYTES]);
    start();
  }

  @AfterEach
  void unmount() throws Exception {
    swarm.close();
    if (hub != null) {
      hub.kill();
      hub.close();
    }
    if (isMounted) {
      assertTrue(run("umount", "-l", directory.toString()));
    }
  }

  @Test
  void full_roomComesBack_publishingComesBackAndNobodyMissedAnything() throws Exception {
    Follower follower = follow();
    try (SseClient clock = SseClient.to(hub.uri(), "/events/clock").open();
        SseClient quiet = SseClient.to(hub.uri(), "/events/quiet").open()) {
      clock.awaitHead();
      quiet.awaitHead();
      publishUntilRefused();
      int ticks = clock.events().size();
      int heartbeats = quiet.comments().size();
      clock.awaitEvents(ticks + 2, PATIENCE);
      Eventually.await("heartbeats", PATIENCE, () -> quiet.comments().size() > heartbeats + 1);
      awaitAll(follow());

      Files.delete(ballast());
      publishUntilAcknowledged();
      assertTrue(publishUntilRefused() > 0, "the room is used");
      awaitAll(follower);
      assertEquals(List.of(), swarm.violations());
      assertTrue(clock.end().isEmpty() && quiet.end().isEmpty(), "streams stay open");
    }
    assertEquals(143, hub.stop(), hub.evidence());
    start();
    awaitAll(follow());
    verify(2);
  }

  @Test
  void full_killedAndStartedAgain_servesWhatItHasAndRecovers() throws Exception {
    Follower follower = follow();
    publishUntilRefused();
    hub.kill();
    start();
    awaitAll(follow());
    assertEquals(507, publish(DATA_BYTES));
    Files.delete(ballast());
    publishUntilAcknowledged();
    awaitAll(follower);
    awaitAll(follow());
    verify(2);
  }

  private void start() throws IOException {
    hub = HubProcess.setup()
        .with("log.directory", directory.resolve("log"))
        .with("subscribe.heartbeat", "200ms")
        .with("subscribe.retry", "50ms")
        .with("clocks", "[{\"topic\": \"clock\", \"interval\": \"100ms\"}]")
        .start();
    if (world == null) {
      world = new World(hub.uri());
    }
    world.hub(hub.uri());
    connection = HttpConnection.to(hub.uri());
    connections++;
  }

  /** What is left on the disk by then is too little for an event of any use; returns how many found room. */
  private int publishUntilRefused() throws IOException {
    int stored = 0;
    for (int refusals = 0; refusals < REFUSALS; ) {
      int status = publish(DATA_BYTES);
      assertTrue(status == 201 || status == 507, "status " + status + hub.evidence());
      stored += status == 201 ? 1 : 0;
      refusals += status == 507 ? 1 : 0;
      assertTrue(stored < EVENTS_MAX, "the disk does not fill up");
    }
    return stored;
  }

  private void publishUntilAcknowledged() {
    Eventually.await(
        "an acknowledgement",
        PATIENCE,
        () -> {
          try {
            return publish(DATA_BYTES) == 201;
          } catch (IOException e) {
            throw new AssertionError(e);
          }
        },
        () -> hub.evidence());
  }

  /** Publishes one event under a topic of its own choice; returns the status. */
  private int publish(int bytes) throws IOException {
    int number = publications.size();
    var topic = new Topic("full/" + number % 5);
    var publication = new Publication("p", List.of(topic), number + " " + "x".repeat(bytes));
    publications.add(publication);
    long sentAt = world.tick();
    Http.Response answer = connection.post("/events/" + topic, publication.data());
    if (answer.status() == 201) {
      EventId id = EventId.parse(answer.text()).orElseThrow();
      world.acknowledged(id);
      publication.attempted(connections, sentAt, Answer.acknowledged(id));
    } else {
      publication.attempted(connections, sentAt, Answer.REFUSED);
    }
    return answer.status();
  }

  /** Somebody who wants everything from the beginning, and so needs the log. */
  private Follower follow() {
    var follower = new Follower(world, "f" + followers.size(), Selectors.of("full/*"), true);
    followers.add(follower);
    var unused = swarm.add(follower, "");
    return follower;
  }

  private void awaitAll(Follower follower) {
    Eventually.await(
        follower + " at " + world.newest(),
        PATIENCE,
        () -> follower.reached() >= world.newest(),
        () -> follower.reached() + swarm.violations().toString() + hub.evidence());
  }

  /** @param streamsMax of the follower that was there from the beginning: no more than there were hubs */
  private void verify(int streamsMax) {
    followers.forEach(this::awaitAll);
    swarm.close();
    assertEquals(List.of(), swarm.violations());
    List<Following> followings = followers.stream().map(Follower::following).toList();
    assertEquals(List.of(), HistoryChecker.check(publications, followings));
    assertEquals(streamsMax, followings.get(0).streams().size(), "streams of whoever was there from the beginning");
  }

  private Path ballast() {
    return directory.resolve("ballast");
  }

  private static boolean run(String... command) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    process.getInputStream().readAllBytes();
    return process.waitFor() == 0;
  }
}
