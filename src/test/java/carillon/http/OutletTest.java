package carillon.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import carillon.harness.Eventually;
import carillon.subscribe.Outlet;
import carillon.tail.Answer;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.timeout.IdleStateHandler;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.net.PfxOptions;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Both ways of writing a stream, over real sockets, byte for byte.
 *
 * <p>Tried and caught: writing directly before the head is on its way, not flushing, a chunk that is not given back, one
 * written without a duplicate or with one too many, leaving the idle handler in or out, aborting over the API, not ending
 * through the encoder, an outlet that is never full, or full when it is dead.
 */
final class OutletTest {

  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final Vertx vertx =
      Vertx.vertx(new VertxOptions().setEventLoopPoolSize(1).setPreferNativeTransport(true));
  private final LinkedBlockingQueue<Opened> opened = new LinkedBlockingQueue<>();
  private final List<Answer> answers = new ArrayList<>();
  private final List<ByteBuf> chunks = new ArrayList<>();
  private int port;

  /** How the outlet is chosen. */
  enum Way {
    DIRECT,
    API;

    Outlets outlets() {
      return new Outlets(this == DIRECT, Duration.ofSeconds(75));
    }

    Class<? extends Outlet> type() {
      return this == DIRECT ? DirectOutlet.class : ResponseOutlet.class;
    }
  }

  /** A request that is being answered with a stream, and where. */
  private record Opened(Outlet outlet, HttpServerRequest request, Context context) {

    <T> T on(Callable<T> action) throws Exception {
      var done = new CompletableFuture<T>();
      context.runOnContext(
          turn -> {
            try {
              done.complete(action.call());
            } catch (Exception | AssertionError e) {
              done.completeExceptionally(e);
            }
          });
      return done.get(PATIENCE.toSeconds(), SECONDS);
    }

    void run(Runnable action) throws Exception {
      on(
          () -> {
            action.run();
            return true;
          });
    }

    void write(String bytes) throws Exception {
      run(
          () -> {
            outlet.write(Buffer.buffer(bytes));
            outlet.flush();
          });
    }

    boolean closesIdleConnections() throws Exception {
      return on(() -> BelowEncoder.of(request.connection()).pipeline().get(IdleStateHandler.class) != null);
    }
  }

  @AfterEach
  void stop() throws Exception {
    await(vertx.close());
    answers.forEach(Answer::release);
    Eventually.await("every chunk has been given back", PATIENCE, () -> chunks.stream().allMatch(c -> c.refCnt() == 0));
  }

  @ParameterizedTest
  @EnumSource
  void written_piecewise_arrivesInChunksOfTheSameBytes(Way way) throws Exception {
    listen(way, options());
    try (RawConnection client = connect()) {
      Opened stream = open(client);
      assertInstanceOf(way.type(), stream.outlet);
      stream.write("opening");
      assertEquals(200, client.head().status());
      assertEquals("opening", client.chunk());
      for (int size : new int[] {1, 15, 16, 255, 256, 4_095, 4_096, 65_535, 65_536}) {
        stream.write("x".repeat(size));
        assertEquals("x".repeat(size), dechunked(client, size));
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void written_answers_goToAllInOrderWithWhatIsTheirOwn(Way way) throws Exception {
    listen(way, options());
    try (RawConnection first = connect();
        RawConnection second = connect()) {
      List<Opened> streams = List.of(open(first), open(second));
      for (Opened stream : streams) {
        stream.write("opening\n");
      }
      Answer shared = answer("shared\n");
      Answer next = answer("next\n");
      for (Opened stream : streams) {
        stream.run(
            () -> {
              stream.outlet.write(shared);
              stream.outlet.write(Buffer.buffer("own\n"));
              stream.outlet.control(Buffer.buffer(": beat\n"));
              stream.outlet.write(next);
              stream.outlet.flush();
            });
      }
      streams.get(0).run(shared::release);
      for (RawConnection client : List.of(first, second)) {
        assertEquals(200, client.head().status());
        String expected = "opening\nshared\nown\n: beat\nnext\n";
        assertEquals(expected, dechunked(client, expected.length()));
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void firstWrite_isAnAnswer_comesAfterTheHead(Way way) throws Exception {
    listen(way, options());
    try (RawConnection client = connect()) {
      Opened stream = open(client);
      Answer answer = answer("first\n");
      stream.run(
          () -> {
            stream.outlet.write(answer);
            stream.outlet.write(answer);
            stream.outlet.flush();
          });
      assertEquals(200, client.head().status());
      assertEquals("first\nfirst\n", dechunked(client, 12));
    }
  }

  @ParameterizedTest
  @EnumSource
  void ended_requestsWaitBehind_areAnsweredNext(Way way) throws Exception {
    listen(way, options());
    try (RawConnection client = connect()) {
      client.send("GET /1 HTTP/1.1\r\nHost: hub\r\n\r\nGET /plain HTTP/1.1\r\nHost: hub\r\n\r\n");
      client.send("GET /2 HTTP/1.1\r\nHost: hub\r\n\r\n");
      Opened stream = next();
      stream.write("a");
      stream.write("b");
      stream.run(() -> stream.outlet.end(Buffer.buffer("last")));
      assertEquals(200, client.head().status());
      assertEquals("ablast", dechunked(client, 6));
      assertNull(client.chunk());
      assertEquals("plain", client.answer().body());
      Opened second = next();
      second.write("c");
      second.write("d");
      assertEquals(200, client.head().status());
      assertEquals("cd", dechunked(client, 2));
      second.run(() -> second.outlet.end(Buffer.buffer()));
      assertNull(client.chunk());
      stream.run(() -> stream.outlet.write(Buffer.buffer("too late")));
      assertEquals("plain", client.send("GET /plain HTTP/1.1\r\nHost: hub\r\n\r\n").answer().body());
    }
  }

  @Test
  void direct_idleConnections_areLeftToTheStreamWhileItLives() throws Exception {
    listen(Way.DIRECT, options());
    try (RawConnection client = connect()) {
      Opened stream = open(client);
      assertTrue(stream.closesIdleConnections());
      stream.write("opening");
      stream.write("direct");
      assertEquals(200, client.head().status());
      assertEquals("openingdirect", dechunked(client, 13));
      assertFalse(stream.closesIdleConnections());
      stream.run(() -> stream.outlet.end(Buffer.buffer("last")));
      assertTrue(stream.closesIdleConnections());
    }
  }

  @Test
  void direct_endedStreamThenNothing_isClosedAsIdle() throws Exception {
    listen(new Outlets(true, Duration.ofSeconds(1)), options());
    try (RawConnection client = connect()) {
      Opened stream = open(client);
      stream.write("opening");
      stream.run(() -> stream.outlet.end(Buffer.buffer("last")));
      assertEquals(200, client.head().status());
      assertEquals("openinglast", dechunked(client, 11));
      assertNull(client.chunk());
      assertTrue(client.isClosed());
    }
  }

  @ParameterizedTest
  @EnumSource
  void stalled_thenRead_isFullThenDrainsAndLosesNothing(Way way) throws Exception {
    listen(way, options().setSendBufferSize(16_384));
    var narrow = new Socket();
    narrow.setReceiveBufferSize(4_096);
    try (RawConnection client = new RawConnection(port, narrow)) {
      Opened stream = open(client);
      var drained = new AtomicInteger();
      stream.run(() -> stream.outlet.onDrain(drained::incrementAndGet));
      stream.write("opening");
      int size = 8_192;
      int written = 0;
      Answer shared = answer("shared, ".repeat(size / 8)); // again and again: no write of it may spoil the next one
      while (!stream.on(stream.outlet::isFull)) {
        Answer answer = written % 2 == 0 ? shared : answer(Character.toString('a' + written % 26).repeat(size));
        stream.run(
            () -> {
              stream.outlet.write(answer);
              stream.outlet.flush();
            });
        assertTrue(++written < 4_000, "a client that reads nothing never fills its outlet");
      }
      int before = drained.get();
      assertEquals(200, client.head().status());
      assertEquals("opening", dechunked(client, 7));
      for (int i = 0; i < written; i++) {
        String expected = i % 2 == 0 ? "shared, ".repeat(size / 8) : Character.toString('a' + i % 26).repeat(size);
        assertEquals(expected, dechunked(client, size), "piece " + i);
      }
      Eventually.await("the outlet drains", PATIENCE, () -> drained.get() > before);
      assertFalse(stream.on(stream.outlet::isFull));
    }
  }

  @ParameterizedTest
  @EnumSource
  void stalled_clientResets_closesTheResponseAndGivesBackWhatWasBuffered(Way way) throws Exception {
    listen(way, options().setSendBufferSize(16_384));
    RawConnection client = connect();
    Opened stream = open(client);
    var closed = new AtomicInteger();
    stream.run(() -> stream.request.response().closeHandler(gone -> closed.incrementAndGet()));
    fill(stream);
    client.reset();
    Eventually.await("the close is noticed", PATIENCE, () -> closed.get() == 1);
    assertFalse(stream.on(stream.outlet::isFull), "a dead outlet must not seem full for ever");
    stream.write("after the end"); // must neither throw nor leak
    Answer late = answer("late");
    stream.run(
        () -> {
          stream.outlet.write(late);
          stream.outlet.flush();
          stream.outlet.end(Buffer.buffer("last"));
          stream.outlet.abort();
        });
  }

  @Test
  void direct_stalledAndAborted_closesAtOnceAndGivesBackWhatWasBuffered() throws Exception {
    listen(Way.DIRECT, options().setSendBufferSize(16_384));
    try (RawConnection client = connect()) {
      Opened stream = open(client);
      var closed = new AtomicInteger();
      stream.run(() -> stream.request.response().closeHandler(gone -> closed.incrementAndGet()));
      fill(stream);
      stream.run(stream.outlet::abort);
      Eventually.await("the connection closes", PATIENCE, () -> closed.get() == 1);
    }
  }

  @ParameterizedTest
  @EnumSource
  void tls_written_arrivesTheSame(Way way, @TempDir Path directory) throws Exception {
    listen(way, options().setSsl(true).setKeyCertOptions(certificate(directory)));
    Socket plain = new Socket(InetAddress.getLoopbackAddress(), port);
    plain.setSoTimeout((int) PATIENCE.toMillis());
    try (Socket socket = trusting().getSocketFactory().createSocket(plain, "localhost", port, true)) {
      socket.getOutputStream().write("GET /1 HTTP/1.1\r\nHost: hub\r\n\r\n".getBytes(ISO_8859_1));
      Opened stream = next();
      assertInstanceOf(way.type(), stream.outlet);
      stream.write("opening\n");
      Answer shared = answer("shared\n".repeat(5_000));
      stream.run(
          () -> {
            stream.outlet.write(shared);
            stream.outlet.write(shared);
            stream.outlet.flush();
          });
      stream.run(() -> stream.outlet.end(Buffer.buffer("last")));
      String all = "";
      byte[] some = new byte[1 << 16];
      while (!all.endsWith("\r\n0\r\n\r\n")) {
        int read = socket.getInputStream().read(some);
        assertTrue(read > 0, all.length() + " bytes, then the end");
        all += new String(some, 0, read, ISO_8859_1);
      }
      String body = all.substring(all.indexOf("\r\n\r\n") + 4).replaceAll("(?:\r\n)?[0-9a-f]+\r\n", "");
      assertEquals("opening\n" + "shared\n".repeat(10_000) + "last", body.strip());
    }
  }

  @Test
  void http10_isWrittenOverTheApi_andEndsWithTheConnection() throws Exception {
    listen(Way.DIRECT, options());
    try (RawConnection client = connect()) {
      client.send("GET /1 HTTP/1.0\r\n\r\n");
      Opened stream = next();
      assertInstanceOf(ResponseOutlet.class, stream.outlet);
      stream.write("a\n");
      stream.run(() -> stream.outlet.end(Buffer.buffer("b\n")));
      assertEquals("a\nb\n", client.answer().body());
    }
  }

  @Test
  void http2_isWrittenOverTheApi() throws Exception {
    listen(Way.DIRECT, options());
    var client =
        vertx.createHttpClient(
            new HttpClientOptions().setProtocolVersion(HttpVersion.HTTP_2).setHttp2ClearTextUpgrade(false));
    Future<Buffer> body =
        client.request(HttpMethod.GET, port, "127.0.0.1", "/1").compose(r -> r.send()).compose(r -> r.body());
    Opened stream = next();
    assertInstanceOf(ResponseOutlet.class, stream.outlet);
    Answer answer = answer("b\n");
    stream.write("a\n");
    stream.run(() -> stream.outlet.write(answer));
    stream.run(() -> stream.outlet.end(Buffer.buffer("c\n")));
    assertEquals("a\nb\nc\n", await(body).toString());
  }

  @Test
  void compressingServer_isWrittenOverTheApi() throws Exception {
    listen(Way.DIRECT, options().setCompressionSupported(true));
    try (RawConnection client = connect()) {
      assertInstanceOf(ResponseOutlet.class, open(client).outlet);
    }
  }

  private static HttpServerOptions options() {
    return new HttpServerOptions()
        .setHost("127.0.0.1")
        .setPort(0)
        .setIdleTimeout(75)
        .setStrictThreadMode(true)
        .setPerFrameWebSocketCompressionSupported(false)
        .setPerMessageWebSocketCompressionSupported(false);
  }

  private void listen(Way way, HttpServerOptions options) throws Exception {
    listen(way.outlets(), options);
  }

  private void listen(Outlets outlets, HttpServerOptions options) throws Exception {
    HttpServer server =
        vertx
            .createHttpServer(options)
            .connectionHandler(connection -> connection.exceptionHandler(broken -> {}))
            .requestHandler(
                request -> {
                  if (request.path().equals("/plain")) {
                    request.response().end("plain");
                    return;
                  }
                  request.response().putHeader(HttpHeaders.CONTENT_TYPE, "text/event-stream");
                  opened.add(new Opened(outlets.of(request), request, vertx.getOrCreateContext()));
                });
    port = await(server.listen()).actualPort();
  }

  private RawConnection connect() {
    return new RawConnection(port);
  }

  private Opened open(RawConnection client) throws Exception {
    client.send("GET /1 HTTP/1.1\r\nHost: hub\r\n\r\n");
    return next();
  }

  private Opened next() throws Exception {
    Opened stream = opened.poll(PATIENCE.toSeconds(), SECONDS);
    assertNotNull(stream, "no request arrived");
    return stream;
  }

  /** An answer of which the chunk will be looked after: it must have been given back when the test is over. */
  private Answer answer(String bytes) {
    var answer = new Answer(Buffer.buffer(bytes), 1, 1, 0, 0);
    answers.add(answer);
    chunks.add(answer.chunk(ByteBufAllocator.DEFAULT));
    return answer;
  }

  private void fill(Opened stream) throws Exception {
    stream.write("opening");
    Answer answer = answer("x".repeat(16_384));
    for (int i = 0; !stream.on(stream.outlet::isFull); i++) {
      stream.run(
          () -> {
            stream.outlet.write(answer);
            stream.outlet.flush();
          });
      assertTrue(i < 4_000, "a client that reads nothing never fills its outlet");
    }
  }

  /** The next {@code length} bytes of a chunked body, in however many chunks. */
  private static String dechunked(RawConnection client, int length) {
    var data = new StringBuilder();
    while (data.length() < length) {
      data.append(client.chunk());
    }
    return data.toString();
  }

  private static PfxOptions certificate(Path directory) throws IOException, InterruptedException {
    String file = directory.resolve("key.p12").toString();
    var keytool =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair", "-keyalg", "EC", "-dname", "CN=localhost", "-storetype", "PKCS12",
                "-keystore", file, "-storepass", "changeit")
            .redirectErrorStream(true)
            .start();
    assertTrue(keytool.waitFor(PATIENCE.toSeconds(), SECONDS), "keytool takes too long");
    assertEquals(0, keytool.exitValue(), () -> text(keytool));
    return new PfxOptions().setPath(file).setPassword("changeit");
  }

  private static String text(Process process) {
    try {
      return new String(process.getInputStream().readAllBytes(), ISO_8859_1);
    } catch (IOException e) {
      return e.toString();
    }
  }

  private static SSLContext trusting() throws Exception {
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, new TrustManager[] {new TrustsAnybody()}, new SecureRandom());
    return context;
  }

  private static final class TrustsAnybody implements X509TrustManager {

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type) {}

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }

  private static <T> T await(Future<T> future) throws Exception {
    return future.await(PATIENCE.toSeconds(), SECONDS);
  }
}
