package carillon;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import carillon.config.ConfigSources;
import carillon.config.InvalidConfigException;
import carillon.harness.Eventually;
import carillon.harness.HubProcess;
import carillon.harness.SelfSigned;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.BufferedReader;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeoutException;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * TLS as clients meet it, at a whole hub: real handshakes, on HTTP/1.1 and HTTP/2, and what happens when the files
 * change.
 *
 * <p>Tried and caught: no ALPN; TLS 1.1 let in; a renewed certificate that is not taken; files that are not looked at by
 * {@code --check}; a root certificate that the start does not look at.
 */
class TlsTest {

  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final String LOGGER = "carillon.http.TlsVerticle";

  @TempDir static Path directory;
  private static SelfSigned first;
  private static SelfSigned second;
  private static SelfSigned expired;
  private static SelfSigned future;

  @BeforeAll
  static void makeCertificates() {
    var made =
        List.of(
            make("first", "-keyalg", "EC", "-validity", "30"),
            make("second", "-keyalg", "RSA", "-validity", "30"),
            make("expired", "-keyalg", "EC", "-startdate", "-10d", "-validity", "5"),
            make("future", "-keyalg", "Ed25519", "-startdate", "+2d", "-validity", "5"));
    first = made.get(0).join();
    second = made.get(1).join();
    expired = made.get(2).join();
    future = made.get(3).join();
  }

  private static CompletableFuture<SelfSigned> make(String name, String... how) {
    return CompletableFuture.supplyAsync(() -> SelfSigned.make(directory, name, how));
  }

  /** A hub in a directory of its own. */
  private static final class Hub implements AutoCloseable {

    private final HubVerticle verticle = new HubVerticle();
    private final Vertx vertx = Vertx.vertx();
    private final Path files;

    Hub(SelfSigned certificate, String... more) throws Exception {
      files = Files.createTempDirectory(directory, "hub");
      certificate.install(files);
      deploy(vertx, verticle, files, more);
    }

    URI uri(String target) {
      return URI.create("https://localhost:" + verticle.port() + target);
    }

    /** What a connection that is made now is shown. */
    X509Certificate shown() {
      try (SSLSocket socket = connect(verticle.port(), first, second, expired, future)) {
        return (X509Certificate) socket.getSession().getPeerCertificates()[0];
      } catch (IOException e) {
        throw new AssertionError(e);
      }
    }

    void awaitShown(SelfSigned certificate) {
      Eventually.await("the certificate is shown", PATIENCE, () -> shown().equals(certificate.x509()));
    }

    @Override
    public void close() {
      try {
        vertx.close().await(30, SECONDS);
      } catch (TimeoutException e) {
        throw new AssertionError(e);
      }
    }
  }

  private static void deploy(Vertx vertx, HubVerticle verticle, Path files, String... more) throws Exception {
    vertx.deployVerticle(verticle, new DeploymentOptions().setConfig(config(files, more))).await(30, SECONDS);
  }

  private static JsonObject config(Path files, String... more) {
    var http =
        new JsonObject()
            .put("port", 0)
            .put("instances", 2)
            .put("drain", "0s")
            .put("tlsCertificate", files.resolve("server.pem").toString())
            .put("tlsKey", files.resolve("server.key").toString())
            .put("tlsRefresh", "100ms");
    for (int i = 0; i < more.length; i += 2) {
      http.put(more[i], more[i + 1]);
    }
    return new JsonObject()
        .put("http", http)
        .put("log", new JsonObject().put("engine", "memory"))
        .put("clocks", new JsonArray());
  }

  private static List<String> checked(Path files) {
    return ConfigCheck.problems(ConfigSources.ofProcess(config(files)).read(), false);
  }

  private static SSLContext trusting(SelfSigned... certificates) {
    try {
      KeyStore trusted = KeyStore.getInstance("PKCS12");
      trusted.load(null, null);
      for (SelfSigned certificate : certificates) {
        trusted.setCertificateEntry(certificate.x509().getSubjectX500Principal().getName(), certificate.x509());
      }
      var factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      factory.init(trusted);
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, factory.getTrustManagers(), null);
      return context;
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  private static HttpClient client(HttpClient.Version version, SelfSigned... trusted) {
    return HttpClient.newBuilder().sslContext(trusting(trusted)).version(version).connectTimeout(PATIENCE).build();
  }

  private static SSLSocket connect(int port, SelfSigned... trusted) throws IOException {
    var socket = (SSLSocket) trusting(trusted).getSocketFactory().createSocket();
    socket.setSoTimeout((int) PATIENCE.toMillis());
    socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), (int) PATIENCE.toMillis());
    socket.startHandshake();
    return socket;
  }

  private static HttpResponse<String> publish(HttpClient client, Hub hub, String data) throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(hub.uri("/events/news")).POST(BodyPublishers.ofString(data)).timeout(PATIENCE).build();
    HttpResponse<String> answer = client.send(request, BodyHandlers.ofString());
    assertEquals(201, answer.statusCode(), answer.body());
    return answer;
  }

  /** A stream whose data lines wait to be taken. */
  private static final class Data {

    private final BlockingQueue<String> lines = new LinkedBlockingQueue<>();
    private final Stream<String> body;

    Data(HttpClient client, Hub hub, HttpClient.Version expected) throws Exception {
      HttpRequest request = HttpRequest.newBuilder(hub.uri("/events/news")).timeout(PATIENCE).build();
      HttpResponse<Stream<String>> answer =
          client.sendAsync(request, BodyHandlers.ofLines()).get(PATIENCE.toSeconds(), SECONDS);
      assertEquals(200, answer.statusCode());
      assertEquals(expected, answer.version());
      body = answer.body();
      var reading =
          new Thread(
              () -> {
                try {
                  body.filter(line -> line.startsWith("data: ")).forEach(line -> lines.add(line.substring(6)));
                } catch (RuntimeException ended) {
                  // when the hub is stopped
                }
              });
      reading.setDaemon(true);
      reading.start();
    }

    void expect(String data) throws InterruptedException {
      assertEquals(data, lines.poll(PATIENCE.toSeconds(), SECONDS));
    }
  }

  @ParameterizedTest
  @EnumSource
  void client_ofEitherVersion_publishesAndIsServed(HttpClient.Version version) throws Exception {
    try (Hub hub = new Hub(first)) {
      HttpClient client = client(version, first);
      var streams = List.of(new Data(client, hub, version), new Data(client, hub, version));
      for (int i = 0; i < 200; i++) {
        String data = i + "x".repeat(i * 7);
        assertEquals(version, publish(client, hub, data).version());
        for (Data stream : streams) {
          stream.expect(data);
        }
      }
    }
  }

  /**
   * The JDK's client no longer speaks the old versions, so this says hello by itself; that version 1.2 is answered
   * shows that it says it right. A JDK as it comes refuses the old ones whatever a server allows, so the hub has a
   * process with one that refuses nothing.
   */
  @Test
  void hello_ofAVersion_isAnsweredFrom12OnWhateverTheJdkAllows() throws Exception {
    Path files = Files.createTempDirectory(directory, "old");
    first.install(files);
    Path permissive = Files.writeString(files.resolve("java.security"), "jdk.tls.disabledAlgorithms=\n");
    HubProcess.Setup setup =
        HubProcess.setup()
            .jvmOptions("-Djava.security.properties=" + permissive)
            .with("log.engine", "memory")
            .with("http.tlsCertificate", files.resolve("server.pem"))
            .with("http.tlsKey", files.resolve("server.key"));
    try (HubProcess hub = setup.start()) {
      for (String version : List.of("0301", "0302")) {
        assertEquals("15: 2, 70", answerTo(hub, version), "an alert: fatal, protocol_version");
      }
      assertTrue(answerTo(hub, "0303").startsWith("16: "), "a handshake");
    }
  }

  /** The type of the record that answers a hello of {@code version}, and its first two octets. */
  private static String answerTo(HubProcess hub, String version) throws IOException {
    try (var socket = new Socket(InetAddress.getLoopbackAddress(), hub.uri().getPort())) {
      socket.setSoTimeout((int) PATIENCE.toMillis());
      socket.getOutputStream().write(hello(version));
      var in = new DataInputStream(socket.getInputStream());
      String type = HexFormat.of().toHexDigits(in.readByte());
      in.skipNBytes(4);
      return type + ": " + in.read() + ", " + in.read();
    }
  }

  /** RFC 5246, section 7.4.1.2, for a server with an EC certificate; no supported_versions, which would bring 1.3. */
  private static byte[] hello(String version) {
    String curves = "000a0006000400170018" + "000b00020100"; // of 256 and 384 bits, as the JDK's keytool has it
    String extensions = curves + "000d0008000604030503" + "0203";
    String body =
        version + "2a".repeat(32) + "00" + "0006c02bc02cc009" + "0100" + length(extensions, 2) + extensions;
    String handshake = "01" + length(body, 3) + body;
    return HexFormat.of().parseHex("160301" + length(handshake, 2) + handshake);
  }

  private static String length(String hex, int bytes) {
    return HexFormat.of().toHexDigits(hex.length() / 2, 2 * bytes);
  }

  @Test
  void files_replaced_newConnectionsGetThemAndOldStreamsGoOn() throws Exception {
    try (Hub hub = new Hub(first);
        Warnings warnings = new Warnings()) {
      HttpClient old = client(HttpClient.Version.HTTP_1_1, first);
      HttpClient oldest = client(HttpClient.Version.HTTP_2, first);
      var streams =
          List.of(new Data(old, hub, HttpClient.Version.HTTP_1_1), new Data(oldest, hub, HttpClient.Version.HTTP_2));
      second.install(hub.files);
      hub.awaitShown(second);
      HttpClient fresh = client(HttpClient.Version.HTTP_2, second);
      assertEquals(HttpClient.Version.HTTP_2, publish(fresh, hub, "to all").version());
      for (Data stream : streams) {
        stream.expect("to all");
      }
      new Data(fresh, hub, HttpClient.Version.HTTP_2);

      Path certificate = hub.files.resolve("server.pem");
      String half = first.certificate().substring(0, first.certificate().length() / 2);
      for (String[] bad :
          new String[][] {
            {half, "http.tlsCertificate: "},
            {"", "http.tlsCertificate: expected certificates in PEM, got none"},
            {expired.certificate(), "http.tlsCertificate: the certificate has ended at "},
            {future.certificate(), "http.tlsCertificate: the certificate begins only at "},
            {first.certificate(), "http.tlsKey: "},
          }) {
        SelfSigned.replace(certificate, bad[0]);
        warnings.await("tls: the certificate stays as it is: " + bad[1]);
        assertEquals(second.x509(), hub.shown());
      }
      Files.delete(certificate);
      warnings.await("tls: the certificate stays as it is: http.tlsCertificate: server.pem cannot be read");
      assertEquals(second.x509(), hub.shown());
      assertEquals(6, warnings.lines.size(), "each is said once: " + warnings.lines);

      publish(fresh, hub, "still");
      for (Data stream : streams) {
        stream.expect("still");
      }
      first.install(hub.files);
      hub.awaitShown(first);
    }
  }

  /** What the hub warns of. */
  private static final class Warnings extends Handler implements AutoCloseable {

    private final Queue<String> lines = new ConcurrentLinkedQueue<>();
    private final Logger logger = Logger.getLogger(LOGGER); // held: the JDK forgets what nobody holds

    Warnings() {
      logger.addHandler(this);
      logger.setUseParentHandlers(false);
    }

    void await(String begin) {
      Eventually.await(begin, PATIENCE, () -> lines.stream().anyMatch(line -> line.startsWith(begin)), lines::toString);
    }

    @Override
    public void publish(LogRecord line) {
      if (line.getLevel().equals(Level.WARNING)) {
        lines.add(new SimpleFormatter().formatMessage(line));
      }
    }

    @Override
    public void flush() {}

    @Override
    public void close() {
      logger.removeHandler(this);
      logger.setUseParentHandlers(true);
    }
  }

  @Test
  void start_withFilesThatCannotBeUsed_isRefusedWithASentence() throws Exception {
    String encrypted = first.key().replace("PRIVATE KEY", "ENCRYPTED PRIVATE KEY");
    for (String[] bad :
        new String[][] {
          {first.certificate(), second.key(), "http.tlsKey: "},
          {second.certificate(), first.key(), "http.tlsKey: "},
          {first.certificate(), expired.key(), "http.tlsKey: the key does not belong to the first certificate"},
          {first.certificate(), "nothing", "http.tlsKey: expected a private key in PEM"},
          {first.certificate(), encrypted, "http.tlsKey: expected a private key in PEM, without a password"},
          {first.certificate(), first.key().substring(0, 80), "http.tlsKey: "},
          {"nothing", first.key(), "http.tlsCertificate: expected certificates in PEM"},
          {first.key(), first.key(), "http.tlsCertificate: expected certificates in PEM"},
          {expired.certificate(), expired.key(), "http.tlsCertificate: the certificate has ended at 20"},
          {future.certificate(), future.key(), "http.tlsCertificate: the certificate begins only at 20"},
          {null, first.key(), "http.tlsCertificate: server.pem cannot be read: "},
          {first.certificate(), null, "http.tlsKey: server.key cannot be read: "},
        }) {
      Path files = Files.createTempDirectory(directory, "bad");
      if (bad[0] != null) {
        SelfSigned.replace(files.resolve("server.pem"), bad[0]);
      }
      if (bad[1] != null) {
        SelfSigned.replace(files.resolve("server.key"), bad[1]);
      }
      Vertx vertx = Vertx.vertx();
      var refused = assertThrows(InvalidConfigException.class, () -> deploy(vertx, new HubVerticle(), files), bad[2]);
      vertx.close().await(30, SECONDS);
      assertEquals(1, refused.problems().size());
      assertEquals(refused.problems(), checked(files), "what --check says");
      assertTrue(refused.problems().get(0).startsWith(bad[2]), refused.problems() + ", expected " + bad[2]);
      assertFalse(refused.toString().contains(first.key().substring(60, 80)), "a key is told to nobody");
    }
  }

  @Test
  void check_ofFilesThatAreBothMissing_saysSoOfBothLikeAStart() throws Exception {
    Path files = Files.createTempDirectory(directory, "none");
    Vertx vertx = Vertx.vertx();
    var refused = assertThrows(InvalidConfigException.class, () -> deploy(vertx, new HubVerticle(), files));
    vertx.close().await(30, SECONDS);
    assertEquals(2, refused.problems().size(), refused.toString());
    assertEquals(refused.problems(), checked(files));
  }

  @Test
  void check_ofFilesThatCanBeUsed_hasNothingToSay() throws Exception {
    Path files = Files.createTempDirectory(directory, "good");
    for (SelfSigned good : List.of(first, second)) {
      good.install(files);
      assertEquals(List.of(), checked(files));
    }
  }

  /** No database listens there: what is wrong is seen before it is asked. */
  @Test
  void rootCertificate_thatCannotBeUsed_isRefusedByCheckAndStartAlike() throws Exception {
    Path file = directory.resolve("root.pem");
    var config =
        new JsonObject()
            .put("http", new JsonObject().put("port", 0))
            .put(
                "log",
                new JsonObject()
                    .put("engine", "postgresql")
                    .put("url", "postgresql://u@127.0.0.1:1/d?sslmode=verify-full&sslrootcert=" + file));
    String half = first.certificate().substring(0, first.certificate().length() / 2);
    for (String bad : new String[] {null, "", "nothing", half, first.key(), half + "\n-----END CERTIFICATE-----\n"}) {
      if (bad != null) {
        SelfSigned.replace(file, bad);
      }
      Vertx vertx = Vertx.vertx();
      var refused =
          assertThrows(
              InvalidConfigException.class,
              () ->
                  vertx
                      .deployVerticle(new HubVerticle(), new DeploymentOptions().setConfig(config))
                      .await(30, SECONDS),
              bad);
      vertx.close().await(30, SECONDS);
      assertEquals(1, refused.problems().size());
      assertTrue(refused.problems().get(0).startsWith("log.url: expected "), refused.toString());
      assertEquals(refused.problems(), ConfigCheck.problems(ConfigSources.ofProcess(config).read(), false), bad);
    }
    SelfSigned.replace(file, first.certificate());
    assertEquals(List.of(), ConfigCheck.problems(ConfigSources.ofProcess(config).read(), false));
  }

  @ParameterizedTest
  @CsvSource({"0s, ''", "365d, max-age=31536000"})
  void answers_ofEveryKind_sayHstsWhenConfigured(String hsts, String expected) throws Exception {
    String publish = "POST /events/news HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\nx";
    String rest =
        "POST /events/news HTTP/1.1\r\nHost: h\r\nX-Type: t\r\nContent-Length: 1\r\n\r\nx"
            + "POST /events HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\nx"
            + "GET / HTTP/1.1\r\nHost: h\r\n\r\n"
            + "GET /nowhere HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";
    try (Hub hub = new Hub(first, "hsts", hsts)) {
      var heads = new ArrayList<String>();
      heads.addAll(heads(hub, publish + publish + publish + rest));
      heads.addAll(heads(hub, "nonsense\r\n\r\n"));
      heads.addAll(heads(hub, "POST /events/a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip\r\n\r\n"));
      assertEquals(9, heads.size(), heads.toString());
      for (String head : heads) {
        String field = head.lines().filter(line -> line.startsWith("strict-transport-security: ")).findAny().orElse("");
        assertEquals(expected, field.isEmpty() ? "" : field.substring(27), head);
      }
    }
  }

  /** The heads of all answers until the hub closes. */
  private static List<String> heads(Hub hub, String requests) throws IOException {
    try (SSLSocket socket = connect(hub.verticle.port(), first)) {
      socket.getOutputStream().write(requests.getBytes(ISO_8859_1));
      var in = new BufferedReader(new InputStreamReader(socket.getInputStream(), ISO_8859_1));
      var heads = new ArrayList<String>();
      StringBuilder head = null;
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        int begin = line.indexOf("HTTP/1."); // behind a body without a line end, too
        if (begin >= 0) {
          head = new StringBuilder();
        }
        if (head != null) {
          head.append(line.substring(Math.max(begin, 0))).append('\n');
          if (line.isEmpty()) {
            heads.add(head.toString());
            head = null;
          }
        }
      }
      return heads;
    }
  }
}
