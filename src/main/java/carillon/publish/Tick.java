package carillon.publish;

import carillon.config.ClockOptions;
import carillon.event.Event;
import carillon.event.Payload;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;

/**
 * The event of a clock. Any thread.
 *
 * <pre>
 *   {"time":"2026-11-20T12:38:00.000+01:00","epochMillis":1795174680000}
 * </pre>
 */
final class Tick {

  /** RFC 3339, always with milliseconds; {@code Z} for UTC. */
  private static final DateTimeFormatter RFC_3339 =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSSXXX", Locale.ROOT);

  private Tick() {}

  /** The tick of {@code clock} that stands for {@code instant}, however late it is sent. */
  static Event of(ClockOptions clock, Instant instant) {
    var format = clock.format();
    var data = new JsonObject()
        .put("time", (format == null ? RFC_3339 : format).format(instant.atZone(clock.zone())))
        .put("epochMillis", instant.toEpochMilli());
    return new Event(null, List.of(clock.topic()), clock.type(), Payload.of(data.encode()), instant, null, null);
  }
}
