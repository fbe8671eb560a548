package carillon.event;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The one spelling of durations. */
class DurationsTest {

  @ParameterizedTest
  @CsvSource({
    "0ms, PT0S", "0d, PT0S", "250ms, PT0.25S", "15s, PT15S", "10m, PT10M", "2h, PT2H", "7d, PT168H", "90s, PT1M30S",
    "999999999999ms, PT277777H46M39.999S", "999999999999d, PT23999999999976H"
  })
  void parse_numberAndUnit_isThat(String text, Duration expected) {
    assertEquals(Optional.of(expected), Durations.parse(text));
  }

  @ParameterizedTest
  @ValueSource(strings = {
    "", "s", "10", "-1s", "+1s", "1.5s", "1e3s", " 1s", "1s ", "1 s", "01s", "00s", "1S", "1M", "1min", "1w", "1y",
    "1us", "1ns", "1sm", "1s1",
    "PT1S", "1h30m", "1000000000000d", "99999999999999999999s", "\u0661s", "1ſ", "1s\n", "0x1s", "all"
  })
  void parse_anythingElse_isNoDuration(String text) {
    assertEquals(Optional.empty(), Durations.parse(text));
  }
}
