package carillon.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/**
 * What comes back for requests that are HTTP: an answer for each, and the last of them too, unless an answer says that
 * it closes; and a stream stays until its client leaves. For one thread.
 */
final class FuzzAnswers {

  private static final int PATIENCE_MILLIS = 30_000;

  /** For how long a stream is watched, in milliseconds; one that fails does so at once. */
  private static final int STREAM_MILLIS = 20;

  private static final Pattern HEAD = Pattern.compile("HTTP/1\\.[01] ([2-5][0-9]{2}) [^\r]*\r\n([^\r]*\r\n)*?\r\n");

  private final Socket socket;
  private final FuzzRequests.Sent sent;
  private final String said;
  private final ByteArrayOutputStream octets = new ByteArrayOutputStream();

  /** @param said what a failure adds */
  FuzzAnswers(Socket socket, FuzzRequests.Sent sent, String said) {
    this.socket = socket;
    this.sent = sent;
    this.said = said;
  }

  /** All octets until the hub closes, but for the last answer. Fails if something is missing. */
  String read() throws IOException {
    byte[] some = new byte[1 << 14];
    long leaves = 0;
    try {
      socket.setSoTimeout(PATIENCE_MILLIS);
      while (true) {
        int count = socket.getInputStream().read(some);
        if (count < 0) {
          break;
        }
        octets.write(some, 0, count);
        if (leaves == 0 && isStream()) {
          leaves = System.nanoTime() + Duration.ofMillis(STREAM_MILLIS).toNanos();
          socket.setSoTimeout(STREAM_MILLIS);
        }
        if (leaves != 0 && System.nanoTime() > leaves) {
          return leave();
        }
      }
    } catch (SocketTimeoutException e) {
      assertTrue(leaves != 0, () -> "no end after " + text() + ", " + said);
      return leave();
    } catch (IOException reset) {
      // as good as closed
    }
    boolean wasStream = leaves != 0;
    assertTrue(!wasStream, () -> "a stream ends: " + text() + ", " + said);
    return complete(text());
  }

  private String text() {
    return octets.toString(ISO_8859_1);
  }

  private boolean isStream() {
    if (sent.octets()[0] != 'G') {
      return false;
    }
    var head = HEAD.matcher(text());
    return head.lookingAt()
        && head.group(1).equals("200")
        && (head.group().contains("text/event-stream") || head.group().contains("application/x-ndjson"));
  }

  /** The client has no more to say, and the hub must come to an end. */
  private String leave() throws IOException {
    socket.setSoTimeout(PATIENCE_MILLIS);
    try {
      socket.shutdownOutput();
      socket.getInputStream().transferTo(octets);
    } catch (SocketTimeoutException stuck) {
      throw new AssertionError("a stream does not end, " + said, stuck);
    } catch (IOException reset) {
      // as good as closed
    }
    return text();
  }

  private String complete(String text) {
    List<MatchResult> heads = HEAD.matcher(text).results().toList();
    assertTrue(!heads.isEmpty(), () -> "closed without an answer, " + said);
    MatchResult last = heads.get(heads.size() - 1);
    boolean isWhole = text.endsWith(FuzzRequests.LAST);
    boolean saysClosed = last.group().toLowerCase(Locale.ROOT).contains("\r\nconnection: close\r\n");
    assertTrue(
        isWhole ? heads.size() == sent.count() : heads.size() < sent.count() && saysClosed,
        () -> heads.size() + " answers of " + sent.count() + ": " + text + ", " + said);
    return isWhole ? text.substring(0, last.start()) : text;
  }
}
