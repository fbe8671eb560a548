package carillon.log;

import carillon.event.Topic;
import carillon.event.TopicRule;
import carillon.log.Removal.Candidate;
import carillon.log.Removal.Leaving;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Carries out retention, in steps small enough to go between two groups. Confined to the log thread.
 *
 * <ul> <li><b>count, bytes</b>: a topic that has too much is noted when the index learns of it, and loses its oldest
 * events; <li><b>age</b>: for each age that rules speak of, a pointer walks through the events in their order and stops
 * at the first that is young enough, so every event is looked at once for each age, whatever the number of topics;
 * <li><b>ttl</b>: the table {@code expiry} is sorted by the time at which events expire. </ul>
 *
 * <p>Only what is in the index is removed. What leaves is noted in the {@link TopicDirectory} before the file is
 * changed.
 */
final class SqliteSweep {

  /** Events that one step looks at for each of the reasons above. */
  static final int STEP = 256;

  /** Topics without events that are kept for the sake of what was removed from them. */
  private static final int EMPTIED_TOPICS_MAX = 100_000;

  private static final class Age {
    final Duration age;
    long upTo;

    Age(Duration age, long upTo) {
      this.age = age;
      this.upTo = upTo;
    }
  }

  private final SqliteMeta meta;
  private final TopicDirectory topics;
  private final SqliteIndexer indexer;
  private final EventRows rows;
  private final PreparedStatement oldestPlaces;
  private final PreparedStatement eventAt;
  private final PreparedStatement eventsAfter;
  private final PreparedStatement expired;
  private final PreparedStatement ageUpTo;
  private final Prepared cutPlaces;
  private final Prepared deletePlace;
  private final Prepared deleteEvent;
  private final Prepared deleteExpiry;
  private final Prepared deleteTopic;
  private final Prepared saveAge;

  private final List<Age> ages = new ArrayList<>();
  private final Deque<TopicState> overfull = new ArrayDeque<>();
  private final Deque<TopicState> emptied = new ArrayDeque<>();

  SqliteSweep(
      Connection connection, SqliteMeta meta, TopicDirectory topics, SqliteIndexer indexer, List<TopicRule> rules)
      throws SQLException {
    this.meta = meta;
    this.topics = topics;
    this.indexer = indexer;
    this.rows = new EventRows(meta.epoch());
    String looked = "SELECT offset, time, topics, NULL, ttl, NULL, length(data) FROM event ";
    this.oldestPlaces = connection.prepareStatement(
        "SELECT offset FROM place WHERE topic = ? AND offset > ? AND offset <= ? ORDER BY offset LIMIT ?");
    this.eventAt = connection.prepareStatement(looked + "WHERE offset = ?");
    this.eventsAfter = connection.prepareStatement(
        looked + "WHERE offset > ? AND offset <= ? ORDER BY offset LIMIT " + STEP);
    this.expired = connection.prepareStatement(
        "SELECT time, offset FROM expiry WHERE time <= ? ORDER BY time, offset LIMIT " + STEP);
    this.ageUpTo = connection.prepareStatement("SELECT up_to FROM age_sweep WHERE age = ?");
    this.cutPlaces = new Prepared(connection, "DELETE FROM place WHERE topic = ? AND offset <= ?");
    this.deletePlace = new Prepared(connection, "DELETE FROM place WHERE topic = ? AND offset = ?");
    this.deleteEvent = new Prepared(connection, "DELETE FROM event WHERE offset = ?");
    this.deleteExpiry = new Prepared(connection, "DELETE FROM expiry WHERE time = ? AND offset = ?");
    this.deleteTopic = new Prepared(connection, "DELETE FROM topic WHERE id = ?");
    this.saveAge = new Prepared(connection, "INSERT OR REPLACE INTO age_sweep VALUES (?, ?)");
    beginToAge(rules);
    topics.forEach(this::note);
  }

  /** Rules change: nothing goes because of its age, until every topic is by the same rules again. */
  void ceaseToAge() {
    ages.clear();
  }

  /** Events go because of the ages in the rules, from where that was left off. */
  void beginToAge(List<TopicRule> rules) throws SQLException {
    for (TopicRule rule : rules) {
      Duration age = rule.retention().age();
      if (Retentions.isAgeing(rule.retention()) && ages.stream().noneMatch(known -> known.age.equals(age))) {
        ageUpTo.setString(1, age.toString());
        ages.add(new Age(age, Sql.number(ageUpTo)));
      }
    }
  }

  /** Notes what has to be done about a topic that has grown or shrunk. */
  void note(TopicState topic) {
    if (topic.isOverfull() && !topic.isOverfullNoted) {
      topic.isOverfullNoted = true;
      overfull.add(topic);
    }
    if (topic.events == 0 && !topic.isEmptiedNoted) {
      topic.isEmptiedNoted = true;
      emptied.add(topic);
    }
  }

  /** Whether a topic has too much. */
  boolean isBehind() {
    return !overfull.isEmpty();
  }

  /**
   * Removes a little, as part of the transaction at hand.
   *
   * @return what to do once it is committed; {@code null} when there was nothing to remove
   */
  @Nullable Runnable step(Instant now) throws SQLException {
    var removal = new Removal(topics::find);
    expire(removal, now);
    List<TopicState> visited = cutOverfull(removal);
    var walked = new ArrayList<Runnable>();
    for (Age age : ages) {
      long upTo = cutAged(removal, age, now);
      if (upTo > age.upTo) {
        save(age, upTo);
        walked.add(() -> age.upTo = upTo);
      }
    }
    TopicState forgotten = emptied.size() > EMPTIED_TOPICS_MAX ? emptied.element() : null;
    if (removal.isEmpty() && walked.isEmpty() && forgotten == null) {
      visited.forEach(this::drop); // they say they have too much, but there is nothing to take
      return null;
    }
    removal.conclude();
    carryOut(removal);
    if (forgotten != null) {
      forget(forgotten);
    }
    meta.save(meta.indexedUpTo());
    return () -> {
      walked.forEach(Runnable::run);
      removal.leaving().forEach(this::left);
      visited.forEach(this::drop);
      visited.forEach(this::note);
      if (forgotten != null) {
        emptied.remove();
        forgotten.isEmptiedNoted = false;
      }
    };
  }

  private void expire(Removal removal, Instant now) throws SQLException {
    var offsets = new ArrayList<Long>();
    Sql.bind(expired, now.toEpochMilli());
    try (ResultSet row = expired.executeQuery()) {
      while (row.next()) {
        offsets.add(row.getLong(2));
      }
    }
    for (long offset : offsets) {
      Candidate event = offset <= meta.indexedUpTo() ? find(offset) : null;
      if (event != null) {
        removal.expire(event);
      }
    }
  }

  /** Cuts topics that have too much, the first ones noted; returns which were looked at. */
  private List<TopicState> cutOverfull(Removal removal) throws SQLException {
    var visited = new ArrayList<TopicState>();
    int left = STEP;
    for (TopicState topic : overfull) {
      if (left <= 0) {
        break;
      }
      visited.add(topic);
      left -= 1 + cut(removal, topic, left);
    }
    return visited;
  }

  private int cut(Removal removal, TopicState topic, int most) throws SQLException {
    var offsets = new ArrayList<Long>();
    Sql.bind(oldestPlaces, topic.id, topic.cutUpTo, meta.indexedUpTo(), most);
    try (ResultSet row = oldestPlaces.executeQuery()) {
      while (row.next()) {
        offsets.add(row.getLong(1));
      }
    }
    int looked = 0;
    while (looked < offsets.size() && topic.isTooMuch(removal.eventsLeft(topic), removal.bytesLeft(topic))) {
      Candidate event = find(offsets.get(looked));
      if (event != null) {
        removal.cut(topic, event);
      }
      looked++;
    }
    return looked;
  }

  /** Walks on for one age; returns how far it has come. */
  private long cutAged(Removal removal, Age age, Instant now) throws SQLException {
    Instant keptSince = now.minus(age.age);
    long upTo = age.upTo;
    Sql.bind(eventsAfter, age.upTo, meta.indexedUpTo());
    try (ResultSet row = eventsAfter.executeQuery()) {
      while (row.next() && rows.time(row).isBefore(keptSince)) {
        Candidate event = candidate(row);
        upTo = event.offset();
        for (Topic name : event.topics()) {
          TopicState topic = topics.find(name);
          if (topic != null && topic.retention.age().equals(age.age)) {
            removal.cut(topic, event);
          }
        }
      }
    }
    return upTo;
  }

  private void carryOut(Removal removal) throws SQLException {
    for (Map.Entry<TopicState, Leaving> entry : removal.leaving().entrySet()) {
      TopicState topic = entry.getKey();
      Leaving leaving = entry.getValue();
      if (leaving.cutUpTo() > 0) {
        topics.cut(topic, leaving.cutUpTo());
        cutPlaces.update(topic.id, leaving.cutUpTo());
      }
      for (long offset : leaving.single()) {
        topics.remove(topic, offset);
        deletePlace.update(topic.id, offset);
      }
      indexer.save(
          topic,
          topic.newest,
          topic.events - leaving.events(),
          topic.bytes - leaving.bytes(),
          topic.cutUpTo,
          topic.removedUpTo);
    }
    for (Candidate event : removal.gone()) {
      deleteEvent.update(event.offset());
      if (event.expires() != 0) {
        deleteExpiry.update(event.expires(), event.offset());
      }
    }
  }

  private void left(TopicState topic, Leaving leaving) {
    topic.events -= leaving.events();
    topic.bytes -= leaving.bytes();
    note(topic);
  }

  /** Takes the first of the topics that have too much from the queue. */
  private void drop(TopicState first) {
    first.isOverfullNoted = false;
    overfull.remove();
  }

  /** A topic that was emptied may have been filled again; then it is only taken out of the queue. */
  private void forget(TopicState topic) throws SQLException {
    if (topic.events == 0) {
      topics.forget(topic);
      meta.forgotten(topics.forgottenUpTo());
      deleteTopic.update(topic.id);
    }
  }

  private void save(Age age, long upTo) throws SQLException {
    saveAge.update(
        row -> {
          row.setString(1, age.age.toString());
          row.setLong(2, upTo);
        });
  }

  private @Nullable Candidate find(long offset) throws SQLException {
    Sql.bind(eventAt, offset);
    try (ResultSet row = eventAt.executeQuery()) {
      return row.next() ? candidate(row) : null;
    }
  }

  private Candidate candidate(ResultSet row) throws SQLException {
    return new Candidate(rows.offset(row), rows.topics(row), row.getLong(7), rows.expiresMillis(row));
  }
}
