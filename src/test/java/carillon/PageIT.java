package carillon;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import carillon.harness.Browser;
import carillon.harness.Eventually;
import carillon.harness.Http;
import carillon.harness.HubProcess;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The page at {@code /} in a real browser, against a real hub: what a person sees there and does with it. */
@Timeout(180) // two starts of a hub and a browser, on a machine with other things to do
class PageIT {

  private static final Duration SOON = Duration.ofSeconds(45);

  /** As many rows as the page draws. */
  private static final int ROWS_MAX = 100;

  private static Browser browser;
  private static HubProcess lasting;

  /** The one for all tests, unless a test has taken one of its own. */
  private HubProcess hub;

  @BeforeAll
  @Timeout(180)
  static void start() {
    browser = Browser.start();
    lasting = HubProcess.setup().start();
  }

  @AfterAll
  static void stop() {
    if (browser != null) {
      browser.close();
    }
    if (lasting != null) {
      lasting.close();
    }
  }

  /** Each test follows what comes after it has begun. */
  @BeforeEach
  void openPage() {
    hub = lasting;
    browser.open(hub.uri(), "/#since=");
  }

  @AfterEach
  void leavePage() {
    browser.closeTabs();
    if (hub != lasting) {
      hub.close();
    }
  }

  @Test
  void opened_ticksArrive_movesTheClock() {
    Set<String> times = new LinkedHashSet<>();
    await("three different times on the clock", () -> {
      String time = browser.text("clock-time");
      return time.matches("\\d\\d:\\d\\d:\\d\\d") && times.add(time) && times.size() >= 3;
    });
    assertEquals("live", browser.text("connection-state"));
    assertTrue(browser.count("#clock-marks .arrived") >= 3, "the ring shows the ticks");
    assertEquals(0, browser.count("#feed > li"));
    assertEquals(List.of(), browser.complaints());
  }

  @Test
  void publishForm_submitted_showsIdAndEvent() {
    awaitLive();
    browser.type("publish-topic", "builds/carillon #1?");
    browser.type("publish-type", "greeting");
    browser.type("publish-data", "from the page\n  second line");
    browser.click("#publish-form summary");
    browser.type("publish-key", "once");
    browser.type("publish-ttl", "10m");
    browser.click("#publish-form button[type=submit]");
    await("the id as the outcome", () -> browser.text("publish-outcome").matches("201 · [0-9a-f]{12}-\\d+"));
    await("the event in the feed", () -> feedHas("builds/carillon #1?", "from the page\n  second line"));
    browser.click("#publish-form button[type=submit]");
    await("the same id again", () -> browser.text("publish-outcome").matches("200 · [0-9a-f]{12}-\\d+"));
    assertEquals("greeting", browser.script("return document.querySelector('#feed .type').textContent"));
    assertEquals(1, browser.count("#feed > li"));
    String shell = browser.script("return document.querySelector('[data-snippet=publish]').textContent");
    assertTrue(shell.contains("/events/builds/carillon%20%231%3F?type=greeting&key=once&ttl=10m'"), shell);
    assertEquals(List.of(), browser.complaints());
  }

  /** Every option there is arrives, and the snippet for a shell says the same. */
  @Test
  void publishForm_everyOption_isSaid() {
    awaitLive();
    browser.type("publish-topic", "orders/17");
    browser.click("#publish-form summary");
    browser.type("publish-topics", "audit\nbilling & co");
    browser.type("publish-retry", "3s");
    browser.click("#publish-form button[type=submit]");
    await("the id as the outcome", () -> browser.text("publish-outcome").matches("201 · [0-9a-f]{12}-\\d+"));
    String stored = Http.get(hub.uri(), "/events/orders/17?poll&since=last:1").text();
    assertTrue(stored.contains("\"topics\":[\"orders/17\",\"audit\",\"billing & co\"]"), stored);
    String first = outcomeId();
    browser.type("publish-data", "for the few");
    browser.click("#publish-private");
    browser.click("#publish-form button[type=submit]");
    await(
        "the event that nobody here may see",
        () ->
            !outcomeId().equals(first)
                && Http.get(hub.uri(), "/topics/audit").text().contains("\"newest\":\"" + outcomeId() + "\""));
    assertFalse(Http.get(hub.uri(), "/events/orders/17?poll").text().contains("for the few"));
    String shell = browser.script("return document.querySelector('[data-snippet=publish]').textContent");
    assertTrue(shell.contains("?topic=audit&topic=billing%20%26%20co&retry=3s&private=true'"), shell);
    browser.type("publish-topic", "a//b");
    browser.click("#publish-form button[type=submit]");
    await("the refusal, word for word", () -> browser.text("publish-outcome").contains("no empty segment"));
  }

  /** What the hub says of itself: its nodes, what all of them do, and how the topic in view is kept. */
  @Test
  void opened_hubSaysHowItIs_showsNodesAndTopic() {
    awaitLive();
    await("the node", () -> browser.count("#nodes [data-state=live]") == 1);
    String node = browser.script("return document.querySelector('#nodes .name').textContent");
    assertTrue(node.endsWith(":" + hub.port()), node);
    await("all streams", () -> chart("chart-streams").equals("1 open on this node"));
    await("all deliveries", () -> chart("chart-deliveries").matches("(?!0 ).+ to all, on this node"));
    Http.post(hub.uri(), "/events/kept", "an event");
    await("the topic", () -> texts("#topics .topic").contains("kept"));
    browser.click("#topics .topic");
    await(
        "how it is kept",
        () -> browser.text("topic-detail").equals("1 subscriber on this node · kept without a bound of its own"));
    browser.click("#topics .topic");
    await("nothing of a topic that is not in view", () -> browser.count("#topic-detail[hidden]") == 1);
    assertEquals(List.of(), browser.complaints());
  }

  @Test
  void publishForm_reservedTopic_showsTheRefusal() {
    awaitLive();
    browser.type("publish-topic", "hub/mine");
    browser.click("#publish-form button[type=submit]");
    await("a refusal as the outcome", () -> browser.text("publish-outcome").matches("(?s)4\\d\\d · .+"));
  }

  /** Also of types nobody has heard of: EventSource would hand them to listeners of that very type only. */
  @Test
  void opened_eventsFromElsewhere_appearInFeedAndTopics() {
    Http.post(hub.uri(), "/events/news", "before the page");
    browser.open(hub.uri(), "/#since=last:1");
    browser.reload();
    await("the earlier event in the feed", () -> feedHas("news", "before the page"));
    awaitLive();
    assertEquals(201, Http.post(hub.uri(), "/events/news", "from a shell").status());
    assertEquals(201, Http.post(hub.uri(), "/events/news?type=never-seen", "typed").status());
    assertEquals(201, Http.post(hub.uri(), "/events/orders", "{\"order\":17,\"paid\":true}").status());
    await("the events in the feed", () -> feedHas("news", "from a shell") && feedHas("news", "typed"));
    await("the JSON, laid out", () -> feedHas("orders", "{ \"order\": 17, \"paid\": true }"));
    await("the topics", () -> texts("#topics .topic").equals(Set.of("news", "orders")));

    browser.type("feed-search", "never-seen");
    assertEquals("typed", browser.script("return document.querySelector('#feed pre').textContent"));
    assertEquals(1, browser.count("#feed > li"));
    browser.type("feed-search", "");
    browser.script("document.querySelector('#feed-search').dispatchEvent(new Event('input'))");
    assertEquals(4, browser.count("#feed > li"));

    browser.click("#feed-pause");
    Http.post(hub.uri(), "/events/news", "while paused");
    await("the pause to count", () -> browser.text("feed-pause").equals("Resume (1 new)"));
    assertEquals(4, browser.count("#feed > li"));
    browser.click("#feed-pause");
    await("what came meanwhile", () -> feedHas("news", "while paused"));
  }

  /** Everything a publisher chooses: topic, type, data, key; and what the hub says back of it. */
  @Test
  void opened_hostileContent_isText() {
    awaitLive();
    String markup = "<img src=x onerror=\"document.title='pwned'\"><script>document.title='pwned'</script>";
    String inTopic = "%3Cimg%20src=x%20onerror=alert(1)%3E";
    String inType = "%3Csvg%20onload=alert(1)%3E";
    List<String> hostile =
        List.of(
            markup,
            "{\"<img src=x onerror=alert(1)>\":\"</pre><script>alert(1)</script>\",\"__proto__\":{\"topics\":1}}",
            "\u202Ejavascript:alert(1)\u2028data: x\n\nevent: hub.closing\ndata: {}\n\nid: 0-0\n\n",
            "{\"type\":\"hub.gap\",\"data\":\"{}\"}",
            "[".repeat(5_000),
            "{\"__proto__\":null,\"toString\":1,\"n\":123456789012345678901234567890}");
    for (String data : hostile) {
      assertEquals(201, Http.post(hub.uri(), "/events/news", data).status());
    }
    assertEquals(201, Http.post(hub.uri(), "/events/" + inTopic + "?type=" + inType, "all of it").status());
    await("the markup as text", () -> feedHas("news", markup) && feedHas("<img src=x onerror=alert(1)>", "all of it"));
    await("the topic as text", () -> texts("#topics .topic").contains("<img src=x onerror=alert(1)>"));
    assertEquals(hostile.size() + 1, browser.count("#feed > li"));
    assertEquals(0, browser.count("#feed :is(img, script, svg), #topics :is(img, script), .notice"));
    assertEquals(Set.of("<svg onload=alert(1)>"), texts("#feed .type"));
    assertEquals("live", browser.text("connection-state"));
    browser.click("#topics .topic"); // the only other place where the hub answers about it
    await("what is said of the topic", () -> browser.text("topic-detail").startsWith("1 subscriber"));
    browser.click("#topics .topic");
    browser.type("publish-topic", "a//<img src=x onerror=alert(1)>");
    browser.click("#publish-form button[type=submit]");
    await("the refusal as text", () -> browser.text("publish-outcome").contains("<img src=x onerror=alert(1)>"));
    assertEquals(0, browser.count("main :is(img, script, iframe), main svg:not([aria-hidden])"));
    assertEquals("Carillon", browser.title());
    List<String> complaints = browser.complaints(); // of the refusal, as of any; none of the policy
    assertTrue(complaints.stream().allMatch(line -> line.contains("400 (Bad Request)")), () -> complaints.toString());
    String sink = "try { document.body.innerHTML = '<b>'; return 'markup'; } catch (e) { return e.name; }";
    assertEquals("TypeError", browser.script(sink), "the policy leaves no way from text to markup");
  }

  @Test
  void live_hubKilledAndStartedAgain_comesBackAndSaysSo() {
    hub = HubProcess.setup().start();
    browser.open(hub.uri(), "/");
    Http.post(hub.uri(), "/events/news", "in the first life");
    awaitLive();
    await("the first event", () -> feedHas("news", "in the first life"));
    int port = hub.port();
    hub.kill();
    await("the loss to be shown", () -> browser.text("connection-state").equals("reconnecting"));
    hub.close();
    hub = HubProcess.setup().port(port).start(); // with an empty log: what the page has seen is not there any more
    browser.comeOnline();
    await("the connection to be live again", () -> browser.text("connection-state").equals("live"));
    String stopped = browser.text("clock-time");
    await("the clock to go on", () -> !browser.text("clock-time").equals(stopped));
    Http.post(hub.uri(), "/events/news", "in the second life");
    await("an event of the new hub", () -> feedHas("news", "in the second life"));
    await("what happened", () -> browser.count("#feed .notice[data-kind=resumed]") == 1);
    assertEquals(1, browser.count("#feed .notice[data-kind=gap]"));
    assertTrue(browser.text("connection-detail").startsWith("back after "), "where no flood moves it on");
  }

  @Test
  void follow_selectorsAndSince_showsOnlyThat() {
    for (int i = 0; i < 3; i++) {
      Http.post(hub.uri(), "/events/prices/eur", "1.0" + i);
    }
    awaitLive();
    browser.type("follow-selectors", "prices/* news");
    browser.type("follow-since", "last:2");
    browser.click("#follow-form button");
    await("what was asked for", () -> feedHas("prices/eur", "1.02"));
    awaitLive();
    Http.post(hub.uri(), "/events/other", "not wanted");
    Http.post(hub.uri(), "/events/prices/eur", "1.08");
    await("the wanted event", () -> feedHas("prices/eur", "1.08"));
    assertEquals(3, browser.count("#feed > li"));
    browser.reload();
    await("the same after a reload", () -> feedHas("prices/eur", "1.08"));
    assertEquals("prices/* news", browser.script("return document.getElementById('follow-selectors').value"));

    browser.type("follow-selectors", "a//b");
    browser.click("#follow-form button");
    await("the refusal", () -> browser.text("connection-state").startsWith("refused: "));
  }

  @Test
  void rightsConfigured_keyShown_followsAndPublishes() {
    String sha256 = "da43beb4ca30ec7545a74cd3c78096918342d5538be0ff2d686f78a5df267517";
    String key = "{\"auth\":{\"keys\":[{\"name\":\"p\",\"sha256\":\"" + sha256 + "\",";
    hub =
        HubProcess.setup()
            .arguments("run", "carillon.HubVerticle", "-conf", key + "\"publish\":[\"**\"],\"subscribe\":[\"**\"]}]}}")
            .start();
    browser.open(hub.uri(), "/"); // the page itself holds nothing, and is shown to whoever asks
    await("the refusal", () -> browser.text("connection-state").startsWith("refused"));
    assertEquals(0, browser.count("#feed > li, #topics > li, #nodes > tr"));
    assertEquals("--:--:--", browser.text("clock-time"));
    browser.type("token", "wrong-but-long-enough-to-be-one");
    browser.click("#token-form button");
    await("the next refusal", () -> browser.text("token-why").equals("The token is not good."));
    browser.type("token", "a-key-somebody-was-given");
    browser.click("#token-form button");
    awaitLive();
    browser.click("#publish-form button[type=submit]");
    await("the event in the feed", () -> feedHas("news", "hello"));
    assertEquals(0, browser.count("#nodes > tr"), "a grant for all topics is none for those of the hub");
    assertEquals("false", browser.script("return document.getElementById('token-form').checkVisibility()"));
  }

  /** Two thousand events as fast as they go: the page draws a bounded part of them and goes on. */
  @Test
  void flood_manyEvents_leavesThePageBounded() {
    awaitLive();
    int batches = 10;
    int batch = 200;
    for (int i = 0; i < batches; i++) {
      String lines =
          IntStream.range(0, batch)
              .mapToObj(n -> "{\"topic\":\"flood/" + n + "\",\"data\":{\"n\":" + n + "}}")
              .collect(Collectors.joining(",", "[", "]"));
      byte[] body = lines.getBytes(UTF_8);
      assertEquals(
          201, Http.exchange(hub.uri(), "POST", "/events", body, "Content-Type: application/json").status());
    }
    await("all of them to be counted", () -> browser.text("feed-counts").startsWith("2,000 events"));
    await(
        "the last one in the feed, laid out or not",
        () -> feedHas("flood/199", "{ \"n\": 199 }") || feedHas("flood/199", "{\"n\":199}"));
    assertEquals(ROWS_MAX, browser.count("#feed > li"));
    for (int i = 0; i < 3; i++) { // a few more, drawn before those that are there
      String last = "after the flood " + i;
      Http.post(hub.uri(), "/events/news", last);
      await(last, () -> feedHas("news", last));
    }
    assertEquals(ROWS_MAX, browser.count("#feed > li"));
    await("the topics", () -> browser.count("#topics > li") == 40);
    assertEquals(List.of(), browser.complaints());
  }

  @Test
  void docsAndDescription_opened_areThere() {
    browser.open(hub.uri(), "/docs");
    assertTrue(browser.count("main table") > 2, "the interface in tables");
    assertEquals(List.of(), browser.complaints());
  }

  private void awaitLive() {
    await(
        "a live connection and a tick",
        () -> browser.text("connection-state").equals("live") && !browser.text("clock-time").startsWith("-"));
  }

  private void await(String what, BooleanSupplier condition) {
    Eventually.await(what, SOON, condition, this::evidence);
  }

  /** What the page shows and what was complained of, for the message of a failure. */
  private String evidence() {
    String connection = browser.text("connection-state") + " " + browser.text("connection-detail");
    String shown = browser.text("publish-outcome") + " | " + browser.text("feed");
    return "  page: " + connection + " | " + shown + System.lineSeparator()
        + "  console: " + browser.complaints() + hub.evidence();
  }

  private static String outcomeId() {
    return browser.text("publish-outcome").replaceFirst("^201 · ", "");
  }

  /** Its value and what stands below it. */
  private static String chart(String id) {
    return browser.script(
        "return [...document.getElementById(arguments[0]).querySelectorAll('.value, .note')]"
            + ".map((each) => each.textContent).join(' ')",
        id);
  }

  private static boolean feedHas(String topic, String data) {
    return Boolean.parseBoolean(browser.script(
        """
        return String([...document.querySelectorAll('#feed > li')].some((row) =>
          row.querySelector('.topic')?.textContent === arguments[0]
              && row.querySelector('pre')?.textContent === arguments[1]))
        """,
        topic,
        data));
  }

  private static Set<String> texts(String selector) {
    String lines =
        browser.script(
            "return [...document.querySelectorAll(arguments[0])].map((each) => each.textContent).join('\\n')",
            selector);
    return lines.lines().collect(Collectors.toSet());
  }
}
