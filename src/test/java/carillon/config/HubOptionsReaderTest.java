package carillon.config;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import carillon.event.Grants;
import carillon.event.Selector;
import carillon.event.Topic;
import carillon.event.TopicRule.Retention;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.lang.System.Logger.Level;
import java.math.BigInteger;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class HubOptionsReaderTest {

  private static final String SHA256 = "0123456789abcdef".repeat(4);

  /** A setting with its default, one more value that it takes, and values it must refuse. */
  private record Row(
      String key,
      Function<HubOptions, Object> in,
      Object fallback,
      Object raw,
      Object value,
      List<Object> refused) {
    @Override
    public String toString() {
      return key;
    }
  }

  static Stream<Row> rows() {
    return Stream.of(
        row(
            "http.host",
            o -> o.http().host(),
            "127.0.0.1",
            "localhost",
            "localhost",
            "",
            "a b",
            "[::1]",
            "a/b",
            1,
            true),
        row(
            "http.port",
            o -> o.http().port(),
            8080,
            0,
            0,
            -1,
            65_536,
            "abc",
            "0123",
            "+1",
            " 1",
            "1 ",
            "",
            1.5,
            80.0,
            true),
        row("http.instances", o -> o.http().instances(), cores(), 3, 3, 0, 257, "two", 1L << 40),
        row(
            "http.headBytesMax",
            o -> o.http().headBytesMax(),
            16 << 10,
            "1KiB",
            1024,
            1023,
            "2MiB",
            "16KB",
            "16 KiB",
            "016KiB"),
        row(
            "http.batchBytesMax",
            o -> o.http().batchBytesMax(),
            8 << 20,
            1024,
            1024,
            1023,
            "2GiB",
            "8M"),
        row("http.pipelinedPublishesMax", o -> o.http().pipelinedPublishesMax(), 1_024, 0, 0, -1, 65_537, "all"),
        row(
            "http.idleTimeout",
            o -> o.http().idleTimeout(),
            seconds(75),
            "61s",
            seconds(61),
            "999ms",
            "2d",
            60,
            "60",
            "1.5m"),
        row("http.headTimeout", o -> o.limits().headTimeout(), seconds(10), "2s", seconds(2), "99ms", "11m", 10),
        row("http.bodyTimeout", o -> o.limits().bodyTimeout(), seconds(60), "2s", seconds(2), "999ms", "2h", 10),
        row("http.connectionsMax", o -> o.limits().connectionsMax(), 0, 5, 5, -1, 10_000_001, "many"),
        row(
            "http.connectionsPerAddressMax",
            o -> o.limits().connectionsPerAddressMax(),
            1_000,
            0,
            0,
            -1,
            10_000_001,
            "many"),
        row(
            "http.proxies",
            o -> o.limits().proxies(),
            List.of(),
            "10.0.0.0/8,::1",
            List.of(IpNetwork.parse("10.0.0.0/8").orElseThrow(), IpNetwork.parse("::1").orElseThrow()),
            "proxy.example",
            "10.0.0.1/8",
            "10.0.0.0/33",
            "[::1]",
            "fe80::1%eth0",
            "",
            1),
        row("http.proxyHeader", o -> o.limits().forwardedHeader(), false, "forwarded", true, "Forwarded", "via", ""),
        row("http.http2StreamsMax", o -> o.limits().http2StreamsMax(), 1_000, 1, 1, 0, 1_000_001, "many"),
        row("http.http2ResetsMax", o -> o.limits().http2ResetsMax(), 2_000, 1, 1, 0, 1_000_001, "many"),
        row("publish.rate", o -> o.limits().publishRate(), 10_000, 0, 0, -1, 10_000_001, "1.5"),
        row("publish.burst", o -> o.limits().publishBurst(), 20_000, 1, 1, 0, 10_000_001, "1.5"),
        row(
            "subscribe.streamsPerPrincipalMax",
            o -> o.limits().streamsPerPrincipalMax(),
            10_000,
            0,
            0,
            -1,
            10_000_001,
            "many"),
        row("subscribe.unsentBytesMax", o -> o.limits().unsentBytesMax(), 0L, "1MiB", 1L << 20, -1, "1025GiB", "1M"),
        row(
            "http.drain",
            o -> o.http().drain(),
            seconds(10),
            "0s",
            Duration.ZERO,
            "-1s",
            "11m",
            5),
        row(
            "logging.format",
            o -> o.logging().format(),
            LoggingOptions.Format.PLAIN,
            "json",
            LoggingOptions.Format.JSON,
            "xml",
            "JSON"),
        row("logging.access", o -> o.logging().access(), false, true, true, "yes", 1),
        row("ops.port", o -> o.ops().port(), nothing(), 0, some(0), -1, 65_536, "any", true),
        row("ops.host", o -> o.ops().host(), "127.0.0.1", "::1", "::1", "", "a b", 1),
        row("reload.interval", o -> o.reloadInterval(), seconds(5), "0s", Duration.ZERO, "2d", "-1s", 5),
        row("logging.level", o -> o.logging().level(), Level.INFO, "debug", Level.DEBUG, "fine", 1),
        row(
            "http.corsOrigins",
            o -> o.http().corsOrigins(),
            List.of("*"),
            list("https://a.example:8443"),
            List.of("https://a.example:8443"),
            list("https://a.example/"),
            list("a.example"),
            list("HTTPS://a.example"),
            list("*", "https://a.example"),
            list(1),
            1),
        row("http.page", o -> o.http().page(), true, false, false, "yes", 1, "TRUE"),
        row(
            "log.engine",
            o -> o.log().engine(),
            LogOptions.Engine.AUTO,
            "memory",
            LogOptions.Engine.MEMORY,
            "Memory",
            "",
            1),
        row(
            "log.directory",
            o -> o.log().directory(),
            Path.of("data"),
            "/var/lib/x",
            Path.of("/var/lib/x"),
            "",
            " ",
            "a\0b",
            7),
        row("log.whenDamaged", o -> o.log().newEpochWhenDamaged(), false, "new-epoch", true, "new", "", true),
        row(
            "log.url",
            o -> o.log().url(),
            Optional.empty(),
            "postgresql://me:s3cret@db/hub",
            Optional.of(new DatabaseUrl("db", 5432, "hub", "me", "s3cret", "prefer", null)),
            "postgresql://db",
            "mysql://me@db/hub",
            " ",
            5432),
        row("log.connections", o -> o.log().connections(), 4, 1, 1, 0, 101, "many"),
        row(
            "log.connectTimeout",
            o -> o.log().connectTimeout(),
            seconds(5),
            "100ms",
            Duration.ofMillis(100),
            "99ms",
            "61s"),
        row(
            "log.memoryEventsMax",
            o -> o.log().memoryEventsMax(),
            1_000_000,
            1,
            1,
            0,
            100_000_001,
            "1e3"),
        row("log.gridEventsMax", o -> o.log().grid().eventsMax(), 1_000_000, 5_000, 5_000, 999, 100_000_001, "x"),
        row(
            "log.gridBytesMax",
            o -> o.log().grid().bytesMax(),
            0L,
            "3GiB",
            3L << 30,
            -1,
            "1025GiB",
            "much"),
        row("log.gridBackups", o -> o.log().grid().backups(), 1, 2, 2, 0, 7, "one"),
        row("log.gridNodesMin", o -> o.log().grid().nodesMin(), 2, 3, 3, 0, 101, "all"),
        row(
            "log.memoryBytesMax",
            o -> o.log().memoryBytesMax(),
            256L << 20,
            "3GiB",
            3L << 30,
            "1023KiB",
            "1025GiB",
            -1),
        row(
            "publish.groupEventsMax",
            o -> o.publish().groupEventsMax(),
            1024,
            65_536 >> 4,
            4096,
            0,
            65_537),
        row(
            "publish.groupBytesMax",
            o -> o.publish().groupBytesMax(),
            1 << 20,
            "64MiB",
            64 << 20,
            1023,
            "65MiB"),
        row(
            "publish.waitingEventsMax",
            o -> o.publish().waitingEventsMax(),
            16_384,
            1_000_000,
            1_000_000,
            0,
            1_000_001),
        row(
            "publish.waitingBytesMax",
            o -> o.publish().waitingBytesMax(),
            64 << 20,
            "1GiB",
            1 << 30,
            "1023KiB",
            "2GiB"),
        row(
            "tail.recentFramesMax",
            o -> o.tail().recentFramesMax(),
            65_536,
            16,
            16,
            15,
            16_777_217),
        row(
            "tail.recentBytesMax",
            o -> o.tail().recentBytesMax(),
            0L,
            "1MiB",
            1L << 20,
            -1,
            "1025GiB",
            "1M"),
        row(
            "subscribe.heartbeat",
            o -> o.subscribe().heartbeat(),
            seconds(15),
            "100ms",
            Duration.ofMillis(100),
            "99ms",
            "11m",
            "0s",
            "-1s",
            15),
        row(
            "subscribe.retry",
            o -> o.subscribe().retry(),
            seconds(2),
            "1h",
            Duration.ofHours(1),
            "9ms",
            "2h"),
        row(
            "subscribe.stuckTimeout",
            o -> o.subscribe().stuckTimeout(),
            seconds(30),
            "1s",
            seconds(1),
            "999ms",
            "61m"),
        row(
            "subscribe.writeBytesMax",
            o -> o.subscribe().writeBytesMax(),
            64 << 10,
            "16MiB",
            16 << 20,
            1023,
            "17MiB"),
        row(
            "subscribe.waitMax",
            o -> o.subscribe().waitMax(),
            seconds(60),
            "100ms",
            Duration.ofMillis(100),
            "99ms",
            "61m"),
        row("subscribe.pollBytesMax", o -> o.subscribe().pollBytesMax(), 1 << 20, "1KiB", 1024, 1023, "65MiB"),
        row("subscribe.outlet", o -> o.subscribe().directOutlet(), true, "api", false, "http2", "", true),
        row(
            "subscribe.sendBufferBytes",
            o -> o.subscribe().sendBufferBytes(),
            256 << 10,
            "4KiB",
            4096,
            4095,
            "17MiB"),
        row("status.period", o -> o.status().period(), seconds(1), "0s", Duration.ZERO, "61s", "often"),
        row("status.name", o -> o.status().name(), "", "hub-1", "hub-1", "a\u0007b", "x".repeat(256), 7),
        row("subscribe.logAwayMax", o -> o.subscribe().logAwayMax(), seconds(10), "1s", seconds(1), "999ms", "2d"),
        row(
            "auth.keys",
            o -> o.auth().keys(),
            List.of(),
            list(key("a", "publish")),
            List.of(new ApiKeyOptions("a", SHA256, new Grants(List.of(new Selector("a/**")), List.of()), null)),
            1),
        row("auth.keysFile", o -> o.auth().keysFile(), nothing(), "k.yaml", some(Path.of("k.yaml")), " ", "a\0b", 7),
        row("auth.refresh", o -> o.auth().refresh(), seconds(5), "100ms", Duration.ofMillis(100), "99ms", "2d", 5),
        row(
            "auth.jwtSecret",
            o -> o.auth().jwt().secret(),
            nothing(),
            "s".repeat(32),
            some("s".repeat(32)),
            "s".repeat(31),
            " ",
            1),
        row(
            "auth.jwtPublicKey",
            o -> o.auth().jwt().publicKey(),
            nothing(),
            "k.pem",
            some(Path.of("k.pem")),
            " ",
            "a\0b",
            7),
        row(
            "auth.jwks",
            o -> o.auth().jwt().jwksUrl().map(URI::toString).or(() -> o.auth().jwt().jwksFile().map(Path::toString)),
            nothing(),
            "https://a.example/k?a=b",
            some("https://a.example/k?a=b"),
            "http://a.example/k",
            "http://127.0.0.1.example/k",
            "https://u:p@a.example/k",
            "https:///k",
            "ftp://a.example/k",
            " ",
            7),
        row("auth.jwksRefresh", o -> o.auth().jwt().jwksRefresh(), seconds(300), "1s", seconds(1), "999ms", "2d"),
        row("auth.jwtIssuer", o -> withKey(o).issuer(), nothing(), "", nothing(), "a\nb", 7),
        row("auth.jwtAudience", o -> withKey(o).audience(), List.of(), list(), List.of(), list(""), list(1)),
        row("auth.jwtLeeway", o -> withKey(o).leeway(), seconds(30), "0s", Duration.ZERO, "-1s", "6m", 0),
        row("auth.jwtClaim", o -> withKey(o).claim(), "carillon", "https://x/y", "https://x/y", "", 1),
        row("auth.cookie", o -> o.auth().cookie(), nothing(), "__Host-t", some("__Host-t"), "a b", "a=b", "a;b", 1),
        row("auth.queryToken", o -> o.auth().queryToken(), false, true, true, "yes", 1),
        row("auth.expiringNotice", o -> o.auth().expiringNotice(), seconds(30), "0s", Duration.ZERO, "2h", 30));
  }

  @Test
  void keys_broken_areRefusedWithTheirPlace() {
    JsonObject good = key("a", "publish");
    assertRefused(set("auth.keys", list(key("a b", "publish"))), "auth.keys[0].name");
    assertRefused(set("auth.keys", list(key("a", "publisch"))), "auth.keys[0].publisch");
    assertRefused(set("auth.keys", list(good, key("b", "publish"))), "auth.keys[1].sha256");
    assertRefused(set("auth.keys", list(good, key("a", "publish").put("sha256", "0".repeat(64)))), "auth.keys[1].name");
    assertRefused(set("auth.keys", list(key("a", "publish").put("sha256", "itself"))), "auth.keys[0].sha256");
    assertRefused(set("auth.keys", list(good.copy().put("publish", list("a/**/b")))), "auth.keys[0].publish[0]");
    assertRefused(set("auth.keys", list(good.copy().put("expires", "tomorrow"))), "auth.keys[0].expires");
    assertRefused(set("auth.keys", list(new JsonObject())), "auth.keys[0].name", "auth.keys[0].sha256");
    assertRefused(set("auth.keys", list("a")), "auth.keys[0]");
  }

  private static JsonObject key(String name, String grant) {
    return new JsonObject().put("name", name).put("sha256", SHA256).put(grant, list("a/**"));
  }

  private static JwtOptions withKey(HubOptions options) {
    return options.auth().jwt();
  }

  private static Optional<Object> nothing() {
    return Optional.empty();
  }

  private static Optional<Object> some(Object value) {
    return Optional.of(value);
  }

  @Test
  void anonymous_auto_isEverythingUntilSomebodyCanBeKnown() {
    assertEquals(Grants.ALL, HubOptionsReader.read(new JsonObject()).auth().anonymous());
    for (JsonObject known :
        List.of(
            set("auth.keysFile", "k.yaml"),
            set("auth.keys", list(key("a", "publish"))),
            set("auth.jwtSecret", "s".repeat(32)),
            set("auth.jwtPublicKey", "k.pem"),
            set("auth.jwks", "k.json"),
            set("auth.jwks", "http://[::1]:8000/k"))) {
      assertEquals(Grants.NONE, HubOptionsReader.read(known).auth().anonymous(), known.encode());
    }
  }

  @Test
  void anonymous_group_isTaken() {
    var news = new Grants(List.of(), List.of(new Selector("news/**")));
    var said = new JsonObject().put("subscribe", list("news/**"));
    assertEquals(news, HubOptionsReader.read(set("auth.anonymous", said)).auth().anonymous());
    assertEquals(news, HubOptionsReader.read(set("auth.anonymous", said.encode())).auth().anonymous());
    assertEquals(Grants.NONE, HubOptionsReader.read(set("auth.anonymous", "{}")).auth().anonymous());
    assertRefused(set("auth.anonymous", "all"), "auth.anonymous");
    assertRefused(set("auth.anonymous", "{\"subscribe\":[],\"subscribe\":[\"a\"]}"), "auth.anonymous");
    assertRefused(set("auth.anonymous", set("publsih", list())), "auth.anonymous.publsih");
    assertRefused(set("auth.anonymous", set("publish", list("a/**/b"))), "auth.anonymous.publish[0]");
  }

  @Test
  void host_reachableByStrangersWhoMayNotPublish_isTaken() {
    for (JsonObject closed :
        List.of(
            set("auth.anonymous", set("subscribe", list("**"))),
            set("auth.keysFile", "k.yaml"),
            set("auth.jwtSecret", "s".repeat(32)))) {
      assertEquals("0.0.0.0", HubOptionsReader.read(closed.put("http.host", "0.0.0.0")).http().host());
    }
    JsonObject open = set("auth.anonymous", set("publish", list("a"))).put("auth.keysFile", "k.yaml");
    assertRefused(open.put("http.host", "0.0.0.0"), "http.host");
  }

  @Test
  void jwtRules_withoutAKey_areRefused() {
    assertRefused(set("auth.jwtIssuer", "me"), "auth.jwtIssuer");
    assertRefused(set("auth.jwtAudience", list("me")), "auth.jwtAudience");
    HubOptions options = HubOptionsReader.read(set("auth.jwtIssuer", "me").put("auth.jwks", "k.json"));
    assertEquals(some("me"), options.auth().jwt().issuer());
  }

  /** Neither when it is good nor when it is bad; the key itself may stand where its hash belongs. */
  @Test
  void secrets_goodOrBad_areNeverShown() {
    String secret = "correct-horse-battery-staple-0123456789";
    assertFalse(HubOptionsReader.inForce(set("auth.jwtSecret", secret)).contains("horse"));
    assertFalse(HubOptionsReader.read(set("auth.jwtSecret", secret)).toString().contains("horse"));
    assertFalse(problems(set("auth.jwtSecret", "horse")).toString().contains("horse"));
    assertFalse(problems(set("auth.jwtSecret", list("horse"))).toString().contains("horse"));
    JsonObject key = key("a", "publish").put("sha256", "horse");
    assertFalse(problems(set("auth.keys", list(key))).toString().contains("horse"));
    String inFile = "keys: [{name: a, sha256: horse}]";
    var refused =
        assertThrows(InvalidConfigException.class, () -> ApiKeyReader.file("k.yaml", inFile.getBytes(UTF_8)));
    assertEquals(1, refused.problems().size());
    assertTrue(refused.problems().get(0).startsWith("k.yaml: keys[0].sha256: "), refused.getMessage());
    assertFalse(refused.getMessage().contains("horse"));
  }

  @Test
  void keysFile_strict_readsKeysAndNothingElse() {
    String good =
        "keys:\n- name: a\n  sha256: " + SHA256 + "\n  subscribe: ['news/*']\n  expires: 2030-01-01T00:00:00Z";
    assertEquals(
        List.of(
            new ApiKeyOptions(
                "a",
                SHA256,
                new Grants(List.of(), List.of(new Selector("news/*"))),
                Instant.parse("2030-01-01T00:00:00Z"))),
        ApiKeyReader.file("f", good.getBytes(UTF_8)));
    assertEquals(List.of(), ApiKeyReader.file("f", "keys: []".getBytes(UTF_8)));
    for (String bad : List.of("", "{}", "keys: {}", "keys: []\nkey: 1", "keys: [", "- a", "keys: [&a {}, *a]")) {
      assertThrows(InvalidConfigException.class, () -> ApiKeyReader.file("f", bad.getBytes(UTF_8)), bad);
    }
  }

  @Test
  void table_everyPlainSetting_hasARow() {
    var special =
        List.of(
            "clocks",
            "topics",
            "http.allowAnonymousPublish",
            "http.tlsCertificate",
            "http.tlsKey",
            "http.tlsRefresh",
            "http.hsts",
            "auth.anonymous");
    assertEquals(
        Settings.ALL.stream()
            .map(Setting::key)
            .filter(key -> !special.contains(key))
            .sorted()
            .toList(),
        rows().map(Row::key).sorted().toList());
  }

  @ParameterizedTest
  @MethodSource("rows")
  void setting_unset_hasItsDefault(Row row) {
    assertEquals(row.fallback, row.in.apply(HubOptionsReader.read(new JsonObject())));
  }

  @ParameterizedTest
  @MethodSource("rows")
  void setting_valid_isTaken(Row row) {
    assertEquals(row.value, row.in.apply(HubOptionsReader.read(set(row.key, row.raw))));
    if (!(row.raw instanceof JsonArray)) {
      assertEquals(
          row.value,
          row.in.apply(HubOptionsReader.read(set(row.key, row.raw.toString()))),
          "as text");
    }
  }

  @ParameterizedTest
  @MethodSource("rows")
  void setting_outOfBoundsOrOtherType_isOneProblemThatBeginsWithItsKey(Row row) {
    var always =
        Stream.of(new JsonObject(), BigInteger.TEN.pow(30), "\u0000\n<script>".repeat(100));
    assertAll(
        Stream.concat(row.refused.stream(), always)
            .map(
                raw ->
                    () -> {
                      List<String> problems = problems(set(row.key, raw));
                      assertEquals(1, problems.size(), problems.toString());
                      assertTrue(
                          problems
                              .get(0)
                              .matches(Pattern.quote(row.key) + "(\\[0])?: expected [ -~…]{1,280}"),
                          problems.get(0));
                    }));
    assertRefused(new JsonObject().putNull(row.key), row.key);
  }

  @Test
  void unknown_nameInGroup_isAProblemWithAHintAndWithoutTheValue() {
    assertEquals(
        List.of("http.prot: unknown setting, did you mean http.port?"),
        problems(set("http.prot", "s3cret")));
    assertEquals(List.of("log.password: unknown setting"), problems(set("log.password", "s3cret")));
    assertEquals(
        List.of("htpp: unknown setting"), problems(new JsonObject().put("htpp", new JsonObject())));
  }

  @Test
  void unknown_hostileName_isShortenedAndEscaped() {
    String problem = problems(set("a\n\u001b[31m" + "x".repeat(10_000), 1)).get(0);
    assertTrue(problem.startsWith("\"a\\u000a\\u001b[31mxxx") && problem.length() < 120, problem);
  }

  @Test
  void group_notAGroup_isAProblem() {
    assertEquals(List.of("http: unknown setting"), problems(new JsonObject().put("http", 5)));
  }

  @Test
  void group_empty_meansDefaults() {
    assertEquals(
        8080,
        HubOptionsReader.read(new JsonObject().putNull("http").put("log", new JsonObject()))
            .http()
            .port());
  }

  @Test
  void key_inGroupAndInFull_isAProblem() {
    var both = new JsonObject().put("http", new JsonObject().put("port", 1)).put("http.port", 2);
    assertEquals(
        List.of("http.port: expected once, got it in its group and by its full key"),
        problems(both));
  }

  @Test
  void everything_wrongAtOnce_isListedCompletelyInTheOrderOfReading() {
    var tree =
        new JsonObject()
            .put(
                "http", new JsonObject().put("port", 70_000).put("pgae", true).put("page", "maybe"))
            .put("log", new JsonObject().put("engine", "paper"))
            .put("subscribe", new JsonObject().put("heartbeat", "soon"))
            .put("clocks", new JsonArray().add(new JsonObject().put("interval", "1ms")));
    assertEquals(
        List.of(
            "http.pgae: unknown setting, did you mean http.page?",
            "http.port: expected a whole number from 0 to 65535, got 70000",
            "http.page: expected true or false, got \"maybe\"",
            "log.engine: expected auto or sqlite or postgresql or grid or memory, got \"paper\"",
            "clocks[0].topic: expected a topic, got nothing",
            "clocks[0].interval: expected a duration from 10ms to 1d (a number with ms, s, m, h or"
                + " d), got \"1ms\"",
            "subscribe.heartbeat: expected a duration from 100ms to 10m (a number with ms, s, m, h"
                + " or d), got \"soon\""),
        problems(tree));
  }

  @Test
  void relation_idleTimeoutNotAboveTwoHeartbeats_isAProblem() {
    assertEquals(
        List.of("http.idleTimeout: expected more than twice subscribe.heartbeat (40s), got 80s"),
        problems(set("http.idleTimeout", "80s").put("subscribe.heartbeat", "40s")));
    assertEquals(
        Duration.ofMillis(80_001),
        HubOptionsReader.read(set("http.idleTimeout", "80001ms").put("subscribe.heartbeat", "40s"))
            .http()
            .idleTimeout());
  }

  @Test
  void relation_idleTimeoutNotAboveLongestPoll_isAProblem() {
    assertEquals(
        List.of("http.idleTimeout: expected more than subscribe.waitMax (75s), got 75s"),
        problems(set("subscribe.waitMax", "75s")));
  }

  @Test
  void relation_groupOrBatchAboveWaiting_areProblems() {
    assertEquals(
        List.of(
            "http.batchBytesMax: expected at most publish.waitingBytesMax (1MiB), got 8MiB",
            "publish.groupEventsMax: expected at most publish.waitingEventsMax (10), got 1024",
            "publish.groupBytesMax: expected at most publish.waitingBytesMax (1MiB), got 2MiB"),
        problems(
            set("publish.waitingEventsMax", 10)
                .put("publish.waitingBytesMax", "1MiB")
                .put("publish.groupBytesMax", "2MiB")));
  }

  @Test
  void relation_postgresqlWithoutADatabase_isAProblem() {
    assertEquals(
        List.of("log.url: expected a database (postgresql), got \"\""), problems(set("log.engine", "postgresql")));
    var both = set("log.engine", "postgresql").put("log.url", "postgresql://me@db/hub");
    assertEquals(LogOptions.Engine.POSTGRESQL, HubOptionsReader.read(both).log().engine());
  }

  @Test
  void tls_bothFiles_areTakenTogether() {
    assertEquals(Optional.empty(), HubOptionsReader.read(set("http.tlsRefresh", "1s")).tls());
    assertEquals(Duration.ZERO, HubOptionsReader.read(new JsonObject()).hsts());
    JsonObject both = set("http.tlsCertificate", "a.pem").put("http.tlsKey", "b.key");
    assertEquals(
        Optional.of(new TlsOptions(Path.of("a.pem"), Path.of("b.key"), seconds(10))),
        HubOptionsReader.read(both).tls());
    HubOptions options = HubOptionsReader.read(both.put("http.tlsRefresh", "1m").put("http.hsts", "365d"));
    assertEquals(seconds(60), options.tls().orElseThrow().refresh());
    assertEquals(Duration.ofDays(365), options.hsts());
    assertRefused(
        both.copy().put("http.tlsRefresh", "99ms").put("http.hsts", "-1s"), "http.tlsRefresh", "http.hsts");
    assertRefused(set("http.tlsCertificate", 1), "http.tlsCertificate");
    assertRefused(set("http.tlsCertificate", "a\0b").put("http.tlsKey", " "), "http.tlsKey", "http.tlsCertificate");
  }

  @Test
  void relation_tlsByHalves_isAProblem() {
    assertEquals(
        List.of("http.tlsKey: expected a file, because http.tlsCertificate is set"),
        problems(set("http.tlsCertificate", "a.pem")));
    assertEquals(
        List.of("http.tlsCertificate: expected a file, because http.tlsKey is set"),
        problems(set("http.tlsKey", "b.key").put("http.hsts", "1d")));
    assertEquals(
        List.of("http.hsts: expected 0s without http.tlsCertificate (\"\"), got 1d"), problems(set("http.hsts", "1d")));
  }

  @Test
  void engine_auto_isWhatFits() {
    LogOptions bare = HubOptionsReader.read(new JsonObject()).log();
    assertEquals(LogOptions.Engine.SQLITE, bare.engine(false));
    assertEquals(LogOptions.Engine.GRID, bare.engine(true));
    LogOptions database = HubOptionsReader.read(set("log.url", "postgresql://me@db/hub")).log();
    assertEquals(LogOptions.Engine.POSTGRESQL, database.engine(false));
    assertEquals(LogOptions.Engine.POSTGRESQL, database.engine(true));
    LogOptions file = HubOptionsReader.read(set("log.engine", "sqlite")).log();
    assertEquals(LogOptions.Engine.SQLITE, file.engine(true));
  }

  @Test
  void secret_rightOrWrong_isNotShown() {
    String wrong = problems(set("log.url", "postgresql://me:s3cret@db:99999/hub")).toString();
    assertTrue(wrong.contains("log.url: expected") && !wrong.contains("s3cret"), wrong);
    String inForce = HubOptionsReader.inForce(set("log.url", "postgresql://me:s3cret@db/hub"));
    assertTrue(inForce.contains(" log.url=(not shown) ") && !inForce.contains("s3cret"), inForce);
    assertTrue(HubOptionsReader.inForce(new JsonObject()).contains(" log.url=\"\" "), "there is none to be hidden");
    HubOptions options = HubOptionsReader.read(set("log.url", "postgresql://me:s3cret@db/hub"));
    assertTrue(!options.toString().contains("s3cret"), options.toString());
  }

  @Test
  void relation_oneSideWrongByItself_isNotReportedOnTop() {
    assertRefused(
        set("subscribe.heartbeat", "nonsense")
            .put("http.idleTimeout", "1s")
            .put("subscribe.waitMax", "1x"),
        "subscribe.heartbeat",
        "subscribe.waitMax");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "0.0.0.0",
        "::",
        "192.168.1.7",
        "hub.example.org",
        "127.0.0.1.example.org",
        "127.0.0.256",
        "127.1"
      })
  void host_reachableByStrangers_isRefusedUntilAnonymousPublishingIsAllowedInWords(String host) {
    assertEquals(
        List.of(
            "http.host: expected a loopback address such as 127.0.0.1, got "
                + host
                + ": anybody who reaches it could publish; say in auth.anonymous who may,"
                + " or if that is wanted, write http.allowAnonymousPublish: anywhere"),
        problems(set("http.host", host)));
    assertEquals(
        host,
        HubOptionsReader.read(set("http.host", host).put("http.allowAnonymousPublish", "anywhere"))
            .http()
            .host());
    assertRefused(
        set("http.host", host).put("http.allowAnonymousPublish", true),
        "http.allowAnonymousPublish");
  }

  @ParameterizedTest
  @ValueSource(strings = {"localhost", "127.0.0.1", "127.255.0.9", "::1", "0:0:0:0:0:0:0:1"})
  void host_loopback_isTaken(String host) {
    assertEquals(host, HubOptionsReader.read(set("http.host", host)).http().host());
  }

  @Test
  void corsOrigins_asText_isSplitOrReadAsJson() {
    assertEquals(
        List.of("https://a.example", "http://[::1]:80"),
        HubOptionsReader.read(set("http.corsOrigins", "https://a.example, http://[::1]:80"))
            .http()
            .corsOrigins());
    assertEquals(
        List.of(), HubOptionsReader.read(set("http.corsOrigins", "[]")).http().corsOrigins());
    assertRefused(set("http.corsOrigins", "[\"*\""), "http.corsOrigins");
  }

  @Test
  void clocks_unset_areOneEverySecond() {
    assertEquals(
        List.of(
            new ClockOptions(
                new Topic("clock"), Duration.ofSeconds(1), ZoneId.of("UTC"), null, null)),
        HubOptionsReader.read(new JsonObject()).clocks());
  }

  @Test
  void clocks_emptyList_areOff() {
    assertEquals(List.of(), HubOptionsReader.read(set("clocks", new JsonArray())).clocks());
    assertEquals(List.of(), HubOptionsReader.read(set("clocks", "[]")).clocks());
  }

  @Test
  void clocks_everyField_isTaken() {
    var item =
        new JsonObject()
            .put("topic", "uhr/berlin")
            .put("interval", "250ms")
            .put("zone", "Europe/Berlin")
            .put("format", "HH:mm")
            .put("type", "tick");
    ClockOptions clock = HubOptionsReader.read(set("clocks", list(item))).clocks().get(0);
    assertEquals(Duration.ofMillis(250), clock.interval());
    assertEquals(ZoneId.of("Europe/Berlin"), clock.zone());
    assertEquals(
        "00:00",
        Objects.requireNonNull(clock.format()).format(Instant.EPOCH.atZone(ZoneOffset.UTC)));
    assertEquals("tick", Objects.requireNonNull(clock.type()).name());
  }

  @Test
  void clocks_wrongFields_areEachAProblem() {
    var item =
        new JsonObject()
            .put("topic", "hub/x")
            .put("interval", 1)
            .put("zone", "Mars/Olympus")
            .put("format", "bogus {")
            .put("type", "hub.x")
            .put("tpoic", 1);
    assertRefused(
        set("clocks", list(item)),
        "clocks[0].tpoic",
        "clocks[0].topic",
        "clocks[0].interval",
        "clocks[0].zone",
        "clocks[0].format",
        "clocks[0].type");
    assertRefused(set("clocks", list("clock")), "clocks[0]");
    assertRefused(set("clocks", "clock"), "clocks[0]");
    assertRefused(set("clocks", new JsonObject()), "clocks");
    assertRefused(set("clocks", list(new JsonObject().put("topic", "a*"))), "clocks[0].topic");
  }

  @Test
  void topics_everyField_isTaken() {
    var full =
        new JsonObject()
            .put("match", "prices/**")
            .put("age", "7d")
            .put("count", 10)
            .put("bytes", "1MiB")
            .put("slow", "latest");
    var rules =
        HubOptionsReader.read(
                set(
                    "topics",
                    list(full, new JsonObject().put("match", "chat/*").put("history", "none"))))
            .topics();
    assertEquals(new Retention(Duration.ofDays(7), 10, 1 << 20), rules.get(0).retention());
    assertTrue(rules.get(0).latestOnly() && rules.get(0).history());
    assertFalse(rules.get(1).latestOnly() || rules.get(1).history());
    assertEquals(Retention.ALL, rules.get(1).retention());
  }

  @Test
  void topics_wrongFields_areEachAProblem() {
    var item =
        new JsonObject()
            .put("match", "a/**/b")
            .put("history", "some")
            .put("age", "0s")
            .put("count", 0)
            .put("bytes", 1)
            .put("slow", "no");
    assertRefused(
        set("topics", list(new JsonObject(), item)),
        "topics[0].match",
        "topics[1].match",
        "topics[1].history",
        "topics[1].age",
        "topics[1].count",
        "topics[1].bytes",
        "topics[1].slow");
  }

  @Test
  void topics_boundsWithoutHistory_areAProblem() {
    assertRefused(
        set(
            "topics",
            list(new JsonObject().put("match", "a").put("history", "none").put("age", "1d"))),
        "topics[0].age");
  }

  @Test
  void lists_tooLong_areRefusedAsAWhole() {
    var items = new JsonArray();
    for (int i = 0; i < 1001; i++) {
      items.add(new JsonObject().put("topic", "a"));
    }
    assertEquals(
        List.of("clocks: expected a list of at most 1000, got a list"),
        problems(set("clocks", items)));
  }

  @Test
  void inForce_someSet_showsThemAmongTheDefaults() {
    String line = HubOptionsReader.inForce(set("http.port", "9000"));
    assertTrue(
        line.startsWith("http.host=127.0.0.1 http.port=9000 http.allowAnonymousPublish=loopback "),
        line);
    assertEquals(Settings.ALL.size(), line.split(" ").length, line);
  }

  @Test
  void environmentName_camelCase_isSnake() {
    assertEquals("CARILLON_HTTP_HEAD_BYTES_MAX", Settings.HTTP_HEAD_BYTES_MAX.environmentName());
    assertEquals("CARILLON_CLOCKS", Settings.CLOCKS.environmentName());
    assertNull(Settings.BY_KEY.get("http"));
  }

  private static void assertRefused(JsonObject settings, String... keys) {
    List<String> problems = problems(settings);
    assertEquals(
        List.of(keys),
        problems.stream().map(problem -> problem.substring(0, problem.indexOf(": "))).toList(),
        problems.toString());
    problems.forEach(
        problem ->
            assertTrue(
                problem.length() < 300 && problem.chars().noneMatch(Character::isISOControl),
                problem));
  }

  private static List<String> problems(JsonObject settings) {
    return assertThrows(
            InvalidConfigException.class, () -> HubOptionsReader.read(settings), settings::encode)
        .problems();
  }

  private static JsonObject set(String key, Object value) {
    return new JsonObject().put(key, value);
  }

  private static JsonArray list(Object... items) {
    return new JsonArray(List.of(items));
  }

  private static Duration seconds(long seconds) {
    return Duration.ofSeconds(seconds);
  }

  private static int cores() {
    return Math.min(256, Runtime.getRuntime().availableProcessors());
  }

  private static Row row(
      String key,
      Function<HubOptions, Object> in,
      Object fallback,
      Object raw,
      Object value,
      Object... refused) {
    return new Row(key, in, fallback, raw, value, List.of(refused));
  }
}
