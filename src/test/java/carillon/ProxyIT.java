package carillon;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import carillon.harness.HubProcess;
import carillon.harness.Nginx;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The hub behind a real nginx set up by {@code conf/nginx.conf}: TLS and HTTP/2 towards the client, HTTP/1.1 towards the
 * hub.
 *
 * <p>Tried and caught: a read timeout shorter than the heartbeat. Not caught: {@code proxy_buffering on}, which this nginx
 * does without harm towards HTTP/2.
 */
@Timeout(value = 2, unit = TimeUnit.MINUTES)
final class ProxyIT {

  private static final Duration PATIENCE = Duration.ofSeconds(60);

  @TempDir private Path directory;
  private HubProcess.Setup setup;
  private HubProcess hub;
  private Nginx nginx;
  private HttpClient client;

  @BeforeEach
  void start() throws IOException, GeneralSecurityException {
    setup =
        HubProcess.setup()
            .directory(Files.createDirectory(directory.resolve("hub")))
            .with("subscribe.heartbeat", "1s");
    hub = setup.start();
    nginx = Nginx.before(hub.port(), Files.createDirectory(directory.resolve("nginx")));
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, new TrustManager[] {new TrustsEverybody()}, null);
    client = HttpClient.newBuilder().sslContext(context).connectTimeout(PATIENCE).build();
  }

  @AfterEach
  void stop() {
    nginx.close();
    hub.close();
  }

  @Test
  void stream_overHttp2_passesAtOnceAndStaysOpenWhileItIsSilent() throws Exception {
    HttpResponse<InputStream> stream = follow("");
    assertEquals(200, stream.statusCode());
    assertEquals(HttpClient.Version.HTTP_2, stream.version());
    assertEquals("text/event-stream", stream.headers().firstValue("content-type").orElse(""));
    try (var lines = new BufferedReader(new InputStreamReader(stream.body(), UTF_8))) {
      upTo(lines, ": carillon");
      for (int i = 0; i < 3; i++) {
        HttpResponse<String> published = publish("hello " + i);
        assertEquals(201, published.statusCode(), nginx::evidence);
        List<String> block = upTo(lines, "data: hello " + i);
        assertTrue(block.contains("id: " + published.body().strip()), block.toString());
        upTo(lines, ": heartbeat");
      }
    }
  }

  @Test
  void hub_drainsAndComesBack_clientIsToldAndResumes() throws Exception {
    HttpResponse<InputStream> stream = follow("");
    String id;
    try (var lines = new BufferedReader(new InputStreamReader(stream.body(), UTF_8))) {
      upTo(lines, ": carillon");
      id = publish("before").body().strip();
      upTo(lines, "data: before");
      int port = hub.port();
      hub.terminate();
      upTo(lines, "event: hub.closing");
      upTo(lines, null);
      assertEquals(143, hub.awaitExit(PATIENCE), hub.evidence());
      assertEquals(502, publish("meanwhile").statusCode());
      hub = setup.port(port).start();
    }
    String missed = publish("missed").body().strip();
    try (var lines = new BufferedReader(new InputStreamReader(follow(id).body(), UTF_8))) {
      List<String> block = upTo(lines, "data: missed");
      assertTrue(block.contains("id: " + missed), block.toString());
      assertTrue(block.stream().noneMatch(line -> line.startsWith("data: before")), block.toString());
    }
  }

  private HttpResponse<InputStream> follow(String lastEventId) throws IOException, InterruptedException {
    HttpRequest.Builder request = request("/events/news").header("Accept", "text/event-stream");
    if (!lastEventId.isEmpty()) {
      request.header("Last-Event-ID", lastEventId);
    }
    return client.send(request.build(), BodyHandlers.ofInputStream());
  }

  private HttpResponse<String> publish(String data) throws IOException, InterruptedException {
    HttpRequest.Builder request = request("/events/news").POST(HttpRequest.BodyPublishers.ofString(data));
    return client.send(request.timeout(PATIENCE).build(), BodyHandlers.ofString());
  }

  private HttpRequest.Builder request(String target) {
    return HttpRequest.newBuilder(URI.create(nginx.uri() + target));
  }

  /** Reads up to a line that begins with {@code wanted}, or to the end if that is {@code null}. */
  private List<String> upTo(BufferedReader reader, String wanted) throws IOException {
    var lines = new ArrayList<String>();
    for (String line = reader.readLine(); line != null; line = reader.readLine()) {
      lines.add(line);
      if (wanted != null && line.startsWith(wanted)) {
        return lines;
      }
    }
    if (wanted != null) {
      throw new IOException("ended before " + wanted + ": " + lines + " " + nginx.evidence());
    }
    return lines;
  }

  /** The certificate is made anew for each test, and nobody knows it. */
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
}
