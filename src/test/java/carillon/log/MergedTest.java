package carillon.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.PrimitiveIterator;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

final class MergedTest {

  private static PrimitiveIterator.OfLong lane(long... offsets) {
    return LongStream.of(offsets).iterator();
  }

  private static List<Long> rest(Merged merged) {
    var offsets = new ArrayList<Long>();
    merged.forEachRemaining((Long offset) -> offsets.add(offset));
    return offsets;
  }

  @Test
  void oldestFirst_sharedOffsets_comeOnceInOrder() {
    assertEquals(
        List.of(1L, 2L, 3L, 5L, 8L, 9L),
        rest(Merged.oldestFirst(List.of(lane(1, 3, 8), lane(), lane(2, 3, 9), lane(3, 5, 8)))));
  }

  @Test
  void newestFirst_sharedOffsets_comeOnceInOrder() {
    assertEquals(List.of(8L, 7L, 3L, 1L), rest(Merged.newestFirst(List.of(lane(8, 3, 1), lane(7, 3)))));
  }

  @Test
  void merged_nothing_isAtItsEnd() {
    Merged merged = Merged.oldestFirst(List.of());
    assertFalse(merged.hasNext());
    assertThrows(NoSuchElementException.class, merged::nextLong);
  }
}
