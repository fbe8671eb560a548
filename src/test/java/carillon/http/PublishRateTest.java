package carillon.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigInteger;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/**
 * Buckets of tokens, against a model in whole numbers without bound. Rounding a wait down, and filling beyond the
 * burst, were seen to fail.
 */
class PublishRateTest {

  private static final BigInteger BILLION = BigInteger.valueOf(1_000_000_000L);

  private final AtomicLong clock = new AtomicLong(new Random().nextLong());

  @Test
  void take_burstAtOnce_thenAtTheRate() {
    PublishRate rate = rate(10, 3);
    assertEquals(0, rate.take("a", 1));
    assertEquals(0, rate.take("a", 2));
    assertEquals(100_000_000, rate.take("a", 1));
    assertEquals(100_000_000, rate.wait("a"));
    assertEquals(0, rate.take("b", 3), "others have buckets of their own");
    clock.addAndGet(99_999_999);
    assertEquals(1, rate.take("a", 1));
    clock.addAndGet(1);
    assertEquals(0, rate.wait("a"));
    assertEquals(0, rate.take("a", 1));
    assertEquals(100_000_000, rate.take("a", 1));
  }

  @Test
  void take_moreThanTheBurst_isOwedAfterwards() {
    PublishRate rate = rate(10, 3);
    assertEquals(0, rate.take("a", 13));
    assertEquals(1_100_000_000, rate.take("a", 1));
    assertEquals(1_300_000_000, rate.take("a", 100), "the next such batch has to wait for a full bucket");
    clock.addAndGet(1_300_000_000);
    assertEquals(0, rate.take("a", 100));
  }

  @Test
  void giveBack_whatWasTaken_neverOverTheBurst() {
    PublishRate rate = rate(1, 2);
    assertEquals(0, rate.take("a", 2));
    rate.giveBack("a", 1);
    assertEquals(0, rate.take("a", 1));
    rate.giveBack("a", 5);
    assertEquals(0, rate.take("a", 2));
    assertTrue(rate.take("a", 1) > 0);
    rate.giveBack("nobody", 1);
  }

  @Test
  void buckets_areBounded_theLeastRecentIsForgotten() {
    var rate = new PublishRate(1, 1, 100, clock::get);
    for (int i = 0; i < 1_000; i++) {
      assertEquals(0, rate.take(i, 1));
      assertEquals(0, i % 2 == 0 ? rate.take("other " + i, 1) : 0);
    }
    assertEquals(100, rate.size());
    assertTrue(rate.take(999, 1) > 0);
    assertEquals(0, rate.take(0, 1));
  }

  @Test
  void take_anySequence_asTheModelSays() {
    long seed = System.nanoTime();
    System.out.println("PublishRateTest seed " + seed);
    var random = new Random(seed);
    for (int round = 0; round < 300; round++) {
      int perSecond = 1 + random.nextInt(1 << random.nextInt(24));
      int burst = 1 + random.nextInt(1 << random.nextInt(24));
      PublishRate rate = rate(perSecond, burst);
      BigInteger full = BILLION.multiply(BigInteger.valueOf(burst));
      BigInteger level = full;
      for (int step = 0; step < 200; step++) {
        long elapsed = random.nextLong() >>> (1 + random.nextInt(62));
        clock.addAndGet(elapsed);
        level = level.add(BigInteger.valueOf(elapsed).multiply(BigInteger.valueOf(perSecond))).min(full);
        int events = 1 + random.nextInt(1 << random.nextInt(20));
        BigInteger needed = BILLION.multiply(BigInteger.valueOf(Math.min(events, burst)));
        long waited = rate.take("a", events);
        String what = "seed " + seed + ", round " + round + ", step " + step;
        if (level.compareTo(needed) >= 0) {
          assertEquals(0, waited, what);
          level = level.subtract(BILLION.multiply(BigInteger.valueOf(events)));
        } else {
          BigInteger[] wait = needed.subtract(level).divideAndRemainder(BigInteger.valueOf(perSecond));
          assertEquals(wait[0].longValueExact() + wait[1].signum(), waited, what);
        }
      }
    }
  }

  private PublishRate rate(int perSecond, int burst) {
    return new PublishRate(perSecond, burst, 1_000, clock::get);
  }
}
