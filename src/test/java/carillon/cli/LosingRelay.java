package carillon.cli;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A way to a hub on which requests arrive and the first answers get lost: the connection breaks when the hub has begun
 * to answer. One request for each connection. Any thread.
 */
final class LosingRelay implements AutoCloseable {

  private final ServerSocket door;
  private final int hubPort;
  private final int losses;
  private final AtomicInteger lost = new AtomicInteger();

  LosingRelay(int hubPort, int losses) {
    this.hubPort = hubPort;
    this.losses = losses;
    try {
      door = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    var thread = new Thread(this::serve, "losing-relay");
    thread.setDaemon(true);
    thread.start();
  }

  URI uri() {
    return URI.create("http://127.0.0.1:" + door.getLocalPort());
  }

  /** How many answers have got lost. */
  int lost() {
    return lost.get();
  }

  private void serve() {
    while (!door.isClosed()) {
      try (Socket client = door.accept();
          Socket hub = new Socket(InetAddress.getLoopbackAddress(), hubPort)) {
        InputStream in = client.getInputStream();
        String head = head(in);
        String lower = head.toLowerCase(Locale.ROOT);
        int at = lower.indexOf("content-length:") + 15;
        int length = Integer.parseInt(lower.substring(at, lower.indexOf('\r', at)).strip());
        String once = head.substring(0, head.length() - 2) + "Connection: close\r\n\r\n";
        hub.getOutputStream().write(once.getBytes(ISO_8859_1));
        hub.getOutputStream().write(in.readNBytes(length));
        hub.getOutputStream().flush();
        byte[] answer = hub.getInputStream().readAllBytes();
        if (lost.get() < losses) {
          lost.incrementAndGet();
        } else {
          client.getOutputStream().write(answer);
        }
      } catch (IOException e) {
        // either end has gone: that is how connections end
      }
    }
  }

  private static String head(InputStream in) throws IOException {
    var head = new StringBuilder();
    while (!head.toString().endsWith("\r\n\r\n")) {
      int c = in.read();
      if (c < 0) {
        throw new IOException("no request");
      }
      head.append((char) c);
    }
    return head.toString();
  }

  @Override
  public void close() {
    try {
      door.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
