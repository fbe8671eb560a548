package carillon;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import carillon.harness.Http;
import carillon.harness.HubProcess;
import carillon.harness.SseClient;
import carillon.sse.EventStreamReader;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * What goes in comes out: hostile payloads through a real hub, published over one socket and read back over another.
 */
final class PayloadsIT {

  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final int MEBIBYTE = 1 << 20;

  private static final List<String> PAYLOADS =
      List.of(
          "",
          "plain",
          "two\nlines",
          "\nleading",
          "trailing\n",
          "\n",
          "\n\n\n",
          "carriage\rreturn",
          "dos\r\nlines\r\n",
          "\r\n",
          "mixed\n\r\r\n\n\rends",
          " one space",
          "  two spaces",
          "\ttab",
          "trailing space ",
          "data: inside",
          "data:\n\ndata: forged\n\n",
          "id: 1\nevent: forged\nretry: 1\n\n",
          ": a comment",
          ":",
          "\u0000",
          "a\u0000b\u0000",
          "\ufeffbyte order mark",
          "\u2028\u2029\u0085",
          "caf\u00e9 \u20ac \ud83d\udd14 \ud83c\udff4\udb40\udc67\udb40\udc62\udb40\udc7f",
          "{\"json\": [1, 2.50, \"\\u0000\"]}",
          "l".repeat(MEBIBYTE),
          "\n".repeat(MEBIBYTE / 8),
          "\ud83d\udd14".repeat(MEBIBYTE / 4));

  private static HubProcess hub;

  @BeforeAll
  static void start() {
    hub = HubProcess.setup().start();
  }

  @AfterAll
  static void stop() {
    hub.close();
  }

  @Test
  void eachPayload_publishedRaw_arrivesAsSent() {
    try (SseClient stream = SseClient.to(hub.uri(), "/events?topic=raw").open()) {
      stream.awaitHead();
      for (String payload : PAYLOADS) {
        Http.Response answer = Http.exchange(hub.uri(), "POST", "/events/raw", payload.getBytes(UTF_8));
        assertEquals(201, answer.status(), answer.text());
        assertArrives(stream, payload, answer.text());
      }
      assertEquals(List.of(), stream.violations());
    }
  }

  @Test
  void eachPayload_publishedAsJson_arrivesAsSent() {
    try (SseClient stream = SseClient.to(hub.uri(), "/events?topic=json").open()) {
      stream.awaitHead();
      for (String payload : PAYLOADS) {
        String body = new JsonObject().put("topic", "json").put("data", payload).encode();
        Http.Response answer =
            Http.exchange(hub.uri(), "POST", "/events", body.getBytes(UTF_8), "Content-Type: application/json");
        assertEquals(201, answer.status(), answer.text());
        assertArrives(stream, payload, answer.text());
      }
      assertEquals(List.of(), stream.violations());
    }
  }

  @Test
  void eachPayload_readAsEnvelope_isTheSameToTheByte() {
    try (SseClient stream = SseClient.to(hub.uri(), "/events?topic=enveloped&envelope=json").open()) {
      stream.awaitHead();
      for (String payload : PAYLOADS) {
        Http.Response answer = Http.exchange(hub.uri(), "POST", "/events/enveloped", payload.getBytes(UTF_8));
        EventStreamReader.Event event = stream.awaitEvent(next -> next.lastEventId().equals(answer.text()), PATIENCE);
        assertEquals(payload, new JsonObject(event.data()).getString("data"));
      }
    }
  }

  @Test
  void randomPayloads_published_arriveAsSent() {
    long seed = System.nanoTime();
    System.out.println("PayloadsIT seed " + seed);
    var random = new Random(seed);
    String[] pieces = {"a", " ", ":", "\n", "\r", "\r\n", "data", "id: 7", "\ud83d\udd14", "\u0000", "\u00e9", "\n\n"};
    try (SseClient stream = SseClient.to(hub.uri(), "/events?topic=random").open()) {
      stream.awaitHead();
      for (int i = 0; i < 300; i++) {
        var payload = new StringBuilder();
        for (int length = random.nextInt(12); length > 0; length--) {
          payload.append(pieces[random.nextInt(pieces.length)]);
        }
        Http.Response answer = Http.exchange(hub.uri(), "POST", "/events/random", payload.toString().getBytes(UTF_8));
        assertArrives(stream, payload.toString(), answer.text());
      }
    }
  }

  @Test
  void oneByteTooMuch_published_is413() {
    var body = new byte[MEBIBYTE + 1];
    Arrays.fill(body, (byte) 'x');
    assertEquals(413, Http.exchange(hub.uri(), "POST", "/events/large", body).status());
  }

  @Test
  void invalidUtf8_published_is400() {
    for (String octets : List.of("ff", "61c3", "c080", "eda080")) {
      byte[] body = HexFormat.of().parseHex(octets);
      Http.Response answer = Http.exchange(hub.uri(), "POST", "/events/invalid", body);
      assertEquals(400, answer.status(), octets);
      assertTrue(answer.text().contains("\"code\""), answer.text());
    }
  }

  @Test
  void controlCharacters_inTopicTypeAndKey_are400() {
    for (int c = 0; c < 0xa0; c = c == 0x1f ? 0x7f : c + 1) {
      String encoded = c < 0x80 ? String.format("%%%02X", c) : String.format("%%C2%%%02X", c);
      String text = "a" + encoded + "b";
      for (String target : List.of("/events/" + text, "/events/t?type=" + text, "/events/t?key=" + text)) {
        assertEquals(400, Http.post(hub.uri(), target, "x").status(), target);
      }
    }
  }

  private static void assertArrives(SseClient stream, String payload, String id) {
    EventStreamReader.Event event = stream.awaitEvent(next -> next.lastEventId().equals(id), PATIENCE);
    String expected = payload.replace("\r\n", "\n").replace('\r', '\n');
    assertArrayEquals(expected.getBytes(UTF_8), event.data().getBytes(UTF_8));
    assertEquals("message", event.type());
  }
}
