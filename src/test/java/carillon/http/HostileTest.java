package carillon.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import carillon.auth.TokenMint;
import carillon.sse.EventStreamReader.Event;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.io.UncheckedIOException;
import java.net.SocketTimeoutException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What must do no harm: each request of {@link HostileRequests} gets the answer it should, publishes nothing it should
 * not, and neither hub nor the stream and the connection of others notice. After each one a stream that was open from
 * the beginning gets a fresh event over a connection that was open from the beginning, and nothing else before it.
 *
 * <p>Tried and caught: transfer codings not looked at, the first of two hosts taken, a field without a name let pass, a
 * lane that is open to "http/1.1", a bad token taken for none, origins compared by their beginning, a row that should be
 * refused and is not.
 */
class HostileTest {

  @TempDir static Path directory;
  private static final Map<HostileRequests.Hub, HostileHub> HUBS = new EnumMap<>(HostileRequests.Hub.class);

  @BeforeAll
  static void start() throws Exception {
    Path pem = Files.writeString(directory.resolve("rsa.pem"), TokenMint.pem(TokenMint.RSA.getPublic()));
    HUBS.put(HostileRequests.Hub.OPEN, HostileHub.open());
    HUBS.put(HostileRequests.Hub.GUARDED, HostileHub.guarded(pem));
  }

  @AfterAll
  static void stop() throws Exception {
    for (HostileHub hub : HUBS.values()) {
      hub.close();
    }
  }

  @Test
  void requests_ofTheTable_areAnsweredAsItSays() {
    List<HostileRequests.Row> rows = HostileRequests.all();
    assertTrue(rows.stream().map(HostileRequests.Row::name).distinct().count() >= 150, "the table is there");
    var wrong = new ArrayList<String>();
    for (HostileRequests.Row row : rows) {
      HostileHub hub = HUBS.get(row.hub());
      String observed = observe(hub, row);
      if (!observed.equals(row.expected())) {
        wrong.add(row + ": expected " + row.expected() + ", got " + observed);
      }
      List<Event> heard = hub.heard();
      int stored = row.expected().startsWith("201") ? 1 : 0;
      if (heard.size() != stored) {
        wrong.add(row + ": published " + heard);
      }
    }
    assertEquals(List.of(), wrong, () -> wrong.size() + " of " + rows.size() + "\n" + String.join("\n", wrong));
  }

  private static String observe(HostileHub hub, HostileRequests.Row row) {
    try (RawConnection connection = new RawConnection(hub.port())) {
      connection.send(row.request());
      RawConnection.Answer answer = connection.answer();
      String closes = "";
      boolean isClosing = answer.header("connection").orElse("").equals("close");
      if (isClosing && row.expected().endsWith(", will close")) {
        closes = ", will close";
      } else if (isClosing) {
        String more = connection.everything();
        closes = more.isEmpty() ? ", closes" : ", goes on with " + more;
      }
      return answer.status() + code(answer) + closes + leaks(answer, row);
    } catch (AssertionError e) {
      return "not closed";
    } catch (UncheckedIOException e) {
      return e.getCause() instanceof SocketTimeoutException ? "no answer" : "closed";
    }
  }

  private static String code(RawConnection.Answer answer) {
    if (answer.status() < 300 || answer.body().isEmpty()) {
      return "";
    }
    try {
      return " " + new JsonObject(answer.utf8()).getString("code");
    } catch (DecodeException e) {
      return " without a problem: " + answer.body();
    }
  }

  /** What no answer may hold. */
  private static String leaks(RawConnection.Answer answer, HostileRequests.Row row) {
    var leaks = new StringBuilder();
    String all = String.join("\n", answer.head()) + "\n" + answer.body();
    for (String inside : List.of("Exception", "carillon.", "io.vertx", "io.netty", "java.", "secret")) {
      if (all.contains(inside)) {
        leaks.append(", tells ").append(inside);
      }
    }
    if (answer.status() >= 300 && !answer.body().isEmpty()) {
      if (!answer.header("x-content-type-options").orElse("").equals("nosniff")) {
        leaks.append(", may be sniffed");
      }
      if (answer.body().chars().anyMatch(c -> c < 0x20 || c == 0x7f)) {
        leaks.append(", has control characters");
      }
    }
    String allowed = answer.header("access-control-allow-origin").orElse("");
    boolean withCredentials = answer.header("access-control-allow-credentials").isPresent();
    boolean isTrusted = row.request().contains("Origin: " + HostileRequests.TRUSTED_ORIGIN + "\r\n");
    if (withCredentials != allowed.equals(HostileRequests.TRUSTED_ORIGIN)
        || (withCredentials && !isTrusted)
        || (!withCredentials && !List.of("", "*").contains(allowed))) {
      leaks.append(", lets in ").append(allowed);
    }
    return leaks.toString();
  }
}
