package carillon.harness;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The client against a server that is played by hand: each test writes what it wants read, literally. */
class SseClientTest {

  private static final Duration SOON = Duration.ofSeconds(5);
  private static final String HEAD =
      "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";

  private ServerSocket server;
  private URI uri;

  @BeforeEach
  void listen() throws IOException {
    server = new ServerSocket(0, 8, InetAddress.getLoopbackAddress());
    server.setSoTimeout((int) SOON.toMillis());
    uri = URI.create("http://127.0.0.1:" + server.getLocalPort());
  }

  @AfterEach
  void close() throws IOException {
    server.close();
  }

  @Test
  void open_ordinaryRequest_isWrittenLiterally() throws IOException {
    try (var client = SseClient.to(uri, "/events?topic=a").lastEventId("7").open(); var peer = accept()) {
      String expected = "GET /events?topic=a HTTP/1.1\r\nHost: " + uri.getAuthority()
          + "\r\nAccept: text/event-stream\r\nCache-Control: no-cache\r\nLast-Event-ID: 7\r\n\r\n";
      assertEquals(expected, new String(peer.getInputStream().readNBytes(expected.length()), ISO_8859_1));
      assertTrue(client.end().isEmpty());
    }
  }

  @Test
  void reading_eventsInChunks_areThereInOrder() throws IOException {
    try (var client = SseClient.to(uri, "/").open(); var peer = accept()) {
      write(peer, HEAD + chunk("retry: 1500\n: hi\n\nid: 1\nda") + chunk("ta: one\n\nid: 2\nevent: t\ndata: two\n\n"));
      assertEquals("one", client.awaitEvent(event -> event.lastEventId().equals("1"), SOON).data());
      assertEquals("t", client.awaitEvents(2, SOON).get(1).type());
      assertEquals(200, client.awaitHead().status());
      assertEquals(List.of(" hi"), client.comments());
      assertEquals(1500, client.retryMillis());
      assertEquals("2", client.lastEventId());
      write(peer, "0\r\n\r\n");
      assertEquals(SseClient.End.COMPLETE, client.awaitEnd(SOON));
      assertEquals(List.of(), client.violations());
    }
  }

  @Test
  void reading_cutInsideAChunk_isAViolation() throws IOException {
    try (var client = SseClient.to(uri, "/").open()) {
      try (var peer = accept()) {
        write(peer, HEAD + "5\r\ndat");
        client.awaitHead();
        peer.shutdownOutput();
      }
      assertEquals(SseClient.End.CUT, client.awaitEnd(SOON));
      assertEquals(List.of("closed inside a chunk"), client.violations());
    }
  }

  @Test
  void reading_streamThatEndsTooSoon_failsTheWaitAtOnce() throws IOException {
    try (var client = SseClient.to(uri, "/").open(); var peer = accept()) {
      write(peer, HEAD + chunk("data: one\n\n") + "0\r\n\r\n");
      var failure = assertThrows(AssertionError.class, () -> client.awaitEvents(2, Duration.ofMinutes(5)));
      assertTrue(failure.getMessage().contains("1 of 2"), failure.getMessage());
    }
  }

  @Test
  void reading_problem_isKeptAsRefusal() throws IOException {
    try (var client = SseClient.to(uri, "/").open(); var peer = accept()) {
      write(peer, "HTTP/1.1 400 Bad Request\r\ncontent-length: 4\r\n\r\nno: ");
      assertEquals(SseClient.End.COMPLETE, client.awaitEnd(SOON));
      assertEquals("no: ", client.refusal());
      assertEquals(List.of(), client.events());
    }
  }

  @Test
  void paused_moreThanBuffersHold_stopsTheSenderUntilResumed() throws Exception {
    try (var client = SseClient.to(uri, "/").receiveBufferBytes(4096).open(); var peer = accept()) {
      write(peer, HEAD);
      client.awaitHead();
      client.pauseReading();
      peer.setSendBufferSize(8192);
      int count = 400;
      var sender = new Thread(() -> writeAll(peer, chunk("data: " + "x".repeat(10_000) + "\n\n"), count));
      sender.start();
      sender.join(30);
      assertTrue(sender.isAlive(), "four megabytes cannot have found room in these buffers");
      assertTrue(client.events().size() < 5);
      client.resumeReading();
      assertEquals(count, client.awaitEvents(count, SOON).size());
      sender.join(SOON.toMillis());
    }
  }

  @Test
  void closeReset_openStream_isARstAtTheOtherEnd() throws IOException {
    try (var peer = acceptAfter(() -> SseClient.to(uri, "/").open().closeReset())) {
      peer.setSoTimeout((int) SOON.toMillis());
      assertThrows(SocketException.class, () -> peer.getInputStream().readAllBytes());
    }
  }

  @Test
  void halfClose_openStream_goesOnReading() throws IOException {
    try (var client = SseClient.to(uri, "/").open(); var peer = accept()) {
      client.halfClose();
      peer.getInputStream().readAllBytes(); // returns: the request is over
      write(peer, HEAD + chunk("data: still here\n\n"));
      assertEquals("still here", client.awaitEvents(1, SOON).get(0).data());
    }
  }

  private Socket acceptAfter(Runnable action) throws IOException {
    action.run();
    return accept();
  }

  private Socket accept() throws IOException {
    Socket peer = server.accept();
    peer.setSoTimeout((int) SOON.toMillis());
    return peer;
  }

  private static String chunk(String text) {
    return Integer.toHexString(text.length()) + "\r\n" + text + "\r\n";
  }

  private static void write(Socket peer, String text) throws IOException {
    peer.getOutputStream().write(text.getBytes(UTF_8));
  }

  private static void writeAll(Socket peer, String text, int count) {
    try {
      for (int i = 0; i < count; i++) {
        write(peer, text);
      }
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }
}
