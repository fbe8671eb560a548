package carillon.bus;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class WireBudgetTest {

  private static final long SECOND = 1_000_000_000L;

  private final WireBudget budget = new WireBudget(1_000, 0);

  @Test
  void full_asMuchAsItHolds_isTakenAndNoMore() {
    assertTrue(budget.takes(600, 0));
    assertTrue(budget.takes(400, 0));
    assertFalse(budget.takes(1, 0));
  }

  @Test
  void empty_halfASecondLater_hasHalf() {
    assertTrue(budget.takes(1_000, 0));
    assertFalse(budget.takes(501, SECOND / 2));
    assertTrue(budget.takes(500, SECOND / 2));
  }

  @Test
  void full_anHourLater_holdsNoMoreThanASecond() {
    assertTrue(budget.takes(1_000, 3_600 * SECOND));
    assertFalse(budget.takes(1, 3_600 * SECOND));
  }

  @Test
  void refused_takesNothing() {
    assertFalse(budget.takes(1_001, 0));
    assertTrue(budget.takes(1_000, 0));
  }

  @Test
  void empty_askedVeryOften_fillsAllTheSame() {
    assertTrue(budget.takes(1_000, 0));
    int taken = 0;
    for (long nanos = 0; nanos <= SECOND; nanos += 10_000) {
      taken += budget.takes(1, nanos) ? 1 : 0;
    }
    assertEquals(1_000, taken, 1);
  }

  @Test
  void anything_overAnyTime_staysWithinItsRate() {
    for (long seed = 0; seed < 200; seed++) {
      var random = new SplittableRandom(seed);
      var subject = new WireBudget(1 << 20, 0);
      long now = 0;
      long taken = 0;
      for (int i = 0; i < 1_000; i++) {
        now += random.nextLong(1, 1L << random.nextInt(1, 32));
        int bytes = random.nextInt(1 << 18);
        taken += subject.takes(bytes, now) ? bytes : 0;
        long most = (1 << 20) + (long) Math.ceil((double) now / SECOND * (1 << 20));
        assertTrue(taken <= most, "seed " + seed + ": " + taken + " in " + now + " ns");
      }
    }
  }
}
