package carillon.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/** How much a grid keeps, and whether a node has room for it. */
final class GridOptionsTest {

  private static final GridOptions SHARE = new GridOptions(1_000, 0, 1, 2);
  private static final GridOptions SAID = new GridOptions(1_000, 64 << 20, 1, 2);

  @Test
  void founding_nothingSaid_isAnEighthOfTheHeap() {
    assertEquals(new GridOptions(1_000, 32 << 20, 1, 2), SHARE.founding(256 << 20));
    assertEquals(SAID, SAID.founding(256 << 20));
  }

  /** Otherwise nodes with different heaps could not be one cluster. */
  @Test
  void agreesWith_nothingSaid_takesTheBytesOfTheFirstAndNothingElse() {
    assertTrue(SHARE.agreesWith(SAID));
    assertFalse(SHARE.agreesWith(new GridOptions(1_001, 64 << 20, 1, 2)));
    assertFalse(SHARE.agreesWith(new GridOptions(1_000, 64 << 20, 2, 2)));
    assertFalse(SHARE.agreesWith(new GridOptions(1_000, 64 << 20, 1, 3)));
    assertTrue(SAID.agreesWith(SAID));
    assertFalse(SAID.agreesWith(SHARE.founding(256 << 20)));
  }

  @Test
  void fits_aThirdOfTheHeap_isTheMost() {
    assertTrue(SAID.fits(192 << 20));
    assertFalse(SAID.fits((192 << 20) - 3));
    assertTrue(SHARE.founding(16 << 20).fits(16 << 20));
  }
}
