package carillon.harness;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The swarm against a server that is played by hand. */
class SwarmTest {

  private static final Duration SOON = Duration.ofSeconds(5);
  private static final String HEAD =
      "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";

  private final List<Socket> peers = new ArrayList<>();
  private final Swarm swarm = Swarm.of(2, 4096);
  private ServerSocket server;

  @BeforeEach
  void listen() throws IOException {
    server = new ServerSocket(0, 8, InetAddress.getLoopbackAddress());
    server.setSoTimeout((int) SOON.toMillis());
  }

  @AfterEach
  void close() throws IOException {
    swarm.close();
    server.close();
    for (Socket peer : peers) {
      peer.close();
    }
  }

  @Test
  void member_brokenStream_comesBackWithTheLastIdItKnows() throws IOException {
    var subscriber = new Recorder();
    var unused = swarm.add(subscriber, "");
    Socket first = accept();
    assertEquals("", cursorOf(first));
    write(first, HEAD + chunk("retry: 1\n: hi\n\n") + chunk("id: 1\ndata: a\n\nid: 2\n\nid: 3\nda"));
    first.shutdownOutput();
    Socket second = accept();
    assertEquals("2", cursorOf(second));
    write(second, HEAD + chunk("id: 3\ndata: b\n\n") + "0\r\n\r\n");
    assertEquals("3", cursorOf(accept()), "a body that is complete is only another end");
    assertEquals(List.of("open ", "1 a", "2", "closed 2", "open 2", "3 b", "closed 3"), subscriber.seen);
    assertEquals(List.of(), swarm.violations());
  }

  @Test
  void member_nobodyListens_comesBackUntilSomebodyDoes() throws IOException {
    int port = server.getLocalPort();
    server.close();
    var subscriber = new Recorder();
    subscriber.port = port;
    var unused = swarm.add(subscriber, "7");
    Eventually.await("attempts", SOON, () -> subscriber.attempts.get() > 2);
    listen();
    subscriber.port = server.getLocalPort();
    assertEquals("7", cursorOf(accept()));
  }

  @Test
  void member_everySplitOfAnAnswer_givesTheSame() throws IOException {
    String answer = HEAD + chunk("id: 1\ndata: a\n\nid: 2\ndata") + chunk(": b\n\n");
    for (int split = 1; split < answer.length(); split += 3) {
      var subscriber = new Recorder();
      Swarm.Member member = swarm.add(subscriber, "");
      Socket peer = accept();
      write(peer, answer.substring(0, split));
      write(peer, answer.substring(split));
      Eventually.await("both, split at " + split, SOON, () -> subscriber.seen.contains("2 b"));
      assertEquals(List.of("open ", "1 a", "2 b"), subscriber.seen);
      member.leave();
    }
  }

  @Test
  void stalled_moreThanBuffersHold_stopsTheSenderUntilResumed() throws Exception {
    var subscriber = new Recorder();
    Swarm.Member member = swarm.add(subscriber, "");
    Socket peer = accept();
    write(peer, HEAD);
    Eventually.await("the head", SOON, () -> !subscriber.seen.isEmpty());
    member.stall();
    peer.setSendBufferSize(8192);
    int count = 400;
    var sender = new Thread(
        () -> {
          for (int i = 0; i < count; i++) {
            write(peer, chunk("data: " + "x".repeat(10_000) + "\n\n"));
          }
        });
    sender.start();
    sender.join(30);
    assertTrue(sender.isAlive(), "four megabytes cannot have found room in these buffers");
    member.resume();
    Eventually.await("all of them", SOON, () -> subscriber.seen.size() == count + 1);
    sender.join(SOON.toMillis());
  }

  @Test
  void left_brokenStream_doesNotComeBack() throws IOException {
    var subscriber = new Recorder();
    Swarm.Member member = swarm.add(subscriber, "");
    write(accept(), HEAD + chunk("retry: 1\n\n"));
    Eventually.await("the head", SOON, () -> !subscriber.seen.isEmpty());
    member.leave();
    Eventually.await("the end", SOON, () -> subscriber.seen.contains("closed "));
    server.setSoTimeout(50);
    assertThrows(SocketTimeoutException.class, this::accept);
  }

  @Test
  void member_answerThatIsNoStream_isAViolation() throws IOException {
    var unused = swarm.add(new Recorder(), "");
    write(accept(), "HTTP/1.1 204 No Content\r\n\r\n");
    Eventually.await("a violation", SOON, () -> !swarm.violations().isEmpty());
  }

  @Test
  void member_brokenChunk_isAViolation() throws IOException {
    var unused = swarm.add(new Recorder(), "");
    write(accept(), HEAD + "2\r\nabc\r\n");
    Eventually.await("a violation", SOON, () -> !swarm.violations().isEmpty());
  }

  /** A subscriber that writes down what happens to it. */
  private final class Recorder implements Swarm.Subscriber {

    private final List<String> seen = new CopyOnWriteArrayList<>();
    private volatile int port = server.getLocalPort();
    private final AtomicInteger attempts = new AtomicInteger();

    @Override
    public URI hub() {
      attempts.incrementAndGet();
      return URI.create("http://127.0.0.1:" + port);
    }

    @Override
    public String target() {
      return "/events?topic=a";
    }

    @Override
    public void opened(String resumedAfter) {
      seen.add("open " + resumedAfter);
    }

    @Override
    public void block(Swarm.Block block) {
      seen.add(block.isEvent() ? block.id() + " " + block.data() : block.id());
    }

    @Override
    public void closed(String lastEventId) {
      seen.add("closed " + lastEventId);
    }
  }

  private Socket accept() throws IOException {
    Socket peer = server.accept();
    peers.add(peer);
    peer.setSoTimeout((int) SOON.toMillis());
    peer.setTcpNoDelay(true);
    return peer;
  }

  private static String cursorOf(Socket peer) throws IOException {
    var lines = new BufferedReader(new InputStreamReader(peer.getInputStream(), ISO_8859_1));
    String cursor = "";
    for (String line = lines.readLine(); !line.isEmpty(); line = lines.readLine()) {
      cursor = line.startsWith("Last-Event-ID: ") ? line.substring(15) : cursor;
    }
    return cursor;
  }

  private static String chunk(String text) {
    return Integer.toHexString(text.length()) + "\r\n" + text + "\r\n";
  }

  private static void write(Socket peer, String text) {
    try {
      peer.getOutputStream().write(text.getBytes(UTF_8));
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }
}
