package carillon.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import carillon.event.Key;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The window of keys is the same on every node, however it came by its keys. */
final class GridKeysTest {

  private static final ContentDigest CONTENT = ContentDigest.ofBytes(new byte[ContentDigest.BYTES]);
  private static final Instant START = Instant.parse("2024-03-01T12:00:00Z");

  private static Map<Key, KnownKey> keys(int from, int count) {
    var keys = new HashMap<Key, KnownKey>();
    for (int i = from; i < from + count; i++) {
      keys.put(new Key("k" + i), new KnownKey(i + 1, CONTENT));
    }
    return keys;
  }

  private static GridKeys empty() {
    return new GridKeys(GridBase.BEGINNING);
  }

  @Test
  void key_oldAndNotAmongTheLast_isUnknownThoughItIsStillInMemory() {
    GridKeys keys = empty();
    keys.advance(START);
    keys.remember(keys(0, 150_000), START, 0);
    assertNotNull(keys.find(new Key("k0")));
    keys.advance(START.plus(KeyWindow.AGE));
    assertNotNull(keys.find(new Key("k0")), "10 minutes old to the millisecond");
    keys.advance(START.plus(KeyWindow.AGE).plusMillis(1));
    assertEquals(150_000, keys.size());
    assertNull(keys.find(new Key("k49999")));
    assertNotNull(keys.find(new Key("k50000")), "the last 100,000");
    keys.advance(START);
    assertNull(keys.find(new Key("k49999")), "a stamp that goes back changes nothing");
  }

  @Test
  void window_outgrown_shrinksStepByStep() {
    GridKeys keys = empty();
    keys.advance(START);
    keys.remember(keys(0, 150_000), START, 0);
    Instant later = START.plus(Duration.ofHours(1));
    keys.advance(later);
    for (int i = 0; i < 60; i++) {
      keys.remember(keys(150_000 + i, 1), later, 1 + i);
    }
    assertEquals(KeyWindow.COUNT_MIN, keys.size());
    assertEquals(0, keys.oldestSegment(99));
    keys.remember(keys(200_000, KeyWindow.COUNT_MIN), later, 80);
    keys.remember(keys(400_000, 1), later, 81);
    assertEquals(1, keys.oldestSegment(99), "what is not 10 minutes old");
    assertEquals(62, keys.segments(), "0 has nothing anybody could ask for");
    assertEquals(0, keys.save(0).length);
  }

  @Test
  void window_savedAndLoaded_givesTheSameAnswers() throws Exception {
    GridKeys keys = empty();
    keys.advance(START);
    keys.remember(keys(0, 10), START, 3);
    keys.remember(keys(10, 10), START.plusSeconds(60), 4);
    var loaded = new GridKeys(new GridBase(20, START, keys.stamp(), keys.count(), 3));
    loaded.load(3, keys.save(3));
    loaded.load(4, keys.save(4));
    for (GridKeys one : new GridKeys[] {keys, loaded}) {
      one.advance(START.plus(KeyWindow.AGE).plusSeconds(30));
      one.remember(keys(1_000, KeyWindow.COUNT_MIN - 5), START.plusSeconds(60), 5);
    }
    for (int i = 0; i < 20; i++) {
      var key = new Key("k" + i);
      assertEquals(keys.find(key), loaded.find(key), key.text());
    }
    assertNull(keys.find(new Key("k9")));
    assertNotNull(keys.find(new Key("k10")));
  }

  @Test
  void segment_left_isSavedNoMore() {
    GridKeys keys = empty();
    keys.remember(keys(0, 10), START, 3);
    assertTrue(keys.save(3).length > 0);
    keys.left(3);
    assertEquals(0, keys.save(3).length);
    assertNotNull(keys.find(new Key("k0")));
  }
}
