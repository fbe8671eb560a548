package carillon.event;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The rules of W3C Trace Context, level 2, section 3.2. */
class TraceParentTest {

  private static final String GOOD = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

  @ParameterizedTest
  @CsvSource({
    "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01, 01",
    "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00, 00",
    "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-ff, ff",
    // Of a later version what this one knows: two flags, and nothing behind them.
    "01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-ff, 03",
    "cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-what-comes, 01",
    "fe-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-02-, 02"
  })
  void said_good_isKeptAsVersion0(String text, String flags) {
    String expected = GOOD.substring(0, GOOD.length() - 2) + flags;
    assertEquals(Optional.of(new TraceParent(expected)), TraceParent.of(List.of(text)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "00",
        "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
        "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-1",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
        "01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01more",
        "0-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        " 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\n",
        "00-4bf92f3577b34da6a3ce929d0e0e473g-00f067aa0ba902b7-01"
      })
  void said_bad_isIgnored(String text) {
    assertEquals(Optional.empty(), TraceParent.of(List.of(text)));
    assertThrows(InvalidValueException.class, () -> new TraceParent(text));
  }

  @Test
  void said_twiceOrNever_isIgnored() {
    assertEquals(Optional.empty(), TraceParent.of(List.of(GOOD, GOOD)));
    assertEquals(Optional.empty(), TraceParent.of(List.of()));
  }

  @Test
  void draft_ofAnotherTrace_saysTheSame() {
    Draft draft = Draft.of(new Topic("a"), Payload.of("x"));
    assertEquals(true, draft.hasContentOf(draft.tracedBy(new TraceParent(GOOD))));
  }
}
