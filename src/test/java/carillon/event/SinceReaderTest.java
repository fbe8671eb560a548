package carillon.event;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** From where a subscriber is served: what people may write, and what browsers say. */
class SinceReaderTest {

  private static final Instant NOW = Instant.parse("2026-11-20T12:38:00.125Z");

  private static Since parse(String text) {
    return SinceReader.parse(text, NOW);
  }

  @Test
  void parse_id_isAfter() {
    assertEquals(new Since.After(new EventId(0x00c4f1a90b7eL, 1042)), parse("00c4f1a90b7e-1042"));
    assertEquals(new Since.After(new EventId(1, 0)), parse("000000000001-0"));
  }

  @Test
  void parse_all_isAll() {
    assertEquals(new Since.All(), parse("all"));
  }

  @Test
  void parse_duration_isThatLongBeforeNow() {
    assertEquals(new Since.From(NOW.minusSeconds(600)), parse("10m"));
    assertEquals(new Since.From(NOW.minusMillis(250)), parse("250ms"));
    assertEquals(new Since.From(NOW), parse("0s"));
  }

  @Test
  void parse_durationBeforeAllTimes_isFromTheEpoch() {
    assertEquals(new Since.From(Instant.EPOCH), parse("999999999999d"));
    long seconds = NOW.getEpochSecond();
    assertEquals(new Since.From(Instant.ofEpochSecond(0, 125_000_000)), parse(seconds + "s"));
    assertEquals(new Since.From(Instant.EPOCH), parse(seconds + 1 + "s"));
    Instant wrongClock = Instant.EPOCH.minus(Duration.ofDays(1));
    assertEquals(new Since.From(Instant.EPOCH), SinceReader.parse("1s", wrongClock));
  }

  @ParameterizedTest
  @CsvSource({
    "2026-11-20T12:38:00Z,                2026-11-20T12:38:00Z",
    "2026-11-20t12:38:00z,                2026-11-20T12:38:00Z",
    "2026-11-20T12:38:00.5Z,              2026-11-20T12:38:00.500Z",
    "2026-11-20T12:38:00.123456789Z,      2026-11-20T12:38:00.123456789Z",
    "2026-11-20T13:38:00+01:00,           2026-11-20T12:38:00Z",
    "2026-11-20T13:38:00 01:00,           2026-11-20T12:38:00Z",
    "2026-11-20T07:08:00-05:30,           2026-11-20T12:38:00Z",
    "2026-11-20T12:38:00+00:00,           2026-11-20T12:38:00Z",
    "2026-11-20T12:38:00-00:00,           2026-11-20T12:38:00Z",
    "2024-02-29T23:59:59.999Z,            2024-02-29T23:59:59.999Z",
    "0001-01-01T00:00:00Z,                0001-01-01T00:00:00Z",
    "9999-12-31T23:59:59Z,                9999-12-31T23:59:59Z"
  })
  void parse_rfc3339_isThatTime(String text, Instant expected) {
    assertEquals(new Since.From(expected), parse(text));
  }

  @Test
  void parse_last_isThatMany() {
    assertEquals(new Since.Last(1), parse("last:1"));
    assertEquals(new Since.Last(100), parse("last:100"));
    assertEquals(new Since.Last(1_000_000), parse("last:1000000"));
  }

  @ParameterizedTest
  @ValueSource(strings = {
    "", " ", "ALL", "all ", "none", "now", "latest", "-1", "42", "1635528741", "00c4f1a90b7e-", "00C4F1A90B7E-1",
    "00c4f1a90b7e-01",
    "10", "-10m", "10 m", "1.5h", "10min", "PT10M",
    "2026-11-20", "2026-11-20T12:38:00", "2026-11-20T12:38Z", "2026-11-20T12:38:00,5Z", "2026-11-20T12:38:00.Z",
    "2026-11-20 12:38:00Z",
    "2026-11-20T12:38:00.1234567890Z", "2026-11-20T12:38:00+01", "2026-11-20T12:38:00+0100",
    "2026-11-20T12:38:00+01:00:00",
    "2026-11-20T12:38:00  01:00", "2026-11-20T12:38:00Z ", "2026-11-20T12:38:00UTC", "2026-11-20T12:38:00Z[UTC]",
    "20261120T123800Z",
    "26-11-20T12:38:00Z", "12026-11-20T12:38:00Z", "+2026-11-20T12:38:00Z", "-0001-11-20T12:38:00Z",
    "2026-W47-5T12:38:00Z",
    "2026-02-29T00:00:00Z", "2026-13-01T00:00:00Z", "2026-00-01T00:00:00Z", "2026-11-31T00:00:00Z",
    "2026-11-20T24:00:00Z",
    "2026-11-20T12:60:00Z", "2016-12-31T23:59:60Z", "2026-11-20T12:38:00+18:01", "2026-11-20T12:38:00+01:60",
    "2026-11-20T12:38:00+99:99",
    "\u0662\u0660\u0662\u0666-11-20T12:38:00Z",
    "last", "last:", "last:0", "last:-1", "last:+1", "last:1000001", "last:4294967297", "last:99999999999999999999",
    "last:1.0", "last: 1",
    "last:\u0661", "Last:1", "last:all", "\n", "\0", "all\0"
  })
  void parse_anythingElse_isToldToThePerson(String text) {
    var e = assertThrows(InvalidValueException.class, () -> parse(text));
    assertEquals("since", e.what());
    NamesTest.assertIsHarmless(e);
  }

  @Test
  void ofLastEventId_id_isAfter() {
    assertEquals(new Since.After(new EventId(0x00c4f1a90b7eL, 1042)), SinceReader.ofLastEventId("00c4f1a90b7e-1042"));
  }

  @Test
  void ofLastEventId_empty_isLiveOnly() {
    assertEquals(new Since.Now(), SinceReader.ofLastEventId(""));
  }

  /** An EventSource gives up for ever on a 400. */
  @ParameterizedTest
  @ValueSource(strings = {
    " ", "all", "10m", "last:5", "42", "2026-11-20T12:38:00Z", "00c4f1a90b7e-", "\0", "\n", "\ud800", "é"
  })
  void ofLastEventId_anythingElse_isUnknown(String text) {
    assertEquals(new Since.Unknown(text), SinceReader.ofLastEventId(text));
  }

  @Test
  void fold_eachCase_isAnsweredByItsOwn() {
    var names = new Since.Cases<String>() {
      @Override
      public String now() {
        return "now";
      }

      @Override
      public String all() {
        return "all";
      }

      @Override
      public String after(EventId id) {
        return "after " + id;
      }

      @Override
      public String from(Instant time) {
        return "from " + time;
      }

      @Override
      public String last(int count) {
        return "last " + count;
      }

      @Override
      public String unknown(String text) {
        return "unknown " + text;
      }
    };
    assertEquals("now", new Since.Now().fold(names));
    assertEquals("all", new Since.All().fold(names));
    assertEquals("after 000000000001-2", new Since.After(new EventId(1, 2)).fold(names));
    assertEquals("from 1970-01-01T00:00:00Z", new Since.From(Instant.EPOCH).fold(names));
    assertEquals("last 3", new Since.Last(3).fold(names));
    assertEquals("unknown x", new Since.Unknown("x").fold(names));
  }

  @Test
  void last_outOfBounds_isRefused() {
    assertThrows(InvalidValueException.class, () -> new Since.Last(0));
    assertThrows(InvalidValueException.class, () -> new Since.Last(-1));
    assertThrows(InvalidValueException.class, () -> new Since.Last(Since.Last.COUNT_MAX + 1));
  }
}
