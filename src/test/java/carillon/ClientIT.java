package carillon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import carillon.event.Selector;
import carillon.event.Topic;
import carillon.harness.Browser;
import carillon.harness.Eventually;
import carillon.harness.Http;
import carillon.harness.HubProcess;
import carillon.harness.Nginx;
import carillon.harness.Relay;
import io.vertx.core.json.JsonArray;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The client {@code /carillon.js} in a real browser, against a real hub, with a relay in between that shows what goes
 * over the wire and misbehaves when it is told to. Each test has topics of its own.
 *
 * <p>Each of these was made to fail once: by leaving out the client's own cursor ({@code isSeen}), the least cursor of
 * a new leader, the watchdog, the way from buffered to polling, the renewal of a token, the second half of a CRLF.
 */
@Timeout(180) // two starts of a hub and a browser, on a machine with other things to do
class ClientIT {

  private static final Duration SOON = Duration.ofSeconds(45);

  /** A page without a script of its own. */
  private static final String PAGE = "/carillon.d.ts";

  /** Of segments; topics that begin with the last one are the hub's own. */
  private static final List<String> NAMES = List.of("a", "b", "hub");

  /** Heartbeats fast enough for a watchdog that a test can wait for. */
  private static final String HEARTBEAT = "1s";

  private static final int WATCHDOG_MILLIS = 4_000;

  /** Follows, and keeps what it hears where a test can ask for it. */
  private static final String FOLLOW =
      """
      const [topics, options] = arguments;
      window.heard ??= { data: [], gaps: [], states: [], details: [] };
      return import('/carillon.js').then(({ subscribe }) => {
        window.subscription = subscribe(topics, {
          watchdog: %d,
          ...options,
          ...(options.tokens && { token: (isRenewal) => options.tokens[isRenewal ? 1 : 0] }),
          onEvent: (event) => heard.data.push(event.data),
          onGap: (gap) => heard.gaps.push(gap.reason),
          onState: (state, detail) => { heard.states.push(state); heard.details.push(detail); },
        });
      });
      """
          .formatted(WATCHDOG_MILLIS);

  private static HubProcess hub;
  private static Browser browser;

  private Relay relay;

  @BeforeAll
  @Timeout(180)
  static void start() {
    hub = hub(0);
    browser = Browser.start();
  }

  @AfterAll
  static void stop() {
    if (browser != null) {
      browser.close();
    }
    if (hub != null) {
      hub.close();
    }
  }

  @BeforeEach
  void openRelay() {
    relay = Relay.to(hub.port());
    browser.open(relay.uri(), PAGE);
  }

  @AfterEach
  void closeRelay() {
    browser.closeTabs();
    relay.close();
  }

  // What needs no hub.

  @Test
  void parser_anyCut_readsTheSameBlocks() {
    String script =
        """
        return import('/carillon.js').then(({ parser }) => {
          const text = ': opening\\nretry: 17\\nretry: x1\\n\\n'
            + 'id: e-1\\r\\nevent: a\\r\\ndata: one\\r\\ndata:two\\r\\n\\r\\n'
            + 'id: e-2\\r\\rdata\\rdata\\r\\r: c\\nevent: lost\\n\\n'
            + 'id: e\\u0000\\ndata:  x: y\\nunknown: 1\\n\\ndata: unfinished\\n';
          const expected = JSON.stringify([
            17, { id: '', type: '', data: null }, { id: 'e-1', type: 'a', data: 'one\\ntwo' },
            { id: 'e-2', type: '', data: null }, { id: 'e-2', type: '', data: '\\n' },
            { id: 'e-2', type: 'lost', data: null }, { id: 'e-2', type: '', data: ' x: y' }]);
          const wrong = [];
          const read = (chunks) => {
            const blocks = [];
            const feed = parser((block) => blocks.push(block), (millis) => blocks.push(millis));
            chunks.forEach(feed);
            return JSON.stringify(blocks);
          };
          for (let i = 0; i <= text.length; i++) {
            for (let j = i; j <= text.length; j++) {
              const said = read([text.slice(0, i), text.slice(i, j), '', text.slice(j)]);
              if (said !== expected) {
                wrong.push([i, j, said]);
              }
            }
          }
          if (read([...text]) !== expected) {
            wrong.push(read([...text]));
          }
          return JSON.stringify(wrong.slice(0, 3));
        });
        """;
    assertEquals("[]", browser.script(script));
  }

  @Test
  void selects_anySelectorAndTopic_asTheHubDoes() {
    long seed = System.nanoTime();
    var random = new SplittableRandom(seed);
    var cases = new JsonArray();
    for (int i = 0; i < 2_000; i++) {
      String selector = name(random, true);
      String topic = name(random, false);
      cases.add(new JsonArray().add(selector).add(topic).add(new Selector(selector).matches(new Topic(topic))));
    }
    String script =
        """
        return import('/carillon.js').then(({ selects }) =>
          JSON.stringify(JSON.parse(arguments[0]).filter(([selector, topic, is]) => selects(selector, topic) !== is)));
        """;
    assertEquals("[]", browser.script(script, cases.encode()), "seed " + seed);
  }

  private static String name(SplittableRandom random, boolean isSelector) {
    var segments = new ArrayList<String>();
    int length = random.nextInt(1, 5);
    for (int i = 0; i < length; i++) {
      int choice = random.nextInt(isSelector ? 5 : 3);
      segments.add(choice < 3 ? NAMES.get(choice) : choice == 4 && i == length - 1 ? "**" : "*");
    }
    return String.join("/", segments);
  }

  // One tab.

  @Test
  void since_history_comesBeforeWhatIsLive() {
    publish("history", 1, 3);
    follow("'history/*', 'history'", "{since: 'last:2'}");
    awaitLive();
    publish("history", 4, 5);
    publish("history/deep", 6, 6);
    publish("other", 0, 0);
    awaitHeard(2, 6);
    assertEquals("[]", browser.script("return JSON.stringify(heard.gaps)"));
    browser.script("subscription.close()");
    publish("history", 7, 7);
    assertEquals("closed", browser.script("return heard.states.at(-1)"));
    Eventually.await("the stream to end", SOON, () -> relay.openStreams() == 0);
    awaitHeard(2, 6);
  }

  @Test
  void since_unknownId_tellsTheGapAndEverythingKept() {
    publish("kept", 1, 2);
    follow("'kept'", "{since: '0123456789ab-5'}");
    awaitHeard(1, 2);
    assertEquals("[\"epoch\"]", browser.script("return JSON.stringify(heard.gaps)"));
  }

  @Test
  void topic_malformed_isRefusedForGood() {
    follow("'a//b'", "{}");
    await("the refusal", () -> browser.script("return heard.states.at(-1)").equals("refused"));
    assertEquals("invalid-topic", browser.script("return heard.details.at(-1).problem.code"));
  }

  @Test
  void resume_pageReloaded_goesOnExactlyThere() {
    publish("reload", 1, 1);
    follow("'reload'", "{since: 'all', resume: 'reload'}");
    awaitHeard(1, 1);
    awaitLive();
    browser.reload();
    publish("reload", 2, 3);
    follow("'reload'", "{since: 'all', resume: 'reload'}");
    awaitHeard(2, 3);
    publish("reload", 4, 4);
    awaitHeard(2, 4);
  }

  @Test
  void hub_refusesForAWhile_isAskedAgain() {
    relay.refuse(503, 2);
    follow("'refused'", "{}");
    awaitLive();
    relay.refuse(502, 1);
    relay.cut();
    await("the loss", () -> browser.script("return String(heard.states.includes('waiting'))").equals("true"));
    publish("refused", 1, 2);
    awaitHeard(1, 2);
  }

  @Test
  void token_renewed_goesOn() {
    relay.requireToken("second");
    follow("'token'", "{tokens: ['first', 'second'], share: false}");
    awaitLive();
    publish("token", 1, 1);
    awaitHeard(1, 1);
    relay.requireToken("third");
    relay.cut();
    await("the loss", () -> browser.script("return heard.states.at(-1)").equals("waiting"));
    relay.requireToken("second");
    publish("token", 2, 2);
    awaitHeard(1, 2);
  }

  /** A page that shows its user's new token by subscribing anew, in the same tab. */
  @Test
  void token_ofALaterSubscription_isTheOneShown() {
    relay.requireToken("second");
    follow("'later'", "{token: 'first'}");
    await("the refusal", () -> browser.script("return heard.states.at(-1)").equals("refused"));
    follow("'later'", "{token: 'second'}");
    awaitLive();
    publish("later", 1, 1);
    awaitHeard(1, 1);
  }

  @Test
  void stream_fallsSilent_isNoticedAndResumed() {
    follow("'silent'", "{}");
    awaitLive();
    relay.manner(Relay.Manner.FROZEN);
    publish("silent", 1, 3);
    await("the watchdog", () -> browser.script("return heard.states.at(-1)").equals("waiting"));
    relay.manner(Relay.Manner.OPEN);
    awaitHeard(1, 3);
  }

  @Test
  void proxy_buffersStreams_pollsInstead() {
    relay.manner(Relay.Manner.BUFFERING);
    publish("buffered", 1, 2);
    follow("'buffered'", "{since: 'all'}");
    awaitLive();
    assertEquals("poll", browser.script("return heard.details.at(-1).via"));
    publish("buffered", 3, 5);
    awaitHeard(1, 5);
    publish("buffered", 6, 6);
    awaitHeard(1, 6);
  }

  /** The same with a real one, which nobody has told about event streams. */
  @Test
  void nginx_buffersStreams_pollsInstead(@TempDir Path directory) {
    try (var nginx = Nginx.buffering(hub.port(), directory)) {
      browser.open(nginx.uri(), PAGE);
      publish("behind", 1, 2);
      follow("'behind'", "{since: 'all'}");
      awaitLive();
      assertEquals("poll", browser.script("return heard.details.at(-1).via"));
      publish("behind", 3, 6);
      awaitHeard(1, 6);
    }
  }

  @Test
  void hub_killedAndStartedAgain_nothingIsMissingOrDoubled(@TempDir Path directory) {
    var mortal = setup(0).directory(directory).start();
    int port = mortal.port();
    try (var toMortal = Relay.to(port)) {
      browser.open(toMortal.uri(), PAGE);
      follow("'mortal'", "{since: 'all'}");
      awaitLive();
      var isOver = new AtomicBoolean();
      var published = CompletableFuture.supplyAsync(() -> publishUntil(port, "mortal", isOver));
      awaitHeardAtLeast(20);
      mortal.kill();
      await("the loss", () -> browser.script("return heard.states.at(-1)").equals("waiting"));
      mortal.close();
      mortal = setup(port).directory(directory).start();
      browser.comeOnline();
      int before = heardCount();
      awaitHeardAtLeast(before + 20);
      isOver.set(true);
      awaitHeard(1, published.join());
    } finally {
      mortal.close();
    }
  }

  // Many tabs.

  @Test
  void tenTabs_oneStream_andAnotherTabTakesItOver() {
    follow("'tabs/**'", "{}");
    awaitLive();
    String leader = browser.tab();
    var others = new ArrayList<String>();
    for (int i = 0; i < 9; i++) {
      others.add(browser.openTab(relay.uri(), PAGE));
      follow(i == 0 ? "'tabs/one'" : "'tabs/**'", "{}");
    }
    for (String tab : others) {
      browser.to(tab);
      awaitLive();
    }
    await("one stream for all", () -> relay.openStreams() == 1);
    assertEquals("10", browser.script("return heard.details.at(-1).tabs"));

    var isOver = new AtomicBoolean();
    var published = CompletableFuture.supplyAsync(() -> publishUntil(hub.port(), "tabs/one", isOver));
    awaitHeardAtLeast(10);
    browser.closeTab(leader);
    browser.to(others.get(8));
    awaitHeardAtLeast(heardCount() + 20);
    isOver.set(true);
    int count = published.join();
    for (String tab : others) {
      browser.to(tab);
      awaitHeard(1, count);
    }
    await("one stream for all that are left", () -> relay.openStreams() == 1);
    publish("tabs/two", count + 1, count + 1);
    browser.to(others.get(3));
    awaitHeard(1, count + 1);
    browser.to(others.get(0));
    awaitHeard(1, count); // it follows less than the others
  }

  /** A frozen tab keeps its lock: the others would wait for ever. */
  @Test
  void leader_frozen_isReplacedAndFollowsWhenItThaws() {
    follow("'frozen'", "{}");
    awaitLive();
    String leader = browser.tab();
    String other = browser.openTab(relay.uri(), PAGE);
    follow("'frozen'", "{}");
    awaitLive();
    browser.to(leader);
    browser.freeze(true);
    browser.to(other);
    publish("frozen", 1, 2);
    awaitHeard(1, 2);
    assertEquals("true", browser.script("return heard.details.at(-1).isLeader"));
    browser.to(leader);
    browser.freeze(false);
    await("the former leader to follow", () -> browser.script("return heard.details.at(-1).isLeader").equals("false"));
    publish("frozen", 3, 3);
    awaitHeard(1, 3);
    browser.to(other);
    awaitHeard(1, 3);
    assertEquals("live", browser.script("return heard.states.at(-1)"));
  }

  @Test
  void topics_moreThanOneStreamHolds_getAStreamOfTheirOwn() {
    follow(selectors("full/a", 40), "{}");
    awaitLive();
    follow(selectors("full/b", 40), "{}");
    await("a second stream", () -> relay.openStreams() == 2);
    awaitLive();
    publish("full/a/1", 1, 1);
    awaitHeard(1, 1);
    publish("full/b/1", 2, 2);
    awaitHeard(1, 2);
  }

  private static String selectors(String prefix, int count) {
    return IntStream.range(0, count).mapToObj(n -> "'" + prefix + "/" + n + "'").collect(Collectors.joining(", "));
  }

  @Test
  void twoTabs_differentTopics_oneStreamWhichGrowsAndShrinks() {
    follow("'grow/a'", "{}");
    awaitLive();
    String first = browser.tab();
    String second = browser.openTab(relay.uri(), PAGE);
    publish("grow/b", 1, 2);
    follow("'grow/b'", "{since: 'all'}");
    awaitLive();
    publish("grow/a", 1, 2);
    publish("grow/b", 3, 3);
    awaitHeard(1, 3);
    browser.to(first);
    awaitHeard(1, 2);
    assertEquals(1, relay.openStreams());
    assertTrue(lastStream().contains("topic=grow%2Fa&topic=grow%2Fb"), () -> lastStream());
    browser.closeTab(second);
    browser.to(first);
    await("the stream to shrink", () -> !lastStream().contains("grow%2Fb"));
    publish("grow/a", 3, 3);
    awaitHeard(1, 3);
  }

  private String lastStream() {
    List<String> streams = relay.requests().stream().filter(line -> line.contains("envelope=")).toList();
    assertFalse(streams.isEmpty());
    return streams.get(streams.size() - 1);
  }

  private static HubProcess.Setup setup(int port) {
    return HubProcess.setup().port(port).with("subscribe.heartbeat", HEARTBEAT);
  }

  private static HubProcess hub(int port) {
    return setup(port).start();
  }

  private static void follow(String topics, String options) {
    var unused = browser.script("return (function () {" + FOLLOW + "})([" + topics + "], " + options + ");");
  }

  private static void publish(String topic, int from, int to) {
    IntStream.rangeClosed(from, to)
        .forEach(n -> assertEquals(201, Http.post(hub.uri(), "/events/" + topic, Integer.toString(n)).status()));
  }

  /** Publishes 1, 2, 3 … each under its own key until it is stored, whatever the hub suffers. Returns the last one. */
  private static int publishUntil(int port, String topic, AtomicBoolean isOver) {
    var uri = URI.create("http://127.0.0.1:" + port);
    int n = 0;
    while (!isOver.get()) {
      String number = Integer.toString(++n);
      Eventually.await("event " + number + " to be stored", SOON, () -> isStored(uri, topic, number));
    }
    return n;
  }

  private static boolean isStored(URI uri, String topic, String number) {
    try {
      int status = Http.post(uri, "/events/" + topic + "?key=" + topic + number, number).status();
      return status == 200 || status == 201;
    } catch (UncheckedIOException e) {
      return false; // nobody knows: the same key again
    }
  }

  private void awaitLive() {
    await("live", () -> browser.script("return window.heard?.states.at(-1)").equals("live"));
  }

  private static int heardCount() {
    return Integer.parseInt(browser.script("return heard.data.length"));
  }

  private void awaitHeardAtLeast(int count) {
    await(count + " events", () -> heardCount() >= count);
  }

  /** All numbers from one to the other, in order, and nothing else. */
  private void awaitHeard(int from, int to) {
    String expected = IntStream.rangeClosed(from, to).mapToObj(Integer::toString).toList().toString();
    await("event " + to, () -> heardCount() >= to - from + 1);
    assertEquals(expected, browser.script("return '[' + heard.data.join(', ') + ']'"));
  }

  private void await(String what, BooleanSupplier condition) {
    Eventually.await(what, SOON, condition, this::evidence);
  }

  private String evidence() {
    List<String> requests = relay.requests();
    return "  heard: " + browser.script("return JSON.stringify(window.heard)") + System.lineSeparator()
        + "  requests: " + requests.subList(Math.max(0, requests.size() - 20), requests.size())
        + System.lineSeparator() + "  console: " + browser.complaints() + hub.evidence();
  }
}
