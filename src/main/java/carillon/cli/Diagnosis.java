package carillon.cli;

import java.net.http.HttpClient;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Says what observations of a hub from outside mean, and what to do. It decides; {@link Doctor} looks. Pure, any
 * thread.
 */
final class Diagnosis {

  private static final Duration EXPIRES_SOON = Duration.ofDays(14);
  private static final Duration LATE = Duration.ofSeconds(1);
  private static final Duration SKEW_SEEN = Duration.ofSeconds(2);

  /** The hub's default for {@code auth.jwtLeeway}: beyond it, tokens are refused. */
  private static final Duration SKEW_MAX = Duration.ofSeconds(30);

  private static final String UNBUFFER =
      "a proxy on the way keeps the stream back: nginx wants proxy_buffering off and must not ignore X-Accel-Buffering,"
          + " others something alike (conf/nginx.conf, conf/haproxy.cfg and conf/Caddyfile do it right)";

  private Diagnosis() {}

  /**
   * How the opening of a stream went.
   *
   * @param trouble what went wrong; empty if there is a head
   * @param status of the head
   * @param form its content type
   * @param encoding its content encoding; empty if none
   * @param head how long it took
   * @param first how long its first byte took; empty if none came in the time there was
   * @param problem of a refusal
   */
  record Opening(
      String trouble, int status, String form, String encoding, HttpClient.Version version, Duration head,
      Optional<Duration> first, String problem) {

    static Opening failed(String trouble) {
      return new Opening(
          trouble, 0, "", "", HttpClient.Version.HTTP_1_1, Duration.ZERO, Optional.empty(), "");
    }

    /** Whether it is an event stream of which something has arrived. */
    boolean flows() {
      return isStream() && first.isPresent();
    }

    /** Whether it is an event stream. */
    boolean isStream() {
      return status == 200 && form.startsWith("text/event-stream");
    }
  }

  /** What the opening of a stream means, asked for plainly. */
  static Finding stream(Opening plain, Duration patience) {
    if (plain.isStream()) {
      return plain.first().isPresent()
          ? Finding.ok(
              "stream", "head after " + millis(plain.head()) + ", first bytes after " + millis(plain.first().get()))
          : Finding.fail("stream", "a head, and then nothing within " + patience.toSeconds() + " s", UNBUFFER);
    }
    if (plain.status() == 0) {
      return Finding.fail("stream", plain.trouble(), UNBUFFER);
    }
    if (plain.status() == 401 || plain.status() == 403) {
      return Finding.fail(
          "stream", plain.problem(), "give a token (--token-file) that may subscribe to the topic (--topic)");
    }
    if (plain.status() == 200) {
      return Finding.fail(
          "stream", "no event stream but " + ProblemText.plain(plain.form()),
          "is this the URL of a hub, with its path?");
    }
    return Finding.fail(
        "stream", plain.problem(),
        plain.status() >= 500
            ? "the proxy does not reach the hub, or the hub is not ready"
            : "is this the URL of a hub?");
  }

  /** What it means how a stream looks to a browser, which allows compression, beside one that is asked for plainly. */
  static Finding compression(Opening plain, Opening compressible) {
    if (compressible.flows() && compressible.encoding().isEmpty()) {
      return Finding.ok("compression", "none, as it should be for streams");
    }
    if (compressible.flows()) {
      return Finding.warn(
          "compression", "the stream is compressed (" + ProblemText.plain(compressible.encoding()) + ")",
          "it costs memory for each stream and may hold events back: gzip off for text/event-stream");
    }
    if (plain.flows()) {
      return Finding.fail(
          "compression", "to browsers, which allow compression, nothing of the stream arrives",
          "a proxy gathers the stream to compress it: gzip off for text/event-stream, and proxy_buffering off");
    }
    return Finding.skipped("compression", "there is no stream to look at");
  }

  /** What the version means. */
  static Finding http(HttpClient.Version version, boolean isTls, boolean isInTheClear) {
    if (version == HttpClient.Version.HTTP_2) {
      return Finding.ok("http", "HTTP/2");
    }
    if (isTls) {
      return Finding.warn(
          "http", "HTTP/1.1",
          "browsers open at most six connections to an origin then, and a stream takes one: offer h2");
    }
    return isInTheClear
        ? Finding.warn("http", "HTTP/1.1 without TLS", "put a proxy with TLS and HTTP/2 in front (conf/nginx.conf)")
        : Finding.ok("http", "HTTP/1.1, within this machine");
  }

  /** What a certificate means. */
  static Finding tls(Instant end, Optional<String> distrust, String protocol, Instant now) {
    String until = protocol + ", certificate good until " + end;
    if (!now.isBefore(end)) {
      return Finding.fail("tls", "the certificate has expired at " + end, "renew it");
    }
    if (distrust.isPresent()) {
      return Finding.fail(
          "tls", "not trusted: " + ProblemText.plain(distrust.get()),
          "send the whole chain, for this name; or say with --ca whom to trust");
    }
    return end.isBefore(now.plus(EXPIRES_SOON))
        ? Finding.warn("tls", until, "renew it: it ends within " + EXPIRES_SOON.toDays() + " days")
        : Finding.ok("tls", until);
  }

  /**
   * What the times from publishing to arrival mean.
   *
   * @param arrivals of the events that arrived
   * @param published how many there should be
   */
  static Finding events(List<Duration> arrivals, int published, Duration patience) {
    if (arrivals.size() < published) {
      return Finding.fail(
          "events", arrivals.size() + " of " + published + " events arrived within " + patience.toSeconds() + " s",
          UNBUFFER);
    }
    Duration longest = arrivals.stream().max(Duration::compareTo).orElse(Duration.ZERO);
    String found = published + " published and received, the slowest in " + millis(longest);
    return longest.compareTo(LATE) > 0
        ? Finding.warn("events", found, "either the hub is busy, or a proxy gathers what it should pass on")
        : Finding.ok("events", found);
  }

  /**
   * What a resumed stream means.
   *
   * @param expected ids that had to come first
   * @param came ids that came first
   */
  static Finding resume(List<String> expected, List<String> came, Optional<String> gap) {
    if (gap.isPresent()) {
      return Finding.fail(
          "resume", "hub.gap " + ProblemText.plain(gap.get()),
          "the history of the topic is too short, or nodes behind one address do not share a log");
    }
    return came.equals(expected)
        ? Finding.ok("resume", "came back after the first event, and got the others, once and in order")
        : Finding.fail(
            "resume", "came back after the first event, expected " + expected.size() + " others and got " + came,
            "does a proxy take Last-Event-ID away, or answer from a cache?");
  }

  /** What the difference between two clocks means; positive: the hub is ahead. */
  static Finding clock(Duration skew) {
    String found = "the hub's is " + millis(skew.abs()) + (skew.isNegative() ? " behind" : " ahead of") + " this one";
    if (skew.abs().compareTo(SKEW_MAX) > 0) {
      return Finding.fail("clock", found, "set the clocks: tokens are refused beyond auth.jwtLeeway");
    }
    return skew.abs().compareTo(SKEW_SEEN) > 0
        ? Finding.warn("clock", found, "set the clocks (NTP)")
        : Finding.ok("clock", "within " + millis(SKEW_SEEN) + " of this one");
  }

  /**
   * What the answer to a preflight means.
   *
   * @param allowOrigin empty if it is not there
   * @param allowHeaders likewise
   */
  static Finding cors(int status, String origin, String allowOrigin, String allowHeaders) {
    boolean isAllowed = allowOrigin.equals("*") || allowOrigin.equalsIgnoreCase(origin);
    if (status >= 300 || !isAllowed) {
      return Finding.warn(
          "cors", "pages of " + ProblemText.plain(origin) + " may not use it",
          "only if they should: http.corsOrigins, and let the proxy pass OPTIONS");
    }
    return allowHeaders.toLowerCase(Locale.ROOT).contains("last-event-id") || allowHeaders.equals("*")
        ? Finding.ok("cors", "pages of " + ProblemText.plain(origin) + " may use it")
        : Finding.warn(
            "cors", "Last-Event-ID is not allowed from other origins", "does a proxy answer the preflight itself?");
  }

  /**
   * What a silent stream means.
   *
   * @param heartbeat after how long one came; empty if none did
   * @param end after how long the stream ended; empty if it did not
   */
  static Finding heartbeat(Optional<Duration> heartbeat, Optional<Duration> end, Duration watched) {
    if (end.isPresent()) {
      return Finding.fail(
          "heartbeat", "the stream was cut after " + millis(end.get()) + " of silence",
          "a timeout on the way is shorter than the heartbeat: raise it (nginx: proxy_read_timeout) or lower"
              + " subscribe.heartbeat");
    }
    if (heartbeat.isEmpty()) {
      return Finding.fail(
          "heartbeat", "none within " + watched.toSeconds() + " s",
          "either subscribe.heartbeat is longer (then --wait longer), or " + UNBUFFER);
    }
    return Finding.ok("heartbeat", "after " + millis(heartbeat.get()) + " of silence, and the stream goes on");
  }

  private static String millis(Duration duration) {
    return duration.toMillis() + " ms";
  }
}
