package carillon.config;

import static carillon.config.Kinds.bytes;
import static carillon.config.Kinds.duration;
import static carillon.config.Kinds.fewBytes;
import static carillon.config.Kinds.flag;
import static carillon.config.Kinds.list;
import static carillon.config.Kinds.optional;
import static carillon.config.Kinds.secret;
import static carillon.config.Kinds.text;
import static carillon.config.Kinds.wholeNumber;
import static carillon.config.Kinds.word;

import carillon.event.Grants;
import carillon.event.TopicRule;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.lang.System.Logger.Level;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/** The table of all settings: names, bounds and defaults stand here and nowhere else. Immutable, any thread. */
final class Settings {

  /** How every environment variable of ours begins, {@code PORT} aside. */
  static final String ENVIRONMENT_PREFIX = "CARILLON_";

  private static final int CORES_MAX = 256;
  private static final int LIST_MAX = 1_000;

  /** RFC 7518, section 3.2: a key at least as long as the hash. */
  private static final int JWT_SECRET_BYTES_MIN = 32;

  static final Setting<String> HTTP_HOST =
      new Setting<>("http.host", text("a host name or an address without brackets", Hosts::require), "127.0.0.1");
  static final Setting<Integer> HTTP_PORT = new Setting<>("http.port", wholeNumber(0, 65_535), 8080);
  static final Setting<Integer> HTTP_INSTANCES =
      new Setting<>(
          "http.instances",
          wholeNumber(1, CORES_MAX),
          Math.min(CORES_MAX, Runtime.getRuntime().availableProcessors()));
  static final Setting<Integer> HTTP_HEAD_BYTES_MAX =
      new Setting<>("http.headBytesMax", fewBytes("1KiB", "1MiB"), "16KiB");
  static final Setting<Integer> HTTP_BATCH_BYTES_MAX =
      new Setting<>("http.batchBytesMax", fewBytes("1KiB", "1GiB"), "8MiB").reloadable();
  static final Setting<Integer> HTTP_PIPELINED_PUBLISHES_MAX =
      new Setting<>("http.pipelinedPublishesMax", wholeNumber(0, 65_536), 1_024).reloadable();
  static final Setting<Duration> HTTP_IDLE_TIMEOUT = new Setting<>("http.idleTimeout", duration("1s", "1d"), "75s");
  static final Setting<Duration> HTTP_HEAD_TIMEOUT = new Setting<>("http.headTimeout", duration("100ms", "10m"), "10s");
  static final Setting<Duration> HTTP_BODY_TIMEOUT = new Setting<>("http.bodyTimeout", duration("1s", "1h"), "60s");
  static final Setting<Integer> HTTP_CONNECTIONS_MAX =
      new Setting<>("http.connectionsMax", wholeNumber(0, 10_000_000), 0);
  static final Setting<Integer> HTTP_CONNECTIONS_PER_ADDRESS_MAX =
      new Setting<>("http.connectionsPerAddressMax", wholeNumber(0, 10_000_000), 1_000);
  static final Setting<List<IpNetwork>> HTTP_PROXIES =
      new Setting<>("http.proxies", list(LIST_MAX, IpNetwork.KIND), new JsonArray());
  static final Setting<Boolean> HTTP_FORWARDED_HEADER =
      new Setting<>(
          "http.proxyHeader",
          word(List.of("x-forwarded-for", "forwarded"), "forwarded"::equals),
          "x-forwarded-for");
  static final Setting<Integer> HTTP_HTTP2_STREAMS_MAX =
      new Setting<>("http.http2StreamsMax", wholeNumber(1, 1_000_000), 1_000);
  static final Setting<Integer> HTTP_HTTP2_RESETS_MAX =
      new Setting<>("http.http2ResetsMax", wholeNumber(1, 1_000_000), 2_000);
  static final Setting<Duration> HTTP_DRAIN = new Setting<>("http.drain", duration("0s", "10m"), "10s").reloadable();
  static final Setting<List<String>> HTTP_CORS_ORIGINS =
      new Setting<>("http.corsOrigins", Origins.KIND, new JsonArray().add(Origins.ANY)).reloadable();
  static final Setting<Optional<Path>> HTTP_TLS_CERTIFICATE = new Setting<>("http.tlsCertificate", file(), "");
  static final Setting<Optional<Path>> HTTP_TLS_KEY = new Setting<>("http.tlsKey", file(), "");
  static final Setting<Duration> HTTP_TLS_REFRESH = new Setting<>("http.tlsRefresh", duration("100ms", "1d"), "10s");
  static final Setting<Duration> HTTP_HSTS = new Setting<>("http.hsts", duration("0s", "3650d"), "0s");
  static final Setting<Boolean> HTTP_PAGE = new Setting<>("http.page", flag(), true).reloadable();
  static final Setting<Boolean> HTTP_ANONYMOUS_ANYWHERE =
      new Setting<>(
          "http.allowAnonymousPublish", word(List.of("loopback", "anywhere"), "anywhere"::equals), "loopback")
          .reloadable();

  static final Setting<LogOptions.Engine> LOG_ENGINE =
      new Setting<>(
          "log.engine", word(List.of("auto", "sqlite", "postgresql", "grid", "memory"), Settings::engine), "auto");
  static final Setting<Path> LOG_DIRECTORY =
      new Setting<>("log.directory", text("the path of a directory", Settings::directory), "data");
  static final Setting<Boolean> LOG_WHEN_DAMAGED =
      new Setting<>("log.whenDamaged", word(List.of("refuse", "new-epoch"), "new-epoch"::equals), "refuse");
  static final Setting<Optional<DatabaseUrl>> LOG_URL =
      new Setting<>("log.url", secret("postgresql://user:password@host:port/database", Settings::database), "", true);
  static final Setting<Integer> LOG_CONNECTIONS = new Setting<>("log.connections", wholeNumber(1, 100), 4);
  static final Setting<Duration> LOG_CONNECT_TIMEOUT =
      new Setting<>("log.connectTimeout", duration("100ms", "1m"), "5s");
  static final Setting<Integer> LOG_MEMORY_EVENTS_MAX =
      new Setting<>("log.memoryEventsMax", wholeNumber(1, 100_000_000), 1_000_000);
  static final Setting<Long> LOG_MEMORY_BYTES_MAX =
      new Setting<>("log.memoryBytesMax", bytes("1MiB", "1024GiB"), "256MiB");
  static final Setting<Integer> LOG_GRID_EVENTS_MAX =
      new Setting<>("log.gridEventsMax", wholeNumber(1_000, 100_000_000), 1_000_000);
  static final Setting<Long> LOG_GRID_BYTES_MAX =
      new Setting<>("log.gridBytesMax", bytes("0", "1024GiB"), "0");
  static final Setting<Integer> LOG_GRID_BACKUPS = new Setting<>("log.gridBackups", wholeNumber(1, 6), 1);
  static final Setting<Integer> LOG_GRID_NODES_MIN = new Setting<>("log.gridNodesMin", wholeNumber(1, 100), 2);

  static final Setting<Integer> PUBLISH_GROUP_EVENTS_MAX =
      new Setting<>("publish.groupEventsMax", wholeNumber(1, 65_536), 1_024).reloadable();
  static final Setting<Integer> PUBLISH_GROUP_BYTES_MAX =
      new Setting<>("publish.groupBytesMax", fewBytes("1KiB", "64MiB"), "1MiB").reloadable();
  static final Setting<Integer> PUBLISH_WAITING_EVENTS_MAX =
      new Setting<>("publish.waitingEventsMax", wholeNumber(1, 1_000_000), 16_384).reloadable();
  static final Setting<Integer> PUBLISH_WAITING_BYTES_MAX =
      new Setting<>("publish.waitingBytesMax", fewBytes("1MiB", "1GiB"), "64MiB").reloadable();

  static final Setting<Integer> PUBLISH_RATE = new Setting<>("publish.rate", wholeNumber(0, 10_000_000), 10_000);
  static final Setting<Integer> PUBLISH_BURST = new Setting<>("publish.burst", wholeNumber(1, 10_000_000), 20_000);

  static final Setting<Integer> TAIL_RECENT_FRAMES_MAX =
      new Setting<>("tail.recentFramesMax", wholeNumber(16, 16_777_216), 65_536);
  static final Setting<Long> TAIL_RECENT_BYTES_MAX =
      new Setting<>("tail.recentBytesMax", bytes("0", "1024GiB"), "0");

  static final Setting<Duration> SUBSCRIBE_HEARTBEAT =
      new Setting<>("subscribe.heartbeat", duration("100ms", "10m"), "15s").reloadable();
  static final Setting<Duration> SUBSCRIBE_RETRY =
      new Setting<>("subscribe.retry", duration("10ms", "1h"), "2s").reloadable();
  static final Setting<Duration> SUBSCRIBE_STUCK_TIMEOUT =
      new Setting<>("subscribe.stuckTimeout", duration("1s", "1h"), "30s").reloadable();
  static final Setting<Integer> SUBSCRIBE_WRITE_BYTES_MAX =
      new Setting<>("subscribe.writeBytesMax", fewBytes("1KiB", "16MiB"), "64KiB").reloadable();
  static final Setting<Duration> SUBSCRIBE_WAIT_MAX =
      new Setting<>("subscribe.waitMax", duration("100ms", "1h"), "60s").reloadable();
  static final Setting<Integer> SUBSCRIBE_POLL_BYTES_MAX =
      new Setting<>("subscribe.pollBytesMax", fewBytes("1KiB", "64MiB"), "1MiB").reloadable();
  static final Setting<Boolean> SUBSCRIBE_OUTLET =
      new Setting<>("subscribe.outlet", word(List.of("direct", "api"), "direct"::equals), "direct").reloadable();
  static final Setting<Integer> SUBSCRIBE_SEND_BUFFER_BYTES =
      new Setting<>("subscribe.sendBufferBytes", fewBytes("4KiB", "16MiB"), "256KiB");
  static final Setting<Duration> SUBSCRIBE_LOG_AWAY_MAX =
      new Setting<>("subscribe.logAwayMax", duration("1s", "1d"), "10s");

  static final Setting<Integer> SUBSCRIBE_STREAMS_PER_PRINCIPAL_MAX =
      new Setting<>("subscribe.streamsPerPrincipalMax", wholeNumber(0, 10_000_000), 10_000);
  static final Setting<Long> SUBSCRIBE_UNSENT_BYTES_MAX =
      new Setting<>("subscribe.unsentBytesMax", bytes("0", "1024GiB"), "0");
  static final Setting<Duration> STATUS_PERIOD = new Setting<>("status.period", duration("0s", "1m"), "1s");
  static final Setting<Optional<String>> STATUS_NAME = new Setting<>("status.name", optional(line()), "");

  static final Setting<LoggingOptions.Format> LOGGING_FORMAT =
      new Setting<>("logging.format", word(List.of("plain", "json"), Settings::format), "plain").reloadable();
  static final Setting<Level> LOGGING_LEVEL =
      new Setting<>("logging.level", word(List.of("error", "warning", "info", "debug"), Settings::level), "info")
          .reloadable();

  static final Setting<List<ClockOptions>> CLOCKS =
      new Setting<>(
          "clocks", list(LIST_MAX, ClockReader.KIND), new JsonArray().add(new JsonObject().put("topic", "clock")));
  static final Setting<List<TopicRule>> TOPICS =
      new Setting<>("topics", list(LIST_MAX, TopicRuleReader.KIND), new JsonArray()).reloadable();

  static final Setting<Boolean> LOGGING_ACCESS = new Setting<>("logging.access", flag(), false);

  static final Setting<Optional<Integer>> OPS_PORT = new Setting<>("ops.port", optional(wholeNumber(0, 65_535)), "");
  static final Setting<String> OPS_HOST =
      new Setting<>("ops.host", text("a host name or an address without brackets", Hosts::require), "127.0.0.1");

  static final Setting<Optional<Grants>> AUTH_ANONYMOUS =
      new Setting<>("auth.anonymous", GrantsReader.ANONYMOUS, GrantsReader.AUTO).reloadable();
  static final Setting<List<ApiKeyOptions>> AUTH_KEYS =
      new Setting<>("auth.keys", ApiKeyReader.LIST, new JsonArray()).reloadable();
  static final Setting<Optional<Path>> AUTH_KEYS_FILE = new Setting<>("auth.keysFile", file(), "").reloadable();
  static final Setting<Duration> AUTH_REFRESH =
      new Setting<>("auth.refresh", duration("100ms", "1d"), "5s").reloadable();
  static final Setting<Optional<String>> AUTH_JWT_SECRET =
      new Setting<>(
          "auth.jwtSecret",
          optional(
              secret("at least " + JWT_SECRET_BYTES_MIN + " bytes, no control characters", Settings::longSecret)),
          "",
          true).reloadable();
  static final Setting<Optional<Path>> AUTH_JWT_PUBLIC_KEY =
      new Setting<>("auth.jwtPublicKey", file(), "").reloadable();
  static final Setting<Optional<String>> AUTH_JWKS =
      new Setting<>(
          "auth.jwks",
          optional(text("a file, or a URL that begins with https:// (http:// on loopback only)", Jwks::require)),
          "").reloadable();
  static final Setting<Duration> AUTH_JWKS_REFRESH =
      new Setting<>("auth.jwksRefresh", duration("1s", "1d"), "5m").reloadable();
  static final Setting<Optional<String>> AUTH_JWT_ISSUER =
      new Setting<>("auth.jwtIssuer", optional(line()), "").reloadable();
  static final Setting<List<String>> AUTH_JWT_AUDIENCE =
      new Setting<>("auth.jwtAudience", list(16, line()), new JsonArray()).reloadable();
  static final Setting<Duration> AUTH_JWT_LEEWAY =
      new Setting<>("auth.jwtLeeway", duration("0s", "5m"), "30s").reloadable();
  static final Setting<String> AUTH_JWT_CLAIM = new Setting<>("auth.jwtClaim", line(), "carillon").reloadable();
  static final Setting<Optional<String>> AUTH_COOKIE =
      new Setting<>("auth.cookie", optional(text("the name of a cookie", Settings::cookie)), "").reloadable();
  static final Setting<Boolean> AUTH_QUERY_TOKEN = new Setting<>("auth.queryToken", flag(), false).reloadable();
  static final Setting<Duration> AUTH_EXPIRING_NOTICE =
      new Setting<>("auth.expiringNotice", duration("0s", "1h"), "30s").reloadable();

  static final Setting<Duration> RELOAD_INTERVAL = new Setting<>("reload.interval", duration("0s", "1d"), "5s");

  /** Every setting, in the order of the file. */
  static final List<Setting<?>> ALL =
      List.of(
          HTTP_HOST,
          HTTP_PORT,
          HTTP_ANONYMOUS_ANYWHERE,
          HTTP_INSTANCES,
          HTTP_HEAD_BYTES_MAX,
          HTTP_BATCH_BYTES_MAX,
          HTTP_PIPELINED_PUBLISHES_MAX,
          HTTP_IDLE_TIMEOUT,
          HTTP_HEAD_TIMEOUT,
          HTTP_BODY_TIMEOUT,
          HTTP_CONNECTIONS_MAX,
          HTTP_CONNECTIONS_PER_ADDRESS_MAX,
          HTTP_PROXIES,
          HTTP_FORWARDED_HEADER,
          HTTP_HTTP2_STREAMS_MAX,
          HTTP_HTTP2_RESETS_MAX,
          HTTP_DRAIN,
          HTTP_CORS_ORIGINS,
          HTTP_PAGE,
          HTTP_TLS_CERTIFICATE,
          HTTP_TLS_KEY,
          HTTP_TLS_REFRESH,
          HTTP_HSTS,
          LOG_ENGINE,
          LOG_DIRECTORY,
          LOG_WHEN_DAMAGED,
          LOG_URL,
          LOG_CONNECTIONS,
          LOG_CONNECT_TIMEOUT,
          LOG_MEMORY_EVENTS_MAX,
          LOG_MEMORY_BYTES_MAX,
          LOG_GRID_EVENTS_MAX,
          LOG_GRID_BYTES_MAX,
          LOG_GRID_BACKUPS,
          LOG_GRID_NODES_MIN,
          PUBLISH_GROUP_EVENTS_MAX,
          PUBLISH_GROUP_BYTES_MAX,
          PUBLISH_WAITING_EVENTS_MAX,
          PUBLISH_WAITING_BYTES_MAX,
          PUBLISH_RATE,
          PUBLISH_BURST,
          CLOCKS,
          TAIL_RECENT_FRAMES_MAX,
          TAIL_RECENT_BYTES_MAX,
          SUBSCRIBE_HEARTBEAT,
          SUBSCRIBE_RETRY,
          SUBSCRIBE_STUCK_TIMEOUT,
          SUBSCRIBE_WRITE_BYTES_MAX,
          SUBSCRIBE_WAIT_MAX,
          SUBSCRIBE_POLL_BYTES_MAX,
          SUBSCRIBE_OUTLET,
          SUBSCRIBE_SEND_BUFFER_BYTES,
          SUBSCRIBE_LOG_AWAY_MAX,
          SUBSCRIBE_STREAMS_PER_PRINCIPAL_MAX,
          SUBSCRIBE_UNSENT_BYTES_MAX,
          STATUS_PERIOD,
          STATUS_NAME,
          LOGGING_FORMAT,
          LOGGING_LEVEL,
          LOGGING_ACCESS,
          OPS_PORT,
          OPS_HOST,
          AUTH_ANONYMOUS,
          AUTH_KEYS,
          AUTH_KEYS_FILE,
          AUTH_REFRESH,
          AUTH_JWT_SECRET,
          AUTH_JWT_PUBLIC_KEY,
          AUTH_JWKS,
          AUTH_JWKS_REFRESH,
          AUTH_JWT_ISSUER,
          AUTH_JWT_AUDIENCE,
          AUTH_JWT_LEEWAY,
          AUTH_JWT_CLAIM,
          AUTH_COOKIE,
          AUTH_QUERY_TOKEN,
          AUTH_EXPIRING_NOTICE,
          TOPICS,
          RELOAD_INTERVAL);

  /** Every setting by its key. */
  static final Map<String, Setting<?>> BY_KEY =
      ALL.stream().collect(Collectors.toUnmodifiableMap(Setting::key, Function.identity()));

  /** The groups: what stands before the dot of a key. */
  static final Set<String> GROUPS =
      ALL.stream()
          .map(Setting::key)
          .filter(key -> key.indexOf('.') > 0)
          .map(key -> key.substring(0, key.indexOf('.')))
          .collect(Collectors.toCollection(LinkedHashSet::new));

  private Settings() {}

  private static LogOptions.Engine engine(String word) {
    return switch (word) {
      case "memory" -> LogOptions.Engine.MEMORY;
      case "postgresql" -> LogOptions.Engine.POSTGRESQL;
      case "sqlite" -> LogOptions.Engine.SQLITE;
      case "grid" -> LogOptions.Engine.GRID;
      default -> LogOptions.Engine.AUTO;
    };
  }

  private static Optional<DatabaseUrl> database(String text) {
    return text.isEmpty() ? Optional.empty() : Optional.of(DatabaseUrl.parse(text));
  }

  private static LoggingOptions.Format format(String word) {
    return word.equals("json") ? LoggingOptions.Format.JSON : LoggingOptions.Format.PLAIN;
  }

  private static Level level(String word) {
    return switch (word) {
      case "error" -> Level.ERROR;
      case "warning" -> Level.WARNING;
      case "debug" -> Level.DEBUG;
      default -> Level.INFO;
    };
  }

  private static Kind<Optional<Path>> file() {
    return optional(text("the path of a file", Settings::directory));
  }

  private static Kind<String> line() {
    return text("1 to 255 characters, none of them a control character", Settings::line);
  }

  private static String line(String text) {
    if (text.isEmpty() || text.length() > 255 || text.chars().anyMatch(Character::isISOControl)) {
      throw new IllegalArgumentException("no line");
    }
    return text;
  }

  private static String cookie(String text) {
    if (!text.matches("[A-Za-z0-9!#$%&'*+.^_`|~-]{1,80}")) {
      throw new IllegalArgumentException("no token");
    }
    return text;
  }

  private static String longSecret(String text) {
    boolean isLong = text.getBytes(StandardCharsets.UTF_8).length >= JWT_SECRET_BYTES_MIN;
    if (!isLong || text.chars().anyMatch(Character::isISOControl)) {
      throw new IllegalArgumentException("no secret");
    }
    return text;
  }

  private static Path directory(String text) {
    if (text.isBlank()) {
      throw new IllegalArgumentException("blank path");
    }
    return Path.of(text);
  }
}
