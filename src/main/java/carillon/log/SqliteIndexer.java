package carillon.log;

import carillon.event.Event;
import carillon.event.Topic;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the index: which topic has which events, the tables {@code topic} and {@code place}. Confined to the log
 * thread.
 *
 * <pre>
 *   committed ──▶ active memtable ──frozen──▶ flushing ──a slice at a time, topic by topic──▶ topic, place
 *                                  indexedUpTo moves when the last slice is committed
 * </pre>
 *
 * <p>The index is sorted by topic, events come by time: to index each group with its commit would write a page for
 * every topic of the group before its publisher is answered. As in a log-structured merge tree the newest events are
 * found in memory instead, and many at once are written in the order of the index, some time after they were committed:
 * a page is then written once for all of them that it holds, which is what keeps publishing to a hundred thousand
 * topics about as cheap as to one. Everything in the index can be told from the events, so it needs no fsync of its
 * own.
 *
 * <p>A flush may be cut off at any slice, by a crash or a full disk. A slice writes the places of a topic together with
 * its row, whose {@code newest} then says how far the topic has come; the flush that is made in its stead goes on from
 * there.
 */
final class SqliteIndexer {

  /**
   * When what is written.
   *
   * @param slice places that are written in one transaction; a group that arrives meanwhile waits for it
   * @param flush places that are collected before they are flushed without waiting for a quiet moment
   * @param patience visits after which they are flushed in any case
   */
  record Pace(int slice, int flush, int patience) {

    /** Some 20 MB of memory at the most, with a topic for each event; and two seconds, with ten visits a second. */
    static final Pace USUAL = new Pace(1_024, 1 << 17, 20);
  }

  private record Place(long topic, long offset, long bytes) {}

  /** A topic of a flush, and what of it the index lacks. */
  private record Share(TopicState topic, Memtable.Places places) {}

  /** A frozen memtable on its way into the file. */
  private static final class Flush {
    final Memtable table;
    final List<Share> shares;
    final long upTo;

    /** By which topics were made that the index did not have. */
    final Retentions retentions;

    // What is committed.
    int share;
    int placeOfShare;
    int written;

    Flush(Memtable table, List<Share> shares, long upTo, Retentions retentions) {
      this.table = table;
      this.shares = shares;
      this.upTo = upTo;
      this.retentions = retentions;
    }
  }

  private final SqliteMeta meta;
  private final TopicDirectory topics;
  private final EventRows rows;
  private final Pace pace;
  private final RowInsert<Place> insertPlaces;
  private final Prepared saveTopic;

  private Retentions retentions;
  private Memtable active = new Memtable();
  private @Nullable Flush flush;
  private int visits;
  private long lastTopicId;

  /** Reads every topic, and the events that the index lacks. */
  SqliteIndexer(
      Connection connection, SqliteMeta meta, TopicDirectory topics, Retentions retentions, Pace pace)
      throws SQLException {
    this.meta = meta;
    this.topics = topics;
    this.retentions = retentions;
    this.rows = new EventRows(meta.epoch());
    this.pace = pace;
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
    loadTopics(connection);
    loadActive(connection);
  }

  /** Topics that are not in the directory yet come into it by other rules; those that are stay as they are. */
  void change(Retentions fresh) {
    retentions = fresh;
  }

  /** Takes note of events that have been committed. */
  void appended(List<Event> events) {
    events.forEach(active::add);
  }

  /** Where the events are that the index lacks. */
  List<Memtable> unindexed() {
    return flush == null ? List.of(active) : List.of(flush.table, active);
  }

  /** How many of the newest events are not in the index yet, at the most. */
  long lag() {
    return meta.head() - meta.indexedUpTo();
  }

  /** Whether a step is due even while groups keep coming; a flush goes on twice as fast as they come. */
  boolean isBehind() {
    return flush == null ? active.places() >= pace.flush() : flush.written < 2L * active.places();
  }

  /**
   * Whether a step is due at a visit, of which there are a few in a second.
   *
   * @param isQuiet whether nothing has come since the last one
   */
  boolean isDue(boolean isQuiet) {
    if (lag() == 0) {
      return false;
    }
    visits++;
    return isQuiet || flush != null || visits >= pace.patience();
  }

  /** Whether a flush has begun and not ended. */
  boolean isFlushing() {
    return flush != null;
  }

  /** What {@link #step} has written, and {@link #committed} makes visible. */
  record Step(Map<TopicState, long[]> grown, int share, int placeOfShare, int written) {}

  /** Writes the next slice of the index, as part of the transaction at hand. Only when there is a {@link #lag}. */
  Step step() throws SQLException {
    Flush current = flush == null ? freeze() : flush;
    var places = new ArrayList<Place>();
    var grown = new LinkedHashMap<TopicState, long[]>(); // newest offset, events, bytes
    int share = current.share;
    int place = current.placeOfShare;
    int written = 0;
    while (share < current.shares.size() && written < pace.slice()) {
      TopicState topic = current.shares.get(share).topic();
      Memtable.Places of = current.shares.get(share).places();
      int end = Math.min(of.size(), place + pace.slice() - written);
      long[] sums = {topic.newest, topic.events, topic.bytes};
      written += end - place;
      for (; place < end; place++) {
        if (of.offset(place) > topic.newest) { // else a flush that was cut off has done it
          sums[0] = of.offset(place);
          sums[1]++;
          sums[2] += of.bytes(place);
          places.add(new Place(topic.id, of.offset(place), of.bytes(place)));
        }
      }
      grown.put(topic, sums);
      if (place == of.size()) {
        share++;
        place = 0;
      }
    }
    insertPlaces.insert(places);
    for (Map.Entry<TopicState, long[]> entry : grown.entrySet()) {
      TopicState topic = entry.getKey();
      long[] sums = entry.getValue();
      save(topic, sums[0], sums[1], sums[2], topic.cutUpTo, topic.removedUpTo);
    }
    if (share == current.shares.size()) {
      meta.save(current.upTo);
    }
    return new Step(grown, share, place, written);
  }

  /**
   * The transaction of {@code step} is committed.
   *
   * @param visitor is shown the topics that have grown, once the index has all of what was flushed with them
   */
  void committed(Step step, Consumer<TopicState> visitor) {
    Flush current = Objects.requireNonNull(flush);
    boolean isRuledOtherwise = current.retentions != retentions;
    step.grown().forEach(
        (topic, sums) -> {
          if (isRuledOtherwise) {
            topic.change(retentions); // made before the rules changed, it may not have been met on their way
          }
          topic.newest = sums[0];
          topic.events = sums[1];
          topic.bytes = sums[2];
          topics.add(topic);
        });
    current.share = step.share();
    current.placeOfShare = step.placeOfShare();
    current.written += step.written();
    if (current.share == current.shares.size()) {
      meta.indexed(current.upTo);
      flush = null;
      visits = 0;
      current.shares.forEach(share -> visitor.accept(share.topic()));
    }
  }

  /** From now on the active memtable is another one. */
  private Flush freeze() {
    var shares = new ArrayList<Share>(active.topics());
    active.forEach(
        (name, places) -> {
          TopicState known = topics.find(name);
          shares.add(new Share(known == null ? newTopic(name) : known, places));
        });
    shares.sort(Comparator.comparingLong(share -> share.topic().id));
    var frozen = new Flush(active, shares, meta.head(), retentions);
    active = new Memtable();
    flush = frozen;
    return frozen;
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
    var topic = new TopicState(lastTopicId, name, retentions);
    topic.cutUpTo = topics.forgottenUpTo();
    topic.removedUpTo = topics.forgottenUpTo();
    return topic;
  }

  private void loadTopics(Connection connection) throws SQLException {
    topics.forgotten(meta.forgottenUpTo());
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(
            "SELECT id, name, newest, events, bytes, cut_up_to, removed_up_to FROM topic")) {
      while (row.next()) {
        var topic = new TopicState(row.getLong(1), new Topic(row.getString(2)), retentions);
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

  private void loadActive(Connection connection) throws SQLException {
    try (PreparedStatement lacking =
        connection.prepareStatement(
            "SELECT offset, 0, topics, NULL, NULL, NULL, length(data) FROM event WHERE offset > ? ORDER BY offset")) {
      Sql.bind(lacking, meta.indexedUpTo());
      try (ResultSet row = lacking.executeQuery()) {
        while (row.next()) {
          for (Topic topic : rows.topics(row)) {
            active.add(topic, rows.offset(row), row.getInt(7));
          }
        }
      }
    }
  }
}
