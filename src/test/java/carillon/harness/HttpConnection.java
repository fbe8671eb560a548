package carillon.harness;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.time.Duration;

/**
 * One connection that is kept, and one request on it after the other: what a service that publishes much does. Waits at
 * most thirty seconds for anything. Confined to one thread, but for {@link #close()}.
 *
 * <p>Unlike {@link Http} it throws {@link IOException}: here a connection that breaks is a part of the story, and tells
 * that nobody knows what became of the last request. After it the connection is of no more use.
 */
public final class HttpConnection implements AutoCloseable {

  private static final int PATIENCE_MILLIS = (int) Duration.ofSeconds(30).toMillis();

  private final Socket socket;
  private final InputStream in;
  private final String authority;

  private HttpConnection(Socket socket, String authority) throws IOException {
    this.socket = socket;
    this.in = new BufferedInputStream(socket.getInputStream());
    this.authority = authority;
  }

  /**
   * Connects.
   *
   * @throws IOException if nobody listens there
   */
  public static HttpConnection to(URI hub) throws IOException {
    var socket = new Socket();
    try {
      socket.setSoTimeout(PATIENCE_MILLIS);
      socket.setTcpNoDelay(true);
      socket.connect(new InetSocketAddress(hub.getHost(), hub.getPort()), PATIENCE_MILLIS);
      return new HttpConnection(socket, hub.getAuthority());
    } catch (IOException e) {
      socket.close();
      throw e;
    }
  }

  /**
   * Publishes {@code body} and waits for the answer.
   *
   * @param target as it goes onto the request line, already encoded
   * @param headers without line ends; {@code Host} and {@code Content-Length} are added
   * @throws IOException if there was no whole answer
   */
  public Http.Response post(String target, String body, String... headers) throws IOException {
    byte[] content = body.getBytes(UTF_8);
    var head = new StringBuilder("POST " + target + " HTTP/1.1\r\nHost: " + authority + "\r\n");
    for (String header : headers) {
      head.append(header).append("\r\n");
    }
    head.append("Content-Length: ").append(content.length).append("\r\n\r\n");
    var request = new ByteArrayOutputStream(head.length() + content.length);
    request.writeBytes(head.toString().getBytes(ISO_8859_1));
    request.writeBytes(content);
    socket.getOutputStream().write(request.toByteArray());
    return Http.read(in, false);
  }

  /** Closes the connection; whoever waits for an answer gets an {@link IOException}. */
  @Override
  public void close() {
    try {
      socket.close();
    } catch (IOException e) {
      // nothing is left to be done with it
    }
  }
}
