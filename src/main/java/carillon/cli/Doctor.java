package carillon.cli;

import carillon.cli.Diagnosis.Opening;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URLEncoder;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;
import org.jspecify.annotations.Nullable;

/**
 * Looks at a hub from outside: opens streams, publishes three events, waits. What it sees, {@link Diagnosis} judges.
 * Used by one thread, once.
 */
final class Doctor {

  private static final int EVENTS = 3;
  private static final int BODY_BYTES_MAX = 8 * 1024;

  private final HubAccess access;
  private final String topic;
  private final Duration wait;
  private final Duration idle;
  private final Duration patience;
  private final String origin;

  Doctor(HubAccess access, String topic, Duration wait, Duration idle, Duration patience, String origin) {
    this.access = access;
    this.topic = topic;
    this.wait = wait;
    this.idle = idle;
    this.patience = patience;
    this.origin = origin;
  }

  /** Looks at everything, and hands over each finding as soon as there is one. Stops where there is no going on. */
  void look(Consumer<Finding> findings) {
    Finding reach = reach();
    findings.accept(reach);
    if (reach.verdict() == Finding.Verdict.FAIL) {
      return;
    }
    if (access.isTls()) {
      Finding tls = tls();
      findings.accept(tls);
      if (tls.verdict() == Finding.Verdict.FAIL) {
        return; // nothing is said to somebody who may be anybody, a token least of all
      }
    }
    try (Following plain = open(false);
        Following compressible = open(true)) {
      if (plain.opening.status() != 0) {
        findings.accept(Diagnosis.http(plain.opening.version(), access.isTls(), access.isInTheClear()));
      }
      findings.accept(Diagnosis.stream(plain.opening, patience));
      findings.accept(Diagnosis.compression(plain.opening, compressible.opening));
      if (plain.opening.isStream()) {
        events(plain, findings);
      }
      findings.accept(cors());
      if (plain.opening.isStream()) {
        findings.accept(heartbeat(plain));
      }
    }
  }

  private Finding reach() {
    String where = access.hub().getHost() + ":" + access.port();
    long begin = System.nanoTime();
    try (var socket = new Socket()) {
      socket.connect(new InetSocketAddress(access.hub().getHost(), access.port()), (int) patience.toMillis());
      return Finding.ok("reach", where + " answers after " + since(begin).toMillis() + " ms");
    } catch (ConnectException e) {
      return Finding.fail(
          "reach", where + ": " + HubAccess.said(e),
          "does it run, and does it listen on more than 127.0.0.1 (http.host)?");
    } catch (IOException e) {
      return Finding.fail("reach", where + ": " + HubAccess.said(e), "is the name right, and the way open?");
    }
  }

  /** Twice: once to see the certificate whatever it is worth, once to see whether it is trusted. */
  private Finding tls() {
    X509Certificate certificate;
    String protocol;
    try (SSLSocket socket = handshake(everybody(), false)) {
      certificate = (X509Certificate) socket.getSession().getPeerCertificates()[0];
      protocol = socket.getSession().getProtocol();
    } catch (IOException e) {
      return Finding.fail("tls", HubAccess.said(e), "is TLS spoken on this port?");
    } catch (GeneralSecurityException e) {
      return Finding.fail("tls", String.valueOf(e.getMessage()), "");
    }
    Optional<String> distrust = Optional.empty();
    try (SSLSocket socket =
        handshake(access.trust().isPresent() ? access.trust().get() : SSLContext.getDefault(), true)) {
      distrust = socket.isConnected() ? distrust : Optional.of("not connected");
    } catch (IOException | GeneralSecurityException e) {
      distrust = Optional.of(String.valueOf(e.getMessage()));
    }
    return Diagnosis.tls(certificate.getNotAfter().toInstant(), distrust, protocol, Instant.now());
  }

  private SSLSocket handshake(SSLContext context, boolean checksName) throws IOException {
    var plain = new Socket();
    try {
      plain.connect(new InetSocketAddress(access.hub().getHost(), access.port()), (int) patience.toMillis());
      plain.setSoTimeout((int) patience.toMillis());
      var socket =
          (SSLSocket) context.getSocketFactory().createSocket(plain, access.hub().getHost(), access.port(), true);
      if (checksName) {
        SSLParameters parameters = socket.getSSLParameters();
        parameters.setEndpointIdentificationAlgorithm("HTTPS");
        socket.setSSLParameters(parameters);
      }
      socket.startHandshake();
      return socket;
    } catch (IOException e) {
      plain.close();
      throw e;
    }
  }

  private static SSLContext everybody() throws GeneralSecurityException {
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, new TrustManager[] {new TrustsEverybody()}, null);
    return context;
  }

  /** For looking at a certificate. Nothing is sent over such a connection. */
  private static final class TrustsEverybody implements X509TrustManager {
    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type) {}

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }

  /** An open stream, or what became of the attempt. */
  private static final class Following implements AutoCloseable {

    private final Opening opening;
    private final @Nullable Inflow body;
    private final SseReader reader = new SseReader();

    Following(Opening opening, @Nullable Inflow body) {
      this.opening = opening;
      this.body = body;
    }

    /** Waits for more; {@code null} when the stream has ended. */
    @Nullable List<SseReader.Block> take(Duration patience) {
      if (body == null) {
        return null;
      }
      Inflow.Taken taken = body.take(patience);
      return taken.isOver() ? null : reader.feed(taken.bytes().getBytes());
    }

    @Override
    public void close() {
      if (body != null) {
        body.close();
      }
    }
  }

  private Following open(boolean isCompressible) {
    HttpRequest.Builder request = stream();
    if (isCompressible) {
      request.header("Accept-Encoding", "gzip, deflate, br");
    }
    return open(request);
  }

  private HttpRequest.Builder stream() {
    String target = "/events?envelope=json&topic=" + URLEncoder.encode(topic, StandardCharsets.UTF_8);
    return access.request(target).header("Accept", "text/event-stream");
  }

  private Following open(HttpRequest.Builder request) {
    long begin = System.nanoTime();
    HttpResponse<Inflow> response;
    try {
      response = access.send(request.build(), head -> new Inflow(), patience);
    } catch (IOException e) {
      return new Following(Opening.failed(HubAccess.said(e)), null);
    }
    Duration head = since(begin);
    String form = response.headers().firstValue("content-type").orElse("");
    String encoding = response.headers().firstValue("content-encoding").orElse("");
    if (response.statusCode() != 200 || !form.startsWith("text/event-stream")) {
      try (Inflow body = response.body()) {
        String problem = ProblemText.of(response.statusCode(), all(body));
        return new Following(
            new Opening(
                "", response.statusCode(), form, encoding, response.version(), head, Optional.empty(), problem),
            null);
      }
    }
    Inflow.Taken first = response.body().take(patience.minus(head));
    var opening =
        new Opening(
            "", 200, form, encoding, response.version(), head,
            first.bytes().length() > 0 ? Optional.of(since(begin)) : Optional.empty(), "");
    var following = new Following(opening, response.body());
    if (encoding.isEmpty()) {
      var unused = following.reader.feed(first.bytes().getBytes());
    }
    return following;
  }

  private byte[] all(Inflow body) {
    var text = new ByteArrayOutputStream();
    long begin = System.nanoTime();
    while (text.size() < BODY_BYTES_MAX) {
      Inflow.Taken taken = body.take(patience.minus(since(begin)));
      text.writeBytes(taken.bytes().getBytes());
      if (taken.isOver() || taken.isSilence()) {
        break;
      }
    }
    return text.toByteArray();
  }

  private void events(Following stream, Consumer<Finding> findings) {
    var ids = new ArrayList<String>();
    var arrivals = new ArrayList<Duration>();
    Optional<Duration> skew = Optional.empty();
    for (int i = 1; i <= EVENTS; i++) {
      Instant before = Instant.now();
      long begin = System.nanoTime();
      HttpResponse<String> answer;
      try {
        answer = publish(i);
      } catch (IOException e) {
        findings.accept(
            Finding.fail("events", "cannot publish: " + HubAccess.said(e), "does a proxy keep requests back?"));
        return;
      }
      if (answer.statusCode() == 401 || answer.statusCode() == 403) {
        findings.accept(Finding.skipped("events", "no grant to publish to " + topic + ": --token-file, --topic"));
        findings.accept(Finding.skipped("clock", "seen in events only"));
        findings.accept(Finding.skipped("resume", "needs events"));
        return;
      }
      if (answer.statusCode() / 100 != 2) {
        String problem = ProblemText.of(answer.statusCode(), answer.body().getBytes(StandardCharsets.UTF_8));
        findings.accept(
            Finding.fail("events", "cannot publish: " + problem, "may a proxy pass POST only with a limit?"));
        return;
      }
      String id = answer.body().strip();
      ids.add(id);
      Optional<SseReader.Block> arrived = await(stream, id, begin);
      arrived.ifPresent(event -> arrivals.add(since(begin)));
      skew = arrived.flatMap(event -> skew(event.text(), before, Instant.now()));
    }
    findings.accept(Diagnosis.events(arrivals, EVENTS, patience));
    findings.accept(skew.map(Diagnosis::clock).orElseGet(() -> Finding.skipped("clock", "no event said its time")));
    findings.accept(ids.contains("") ? Finding.skipped("resume", topic + " keeps no history") : resume(ids));
  }

  private HttpResponse<String> publish(int number) throws IOException {
    byte[] random = new byte[8];
    new SecureRandom().nextBytes(random);
    String key = "doctor-" + HexFormat.of().formatHex(random);
    String path = "/events/" + URLEncoder.encode(topic, StandardCharsets.UTF_8).replace("+", "%20").replace("%2F", "/");
    HttpRequest request =
        access.request(path + "?type=doctor&ttl=1m")
            .header("Content-Type", "text/plain")
            .header("Idempotency-Key", key)
            .POST(BodyPublishers.ofString("looked at, " + number + " of " + EVENTS + ", " + key))
            .build();
    return access.send(request, BodyHandlers.ofString(), patience);
  }

  /** An event with this id; without one, under a topic that keeps no history, any event. */
  private Optional<SseReader.Block> await(Following stream, String id, long begin) {
    for (Duration left = patience; !left.isNegative(); left = patience.minus(since(begin))) {
      List<SseReader.Block> blocks = stream.take(left);
      if (blocks == null) {
        break;
      }
      for (SseReader.Block block : blocks) {
        boolean isOurs = id.isEmpty() || block.lastEventId().equals(id);
        if (block.kind() == SseReader.Kind.EVENT && !block.type().startsWith("hub.") && isOurs) {
          return Optional.of(block);
        }
      }
    }
    return Optional.empty();
  }

  /** The hub's time lies between ours before and after; the answer is how far it does not. */
  private static Optional<Duration> skew(String envelope, Instant before, Instant after) {
    try {
      Instant time = Instant.parse(new JsonObject(envelope).getString("time", ""));
      if (time.isBefore(before.minusMillis(1))) {
        return Optional.of(Duration.between(before, time));
      }
      return Optional.of(time.isAfter(after) ? Duration.between(after, time) : Duration.ZERO);
    } catch (DecodeException | DateTimeException | ClassCastException e) {
      return Optional.empty();
    }
  }

  private Finding resume(List<String> ids) {
    List<String> expected = ids.subList(1, ids.size());
    var came = new ArrayList<String>();
    Optional<String> gap = Optional.empty();
    long begin = System.nanoTime();
    HttpRequest request = stream().header("Last-Event-ID", ids.get(0)).build();
    try {
      HttpResponse<Inflow> response = access.send(request, head -> new Inflow(), patience);
      try (Inflow body = response.body()) {
        var reader = new SseReader();
        while (came.size() < expected.size() && gap.isEmpty() && since(begin).compareTo(patience) < 0) {
          Inflow.Taken taken = body.take(patience.minus(since(begin)));
          for (SseReader.Block block : reader.feed(taken.bytes().getBytes())) {
            if (block.type().equals("hub.gap")) {
              gap = Optional.of(block.text());
            } else if (block.kind() == SseReader.Kind.EVENT && came.size() < expected.size()) {
              came.add(block.lastEventId());
            }
          }
          if (taken.isOver()) {
            break;
          }
        }
      }
    } catch (IOException e) {
      return Finding.fail("resume", "cannot come back: " + HubAccess.said(e), "");
    }
    return Diagnosis.resume(expected, came, gap);
  }

  private Finding cors() {
    HttpRequest request =
        access.request("/events")
            .header("Origin", origin)
            .header("Access-Control-Request-Method", "GET")
            .header("Access-Control-Request-Headers", "last-event-id")
            .method("OPTIONS", BodyPublishers.noBody())
            .build();
    try {
      HttpResponse<Void> answer = access.send(request, BodyHandlers.discarding(), patience);
      return Diagnosis.cors(
          answer.statusCode(), origin,
          answer.headers().firstValue("access-control-allow-origin").orElse(""),
          answer.headers().firstValue("access-control-allow-headers").orElse(""));
    } catch (IOException e) {
      return Finding.fail("cors", HubAccess.said(e), "OPTIONS has to pass as well");
    }
  }

  /**
   * Until two heartbeats have come, because the first may follow soon upon an event and only the second comes after a
   * whole silence; and at least as long as the person wants to see the stream stay.
   */
  private Finding heartbeat(Following stream) {
    long begin = System.nanoTime();
    long silentSince = begin;
    int beats = 0;
    Optional<Duration> silence = Optional.empty();
    while (beats < 2 || since(begin).compareTo(idle) < 0) {
      Duration left = (beats < 2 ? wait : idle).minus(since(beats < 2 ? silentSince : begin));
      if (beats < 2 && (left.isNegative() || left.isZero())) {
        return Diagnosis.heartbeat(Optional.empty(), Optional.empty(), since(silentSince));
      }
      List<SseReader.Block> blocks = stream.take(left);
      if (blocks == null) {
        return Diagnosis.heartbeat(silence, Optional.of(since(silentSince)), since(begin));
      }
      if (!blocks.isEmpty()) {
        beats++;
        silence = Optional.of(since(silentSince));
        silentSince = System.nanoTime();
      }
    }
    return Diagnosis.heartbeat(silence, Optional.empty(), since(begin));
  }

  private static Duration since(long beginNanos) {
    return Duration.ofNanos(System.nanoTime() - beginNanos);
  }
}
