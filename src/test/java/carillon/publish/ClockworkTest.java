package carillon.publish;

import static org.junit.jupiter.api.Assertions.assertEquals;

import carillon.config.ClockOptions;
import carillon.event.Event;
import carillon.event.EventType;
import carillon.event.Topic;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ClockworkTest {

  private static final Instant START = Instant.parse("2026-11-20T12:00:00.300Z");

  private final Clockwork seconds = new Clockwork(new ClockSchedule(Duration.ofSeconds(1), ZoneOffset.UTC), START);

  private static Instant at(String time) {
    return Instant.parse("2026-11-20T" + time + "Z");
  }

  private static Optional<Instant> tick(String time) {
    return Optional.of(at(time));
  }

  @Test
  void started_firstTick_isTheNextMultiple() {
    assertEquals(Duration.ofMillis(700), seconds.untilNext(START));
    assertEquals(Optional.empty(), seconds.due(at("12:00:00.999")));
    assertEquals(tick("12:00:01"), seconds.due(at("12:00:01")));
  }

  @Test
  void askedLate_tick_standsForTheAlignedInstant() {
    assertEquals(tick("12:00:01"), seconds.due(at("12:00:01.250")));
    assertEquals(Duration.ofMillis(750), seconds.untilNext(at("12:00:01.250")));
  }

  @Test
  void askedTwice_tick_isDueOnce() {
    assertEquals(tick("12:00:01"), seconds.due(at("12:00:01")));
    assertEquals(Optional.empty(), seconds.due(at("12:00:01.001")));
  }

  @Test
  void askedVeryLate_missedTicks_areSkipped() {
    assertEquals(tick("12:00:07"), seconds.due(at("12:00:07.100")));
    assertEquals(Optional.empty(), seconds.due(at("12:00:07.101")));
    assertEquals(tick("12:00:08"), seconds.due(at("12:00:08")));
  }

  @Test
  void clockSetForward_ticksGoOnFromThere() {
    assertEquals(tick("18:30:00"), seconds.due(at("18:30:00.500")));
    assertEquals(tick("18:30:01"), seconds.due(at("18:30:01")));
  }

  @Test
  void clockSetFarBack_ticksGoOnFromThere() {
    assertEquals(tick("12:00:01"), seconds.due(at("12:00:01")));
    assertEquals(Optional.empty(), seconds.due(at("03:00:00.500")));
    assertEquals(Duration.ofMillis(500), seconds.untilNext(at("03:00:00.500")));
    assertEquals(tick("03:00:01"), seconds.due(at("03:00:01")));
  }

  @Test
  void clockCorrectedBack_noTick_isRepeated() {
    assertEquals(tick("12:00:01"), seconds.due(at("12:00:01")));
    assertEquals(Optional.empty(), seconds.due(at("12:00:00.995")));
    assertEquals(Optional.empty(), seconds.due(at("12:00:01")));
    assertEquals(tick("12:00:02"), seconds.due(at("12:00:02")));
  }

  @Test
  void tick_withoutFormat_isRfc3339WithMillisecondsInItsZone() {
    assertEquals("{\"time\":\"2026-11-20T12:00:00.300Z\",\"epochMillis\":1795176000300}", dataOf(ZoneOffset.UTC, null));
    assertEquals(
        "{\"time\":\"2026-11-20T13:00:00.300+01:00\",\"epochMillis\":1795176000300}",
        dataOf(ZoneId.of("Europe/Berlin"), null));
  }

  @Test
  void tick_withFormat_isWrittenSo() {
    assertEquals(
        "{\"time\":\"13 \\\"Uhr\\\" 00\",\"epochMillis\":1795176000300}",
        dataOf(ZoneId.of("Europe/Berlin"), DateTimeFormatter.ofPattern("HH '\"Uhr\"' mm")));
  }

  @Test
  void tick_isTransientAndOfItsInstant() {
    var type = new EventType("tick");
    Event tick =
        Tick.of(new ClockOptions(new Topic("clock"), Duration.ofSeconds(1), ZoneOffset.UTC, null, type), START);
    assertEquals(true, tick.isTransient());
    assertEquals(START, tick.time());
    assertEquals(type, tick.type());
  }

  private static String dataOf(ZoneId zone, DateTimeFormatter format) {
    var options = new ClockOptions(new Topic("clock"), Duration.ofSeconds(1), zone, format, null);
    return Tick.of(options, START).data().toString();
  }
}
