package carillon.http;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NegotiationTest {

  private static final List<String> STREAMS = List.of("text/event-stream", "application/x-ndjson");
  private static final List<String> ANSWERS = List.of("text/plain", "application/json");

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "text/plain | text/plain",
        "application/json | application/json",
        "APPLICATION/JSON | application/json",
        "application/json;charset=utf-8 | application/json",
        "*/* | text/plain",
        "* | text/plain",
        "application/* | application/json",
        "text/* | text/plain",
        // equal qualities: the more specific range, then the client's order, then ours
        "*/*, application/json | application/json",
        "application/json, text/plain, */* | application/json",
        "text/plain, application/json | text/plain",
        // qualities
        "text/plain;q=0.5, application/json;q=0.6 | application/json",
        "text/plain;q=0.999, application/json;q=0.998 | text/plain",
        "application/json;q=0.1, */*;q=0.05 | application/json",
        "text/html, application/xhtml+xml, application/xml;q=0.9, */*;q=0.8 | text/plain",
        // the most specific range decides, not the best
        "*/*, text/plain;q=0 | application/json",
        "*/*;q=0.5, text/*;q=0.1 | application/json",
        "*/*;q=0, application/json | application/json",
        // nothing
        "text/html | -",
        "*/*;q=0 | -",
        "text/*;q=0, application/json;q=0.0 | -",
        "image/png, text/plain;q=0.000 | -",
        // malformed ranges are left out
        "text/plain;q=2, application/json;q=0.1 | application/json",
        "text/plain;q=x, application/json;q=0.1 | application/json",
        "text/plain;q=0.1234, application/json;q=0.1 | application/json",
        "text/plain;q=-1, application/json;q=0.1 | application/json",
        "text/plain;q=1.001, application/json;q=0.1 | application/json",
        "*/plain, application/json | application/json",
        "text/, /plain, text, a/b/c, application/json | application/json",
        // nothing but malformed ranges says nothing
        "nonsense | text/plain",
        "'' | text/plain",
        ", , | text/plain",
        // what the JDK's client sends
        "text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2 | text/plain",
      })
  void accept_best_is(String accept, String expected) {
    assertEquals(expected, Negotiation.best(List.of(accept), ANSWERS).orElse("-"));
  }

  @Test
  void absent_best_isTheFirstOffer() {
    assertEquals(Optional.of("text/event-stream"), Negotiation.best(List.of(), STREAMS));
  }

  @Test
  void severalFields_best_areOneList() {
    assertEquals(Optional.of("application/x-ndjson"), Negotiation.best(List.of("text/event-stream;q=0.1",
        "application/x-ndjson"), STREAMS));
    assertEquals(Optional.of("text/event-stream"), Negotiation.best(List.of("*/*", "text/html"), STREAMS));
  }
}
