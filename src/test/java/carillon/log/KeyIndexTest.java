package carillon.log;

import static org.junit.jupiter.api.Assertions.assertEquals;

import carillon.event.Key;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class KeyIndexTest {

  @Test
  void index_anyOrderOfAddsAndRemoves_findsWhatAMapFinds() {
    long seed = System.nanoTime();
    var random = new Random(seed);
    var index = new KeyIndex(random);
    var model = new HashMap<Key, Long>();
    var keyAt = new HashMap<Long, Key>();
    for (long offset = 1; offset <= 20_000; offset++) {
      var key = new Key("k" + random.nextInt(4_000));
      Long known = model.get(key);
      assertEquals(known == null ? 0 : known, index.find(key, at -> key.equals(keyAt.get(at))), () -> "seed " + seed);
      if (known == null) {
        index.add(key, offset);
        model.put(key, offset);
        keyAt.put(offset, key);
      } else if (random.nextInt(3) > 0) {
        index.remove(key, known);
        model.remove(key);
      }
      assertEquals(model.size(), index.size(), () -> "seed " + seed);
    }
    for (Map.Entry<Key, Long> entry : model.entrySet()) {
      Key key = entry.getKey();
      assertEquals(entry.getValue(), index.find(key, at -> key.equals(keyAt.get(at))), () -> "seed " + seed);
    }
  }

  @Test
  void index_rowOfAnotherKey_isNotTakenForIt() {
    var index = new KeyIndex(new Random(1));
    var key = new Key("k");
    index.add(key, 7);
    assertEquals(0, index.find(key, at -> false));
    assertEquals(7, index.find(key, at -> at == 7));
  }
}
