package carillon.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What is called flat, and what is not. */
final class TrendTest {

  private static Trend of(int count, IntToDoubleFunction value) {
    return Trend.of(IntStream.range(0, count).mapToObj(value::applyAsDouble).toList());
  }

  @Test
  void line_exact_isFoundWithoutNoise() {
    Trend trend = of(11, i -> 100 + 2 * i);
    assertEquals(110, trend.mean(), 1e-9);
    assertEquals(20, trend.growth(), 1e-9);
    assertEquals(0, trend.noise(), 1e-9);
    assertFalse(trend.isFlat());
  }

  @Test
  void noise_withoutATrend_isFlat() {
    for (int seed = 0; seed < 200; seed++) {
      var random = new Random(seed);
      assertTrue(of(60, i -> 100 + 30 * random.nextGaussian()).isFlat(), "seed " + seed);
    }
  }

  /** Less than the noise of a single value, and yet there. */
  @Test
  void leak_belowTheNoise_isSeenInALongRun() {
    for (int seed = 0; seed < 200; seed++) {
      var random = new Random(seed);
      assertFalse(of(360, i -> 100 + 20 * i / 360.0 + 8 * random.nextGaussian()).isFlat(), "seed " + seed);
    }
  }

  @Test
  void constant_fallingOrHardlyGrowing_isFlat() {
    assertTrue(Trend.of(Collections.nCopies(60, 7.0)).isFlat());
    assertTrue(Trend.of(Collections.nCopies(60, 0.0)).isFlat());
    assertTrue(of(60, i -> 100 - i).isFlat());
    assertTrue(of(60, i -> 100 + 4 * i / 60.0).isFlat(), "below what anybody would mind");
    assertTrue(of(60, i -> 50 + 10 * (i % 6)).isFlat(), "a saw");
  }

  @Test
  void values_few_sayNothing() {
    Trend trend = Trend.of(List.of(1.0, 2.0, 3.0, 4.0));
    assertFalse(trend.isKnown());
    assertFalse(trend.isFlat());
  }
}
