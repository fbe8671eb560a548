package carillon.http;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A client that sends literally what it is told and reads answers strictly. Every wait is bounded. For one thread.
 *
 * <p>Text is ISO 8859-1 in both directions, one character for each octet.
 */
final class RawConnection implements AutoCloseable {

  private static final int WAIT_MILLIS = 30_000;

  private final Socket socket;
  private final InputStream in;

  RawConnection(int port) {
    this(port, new Socket());
  }

  /** Connects {@code socket}, which may have options of its own. */
  RawConnection(int port, Socket socket) {
    this.socket = socket;
    try {
      socket.setTcpNoDelay(true);
      socket.setSoTimeout(WAIT_MILLIS);
      socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), WAIT_MILLIS);
      in = socket.getInputStream();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** One answer, body decoded. */
  record Answer(int status, List<String> head, String body) {

    Optional<String> header(String name) {
      String prefix = name.toLowerCase(Locale.ROOT) + ":";
      return head.stream()
          .filter(line -> line.toLowerCase(Locale.ROOT).startsWith(prefix))
          .map(line -> line.substring(prefix.length()).strip())
          .findFirst();
    }

    String utf8() {
      return new String(body.getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8);
    }
  }

  RawConnection send(String octets) {
    return send(octets.getBytes(StandardCharsets.ISO_8859_1));
  }

  RawConnection send(byte[] octets) {
    try {
      socket.getOutputStream().write(octets);
      socket.getOutputStream().flush();
      return this;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Sends, and says whether the other end still took it. */
  boolean trySend(byte[] octets) {
    try {
      send(octets);
      return true;
    } catch (UncheckedIOException e) {
      return false;
    }
  }

  /** The next answer; 1xx ones are answers of their own. */
  Answer answer() {
    try {
      String statusLine = line();
      int status = Integer.parseInt(statusLine.split(" ")[1]);
      List<String> head = new ArrayList<>();
      for (String line = line(); !line.isEmpty(); line = line()) {
        head.add(line);
      }
      var bare = new Answer(status, head, "");
      return status / 100 == 1 || status == 204 ? bare : new Answer(status, head, body(bare));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Only the head of the next answer; the body is left to {@link #line} or nobody. */
  Answer head() {
    try {
      String statusLine = line();
      List<String> head = new ArrayList<>();
      for (String line = line(); !line.isEmpty(); line = line()) {
        head.add(line);
      }
      return new Answer(Integer.parseInt(statusLine.split(" ")[1]), head, "");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The data of the next chunk; {@code null} after the last one. */
  @Nullable String chunk() {
    try {
      int size = Integer.parseInt(line(), 16);
      String data = octets(size);
      if (!line().isEmpty()) {
        throw new IOException("chunk without its line break");
      }
      return size == 0 ? null : data;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** All octets until the other end closes, in whatever way. Fails if it does not. */
  String everything() {
    var octets = new ByteArrayOutputStream();
    try {
      for (int b = in.read(); b >= 0; b = in.read()) {
        octets.write(b);
      }
    } catch (SocketTimeoutException e) {
      throw new AssertionError("not closed, after " + octets.toString(StandardCharsets.ISO_8859_1), e);
    } catch (IOException reset) {
      // as good as closed
    }
    return octets.toString(StandardCharsets.ISO_8859_1);
  }

  /** Whether the other end closes in an orderly way, having sent nothing more. */
  boolean isClosed() {
    try {
      return in.read() < 0;
    } catch (IOException e) {
      return false;
    }
  }

  /** Whether the other end closes, in whatever way. */
  boolean isGone() {
    try {
      return in.read() < 0;
    } catch (SocketTimeoutException e) {
      return false;
    } catch (IOException e) {
      return true;
    }
  }

  /** Sends nothing more. */
  RawConnection finish() {
    try {
      socket.shutdownOutput();
      return this;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  void reset() {
    try {
      socket.setSoLinger(true, 0);
      socket.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    try {
      socket.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private String body(Answer head) throws IOException {
    if (head.header("transfer-encoding").isPresent()) {
      var whole = new StringBuilder();
      for (String data = chunk(); data != null; data = chunk()) {
        whole.append(data);
      }
      return whole.toString();
    }
    Optional<String> length = head.header("content-length");
    return length.isPresent() ? octets(Integer.parseInt(length.get())) : rest();
  }

  private String rest() throws IOException {
    return new String(in.readAllBytes(), StandardCharsets.ISO_8859_1);
  }

  private String octets(int count) throws IOException {
    byte[] octets = in.readNBytes(count);
    if (octets.length < count) {
      throw new IOException("the connection ended " + (count - octets.length) + " bytes early");
    }
    return new String(octets, StandardCharsets.ISO_8859_1);
  }

  private String line() throws IOException {
    var line = new ByteArrayOutputStream();
    for (int b = in.read(); b != '\n'; b = in.read()) {
      if (b < 0) {
        throw new IOException("the connection ended within a line: " + line.toString(StandardCharsets.ISO_8859_1));
      }
      line.write(b);
    }
    String text = line.toString(StandardCharsets.ISO_8859_1);
    if (!text.endsWith("\r")) {
      throw new IOException("a line without CR: " + text);
    }
    return text.substring(0, text.length() - 1);
  }
}
