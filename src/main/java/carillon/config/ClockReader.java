package carillon.config;

import carillon.event.EventType;
import carillon.event.InvalidValueException;
import carillon.event.Topic;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** One item of {@code clocks}. Any thread. */
final class ClockReader {

  private static final Kind<Topic> TOPIC = Kinds.text("a topic", ClockReader::topic);
  private static final Setting<Duration> INTERVAL = new Setting<>("interval", Kinds.duration("10ms", "1d"), "1s");
  private static final Setting<ZoneId> ZONE =
      new Setting<>("zone", Kinds.text("a time zone such as UTC, Europe/Berlin or +02:00", ZoneId::of), "UTC");
  private static final Kind<DateTimeFormatter> FORMAT =
      Kinds.text("a pattern of java.time.format.DateTimeFormatter such as HH:mm:ss", ClockReader::format);
  private static final Kind<EventType> TYPE = Kinds.text("an event type", ClockReader::type);
  private static final Set<String> NAMES = Set.of("topic", "interval", "zone", "format", "type");

  /** A group of {@code topic}, which must be there, {@code interval}, {@code zone}, {@code format} and {@code type}. */
  static final Kind<ClockOptions> KIND =
      ((Kind<ClockOptions>) ClockReader::read)
          .withSchema(
              Schemas.group(
                  new JsonObject()
                      .put("topic", TOPIC.schema())
                      .put("interval", INTERVAL.kind().schema())
                      .put("zone", ZONE.kind().schema())
                      .put("format", FORMAT.schema())
                      .put("type", TYPE.schema()),
                  "topic"));

  private ClockReader() {}

  private static Optional<ClockOptions> read(String key, @Nullable Object raw, Problems problems) {
    if (!(raw instanceof JsonObject item)) {
      problems.expected(key, "a clock such as {topic: clock, interval: 1s}", raw);
      return Optional.empty();
    }
    int before = problems.count();
    Fields fields = Fields.of(key + ".", item, NAMES, problems);
    if (!item.containsKey("topic")) {
      problems.expected(key + ".topic", "a topic", null);
    }
    Optional<Topic> topic = fields.find("topic", TOPIC);
    Duration interval = fields.take(INTERVAL);
    ZoneId zone = fields.take(ZONE);
    Optional<DateTimeFormatter> format = fields.find("format", FORMAT);
    Optional<EventType> type = fields.find("type", TYPE);
    return problems.count() == before
        ? topic.map(name -> new ClockOptions(name, interval, zone, format.orElse(null), type.orElse(null)))
        : Optional.empty();
  }

  private static Topic topic(String text) {
    var topic = new Topic(text);
    if (topic.isReserved()) {
      throw new InvalidValueException("topic", "a topic that does not begin with " + Topic.RESERVED_PREFIX, text);
    }
    return topic;
  }

  private static EventType type(String text) {
    var type = new EventType(text);
    if (type.isReserved()) {
      throw new InvalidValueException("type", "a type that does not begin with " + EventType.RESERVED_PREFIX, text);
    }
    return type;
  }

  private static DateTimeFormatter format(String text) {
    var format = DateTimeFormatter.ofPattern(text, Locale.ROOT);
    // A pattern may be well-formed and yet ask for what a time does not have; better now than at the first tick.
    if (format.format(Instant.EPOCH.atZone(ZoneOffset.UTC)).isBlank()) {
      throw new IllegalArgumentException("blank");
    }
    return format;
  }
}
