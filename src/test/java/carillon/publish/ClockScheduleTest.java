package carillon.publish;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ClockScheduleTest {

  /** 2026-03-29 02:00 → 03:00, 2026-10-25 03:00 → 02:00. */
  private static final ZoneId BERLIN = ZoneId.of("Europe/Berlin");

  /** 2026-03-08 00:00 → 01:00, 2026-11-01 01:00 → 00:00. */
  private static final ZoneId HAVANA = ZoneId.of("America/Havana");

  /** Half an hour: 2026-10-04 02:00 → 02:30, 2026-04-05 02:00 → 01:30. */
  private static final ZoneId LORD_HOWE = ZoneId.of("Australia/Lord_Howe");

  /** The local times of all ticks in a stretch, with their offsets. */
  private static List<String> ticks(Duration interval, ZoneId zone, String from, String to) {
    var schedule = new ClockSchedule(interval, zone);
    var ticks = new ArrayList<String>();
    Instant end = LocalDateTime.parse(to).atZone(zone).toInstant();
    Instant tick = schedule.after(LocalDateTime.parse(from).atZone(zone).toInstant());
    while (tick.isBefore(end)) {
      ticks.add(tick.atZone(zone).toLocalDateTime().toString().substring(8) + tick.atZone(zone).getOffset());
      tick = schedule.after(tick);
    }
    return ticks;
  }

  @ParameterizedTest
  @CsvSource({
    "PT0.01S, 2026-11-20T12:00:00.005Z, 2026-11-20T12:00:00.010Z",
    "PT0.01S, 2026-11-20T12:00:00.010Z, 2026-11-20T12:00:00.020Z",
    "PT1S,    2026-11-20T12:00:00.999999999Z, 2026-11-20T12:00:01Z",
    "PT1S,    2026-11-20T12:00:01Z, 2026-11-20T12:00:02Z",
    "PT5S,    2026-11-20T12:00:01Z, 2026-11-20T12:00:05Z",
    "PT7S,    1970-01-01T00:00:00Z, 1970-01-01T00:00:07Z",
    "PT1S,    1969-12-31T23:59:58.5Z, 1969-12-31T23:59:59Z",
    "PT1M,    2026-11-20T12:00:01Z, 2026-11-20T12:01:00Z",
    "PT7M,    1970-01-01T00:07:00Z, 1970-01-01T00:14:00Z",
    "PT48H,   1970-01-01T00:00:01Z, 1970-01-03T00:00:00Z"
  })
  void after_anyInstant_isTheNextMultiple(Duration interval, Instant now, Instant expected) {
    var schedule = new ClockSchedule(interval, ZoneOffset.UTC);
    assertEquals(expected, schedule.after(now));
    assertEquals(expected, schedule.atOrBefore(expected));
    assertTrue(!schedule.atOrBefore(now).isAfter(now));
  }

  @Test
  void zoneWithHalfHours_hourly_isAtLocalFullHours() {
    assertEquals(
        List.of("20T11:00+05:30", "20T12:00+05:30"),
        ticks(Duration.ofHours(1), ZoneId.of("Asia/Kolkata"), "2026-11-20T10:30", "2026-11-20T12:30"));
  }

  @Test
  void zone_shorterThanAMinuteOrNoPartOfADay_isByTheEpoch() {
    Instant now = Instant.parse("2026-11-20T12:00:01Z");
    for (Duration interval : List.of(Duration.ofSeconds(7), Duration.ofMinutes(7), Duration.ofDays(2))) {
      assertEquals(
          new ClockSchedule(interval, ZoneOffset.UTC).after(now),
          new ClockSchedule(interval, ZoneId.of("Asia/Kolkata")).after(now));
    }
  }

  @Test
  void spring_hourly_skipsTheHourThatIsNone() {
    assertEquals(
        List.of("29T01:00+01:00", "29T03:00+02:00", "29T04:00+02:00"),
        ticks(Duration.ofHours(1), BERLIN, "2026-03-29T00:30", "2026-03-29T04:30"));
  }

  @Test
  void autumn_hourly_ticksInBothHours() {
    assertEquals(
        List.of("25T01:00+02:00", "25T02:00+02:00", "25T02:00+01:00", "25T03:00+01:00"),
        ticks(Duration.ofHours(1), BERLIN, "2026-10-25T00:30", "2026-10-25T03:30"));
  }

  @Test
  void autumn_minutes_areSixtySecondsApart() {
    var schedule = new ClockSchedule(Duration.ofMinutes(1), BERLIN);
    Instant tick = Instant.parse("2026-10-24T23:00:00Z");
    for (int i = 0; i < 200; i++) {
      assertEquals(tick.plusSeconds(60), schedule.after(tick));
      tick = tick.plusSeconds(60);
    }
  }

  @Test
  void daily_isLocalMidnight_whateverTheLengthOfTheDay() {
    assertEquals(
        List.of("25T00:00+02:00", "26T00:00+01:00"),
        ticks(Duration.ofDays(1), BERLIN, "2026-10-24T12:00", "2026-10-26T12:00"));
    assertEquals(
        List.of("29T00:00+01:00", "30T00:00+02:00"),
        ticks(Duration.ofDays(1), BERLIN, "2026-03-28T12:00", "2026-03-30T12:00"));
  }

  @Test
  void spring_dayWithoutMidnight_beginsWithItsFirstMoment() {
    assertEquals(
        List.of("08T01:00-04:00", "09T00:00-04:00"),
        ticks(Duration.ofDays(1), HAVANA, "2026-03-07T12:00", "2026-03-09T12:00"));
  }

  @Test
  void autumn_dayWithTwoMidnights_ticksAtTheFirst() {
    assertEquals(
        List.of("01T00:00-04:00", "02T00:00-05:00"),
        ticks(Duration.ofDays(1), HAVANA, "2026-10-31T12:00", "2026-11-02T12:00"));
    var daily = new ClockSchedule(Duration.ofDays(1), HAVANA);
    Instant secondMidnight = Instant.parse("2026-11-01T05:00:00Z");
    assertEquals(Instant.parse("2026-11-01T04:00:00Z"), daily.atOrBefore(secondMidnight));
    assertEquals(Instant.parse("2026-11-01T04:00:00Z"), daily.atOrBefore(secondMidnight.plusSeconds(36_000)));
  }

  @Test
  void changeOfHalfAnHour_hourly_staysAtLocalFullHours() {
    assertEquals(
        List.of("04T01:00+10:30", "04T02:30+11:00", "04T03:00+11:00"),
        ticks(Duration.ofHours(1), LORD_HOWE, "2026-10-04T00:30", "2026-10-04T03:30"));
    assertEquals(
        List.of("05T01:00+11:00", "05T02:00+10:30", "05T03:00+10:30"),
        ticks(Duration.ofHours(1), LORD_HOWE, "2026-04-05T00:30", "2026-04-05T03:30"));
  }

  @Test
  void autumn_intervalThatDoesNotFitTheHour_ticksAgainOnlyAfterAWholeOne() {
    assertEquals(
        List.of("25T01:30+02:00", "25T02:15+02:00", "25T02:15+01:00", "25T03:00+01:00"),
        ticks(Duration.ofMinutes(45), BERLIN, "2026-10-25T01:00", "2026-10-25T03:30"));
  }

  @Test
  void randomInstants_agreeWithEachOther() {
    long seed = System.nanoTime();
    var random = new Random(seed);
    var zones = List.of(
        BERLIN, HAVANA, LORD_HOWE, ZoneOffset.UTC, ZoneId.of("Asia/Kathmandu"), ZoneId.of("America/Sao_Paulo"));
    var intervals = List.of(
        Duration.ofMillis(10), Duration.ofSeconds(1), Duration.ofSeconds(5), Duration.ofMinutes(1),
        Duration.ofMinutes(45), Duration.ofHours(1), Duration.ofHours(12), Duration.ofDays(1), Duration.ofDays(3));
    for (int i = 0; i < 5_000; i++) {
      ZoneId zone = zones.get(random.nextInt(zones.size()));
      Duration interval = intervals.get(random.nextInt(intervals.size()));
      var schedule = new ClockSchedule(interval, zone);
      Instant now = Instant.ofEpochSecond(random.nextLong(2_000_000_000L), random.nextInt(1_000_000_000));
      if (random.nextBoolean()) { // near a change of the offset, where it is hard
        var change = zone.getRules().nextTransition(now);
        now = change == null ? now : change.getInstant().plusMillis(random.nextInt(14_400_000) - 7_200_000);
      }
      String which = "seed " + seed + ": " + interval + " in " + zone + " at " + now;
      Instant before = schedule.atOrBefore(now);
      Instant after = schedule.after(now);
      assertTrue(!before.isAfter(now) && after.isAfter(now), which);
      assertEquals(after, schedule.after(before), which);
      assertEquals(after, schedule.atOrBefore(after), which);
      assertEquals(before, schedule.atOrBefore(before), which);
      assertEquals(before, schedule.atOrBefore(after.minusNanos(1)), which);
      assertTrue(Duration.between(before, after).compareTo(interval.multipliedBy(2)) <= 0, which);
      if (interval.equals(Duration.ofDays(1))) {
        assertEquals(after.atZone(zone).toLocalDate().atStartOfDay(zone).toInstant(), after, which);
      } else if (interval.equals(Duration.ofMinutes(1))) {
        assertEquals(0, LocalTime.from(after.atZone(zone)).getSecond(), which);
      }
    }
  }

  @Test
  void interval_notAboveZero_isRefused() {
    assertThrows(IllegalArgumentException.class, () -> new ClockSchedule(Duration.ZERO, ZoneOffset.UTC));
    assertThrows(IllegalArgumentException.class, () -> new ClockSchedule(Duration.ofNanos(5), ZoneOffset.UTC));
  }
}
