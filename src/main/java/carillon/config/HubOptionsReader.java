package carillon.config;

import carillon.event.Grants;
import io.vertx.core.json.Json;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Turns settings as they came into {@link HubOptions}, or says everything that is wrong with them. Any thread.
 *
 * <p>Numbers, durations and the like may also come as text, because the environment and system properties have nothing
 * else. Text is never guessed at: {@code 0123} is no number.
 */
public final class HubOptionsReader {

  /** Most characters of a list in the line for the log. */
  static final int LIST_SHOWN_MAX = 200;

  private final JsonObject flat;
  private final Problems problems;

  private HubOptionsReader(JsonObject flat, Problems problems) {
    this.flat = flat;
    this.problems = problems;
  }

  /**
   * Reads {@code settings}; what they do not say has its default. Settings stand in their groups, {@code {"http":
   * {"port": 9000}}}, or under their full keys, {@code {"http.port": 9000}}.
   *
   * @throws InvalidConfigException with every problem there is
   */
  public static HubOptions read(JsonObject settings) {
    var problems = new Problems();
    HubOptions options = read(Layers.ofTree(settings), true, problems);
    problems.conclude();
    return options;
  }

  /**
   * The same of settings under their full keys; what is wrong is noted, and what holds without it is in its place.
   *
   * @param isWhole whether all that is set is there; if not, what settings say together is not looked at
   */
  static HubOptions read(JsonObject flat, boolean isWhole, Problems problems) {
    return new HubOptionsReader(flat, problems).read(isWhole);
  }

  /** All settings with what they say in {@code settings}, or with their defaults: one line for the log. */
  static String inForce(JsonObject settings) {
    JsonObject flat = Layers.ofTree(settings);
    return Settings.ALL.stream()
        .map(setting -> setting.key() + "=" + inFull(setting, flat.getValue(setting.key(), setting.fallback())))
        .collect(Collectors.joining(" "));
  }

  private HubOptions read(boolean isWhole) {
    Fields fields = Fields.of("", flat, Settings.BY_KEY.keySet(), problems);
    var options =
        new HubOptions(
            http(fields),
            tls(fields),
            fields.take(Settings.HTTP_HSTS),
            log(fields),
            publish(fields),
            fields.take(Settings.CLOCKS),
            tail(fields),
            subscribe(fields),
            status(fields),
            logging(fields),
            new OpsOptions(fields.take(Settings.OPS_PORT), fields.take(Settings.OPS_HOST)),
            auth(fields),
            fields.take(Settings.TOPICS),
            limits(fields),
            fields.take(Settings.RELOAD_INTERVAL));
    boolean anonymousAnywhere = fields.take(Settings.HTTP_ANONYMOUS_ANYWHERE);
    if (isWhole) {
      checkRelations(options, anonymousAnywhere);
    }
    return options;
  }

  private static HttpOptions http(Fields fields) {
    return new HttpOptions(
        fields.take(Settings.HTTP_HOST),
        fields.take(Settings.HTTP_PORT),
        fields.take(Settings.HTTP_INSTANCES),
        fields.take(Settings.HTTP_HEAD_BYTES_MAX),
        fields.take(Settings.HTTP_BATCH_BYTES_MAX),
        fields.take(Settings.HTTP_PIPELINED_PUBLISHES_MAX),
        fields.take(Settings.HTTP_IDLE_TIMEOUT),
        fields.take(Settings.HTTP_DRAIN),
        fields.take(Settings.HTTP_CORS_ORIGINS),
        fields.take(Settings.HTTP_PAGE));
  }

  /** One file without the other is a problem of its own, in {@link #checkRelations}. */
  private static Optional<TlsOptions> tls(Fields fields) {
    Optional<Path> key = fields.take(Settings.HTTP_TLS_KEY);
    Duration refresh = fields.take(Settings.HTTP_TLS_REFRESH);
    return fields
        .take(Settings.HTTP_TLS_CERTIFICATE)
        .flatMap(certificate -> key.map(found -> new TlsOptions(certificate, found, refresh)));
  }

  private static LogOptions log(Fields fields) {
    return new LogOptions(
        fields.take(Settings.LOG_ENGINE),
        fields.take(Settings.LOG_DIRECTORY),
        fields.take(Settings.LOG_WHEN_DAMAGED),
        fields.take(Settings.LOG_URL),
        fields.take(Settings.LOG_CONNECTIONS),
        fields.take(Settings.LOG_CONNECT_TIMEOUT),
        fields.take(Settings.LOG_MEMORY_EVENTS_MAX),
        fields.take(Settings.LOG_MEMORY_BYTES_MAX),
        new LogOptions.Grid(
            fields.take(Settings.LOG_GRID_EVENTS_MAX),
            fields.take(Settings.LOG_GRID_BYTES_MAX),
            fields.take(Settings.LOG_GRID_BACKUPS),
            fields.take(Settings.LOG_GRID_NODES_MIN)));
  }

  private static PublishOptions publish(Fields fields) {
    return new PublishOptions(
        fields.take(Settings.PUBLISH_GROUP_EVENTS_MAX),
        fields.take(Settings.PUBLISH_GROUP_BYTES_MAX),
        fields.take(Settings.PUBLISH_WAITING_EVENTS_MAX),
        fields.take(Settings.PUBLISH_WAITING_BYTES_MAX));
  }

  private static TailOptions tail(Fields fields) {
    return new TailOptions(fields.take(Settings.TAIL_RECENT_FRAMES_MAX), fields.take(Settings.TAIL_RECENT_BYTES_MAX));
  }

  private static SubscribeOptions subscribe(Fields fields) {
    return new SubscribeOptions(
        fields.take(Settings.SUBSCRIBE_HEARTBEAT),
        fields.take(Settings.SUBSCRIBE_RETRY),
        fields.take(Settings.SUBSCRIBE_STUCK_TIMEOUT),
        fields.take(Settings.SUBSCRIBE_WRITE_BYTES_MAX),
        fields.take(Settings.SUBSCRIBE_WAIT_MAX),
        fields.take(Settings.SUBSCRIBE_POLL_BYTES_MAX),
        fields.take(Settings.SUBSCRIBE_OUTLET),
        fields.take(Settings.SUBSCRIBE_SEND_BUFFER_BYTES),
        fields.take(Settings.SUBSCRIBE_LOG_AWAY_MAX));
  }

  private static StatusOptions status(Fields fields) {
    return new StatusOptions(fields.take(Settings.STATUS_PERIOD), fields.take(Settings.STATUS_NAME).orElse(""));
  }

  private static LoggingOptions logging(Fields fields) {
    return new LoggingOptions(
        fields.take(Settings.LOGGING_FORMAT),
        fields.take(Settings.LOGGING_LEVEL),
        fields.take(Settings.LOGGING_ACCESS));
  }

  private static AuthOptions auth(Fields fields) {
    List<ApiKeyOptions> keys = fields.take(Settings.AUTH_KEYS);
    Optional<Path> keysFile = fields.take(Settings.AUTH_KEYS_FILE);
    Optional<String> jwks = fields.take(Settings.AUTH_JWKS);
    var jwt =
        new JwtOptions(
            fields.take(Settings.AUTH_JWT_SECRET),
            fields.take(Settings.AUTH_JWT_PUBLIC_KEY),
            jwks.flatMap(Jwks::file),
            jwks.flatMap(Jwks::url),
            fields.take(Settings.AUTH_JWKS_REFRESH),
            fields.take(Settings.AUTH_JWT_ISSUER),
            fields.take(Settings.AUTH_JWT_AUDIENCE),
            fields.take(Settings.AUTH_JWT_LEEWAY),
            fields.take(Settings.AUTH_JWT_CLAIM));
    boolean nobodyIsKnown = keys.isEmpty() && keysFile.isEmpty() && !jwt.isOn();
    return new AuthOptions(
        fields.take(Settings.AUTH_ANONYMOUS).orElse(nobodyIsKnown ? Grants.ALL : Grants.NONE),
        keys,
        keysFile,
        fields.take(Settings.AUTH_REFRESH),
        jwt,
        fields.take(Settings.AUTH_COOKIE),
        fields.take(Settings.AUTH_QUERY_TOKEN),
        fields.take(Settings.AUTH_EXPIRING_NOTICE));
  }

  private static LimitOptions limits(Fields fields) {
    return new LimitOptions(
        fields.take(Settings.HTTP_PROXIES),
        fields.take(Settings.HTTP_FORWARDED_HEADER),
        fields.take(Settings.HTTP_CONNECTIONS_MAX),
        fields.take(Settings.HTTP_CONNECTIONS_PER_ADDRESS_MAX),
        fields.take(Settings.SUBSCRIBE_STREAMS_PER_PRINCIPAL_MAX),
        fields.take(Settings.HTTP_HEAD_TIMEOUT),
        fields.take(Settings.HTTP_BODY_TIMEOUT),
        fields.take(Settings.HTTP_HTTP2_STREAMS_MAX),
        fields.take(Settings.HTTP_HTTP2_RESETS_MAX),
        fields.take(Settings.PUBLISH_RATE),
        fields.take(Settings.PUBLISH_BURST),
        fields.take(Settings.SUBSCRIBE_UNSENT_BYTES_MAX));
  }

  private void checkRelations(HubOptions options, boolean anonymousAnywhere) {
    HttpOptions http = options.http();
    PublishOptions publish = options.publish();
    Duration idle = http.idleTimeout();
    Duration heartbeat = options.subscribe().heartbeat();
    require(
        idle.compareTo(heartbeat.multipliedBy(2)) > 0,
        Settings.HTTP_IDLE_TIMEOUT,
        "more than twice subscribe.heartbeat",
        Settings.SUBSCRIBE_HEARTBEAT);
    require(
        idle.compareTo(options.subscribe().waitMax()) > 0,
        Settings.HTTP_IDLE_TIMEOUT,
        "more than subscribe.waitMax",
        Settings.SUBSCRIBE_WAIT_MAX);
    require(
        http.batchBytesMax() <= publish.waitingBytesMax(),
        Settings.HTTP_BATCH_BYTES_MAX,
        "at most publish.waitingBytesMax",
        Settings.PUBLISH_WAITING_BYTES_MAX);
    require(
        publish.groupEventsMax() <= publish.waitingEventsMax(),
        Settings.PUBLISH_GROUP_EVENTS_MAX,
        "at most publish.waitingEventsMax",
        Settings.PUBLISH_WAITING_EVENTS_MAX);
    require(
        publish.groupBytesMax() <= publish.waitingBytesMax(),
        Settings.PUBLISH_GROUP_BYTES_MAX,
        "at most publish.waitingBytesMax",
        Settings.PUBLISH_WAITING_BYTES_MAX);
    if (options.log().engine() == LogOptions.Engine.POSTGRESQL && options.log().url().isEmpty()) {
      require(false, Settings.LOG_URL, "a database", Settings.LOG_ENGINE);
    }
    checkTls(options);
    JwtOptions jwt = options.auth().jwt();
    if (!jwt.isOn()
        && (jwt.issuer().isPresent() || !jwt.audience().isEmpty())
        && isGood(Settings.AUTH_JWT_SECRET)
        && isGood(Settings.AUTH_JWT_PUBLIC_KEY)
        && isGood(Settings.AUTH_JWKS)) {
      problems.say(
          (jwt.issuer().isPresent() ? Settings.AUTH_JWT_ISSUER : Settings.AUTH_JWT_AUDIENCE).key(),
          "expected a key to check tokens with: auth.jwtSecret, auth.jwtPublicKey or auth.jwks");
    }
    boolean isOpen = !options.auth().anonymous().publish().isEmpty();
    if (isOpen && isGood(Settings.HTTP_HOST) && isGood(Settings.HTTP_ANONYMOUS_ANYWHERE)) {
      requireClosedToStrangers(http.host(), anonymousAnywhere);
    }
  }

  private void checkTls(HubOptions options) {
    if (!isGood(Settings.HTTP_TLS_CERTIFICATE) || !isGood(Settings.HTTP_TLS_KEY)) {
      return;
    }
    boolean hasCertificate = says(Settings.HTTP_TLS_CERTIFICATE);
    if (hasCertificate != says(Settings.HTTP_TLS_KEY)) {
      problems.say(
          (hasCertificate ? Settings.HTTP_TLS_KEY : Settings.HTTP_TLS_CERTIFICATE).key(),
          "expected a file, because " + (hasCertificate ? "http.tlsCertificate" : "http.tlsKey") + " is set");
    } else if (!hasCertificate && !options.hsts().isZero()) {
      require(false, Settings.HTTP_HSTS, "0s without http.tlsCertificate", Settings.HTTP_TLS_CERTIFICATE);
    }
  }

  private boolean says(Setting<?> setting) {
    return !setting.fallback().equals(flat.getValue(setting.key(), setting.fallback()));
  }

  private void requireClosedToStrangers(String host, boolean anonymousAnywhere) {
    if (!Hosts.isLoopback(host) && !anonymousAnywhere) {
      problems.say(
          Settings.HTTP_HOST.key(),
          "expected a loopback address such as 127.0.0.1, got "
              + spelled(host)
              + ": anybody who reaches it could publish; say in auth.anonymous who may, or if that is wanted, write "
              + Settings.HTTP_ANONYMOUS_ANYWHERE.key()
              + ": anywhere");
    }
  }

  /** A relation says nothing when one of its sides is wrong by itself. */
  private void require(boolean holds, Setting<?> setting, String expected, Setting<?> other) {
    if (!holds && isGood(setting) && isGood(other)) {
      problems.say(setting.key(), "expected " + expected + " (" + said(other) + "), got " + said(setting));
    }
  }

  private boolean isGood(Setting<?> setting) {
    return problems.isGood(setting.key());
  }

  private String said(Setting<?> setting) {
    Object value = flat.getValue(setting.key(), setting.fallback());
    return setting.isSecret() && !value.equals(setting.fallback()) ? Setting.HIDDEN : spelled(value);
  }

  /** What {@code setting} says, as people may see it. */
  static String inFull(Setting<?> setting, Object value) {
    if (setting.isSecret()) {
      return value.equals(setting.fallback()) ? spelled(value) : Setting.HIDDEN;
    }
    if (!(value instanceof JsonArray) && !(value instanceof JsonObject)) {
      return spelled(value);
    }
    String json = Json.encode(value);
    return json.length() <= LIST_SHOWN_MAX ? json : json.substring(0, LIST_SHOWN_MAX) + "…";
  }

  private static String spelled(Object value) {
    return value instanceof String text && text.matches("[A-Za-z0-9_.:/-]{1,80}") ? text : Problems.shown(value);
  }
}
