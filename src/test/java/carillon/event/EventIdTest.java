package carillon.event;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The text of an id, both ways: what is written is read, and nothing else is. */
class EventIdTest {

  @Test
  void toString_smallAndLarge_isThis() {
    assertEquals("00c4f1a90b7e-1042", new EventId(0x00c4f1a90b7eL, 1042).toString());
    assertEquals("000000000001-0", new EventId(1, 0).toString());
    assertEquals("ffffffffffff-9223372036854775807", new EventId(EventId.EPOCH_MAX, Long.MAX_VALUE).toString());
    assertEquals("0000000000ff", EventId.epochText(255));
  }

  @Test
  void parse_whatWasWritten_isTheSame() {
    long seed = System.nanoTime();
    System.out.println("EventIdTest.parse_whatWasWritten_isTheSame seed " + seed);
    var random = new Random(seed);
    for (int n = 0; n < 10_000; n++) {
      long epoch = Math.max(1, random.nextLong() & (EventId.EPOCH_MAX >> random.nextInt(48)));
      var id = new EventId(epoch, random.nextLong() >>> (1 + random.nextInt(63)));
      assertEquals(Optional.of(id), EventId.parse(id.toString()));
    }
  }

  @Test
  void parse_bounds_areRead() {
    for (long epoch : new long[] {1, 15, 16, EventId.EPOCH_MAX}) {
      for (long offset : new long[] {0, 1, 9, 10, 1L << 31, 1L << 32, 999_999_999_999_999_999L, Long.MAX_VALUE}) {
        assertEquals(Optional.of(new EventId(epoch, offset)), EventId.parse(new EventId(epoch, offset).toString()));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {
    "", "-", "1", "42", "00c4f1a90b7e", "00c4f1a90b7e-", "-1042", "00c4f1a90b7e1042", "00c4f1a90b7e_1042",
    "00c4f1a90b7e--1", "00c4f1a90b7e-+1",
    "00c4f1a90b7-1042", "000c4f1a90b7e-1042", "00C4F1A90B7E-1042", "00c4f1a90b7g-1042", "0xc4f1a90b7e-1042",
    "00c4f1a90b7e-01",
    "00c4f1a90b7e-00", "00c4f1a90b7e-1a", "00c4f1a90b7e-1 ", " 00c4f1a90b7e-1", "00c4f1a90b7e- 1", "00c4f1a90b7e-1\n",
    "00c4f1a90b7e-1\0",
    "00c4f1a90b7e-\u0661", "\u0660\u0660c4f1a90b7e-1", "00c4f1a90b7e-1.0", "00c4f1a90b7e-1e3", "000000000000-1",
    "00c4f1a90b7e-9223372036854775808", "00c4f1a90b7e-9999999999999999999", "00c4f1a90b7e-10000000000000000000",
    "00c4f1a90b7e-18446744073709551617", "00c4f1a90b7e-00000000000000000001", "00c4f1a90b7e\u2010104"
  })
  void parse_anythingElse_isNoId(String text) {
    assertEquals(Optional.empty(), EventId.parse(text));
  }

  @Test
  void parse_oneCharacterChanged_isNoIdOrAnother() {
    String text = "00c4f1a90b7e-1042";
    for (int i = 0; i < text.length(); i++) {
      for (char c = 0; c < 0x180; c++) {
        String changed = text.substring(0, i) + c + text.substring(i + 1);
        EventId.parse(changed).ifPresent(id -> assertEquals(changed, id.toString()));
      }
      assertEquals(Optional.empty(), EventId.parse(text.substring(0, i) + '\u4e00' + text.substring(i + 1)));
    }
  }

  @Test
  void construct_outOfBounds_isTheProgrammersError() {
    assertThrows(IllegalArgumentException.class, () -> new EventId(0, 1));
    assertThrows(IllegalArgumentException.class, () -> new EventId(-1, 1));
    assertThrows(IllegalArgumentException.class, () -> new EventId(EventId.EPOCH_MAX + 1, 1));
    assertThrows(IllegalArgumentException.class, () -> new EventId(1, -1));
  }
}
