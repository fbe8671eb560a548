package carillon.log;

import carillon.event.Topic;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Keeps the index: which topic has which events, the tables {@code topic} and {@code place}. Confined to the log
 * thread.
 *
 * <p>Events are indexed a good thousand at a time, in order of topic, some time after they were committed. To index
 * each group with its commit would write a page for every topic of the group before its publisher is answered; a
 * stretch writes that page once. Everything in the index can be told from the events, so it needs no fsync of its own.
 */
final class SqliteIndexer {

  /** Events that are indexed in one step; a group that arrives meanwhile waits for it. */
  static final int STEP = 1_024;

  private record Place(long topic, long offset, long bytes) {}

  private final SqliteMeta meta;
  private final TopicDirectory topics;
  private final Retentions retentions;
  private final EventRows rows;
  private final PreparedStatement next;
  private final RowInsert<Place> insertPlaces;
  private final Prepared saveTopic;

  private long lastTopicId;

  /** Reads every topic. */
  SqliteIndexer(Connection connection, SqliteMeta meta, TopicDirectory topics, Retentions retentions)
      throws SQLException {
    this.meta = meta;
    this.topics = topics;
    this.retentions = retentions;
    this.rows = new EventRows(meta.epoch());
    this.next = connection.prepareStatement(
        "SELECT offset, 0, topics, NULL, NULL, NULL, length(data) FROM event WHERE offset > ? ORDER BY offset LIMIT ?");
    this.insertPlaces = new RowInsert<>(
        connection,
        "place",
        3,
        (statement, first, place) -> {
          statement.setLong(first, place.topic());
          statement.setLong(first + 1, place.offset());
          statement.setLong(first + 2, place.bytes());
        });
    this.saveTopic = new Prepared(connection, "INSERT OR REPLACE INTO topic VALUES (?, ?, ?, ?, ?, ?, ?)");
    load(connection);
  }

  /** How many of the newest events are not in the index yet, at the most. */
  long lag() {
    return meta.head() - meta.indexedUpTo();
  }

  /** What {@link #step} has written, and {@link #committed} makes visible. */
  record Step(Map<TopicState, long[]> grown, long upTo) {}

  /** Writes the index of the next events, at most so many, as part of the transaction at hand. */
  Step step(int events) throws SQLException {
    var places = new ArrayList<Place>();
    var grown = new LinkedHashMap<TopicState, long[]>(); // newest offset, events, bytes
    var added = new LinkedHashMap<Topic, TopicState>();
    long upTo = meta.head();
    Sql.bind(next, meta.indexedUpTo(), events);
    try (ResultSet row = next.executeQuery()) {
      int count = 0;
      while (row.next()) {
        long offset = rows.offset(row);
        long bytes = row.getLong(7);
        for (Topic name : rows.topics(row)) {
          TopicState topic = topics.find(name);
          if (topic == null) {
            topic = added.computeIfAbsent(name, this::newTopic);
          }
          TopicState known = topic;
          long[] sums = grown.computeIfAbsent(topic, any -> new long[] {0, known.events, known.bytes});
          sums[0] = offset;
          sums[1]++;
          sums[2] += bytes;
          places.add(new Place(topic.id, offset, bytes));
        }
        count++;
        upTo = count == events ? offset : meta.head();
      }
    }
    places.sort(Comparator.comparingLong(Place::topic).thenComparingLong(Place::offset));
    insertPlaces.insert(places);
    for (Map.Entry<TopicState, long[]> entry : grown.entrySet()) {
      TopicState topic = entry.getKey();
      long[] sums = entry.getValue();
      save(topic, sums[0], sums[1], sums[2], topic.cutUpTo, topic.removedUpTo);
    }
    meta.save(upTo);
    return new Step(grown, upTo);
  }

  /** The transaction of {@code step} is committed. */
  void committed(Step step) {
    step.grown().forEach(
        (topic, sums) -> {
          topic.newest = sums[0];
          topic.events = sums[1];
          topic.bytes = sums[2];
          topics.add(topic);
        });
    meta.indexed(step.upTo());
  }

  /** Writes a topic, as part of the transaction at hand. */
  void save(TopicState topic, long newest, long events, long bytes, long cutUpTo, long removedUpTo)
      throws SQLException {
    saveTopic.update(
        row -> {
          row.setLong(1, topic.id);
          row.setString(2, topic.topic.name());
          row.setLong(3, newest);
          row.setLong(4, events);
          row.setLong(5, bytes);
          row.setLong(6, cutUpTo);
          row.setLong(7, removedUpTo);
        });
  }

  /** What was removed under this name, if the topic was known once, is among what was forgotten. */
  private TopicState newTopic(Topic name) {
    lastTopicId++;
    TopicState topic = state(lastTopicId, name);
    topic.cutUpTo = topics.forgottenUpTo();
    topic.removedUpTo = topics.forgottenUpTo();
    return topic;
  }

  private TopicState state(long id, Topic name) {
    return new TopicState(id, name, retentions.of(name), retentions.isLatestOnly(name));
  }

  private void load(Connection connection) throws SQLException {
    topics.forgotten(meta.forgottenUpTo());
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(
            "SELECT id, name, newest, events, bytes, cut_up_to, removed_up_to FROM topic")) {
      while (row.next()) {
        var name = new Topic(row.getString(2));
        TopicState topic = state(row.getLong(1), name);
        topic.newest = row.getLong(3);
        topic.events = row.getLong(4);
        topic.bytes = row.getLong(5);
        topic.cutUpTo = row.getLong(6);
        topic.removedUpTo = row.getLong(7);
        topics.add(topic);
        lastTopicId = Math.max(lastTopicId, topic.id);
      }
    }
  }
}
