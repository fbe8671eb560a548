package carillon.log;

import carillon.event.Event;
import carillon.event.EventId;
import carillon.event.EventType;
import carillon.event.Payload;
import carillon.event.Topic;
import carillon.event.TraceParent;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * How an event is written as a row of the table {@code event}, and read from it. Confined to the thread of its
 * connection.
 *
 * <pre>
 *   offset INTEGER PRIMARY KEY | time ms | topics, one per line | type | ttl ns | retry ns | data | private 0 or 1 | trace
 * </pre>
 *
 * <p>Topics are kept as text, so that a row says everything by itself; data comes behind what is looked at alone, so
 * that a large one is not loaded then. Whether an event is private, and of which trace, is only asked together with its
 * data.
 */
final class EventRows {

  static final int COLUMNS = 9;
  static final String SELECT = "SELECT offset, time, topics, type, ttl, retry, data, private, trace FROM event ";

  private static final int OFFSET = 1;
  private static final int TIME = 2;
  private static final int TOPICS = 3;
  private static final int TYPE = 4;
  private static final int TTL = 5;
  private static final int RETRY = 6;
  private static final int DATA = 7;
  private static final int PRIVATE = 8;
  private static final int TRACE = 9;
  private static final int TOPIC_LISTS_MAX = 1_024;

  private final long epoch;
  private final Map<String, List<Topic>> topicLists =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, List<Topic>> eldest) {
          return size() > TOPIC_LISTS_MAX;
        }
      };

  /** @param epoch of the ids that are read */
  EventRows(long epoch) {
    this.epoch = epoch;
  }

  static void bind(PreparedStatement statement, int first, Event event) throws SQLException {
    int at = first - 1;
    statement.setLong(at + OFFSET, event.offset());
    statement.setLong(at + TIME, event.time().toEpochMilli());
    statement.setString(at + TOPICS, topicsText(event.topics()));
    statement.setString(at + TYPE, event.type() == null ? null : event.type().name());
    setNanos(statement, at + TTL, event.ttl());
    setNanos(statement, at + RETRY, event.retry());
    statement.setBytes(at + DATA, event.data().toBytes());
    statement.setInt(at + PRIVATE, event.isPrivate() ? 1 : 0);
    statement.setString(at + TRACE, event.trace() == null ? null : event.trace().text());
  }

  /** Binds the row of an event with a ttl in the table {@code expiry}. */
  static void bindExpiry(PreparedStatement statement, int first, Event event) throws SQLException {
    statement.setLong(first, expiresMillis(event.time(), Objects.requireNonNull(event.ttl())));
    statement.setLong(first + 1, event.offset());
  }

  long offset(ResultSet row) throws SQLException {
    return row.getLong(OFFSET);
  }

  Instant time(ResultSet row) throws SQLException {
    return Instant.ofEpochMilli(row.getLong(TIME));
  }

  List<Topic> topics(ResultSet row) throws SQLException {
    return topicLists.computeIfAbsent(row.getString(TOPICS), EventRows::topics);
  }

  /** Whether the event's ttl has passed. */
  boolean isExpired(ResultSet row, Instant now) throws SQLException {
    Duration ttl = nanos(row, TTL);
    return ttl != null && !time(row).plus(ttl).isAfter(now);
  }

  /**
   * When the event expires, in whole milliseconds, never too early; 0 without a ttl. The key of its row in {@code
   * expiry}.
   */
  long expiresMillis(ResultSet row) throws SQLException {
    Duration ttl = nanos(row, TTL);
    return ttl == null ? 0 : expiresMillis(time(row), ttl);
  }

  private static long expiresMillis(Instant time, Duration ttl) {
    return time.plus(ttl).plusNanos(999_999).toEpochMilli();
  }

  Event event(ResultSet row) throws SQLException {
    String type = row.getString(TYPE);
    String trace = row.getString(TRACE);
    return new Event(
        new EventId(epoch, offset(row)),
        topics(row),
        type == null ? null : new EventType(type),
        Payload.ofUtf8(row.getBytes(DATA)),
        time(row),
        nanos(row, TTL),
        nanos(row, RETRY),
        row.getInt(PRIVATE) != 0,
        trace == null ? null : new TraceParent(trace));
  }

  private static String topicsText(List<Topic> topics) {
    if (topics.size() == 1) {
      return topics.get(0).name();
    }
    var text = new StringBuilder();
    for (Topic topic : topics) {
      text.append(text.isEmpty() ? "" : "\n").append(topic.name());
    }
    return text.toString();
  }

  private static List<Topic> topics(String text) {
    var topics = new ArrayList<Topic>(1);
    for (String name : text.split("\n", -1)) {
      topics.add(new Topic(name));
    }
    return List.copyOf(topics);
  }

  private static void setNanos(PreparedStatement statement, int at, @Nullable Duration duration) throws SQLException {
    if (duration == null) {
      statement.setNull(at, Types.INTEGER);
    } else {
      statement.setLong(at, duration.toNanos());
    }
  }

  private static @Nullable Duration nanos(ResultSet row, int column) throws SQLException {
    long nanos = row.getLong(column);
    return row.wasNull() ? null : Duration.ofNanos(nanos);
  }
}
