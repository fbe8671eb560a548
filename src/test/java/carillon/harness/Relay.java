package carillon.harness;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * What stands between a browser and a hub: a proxy on loopback that looks at every request, and misbehaves when it is
 * told to. HTTP/1.1, one connection to the hub for each of the browser. Any thread.
 */
public final class Relay implements AutoCloseable {

  /** How the relay treats answers that are event streams. */
  public enum Manner {
    /** Passes on what comes. */
    OPEN,
    /** Keeps an answer until it is complete, which a stream never is. */
    BUFFERING,
    /** Passes on nothing and closes nothing: a cable that was pulled. */
    FROZEN
  }

  private static final int HEAD_BYTES_MAX = 64 * 1024;
  private static final int REQUESTS_MAX = 10_000;
  private static final int HELD_BYTES_MAX = 16 << 20;

  private final ServerSocket door;
  private final int hubPort;
  private final Set<Passage> passages = ConcurrentHashMap.newKeySet();
  private final List<String> requests = new CopyOnWriteArrayList<>();
  private final AtomicInteger refusals = new AtomicInteger();
  private volatile Manner manner = Manner.OPEN;
  private volatile String token = "";
  private volatile int refusedStatus;

  private Relay(ServerSocket door, int hubPort) {
    this.door = door;
    this.hubPort = hubPort;
  }

  /** One that leads to the hub on this port, whether there is one now or not. */
  public static Relay to(int hubPort) {
    try {
      var relay = new Relay(new ServerSocket(0, 100, InetAddress.getLoopbackAddress()), hubPort);
      relay.start("relay", relay::accept);
      return relay;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Where it listens; a page from there may use Web Locks, as one from any {@code localhost}. */
  public URI uri() {
    return URI.create("http://localhost:" + door.getLocalPort());
  }

  /** How event streams are treated from now on, those that are open included. */
  public void manner(Manner manner) {
    this.manner = manner;
  }

  /** Answers the next {@code times} requests below {@code /events} with this status, instead of the hub. */
  public void refuse(int status, int times) {
    refusedStatus = status;
    refusals.set(times);
  }

  /** Answers requests below {@code /events} that do not carry this bearer token with 401; empty lets all pass. */
  public void requireToken(String token) {
    this.token = token;
  }

  /** The request lines so far, oldest first. */
  public List<String> requests() {
    return List.copyOf(requests);
  }

  /** How many event streams are open now. */
  public long openStreams() {
    return passages.stream().filter(passage -> passage.isStream).count();
  }

  /** Cuts all connections. */
  public void cut() {
    passages.forEach(Passage::close);
  }

  @Override
  public void close() {
    try {
      door.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      cut();
    }
  }

  private void accept() throws IOException {
    while (!door.isClosed()) {
      Socket browser = door.accept();
      start("relay-request", () -> new Passage(browser).serve());
    }
  }

  private interface Work {
    void run() throws IOException;
  }

  private void start(String name, Work work) {
    var thread =
        new Thread(
            () -> {
              try {
                work.run();
              } catch (IOException e) {
                // either end has gone: that is how connections end
              }
            },
            name);
    thread.setDaemon(true);
    thread.start();
  }

  /** One connection of the browser and the one to the hub that goes with it. */
  private final class Passage {

    private final Socket browser;
    private final Socket hub = new Socket();
    private volatile boolean isStream;

    Passage(Socket browser) {
      this.browser = browser;
    }

    void serve() throws IOException {
      passages.add(this);
      try {
        InputStream in = browser.getInputStream();
        for (String head = head(in); !head.isEmpty(); head = head(in)) {
          String lower = head.toLowerCase(Locale.ROOT);
          String line = head.substring(0, head.indexOf('\r'));
          if (requests.size() < REQUESTS_MAX) {
            requests.add(line);
          }
          if (line.contains(" /events") && answersItself(head)) {
            in.skipNBytes(length(lower)); // the next request begins behind it
            continue;
          }
          isStream = lower.contains("accept: text/event-stream");
          forward(head, in, length(lower));
        }
      } finally {
        close();
      }
    }

    private boolean answersItself(String head) throws IOException {
      boolean isRefused = refusals.getAndUpdate(left -> Math.max(0, left - 1)) > 0;
      if (!isRefused && (token.isEmpty() || head.contains("Bearer " + token + "\r\n"))) {
        return false;
      }
      int status = isRefused ? refusedStatus : 401;
      String answer = "HTTP/1.1 " + status + " No\r\nContent-Type: text/plain\r\nContent-Length: 3\r\n\r\nno\n";
      browser.getOutputStream().write(answer.getBytes(ISO_8859_1));
      return true;
    }

    private void forward(String head, InputStream in, int length) throws IOException {
      if (!hub.isConnected()) {
        hub.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), hubPort));
        start("relay-answer", this::answer);
      }
      OutputStream out = hub.getOutputStream();
      out.write(head.getBytes(ISO_8859_1));
      out.write(in.readNBytes(length));
      out.flush();
    }

    private void answer() throws IOException {
      var held = new ByteArrayOutputStream();
      var buffer = new byte[16 * 1024];
      try {
        InputStream in = hub.getInputStream();
        for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
          if (!isStream || manner == Manner.OPEN) {
            browser.getOutputStream().write(buffer, 0, n);
          } else if (manner == Manner.BUFFERING && held.size() < HELD_BYTES_MAX) {
            held.write(buffer, 0, n);
          }
        }
        browser.getOutputStream().write(held.toByteArray());
      } finally {
        close();
      }
    }

    void close() {
      passages.remove(this);
      try (browser;
          hub) {
        isStream = false;
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    /** A request head with its blank line; empty at the end of the connection. */
    private String head(InputStream in) throws IOException {
      var head = new StringBuilder();
      while (head.length() < 4 || !head.substring(head.length() - 4).equals("\r\n\r\n")) {
        int c = in.read();
        if (c < 0 || head.length() > HEAD_BYTES_MAX) {
          return "";
        }
        head.append((char) c);
      }
      return head.toString();
    }

    private static int length(String head) {
      int at = head.indexOf("content-length:");
      return at < 0 ? 0 : Integer.parseInt(head.substring(at + 15, head.indexOf('\r', at)).strip());
    }
  }
}
