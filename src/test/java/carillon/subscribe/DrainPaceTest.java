package carillon.subscribe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import org.junit.jupiter.api.Test;

final class DrainPaceTest {

  private static final long TICK = Duration.ofMillis(20).toNanos();
  private static final long START = Long.MAX_VALUE - TICK; // the clock may pass its end meanwhile

  @Test
  void many_eachTenthOfTheWindow_endsATenth() {
    var pace = new DrainPace(10_000, Duration.ofSeconds(10), START);
    int open = 10_000;
    for (int tick = 0; open > 0; tick++) {
      if (tick % 50 == 0) {
        assertEquals(10_000 - tick * 20, open, 10_000 / 100, "after " + tick + " ticks");
      }
      open -= pace.due(open, START + tick * TICK, TICK);
      assertTrue(tick < 500, "open beyond the window: " + open);
    }
  }

  @Test
  void few_areNotSpreadOverTheWholeWindow() {
    assertEquals(1, new DrainPace(1, Duration.ofSeconds(10), START).due(1, START, Duration.ofMillis(50).toNanos()));
    var pace = new DrainPace(20, Duration.ofSeconds(10), START);
    assertEquals(20, pace.due(20, START + Duration.ofSeconds(1).toNanos(), TICK));
  }

  @Test
  void late_endsTheRestAtOnce() {
    var pace = new DrainPace(5_000, Duration.ofSeconds(10), START);
    assertEquals(4_999, pace.due(4_999, START + Duration.ofSeconds(11).toNanos(), TICK));
  }

  @Test
  void someLeaveByThemselves_theRestKeepsTheWindow() {
    var pace = new DrainPace(10_000, Duration.ofSeconds(10), START);
    assertEquals(4, pace.due(1_000, START + Duration.ofSeconds(5).toNanos(), TICK));
  }

  @Test
  void noWindowOrNobody_endsAllAtOnce() {
    assertEquals(7, new DrainPace(7, Duration.ZERO, START).due(7, START, TICK));
    assertEquals(0, new DrainPace(0, Duration.ofSeconds(10), START).due(0, START, TICK));
  }
}
