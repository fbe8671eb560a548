package carillon.log;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

final class SteadyClockTest {

  private final TestClock time = new TestClock();
  private final SteadyClock clock = time.steady();
  private final Instant noon = time.instant();

  @Test
  void steady_timePasses_goesWithIt() {
    time.pass(Duration.ofSeconds(5));
    assertEquals(noon.plusSeconds(5), clock.instant());
  }

  @Test
  void steady_wallJumpsAhead_goesOnAsBefore() {
    time.jump(Duration.ofDays(1));
    time.pass(Duration.ofSeconds(5));
    assertEquals(noon.plusSeconds(5), clock.instant());
  }

  @Test
  void steady_wallJumpsBack_goesBackWithIt() {
    time.jump(Duration.ofHours(-1));
    time.pass(Duration.ofSeconds(5));
    assertEquals(noon.minusSeconds(3_595), clock.instant());
  }

  @Test
  void steady_wallJumpsBackAndIsSetRight_staysBehind() {
    time.jump(Duration.ofHours(-1));
    assertEquals(noon.minusSeconds(3_600), clock.instant());
    time.jump(Duration.ofHours(1));
    time.pass(Duration.ofSeconds(5));
    assertEquals(noon.minusSeconds(3_595), clock.instant());
  }
}
