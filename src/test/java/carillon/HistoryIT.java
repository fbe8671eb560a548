package carillon;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import carillon.event.EventId;
import carillon.harness.Eventually;
import carillon.harness.Http;
import carillon.harness.HubProcess;
import carillon.harness.SseClient;
import carillon.sse.EventStreamReader;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What a hub keeps, what it lets go of and what it says about that, seen from outside: by polls and streams, over
 * restarts and crashes, with damaged files.
 *
 * <p>The recent frames are as few as can be, and the heartbeat is far away, so that what is seen comes from the log and
 * what is said is said at once.
 */
final class HistoryIT {

  private static final Duration SETTLED = Duration.ofSeconds(1);
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final int RECENT_FRAMES = 16;
  private static final int EXIT_NOT_STARTED = 15;

  /** Where the header of a file of SQLite has the lowest octet of {@code user_version} (its file format, 1.3). */
  private static final int USER_VERSION_AT = 63;

  private static final AtomicInteger ENDS = new AtomicInteger();

  private static final String CONF =
      """
      {
        "clocks": [],
        "http": {"idleTimeout": "1h"},
        "subscribe": {"heartbeat": "10m"},
        "tail": {"recentFramesMax": %d},
        "topics": [
          {"match": "aged/*", "age": "1s"},
          {"match": "counted/*", "count": 3},
          {"match": "sized", "bytes": "1KiB"},
          {"match": "live/*", "history": "none"},
          {"match": "prices/*", "slow": "latest"},
          {"match": "states/*", "slow": "latest", "count": 1},
          {"match": "filler", "count": 1}
        ]
      }
      """
          .formatted(RECENT_FRAMES);

  private static HubProcess hub;

  @TempDir private Path directory;

  @BeforeAll
  static void start() {
    hub = setup().start();
  }

  @AfterAll
  static void stop() {
    hub.close();
  }

  private static HubProcess.Setup setup() {
    return HubProcess.setup()
        .jvmOptions("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")
        .arguments("-conf", CONF);
  }

  private HubProcess.Setup inDirectory() {
    return setup().directory(directory);
  }

  // What is kept.

  @Test
  void retention_count_keepsTheNewest() {
    List<String> ids = publishAll(hub, "counted/a", "1", "2", "3", "4", "5");
    pushOutOfRecentFrames(hub);
    awaitKept("counted/a", List.of("3", "4", "5"));
    assertEquals(List.of(ids.get(4)), poll(hub, "topic=counted/a&since=last:1").stream().map(Item::id).toList());
  }

  @Test
  void retention_bytes_keepsTheNewest() {
    String data = "x".repeat(400);
    publishAll(hub, "sized", "1" + data, "2" + data, "3" + data, "4" + data);
    pushOutOfRecentFrames(hub);
    awaitKept("sized", List.of("3" + data, "4" + data));
    publishAll(hub, "sized", "5" + data.repeat(10));
    pushOutOfRecentFrames(hub);
    awaitKept("sized", List.of("5" + data.repeat(10)));
  }

  @Test
  void retention_age_removesWhatIsTooOldFromItsTopicsOnly() {
    publishAll(hub, "aged/a", "1", "2");
    publishAll(hub, "ageless", "3");
    pushOutOfRecentFrames(hub);
    awaitKept("aged/a", List.of());
    assertEquals(List.of("3"), kept(hub, "ageless"));
    publishAll(hub, "aged/a", "4");
    assertEquals("4", poll(hub, "topic=aged/a&since=last:1").get(0).data());
  }

  @Test
  void ttl_passed_removesTheEvent() {
    publish(hub, "/events/lasting?ttl=1s", "gone");
    publishAll(hub, "lasting", "kept");
    pushOutOfRecentFrames(hub);
    awaitKept("lasting", List.of("kept"));
  }

  @Test
  void historyNone_published_isDeliveredLiveAndNeverReplayed() {
    try (SseClient live = SseClient.to(hub.uri(), "/events/live/a").open()) {
      live.awaitHead();
      Http.Response answer = Http.post(hub.uri(), "/events/live/a", "now or never");
      assertEquals(202, answer.status());
      assertEquals("", answer.text());
      EventStreamReader.Event event = live.awaitEvents(1, PATIENCE).get(0);
      assertEquals("now or never", event.data());
      assertEquals(List.of(), event.values("id"));
    }
    assertEquals(List.of(), poll(hub, "topic=live/a&since=all"));
  }

  // From where.

  @Test
  void since_everyForm_beginsThere() {
    String first = publish(hub, "/events/since", "1");
    awaitNextMillisecond();
    publish(hub, "/events/since", "2");
    awaitNextMillisecond();
    String third = publish(hub, "/events/since", "3");
    List<Instant> times = poll(hub, "topic=since&since=all").stream().map(Item::time).toList();
    for (int i = 0; i < 2; i++) { // from the recent frames, then from the log
      assertSince("since=all", "1", "2", "3");
      assertSince("since=" + first, "2", "3");
      assertSince("since=" + third);
      assertSince("since=last:2", "2", "3");
      assertSince("since=last:99", "1", "2", "3");
      assertSince("since=1h", "1", "2", "3");
      assertSince("since=" + times.get(2), "3");
      assertSince("since=" + times.get(1).toString().replace("Z", "%2B00:00"), "2", "3");
      assertSince("since=2100-01-01T00:00:00Z");
      assertSince("lastEventId=" + first, "2", "3");
      assertSince("last_event_id=" + first, "2", "3");
      assertSince("lastEventID=" + first + "&since=all", "2", "3");
      assertEquals(List.of("3"), streamed("since=all", third.replaceAll("\\d+$", "") + (offset(third) - 1)));
      pushOutOfRecentFrames(hub);
    }
    Eventually.await("a second to pass", PATIENCE, () -> data(poll(hub, "topic=since&since=1s")).isEmpty());
    for (String wrong : List.of("last:0", "last:x", "yesterday", "2024-01-01", "-1s")) {
      assertEquals(400, Http.get(hub.uri(), "/events?topic=since&poll&since=" + wrong).status(), wrong);
    }
  }

  private static void awaitNextMillisecond() {
    long now = System.currentTimeMillis();
    Eventually.await("the clock to move on", PATIENCE, () -> System.currentTimeMillis() > now);
  }

  /** The loop that answers the poll may not have heard yet of what the publisher has already told. */
  @Test
  void poll_rightAfterTheAcknowledgement_hasTheEvent() {
    for (int i = 0; i < 300; i++) {
      String id = publish(hub, "/events/polled", "event " + i);
      List<Item> items = poll(hub, "topic=polled&since=last:1");
      assertEquals(List.of(id), items.stream().map(Item::id).toList(), "round " + i);
    }
  }

  /** By poll, and by a stream, which ends with an event published to mark its end. */
  private static void assertSince(String cursor, String... expected) {
    assertEquals(List.of(expected), data(poll(hub, "topic=since&" + cursor)), cursor);
    assertEquals(List.of(expected), streamed(cursor, ""), cursor);
  }

  private static List<String> streamed(String query, String lastEventId) {
    String end = "end/" + ENDS.incrementAndGet();
    SseClient.Setup setup = SseClient.to(hub.uri(), "/events?topic=since&topic=" + end + "&" + query);
    try (SseClient client = (lastEventId.isEmpty() ? setup : setup.lastEventId(lastEventId)).open()) {
      client.awaitHead();
      publish(hub, "/events/" + end, "end");
      client.awaitEvent(event -> event.data().equals("end"), PATIENCE);
      return client.events().stream()
          .map(EventStreamReader.Event::data)
          .filter(data -> !data.equals("end"))
          .toList();
    }
  }

  // What is not there.

  @Test
  void resume_afterRetentionPassedTheId_isToldOnceAndGetsWhatIsKept() {
    String first = publishAll(hub, "counted/b", "1", "2", "3", "4", "5").get(0);
    pushOutOfRecentFrames(hub);
    awaitKept("counted/b", List.of("3", "4", "5"));
    String cursor;
    try (SseClient client = resume(hub, "topic=counted/b", first)) {
      List<EventStreamReader.Event> events = client.awaitEvents(4, PATIENCE);
      assertGap("expired", first, events.get(0));
      assertEquals(List.of("3", "4", "5"), events.subList(1, 4).stream().map(EventStreamReader.Event::data).toList());
      cursor = client.lastEventId();
    }
    assertComesNext("counted/b", cursor, "6");
  }

  @Test
  void resume_afterEverythingWasRemoved_isToldOnceAlthoughNoEventFollows() {
    publish(hub, "/events/older", "kept, so that the log goes back further than the loss");
    List<String> ids = publishAll(hub, "aged/b", "1", "2");
    pushOutOfRecentFrames(hub);
    awaitKept("aged/b", List.of());
    String cursor;
    try (SseClient client = resume(hub, "topic=aged/b", ids.get(0))) {
      assertGap("expired", ids.get(0), client.awaitEvents(1, PATIENCE).get(0));
      Eventually.await(
          "a cursor behind the loss",
          PATIENCE,
          () -> EventId.parse(client.lastEventId()).filter(id -> id.offset() > offset(ids.get(1))).isPresent(),
          client::lastEventId);
      cursor = client.lastEventId();
    }
    assertComesNext("aged/b", cursor, "3");
  }

  @Test
  void resume_withAnIdThatIsNone_isToldWhyAndGetsWhatIsKept() {
    String id = publishAll(hub, "reasons", "1", "2").get(1);
    String epoch = id.substring(0, id.indexOf('-'));
    String other = (epoch.charAt(0) == '1' ? "2" : "1") + epoch.substring(1);
    assertToldAndServed("ahead", epoch + "-" + (offset(id) + 100_000));
    assertToldAndServed("epoch", other + "-1");
    assertToldAndServed("unknown", "cursor of another hub");
  }

  private static void assertToldAndServed(String reason, String requested) {
    try (SseClient client = resume(hub, "topic=reasons", requested)) {
      List<EventStreamReader.Event> events = client.awaitEvents(3, PATIENCE);
      assertGap(reason, requested, events.get(0));
      assertEquals("1", events.get(1).data());
      assertEquals("2", events.get(2).data());
    }
  }

  // Over restarts.

  @Test
  void slowLatest_resumeOverARestart_getsTheNewestOfEachTopicAndNoGap() {
    String seen;
    try (HubProcess before = inDirectory().start()) {
      seen = publishAll(before, "prices/a", "a1", "a2").get(0);
      publishAll(before, "states/a", "s1", "s2");
      publishAll(before, "prices/b", "b1", "b2", "b3");
      publishAll(before, "news", "n1", "n2");
      publishAll(before, "prices/a", "a3");
      publishAll(before, "states/a", "s3");
      publishMany(before, "prices/c", 400);
      publishMany(before, "states/b", 400);
      pushOutOfRecentFrames(before);
      before.kill();
    }
    try (HubProcess after = inDirectory().start()) {
      String query = "topic=prices/*&topic=states/*&topic=news";
      assertEquals(List.of("b3", "n1", "n2", "a3", "s3", "400", "400"), resumed(after, query, seen, 7));
      assertEquals(List.of("s3"), resumed(after, "topic=states/a", seen, 1));
      assertEquals(List.of("400"), kept(after, "states/b"));
    }
  }

  @Test
  void slowLatest_supersededEventsWereRemoved_isNoGap() {
    try (HubProcess states = inDirectory().start()) {
      String seen = publish(states, "/events/states/a", "first");
      publishMany(states, "states/a", 400);
      publishMany(states, "states/b", 400);
      pushOutOfRecentFrames(states);
      Eventually.await("retention", PATIENCE, () -> oldest(states) == 401);
      for (String query : List.of("topic=states/a&topic=states/b", "topic=states/*")) {
        try (SseClient client = resume(states, query, seen)) {
          List<EventStreamReader.Event> events = client.awaitEvents(2, PATIENCE);
          assertEquals(List.of("400", "400"), events.stream().map(EventStreamReader.Event::data).toList());
        }
      }
    }
  }

  /** What the hub says is the oldest event it keeps. */
  private static long oldest(HubProcess at) {
    Item gap = poll(at, "topic=filler&lastEventId=none").get(0);
    return offset(new JsonObject(gap.data()).getString("oldest"));
  }

  /** The texts of the events that come at first. */
  private static List<String> resumed(HubProcess at, String query, String id, int count) {
    try (SseClient client = resume(at, query, id)) {
      return client.awaitEvents(count, PATIENCE).stream().map(EventStreamReader.Event::data).toList();
    }
  }

  @Test
  void key_sentAgainAfterACrash_isTheFirstEventAgain() {
    String id;
    try (HubProcess before = inDirectory().start()) {
      id = publish(before, "/events/orders?key=k1", "one book");
      before.kill();
    }
    try (HubProcess after = inDirectory().start()) {
      Http.Response again = Http.post(after.uri(), "/events/orders?key=k1", "one book");
      assertEquals(200, again.status(), again.text());
      assertEquals(id, again.text().strip());
      assertEquals(409, Http.post(after.uri(), "/events/orders?key=k1", "two books").status());
      assertEquals(409, Http.post(after.uri(), "/events/others?key=k1", "one book").status());
      assertEquals(List.of("one book"), kept(after, "orders"));
      assertTrue(offset(publish(after, "/events/orders", "another")) > offset(id), "ids go on");
    }
  }

  @Test
  void secondHub_sameDirectory_refusesAndTheFirstIsUnharmed() {
    try (HubProcess first = inDirectory().start();
        SseClient client = SseClient.to(first.uri(), "/events/news").open()) {
      client.awaitHead();
      publish(first, "/events/news", "before");
      try (HubProcess second = inDirectory().launch()) {
        assertEquals(EXIT_NOT_STARTED, second.awaitExit(PATIENCE), second.evidence());
        String said = String.join("\n", second.log());
        assertTrue(said.contains("log.lock") && said.contains("another process has the log open"), second.evidence());
      }
      publish(first, "/events/news", "after");
      assertEquals(
          List.of("before", "after"),
          client.awaitEvents(2, PATIENCE).stream().map(EventStreamReader.Event::data).toList());
      assertEquals(List.of("before", "after"), kept(first, "news"));
    }
  }

  @Test
  void damagedFile_atStart_isRefusedOrMovedAside() throws IOException {
    Path file = directory.resolve("data").resolve("log.db");
    String id;
    try (HubProcess before = inDirectory().start()) {
      id = publishAll(before, "news", "1", "2").get(1);
      before.stop();
    }
    byte[] bytes = Files.readAllBytes(file);
    for (int i = 0; i < 4_000; i++) {
      bytes[i + 50] ^= 0x5a;
    }
    Files.write(file, bytes);
    try (HubProcess refusing = inDirectory().launch()) {
      assertEquals(EXIT_NOT_STARTED, refusing.awaitExit(PATIENCE), refusing.evidence());
      assertTrue(String.join("\n", refusing.log()).contains("log.db"), refusing.evidence());
      assertArrayEquals(bytes, Files.readAllBytes(file), "it is left as it was");
    }
    try (HubProcess anew = inDirectory().with("log.whenDamaged", "new-epoch").start()) {
      try (SseClient client = resume(anew, "topic=news", id)) {
        assertGap("epoch", id, client.awaitEvents(1, PATIENCE).get(0));
        String next = publish(anew, "/events/news", "3");
        assertEquals("3", client.awaitEvents(2, PATIENCE).get(1).data());
        assertFalse(next.startsWith(id.substring(0, id.indexOf('-'))), next);
      }
    }
    try (var files = Files.list(file.getParent())) {
      assertTrue(files.anyMatch(path -> path.getFileName().toString().startsWith("log.db.damaged-")), "moved aside");
    }
  }

  /** A hub that was set back by mistake; not even one that begins anew where there is damage may touch the file. */
  @Test
  void fileOfANewerVersion_atStart_isRefusedInOneLineAndLeftAlone() throws IOException {
    Path file = directory.resolve("data").resolve("log.db");
    try (HubProcess before = inDirectory().start()) {
      publishAll(before, "news", "1", "2");
      before.stop();
    }
    byte[] bytes = Files.readAllBytes(file);
    bytes[USER_VERSION_AT] = 99;
    Files.write(file, bytes);
    try (HubProcess refusing = inDirectory().with("log.whenDamaged", "new-epoch").launch()) {
      assertEquals(EXIT_NOT_STARTED, refusing.awaitExit(PATIENCE), refusing.evidence());
      List<String> said = refusing.log().stream().filter(line -> line.contains("carillon: ")).toList();
      assertEquals(1, said.size(), refusing.evidence());
      assertTrue(said.get(0).contains("log.db: written by a newer version (schema 99, "), said.get(0));
      assertTrue(refusing.log().stream().noneMatch(line -> line.startsWith("\tat ")), refusing.evidence());
    }
    assertArrayEquals(bytes, Files.readAllBytes(file), "it is left as it was");
    try (var files = Files.list(file.getParent())) {
      assertTrue(files.noneMatch(path -> path.getFileName().toString().contains("damaged")), "nothing is moved aside");
    }
  }

  // Words of these tests.

  private record Item(String id, String type, String data, Instant time) {}

  private static String publish(HubProcess at, String target, String data) {
    Http.Response answer = Http.post(at.uri(), target, data);
    assertEquals(201, answer.status(), answer.text());
    return answer.text().strip();
  }

  private static List<String> publishAll(HubProcess at, String topic, String... data) {
    return List.of(data).stream().map(each -> publish(at, "/events/" + topic, each)).toList();
  }

  /** Publishes the numbers from 1 to {@code count}. */
  private static void publishMany(HubProcess at, String topic, int count) {
    var lines = new StringBuilder();
    IntStream.rangeClosed(1, count)
        .mapToObj(i -> new JsonObject().put("topic", topic).put("data", Integer.toString(i)).encode())
        .forEach(line -> lines.append(line).append('\n'));
    Http.Response answer = Http.exchange(
        at.uri(), "POST", "/events", lines.toString().getBytes(UTF_8), "Content-Type: application/x-ndjson");
    assertEquals(200, answer.status(), answer.text());
    assertEquals(count, answer.text().lines().filter(line -> line.contains("\"id\"")).count(), answer.text());
  }

  /** So that whoever is behind reads the log. */
  private static void pushOutOfRecentFrames(HubProcess at) {
    publishMany(at, "filler", RECENT_FRAMES + 1);
  }

  private static List<Item> poll(HubProcess at, String query) {
    Http.Response answer = Http.get(at.uri(), "/events?poll&" + query);
    assertEquals(200, answer.status(), answer.text());
    return new JsonObject(answer.text())
        .getJsonArray("events").stream()
        .map(JsonObject.class::cast)
        .map(
            item -> new Item(
                item.getString("id", ""),
                item.getString("type", ""),
                item.getString("data"),
                item.getInstant("time", Instant.MIN)))
        .toList();
  }

  private static List<String> data(List<Item> items) {
    return items.stream().map(Item::data).toList();
  }

  private static List<String> kept(HubProcess at, String topic) {
    return data(poll(at, "since=all&topic=" + topic));
  }

  /** And to have held it for longer than any loop answers from a page it read before. */
  private static void awaitKept(String topic, List<String> data) {
    var sinceNanos = new AtomicLong(System.nanoTime());
    Eventually.await(
        topic + " to hold " + data,
        PATIENCE,
        () -> {
          if (!kept(hub, topic).equals(data)) {
            sinceNanos.set(System.nanoTime());
          }
          return System.nanoTime() - sinceNanos.get() > SETTLED.toNanos();
        },
        () -> kept(hub, topic).toString());
  }

  private static SseClient resume(HubProcess at, String query, String lastEventId) {
    SseClient client = SseClient.to(at.uri(), "/events?" + query).lastEventId(lastEventId).open();
    client.awaitHead();
    return client;
  }

  /** Whoever comes back with {@code cursor} is told of nothing, and gets what is published then. */
  private static void assertComesNext(String topic, String cursor, String data) {
    try (SseClient again = resume(hub, "topic=" + topic, cursor)) {
      publish(hub, "/events/" + topic, data);
      EventStreamReader.Event next = again.awaitEvents(1, PATIENCE).get(0);
      assertEquals(data, next.data());
      assertEquals("message", next.type());
    }
  }

  private static void assertGap(String reason, String requested, EventStreamReader.Event event) {
    assertEquals("hub.gap", event.type(), event.data());
    assertEquals(List.of(), event.values("id"));
    var data = new JsonObject(event.data());
    assertEquals(reason, data.getString("reason"));
    assertEquals(requested, data.getString("requested"));
    if (data.getString("newest") != null) {
      assertTrue(offset(data.getString("oldest")) <= offset(data.getString("newest")), event.data());
    }
  }

  private static long offset(String id) {
    return EventId.parse(id).orElseThrow(() -> new AssertionError("no id: " + id)).offset();
  }
}
