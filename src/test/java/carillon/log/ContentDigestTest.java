package carillon.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import carillon.event.Draft;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;

final class ContentDigestTest {

  private static final List<Draft> DIFFERENT =
      List.of(
          Logs.draft("a", "bc"),
          Logs.draft("a", "b"),
          Logs.secret(Logs.draft("a", "b")),
          Logs.draft("a", "b\0\0\0\0\0\0\0\1"),
          Logs.draft("ab", "c"),
          Logs.draft("a", "x".repeat(8_192)),
          Logs.draft("a", "x".repeat(8_193)),
          Logs.shared("", "a", "b"),
          Logs.shared("", "b", "a"),
          Logs.shared("b", "a"),
          Logs.full(List.of("a"), "b", "", null, null, null),
          Logs.full(List.of("a"), null, "b", null, Duration.ofSeconds(1), null),
          Logs.full(List.of("a"), null, "b", null, Duration.ofNanos(1), null),
          Logs.full(List.of("a"), null, "b", null, null, Duration.ofSeconds(1)),
          Logs.full(List.of("a"), null, "b", null, null, Duration.ZERO));

  @Test
  void digest_anyPairOfDrafts_isEqualExactlyWhenTheContentIs() {
    for (Draft one : DIFFERENT) {
      for (Draft other : DIFFERENT) {
        assertEquals(
            one.hasContentOf(other),
            ContentDigest.of(one).equals(ContentDigest.of(other)),
            () -> one + " and " + other);
      }
    }
  }

  @Test
  void digest_otherKey_isTheSame() {
    assertEquals(ContentDigest.of(Logs.keyed("k", "a", "1")), ContentDigest.of(Logs.keyed("l", "a", "1")));
  }

  /** Keys in the files of hubs that knew no private events must find their drafts again. */
  @Test
  void digest_notPrivate_isWhatItAlwaysWas() {
    assertEquals(
        "d260b88f", HexFormat.of().formatHex(ContentDigest.of(Logs.draft("a", "1")).toBytes()).substring(0, 8));
  }

  @Test
  void digest_storedAndRead_isTheSame() {
    ContentDigest digest = ContentDigest.of(Logs.draft("a", "1"));
    assertEquals(digest, ContentDigest.ofBytes(digest.toBytes()));
    assertThrows(IllegalArgumentException.class, () -> ContentDigest.ofBytes(new byte[31]));
  }
}
