package carillon.harness;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.time.Duration;

/**
 * One request, one connection, one response: what curl does, for tests that want to see every byte. Waits at most ten
 * seconds for anything. Any thread.
 */
public final class Http {

  private static final int PATIENCE_MILLIS = (int) Duration.ofSeconds(10).toMillis();

  private Http() {}

  /**
   * What came back.
   *
   * @param head status and fields
   * @param text the whole body, chunks put together, read as UTF-8
   */
  public record Response(ResponseHead head, String text) {

    /** The code. */
    public int status() {
      return head.status();
    }
  }

  /** A GET without any header but {@code Host}. */
  public static Response get(URI hub, String target) {
    return exchange(hub, "GET", target, new byte[0]);
  }

  /** A POST as curl's {@code -d} makes it: with the form content type whatever the data is. */
  public static Response post(URI hub, String target, String data) {
    return exchange(hub, "POST", target, data.getBytes(UTF_8), "Content-Type: application/x-www-form-urlencoded");
  }

  /**
   * A request with literal header lines.
   *
   * @param target as it goes onto the request line, already encoded
   * @param headers without line ends; {@code Host}, {@code Connection} and, with a body, {@code Content-Length} are
   *     added
   * @throws UncheckedIOException if the connection fails or the response is malformed or cut short
   */
  public static Response exchange(URI hub, String method, String target, byte[] body, String... headers) {
    var head = new StringBuilder(method + ' ' + target + " HTTP/1.1\r\nHost: " + hub.getAuthority() + "\r\n");
    for (String header : headers) {
      head.append(header).append("\r\n");
    }
    if (body.length > 0 || method.equals("POST") || method.equals("PUT")) {
      head.append("Content-Length: ").append(body.length).append("\r\n");
    }
    var request = new ByteArrayOutputStream();
    request.writeBytes(head.append("Connection: close\r\n\r\n").toString().getBytes(ISO_8859_1));
    request.writeBytes(body);
    return exchange(hub, request.toByteArray(), method.equals("HEAD"));
  }

  /**
   * Sends {@code request} as it is and reads one final response; interim ones (1xx) are passed over.
   *
   * @param bodiless whether the response has no body whatever its fields say (HEAD)
   */
  public static Response exchange(URI hub, byte[] request, boolean bodiless) {
    try (var socket = new Socket()) {
      socket.setSoTimeout(PATIENCE_MILLIS);
      socket.connect(new InetSocketAddress(hub.getHost(), hub.getPort()), PATIENCE_MILLIS);
      socket.getOutputStream().write(request);
      return read(socket.getInputStream(), bodiless);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Reads one final response; nothing beyond it, unless it ends with the connection. */
  static Response read(InputStream in, boolean bodiless) throws IOException {
    ResponseHead head = ResponseHead.read(in);
    while (head.status() < 200) {
      head = ResponseHead.read(in);
    }
    boolean empty = bodiless || head.status() == 204 || head.status() == 304;
    return new Response(head, empty ? "" : new String(body(head, in), UTF_8));
  }

  private static byte[] body(ResponseHead head, InputStream in) throws IOException {
    if (head.isChunked()) {
      return chunkedBody(in);
    }
    var length = head.field("content-length");
    if (length.isEmpty()) {
      return in.readAllBytes();
    }
    int size = Integer.parseInt(length.get());
    byte[] body = in.readNBytes(size);
    if (body.length < size) {
      throw new IOException("closed after " + body.length + " of " + size + " bytes");
    }
    return body;
  }

  private static byte[] chunkedBody(InputStream in) throws IOException {
    var decoder = new ChunkedDecoder();
    var body = new ByteArrayOutputStream();
    byte[] one = new byte[1];
    while (!decoder.isDone()) {
      if (in.read(one) < 0) {
        throw new IOException("closed inside a chunked body of " + body.size() + " bytes so far");
      }
      decoder.feed(one, 0, 1, body);
      if (decoder.violation().isPresent()) {
        throw new IOException(decoder.violation().get());
      }
    }
    return body.toByteArray();
  }
}
