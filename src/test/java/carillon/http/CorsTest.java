package carillon.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class CorsTest {

  private static PublishServer open;
  private static PublishServer configured;

  @BeforeAll
  static void start() {
    open = new PublishServer();
    configured = new PublishServer(List.of("https://app.example", "HTTP://localhost:3000"), Duration.ofSeconds(60));
  }

  @AfterAll
  static void stop() {
    open.close();
    configured.close();
  }

  private static RawConnection.Answer preflight(PublishServer server, String origin) {
    return server.ask(
        "OPTIONS /events/a HTTP/1.1\r\nHost: h\r\nOrigin: " + origin
        + "\r\nAccess-Control-Request-Method: POST\r\nAccess-Control-Request-Headers: last-event-id\r\n\r\n");
  }

  @Test
  void open_anyOrigin_isAllowedWithoutCredentials() {
    for (String origin : List.of("https://app.example", "null")) {
      RawConnection.Answer answer = open.ask("POST /events/a", "Origin: " + origin + "\r\n", "x");
      assertEquals(201, answer.status());
      assertEquals("*", answer.header("access-control-allow-origin").orElseThrow());
      assertEquals(Optional.empty(), answer.header("access-control-allow-credentials"));
      assertTrue(answer.header("access-control-expose-headers").orElseThrow().contains("Last-Event-ID"));
    }
    RawConnection.Answer preflight = preflight(open, "https://app.example");
    assertEquals(204, preflight.status());
    assertEquals("*", preflight.header("access-control-allow-origin").orElseThrow());
    assertEquals("GET, HEAD, POST, PUT, OPTIONS", preflight.header("access-control-allow-methods").orElseThrow());
    for (String header : List.of("Last-Event-ID", "Content-Type", "Authorization", "Idempotency-Key", "Accept",
        "Cache-Control", "X-TTL")) {
      assertTrue(preflight.header("access-control-allow-headers").orElseThrow().contains(header), header);
    }
    assertTrue(preflight.header("access-control-max-age").isPresent());
    assertEquals(Optional.empty(), open.ask("POST /events/a", "", "x").header("access-control-allow-origin"));
  }

  @Test
  void open_refusal_canBeReadByThePage() {
    for (RawConnection.Answer answer :
        List.of(
            open.ask("POST /events/a//b", "Origin: https://a.example\r\n", "x"),
            open.ask("GET /elsewhere HTTP/1.1\r\nHost: h\r\nOrigin: https://a.example\r\n\r\n"),
            open.ask("PATCH /events HTTP/1.1\r\nHost: h\r\nOrigin: https://a.example\r\n\r\n"))) {
      assertEquals("*", answer.header("access-control-allow-origin").orElseThrow());
    }
  }

  @Test
  void configured_thatOrigin_isAllowedWithCredentials() {
    for (String origin : List.of("https://app.example", "http://localhost:3000")) {
      for (RawConnection.Answer answer : List.of(configured.ask("POST /events/a", "Origin: " + origin + "\r\n", "x"),
          preflight(configured, origin))) {
        assertEquals(origin, answer.header("access-control-allow-origin").orElseThrow());
        assertEquals("true", answer.header("access-control-allow-credentials").orElseThrow());
        assertEquals("Origin", answer.header("vary").orElseThrow());
      }
    }
  }

  @Test
  void configured_otherOrigin_isToldNothingButVary() {
    for (String origin : List.of("https://app.example.evil", "https://evil", "http://app.example",
        "https://app.example:444", "null", "")) {
      for (RawConnection.Answer answer : List.of(configured.ask("POST /events/a", "Origin: " + origin + "\r\n", "x"),
          preflight(configured, origin))) {
        assertEquals(Optional.empty(), answer.header("access-control-allow-origin"), origin);
        assertEquals(Optional.empty(), answer.header("access-control-allow-credentials"), origin);
        assertEquals(Optional.empty(), answer.header("access-control-allow-methods"), origin);
        assertEquals("Origin", answer.header("vary").orElseThrow());
      }
    }
    assertEquals("Origin", configured.ask("POST /events/a", "", "x").header("vary").orElseThrow());
  }
}
