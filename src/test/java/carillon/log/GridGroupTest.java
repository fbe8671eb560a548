package carillon.log;

import static carillon.log.Logs.draft;
import static carillon.log.Logs.full;
import static carillon.log.Logs.secret;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** What travels between nodes is read back as it was, or not at all. */
final class GridGroupTest {

  private static final Instant NOW = Instant.ofEpochMilli(1_700_000_000_123L);

  private static final GridGroup GROUP =
      new GridGroup(
          new UUID(1, -2),
          Long.MAX_VALUE,
          NOW,
          NOW.minusSeconds(5),
          List.of(
              full(List.of("ä/ö", "b"), "typ\u00e9", "\r\n\u0000\ud83d\ude00", "k", Duration.ofSeconds(2, 1), Duration.ZERO),
              secret(draft("orders", "his")),
              draft("x", "")));

  @Test
  void group_encodedAndDecoded_isTheSame() throws Exception {
    assertEquals(GROUP, GridGroup.decode(GROUP.encode()));
  }

  @Test
  void group_cutOffAnywhereOrLonger_isRefused() {
    byte[] bytes = GROUP.encode();
    for (int length = 0; length < bytes.length; length++) {
      byte[] cut = Arrays.copyOf(bytes, length);
      assertThrows(IOException.class, () -> GridGroup.decode(cut), "cut off after " + length);
    }
    assertThrows(IOException.class, () -> GridGroup.decode(Arrays.copyOf(bytes, bytes.length + 1)));
  }

  @Test
  void group_ofAVersionToCome_isRefused() {
    byte[] bytes = GROUP.encode();
    bytes[0]++;
    assertThrows(IOException.class, () -> GridGroup.decode(bytes));
  }

  /** It may become another group, but never anything else than a group or a refusal. */
  @Test
  void group_withWrongBytes_isAGroupOrRefused() {
    long seed = System.nanoTime();
    var random = new Random(seed);
    for (int round = 0; round < 20_000; round++) {
      byte[] bytes = GROUP.encode();
      for (int i = random.nextInt(4); i >= 0; i--) {
        bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
      }
      try {
        assertEquals(GridGroup.VERSION, bytes[0], "seed " + seed + ": " + GridGroup.decode(bytes));
      } catch (IOException expected) {
        // as good as any other answer to nonsense
      }
    }
  }
}
