package carillon.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.junit.jupiter.api.Test;

class LatenciesTest {

  @Test
  void bucket_anyTime_isBelowItsBoundByASixtyFourthAtMost() {
    long seed = new Random().nextLong();
    var random = new Random(seed);
    for (int i = 0; i < 10_000; i++) {
      long nanos = Math.max(64, random.nextLong() >>> (1 + random.nextInt(60)));
      double bound = Latencies.upperBound(Latencies.bucket(nanos));
      assertTrue(nanos <= bound && bound <= nanos * (1 + 1.0 / 64) + 1, nanos + " and " + bound + ", seed " + seed);
    }
  }

  @Test
  void millis_thousandTimes_answersTheShareAskedFor() {
    var latencies = new Latencies();
    for (int i = 1; i <= 1_000; i++) {
      latencies.add(i * 1_000_000L);
    }
    assertEquals(500, latencies.millis(0.5), 500 / 64.0);
    assertEquals(990, latencies.millis(0.99), 990 / 64.0);
    latencies.clear();
    assertEquals(0, latencies.millis(0.99));
  }
}
