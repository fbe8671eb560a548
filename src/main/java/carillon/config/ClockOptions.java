package carillon.config;

import carillon.event.EventType;
import carillon.event.Topic;
import java.time.Duration;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import org.jspecify.annotations.Nullable;

/**
 * One clock. Immutable.
 *
 * @param topic where its ticks are published
 * @param interval from tick to tick, at least 10 ms; ticks are aligned to the wall clock
 * @param zone in which the time is written
 * @param format of the time in the tick; {@code null} writes RFC 3339
 * @param type of the tick, if any
 */
public record ClockOptions(
    Topic topic, Duration interval, ZoneId zone, @Nullable DateTimeFormatter format, @Nullable EventType type) {}
