package carillon.publish;

import carillon.event.Event;
import carillon.event.EventId;
import carillon.event.Payload;
import carillon.event.Topic;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What a node says of itself, at one moment. Immutable.
 *
 * <pre>
 *   {"node":"9f3c…","name":"hub1:8080","version":"0.1.0","startedAt":"2026-11-20T12:38:00Z","periodMillis":1000,
 *    "streams":12,"events":3456,"deliveries":41472,"draining":false,
 *    "log":{"epoch":"00c4f1a90b7e","oldest":"00c4f1a90b7e-1","newest":"00c4f1a90b7e-3456"}}
 * </pre>
 *
 * <p>{@code events} and {@code deliveries} are counted from {@code startedAt}: two of them make a rate.
 *
 * @param self what stays the same
 * @param figures what has been counted by now
 * @param log how far its log is
 */
record NodeStatus(Self self, Figures figures, Reach log) {

  /** Where nodes say it. The hub's own, so wildcards do not select it, and nobody else may publish there. */
  static final Topic TOPIC = new Topic(Topic.RESERVED_PREFIX + "status");

  /**
   * What stays the same.
   *
   * @param node a number that the node has drawn when it started
   * @param name by which people know it
   * @param version of its jar, if it runs from one
   * @param period after which it says the next
   */
  record Self(long node, String name, @Nullable String version, Instant started, Duration period) {}

  /** How far a log is, as its engine tells without being asked for I/O. */
  record Reach(long epoch, long oldest, long head) {

    private JsonObject toJson() {
      var json = new JsonObject().put("epoch", EventId.epochText(epoch));
      if (oldest <= head) {
        json.put("oldest", new EventId(epoch, oldest).toString()).put("newest", new EventId(epoch, head).toString());
      }
      return json;
    }
  }

  /** The event that says it. */
  Event toEvent(Instant now) {
    var json =
        new JsonObject()
            .put("node", String.format(Locale.ROOT, "%016x", self.node()))
            .put("name", self.name());
    if (self.version() != null) {
      json.put("version", self.version());
    }
    json.put("startedAt", self.started().toString())
        .put("periodMillis", self.period().toMillis())
        .put("streams", figures.streams())
        .put("events", figures.events())
        .put("deliveries", figures.deliveries())
        .put("draining", figures.isDraining())
        .put("log", log.toJson());
    return new Event(null, List.of(TOPIC), null, Payload.of(json.encode()), now, null, null);
  }
}
