package carillon.fault;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import carillon.harness.Eventually;
import carillon.harness.Http;
import carillon.harness.HubProcess;
import carillon.harness.Swarm;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Five thousand open streams while the settings change: none of them ends but those of a key that is taken back.
 */
final class ReloadIT {

  private static final int CROWD = 5_000;
  private static final int REVOKED = 50;
  private static final Duration PATIENCE = Duration.ofSeconds(100);

  // Keys and their SHA-256.
  private static final String ONE = "7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed";
  private static final String TWO = "3fc4ccfe745870e2c0d99f71f30ff0656c8dedd41cc1d7d3d376b0dbe685e2f3";

  @TempDir private Path directory;
  private final Swarm swarm = Swarm.of(1, 0);

  @AfterEach
  void close() {
    swarm.close();
  }

  @Test
  @Timeout(value = 5, unit = TimeUnit.MINUTES)
  void reload_underFiveThousandStreams_endsOnlyThoseOfARevokedKey() throws Exception {
    Path conf = Files.createDirectories(directory.resolve("conf"));
    write(conf, keys("one", ONE) + keys("two", TWO), "topics: []\nlogging: {level: info}\n");
    try (HubProcess hub = HubProcess.setup().directory(directory).start()) {
      List<Guest> crowd = add(hub, CROWD - REVOKED, "two");
      List<Guest> revoked = add(hub, REVOKED, "one");
      Eventually.await("all are open", PATIENCE, () -> open(crowd) + open(revoked) == CROWD, hub::evidence);
      assertEquals(201, publish(hub, "before"));

      write(conf, keys("two", TWO), "topics: [{match: passing, history: none}]\nlogging: {level: debug}\n");
      Eventually.await("those of the key end", PATIENCE, () -> open(revoked) == 0, hub::evidence);
      Eventually.await(
          "the new rule holds", PATIENCE, () -> publish(hub, "passing", "/events/passing") == 202, hub::evidence);
      assertEquals(201, publish(hub, "after"));
      Eventually.await(
          "everybody gets what comes",
          PATIENCE,
          () -> crowd.stream().allMatch(guest -> guest.last.equals("after")),
          hub::evidence);

      write(conf, "", "topics: [\n");
      hangUp(hub);
      Eventually.await("it is said what is wrong", PATIENCE, () -> said(hub, "hub.yaml: line"), hub::evidence);
      assertEquals(201, publish(hub, "last"));
      Eventually.await(
          "a broken file changes nothing",
          PATIENCE,
          () -> crowd.stream().allMatch(guest -> guest.last.equals("last")),
          hub::evidence);
      assertEquals(CROWD - REVOKED, open(crowd));
      assertEquals(0, crowd.stream().mapToInt(guest -> guest.closed.get()).sum(), "streams that were dropped");
      assertTrue(said(hub, "setting changed: topics: + {\"match\":\"passing\",\"history\":\"none\"}"), hub.evidence());
      assertTrue(said(hub, "setting changed: logging.level: info -> debug"), hub.evidence());
    }
  }

  private List<Guest> add(HubProcess hub, int count, String key) {
    var guests = new ArrayList<Guest>();
    for (int i = 0; i < count; i++) {
      var guest = new Guest(hub.uri(), key);
      guests.add(guest);
      var unused = swarm.add(guest, "");
    }
    return guests;
  }

  private static long open(List<Guest> guests) {
    return guests.stream().filter(guest -> guest.isOpen).count();
  }

  private static boolean said(HubProcess hub, String words) {
    return hub.log().stream().anyMatch(line -> line.contains(words));
  }

  private static int publish(HubProcess hub, String data) {
    return publish(hub, data, "/events/news");
  }

  private static int publish(HubProcess hub, String data, String target) {
    return Http.exchange(hub.uri(), "POST", target, data.getBytes(UTF_8), "Authorization: Bearer two").status();
  }

  private static void hangUp(HubProcess hub) throws Exception {
    var kill = new ProcessBuilder("kill", "-HUP", Long.toString(hub.pid())).inheritIO().start();
    assertTrue(kill.waitFor(30, TimeUnit.SECONDS));
  }

  private static String keys(String name, String sha256) {
    return "    - {name: " + name + ", sha256: " + sha256 + ", publish: ['**'], subscribe: ['**']}\n";
  }

  private static void write(Path conf, String keys, String more) throws Exception {
    Path next = conf.resolve("next.yaml");
    String list = keys.isEmpty() ? "  keys: []\n" : "  keys:\n" + keys;
    Files.writeString(
        next, "reload: {interval: 200ms}\nclocks: []\nauth:\n  queryToken: true\n  anonymous: auto\n" + list + more);
    Files.move(next, conf.resolve("hub.yaml"), StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
  }

  /** One stream, and what it has got last. */
  private static final class Guest implements Swarm.Subscriber {

    private final URI hub;
    private final String key;
    private final AtomicInteger closed = new AtomicInteger();
    private volatile boolean isOpen;
    private volatile String last = "";

    Guest(URI hub, String key) {
      this.hub = hub;
      this.key = key;
    }

    @Override
    public URI hub() {
      return hub;
    }

    @Override
    public String target() {
      return "/events/news?access_token=" + key;
    }

    @Override
    public void opened(String resumedAfter) {
      isOpen = true;
    }

    @Override
    public void block(Swarm.Block block) {
      if (block.isEvent() && block.type().isEmpty()) {
        last = block.data();
      }
    }

    @Override
    public void closed(String lastEventId) {
      isOpen = false;
      closed.incrementAndGet();
    }
  }
}
