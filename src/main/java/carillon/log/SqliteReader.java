package carillon.log;

import carillon.event.Selector;
import carillon.event.Selectors;
import carillon.event.Topic;
import carillon.log.EventLog.Limit;
import carillon.log.EventLog.Reading;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.PrimitiveIterator;
import java.util.TreeSet;
import java.util.function.BiConsumer;
import java.util.function.Supplier;

/**
 * Answers questions from the file, over a connection of its own. Confined to one thread at a time.
 *
 * <p>There are two ways to find what matches. Looking through the events in their order costs what lies there;
 * following the index of each topic that matches costs one look per topic and then what is sent. A few names are
 * followed at once. For a pattern, a stretch is looked through first: if enough of it matches, so probably does the
 * rest; if not, the index is the cheaper way. Of the newest events, which the index in the file lacks, {@link Memtable}s
 * know where they are.
 *
 * <pre>
 *   after                          indexedUpTo             head
 *     |  index in the file  ........  |  .....  memtables  |
 *     |  or looked through  ..............................  |
 * </pre>
 *
 * <p>For someone who catches up, a topic of which only the newest event is wanted costs no look at all: the
 * {@link TopicDirectory} or a memtable knows where that is.
 */
final class SqliteReader implements AutoCloseable {

  /** How far a pattern is looked through before the index is considered, in events. */
  private static final int STRETCH = 4_096;

  /** At least one in so many events must match for looking through to go on. */
  private static final int SPARSE = 16;

  /** Events fetched with one statement once their offsets are known. */
  private static final int BLOCK = 32;

  /** Less than so many events are looked through rather than searched in the index. */
  private static final int FEW = 256;

  private static final int LANE_MIN = 4;
  private static final int LANE_MAX = 1_024;

  /**
   * How often a read is done again because retention passed it by, before the answer may say that too much was removed.
   */
  private static final int ATTEMPTS = 3;

  private final Connection connection;
  private final TopicDirectory topics;
  private final Supplier<Retentions> ruling;
  private final EventRows rows;
  private final PreparedStatement forward;
  private final PreparedStatement backward;
  private final PreparedStatement block;
  private final PreparedStatement blockBackward;
  private final PreparedStatement lane;
  private final PreparedStatement laneBackward;
  private final PreparedStatement timeFrom;
  private final PreparedStatement oldest;

  /** @param ruling the rules that hold at the time */
  SqliteReader(Connection connection, long epoch, TopicDirectory topics, Supplier<Retentions> ruling)
      throws SQLException {
    this.connection = connection;
    this.topics = topics;
    this.ruling = ruling;
    this.rows = new EventRows(epoch);
    String offsets = String.join(",", Collections.nCopies(BLOCK, "?"));
    this.forward = connection.prepareStatement(EventRows.SELECT + "WHERE offset > ? AND offset <= ? ORDER BY offset");
    this.backward = connection.prepareStatement(
        EventRows.SELECT + "WHERE offset > ? AND offset <= ? ORDER BY offset DESC");
    this.block = connection.prepareStatement(EventRows.SELECT + "WHERE offset IN (" + offsets + ") ORDER BY offset");
    this.blockBackward = connection.prepareStatement(
        EventRows.SELECT + "WHERE offset IN (" + offsets + ") ORDER BY offset DESC");
    String place = "SELECT offset FROM place WHERE topic = ? AND offset > ? AND offset < ? ORDER BY offset ";
    this.lane = connection.prepareStatement(place + "LIMIT ?");
    this.laneBackward = connection.prepareStatement(place + "DESC LIMIT ?");
    this.timeFrom = connection.prepareStatement(
        "SELECT offset, time FROM event WHERE offset >= ? ORDER BY offset LIMIT 1");
    this.oldest = connection.prepareStatement("SELECT min(offset) FROM event");
  }

  /**
   * What the reader may count on.
   *
   * @param extent of the history
   * @param now by the clock that history ages by
   */
  record View(Extent extent, Instant now) {

    long head() {
      return extent.head();
    }

    long indexedUpTo() {
      return extent.indexedUpTo();
    }

    /** Shows the topics that match and have events beyond the index. */
    void unindexed(Selectors selectors, BiConsumer<Topic, Memtable.Places> viewer) {
      for (Memtable table : extent.unindexed()) {
        if (TopicDirectory.isExact(selectors)) {
          for (Selector selector : selectors.list()) {
            var topic = new Topic(selector.text());
            Memtable.Places places = table.find(topic);
            if (places != null) {
              viewer.accept(topic, places);
            }
          }
        } else {
          table.forEach(
              (topic, places) -> {
                if (selectors.matches(topic)) {
                  viewer.accept(topic, places);
                }
              });
        }
      }
    }
  }

  Page read(long after, Selectors selectors, Limit limit, Reading reading, View view) throws SQLException {
    Superseded superseded = superseded(selectors, reading, view);
    for (int attempt = 1; true; attempt++) {
      long before = topics.removedUpTo(selectors, superseded, after);
      var page = new PageBuilder(after, limit);
      try {
        fill(page, selectors, superseded, limit, view);
      } catch (SqlFailure e) {
        throw e.failure();
      }
      // Retention notes first and removes then: whatever was missing above is in this answer.
      long removed = topics.removedUpTo(selectors, superseded, after);
      if (removed == before || removed <= after || attempt == ATTEMPTS) {
        page.noteRemoved(removed);
        return page.build();
      }
    }
  }

  /** See {@link EventLog#offsetBefore}. */
  long offsetBefore(Instant time, View view) throws SQLException {
    long low = Math.max(1, Sql.number(oldest));
    long high = view.head() + 1;
    while (low < high) {
      // Times never go back along the offsets: every event before low is older than time, none from high on is.
      long middle = (low + high) >>> 1;
      Sql.bind(timeFrom, middle);
      try (ResultSet row = timeFrom.executeQuery()) {
        if (!row.next() || !rows.time(row).isBefore(time)) {
          high = middle;
        } else {
          low = rows.offset(row) + 1;
        }
      }
    }
    long found = Sql.number(timeFrom, low);
    return found == 0 || found > view.head() ? view.head() : found - 1;
  }

  /** See {@link EventLog#offsetBeforeLast}. */
  long offsetBeforeLast(int count, Selectors selectors, View view) throws SQLException {
    var search = new Search(selectors, count, view);
    boolean dense = !TopicDirectory.isExact(selectors);
    while (dense && search.isOpen() && search.below > 1) {
      int left = search.left;
      lookBack(search, STRETCH);
      dense = left - search.left > STRETCH / SPARSE;
    }
    if (search.isOpen() && search.below > 1) {
      try {
        followBack(search, view);
      } catch (SqlFailure e) {
        throw e.failure();
      }
    }
    return search.found == 0 ? view.head() : search.found - 1;
  }

  @Override
  public void close() throws SQLException {
    connection.close();
  }

  /** Finds the newest events that are not in the index, of those topics where only such are wanted. */
  private Superseded superseded(Selectors selectors, Reading reading, View view) throws SQLException {
    Retentions retentions = ruling.get();
    if (reading == Reading.EVERYTHING || !retentions.mayBeLatestOnly(selectors)) {
      return Superseded.NOTHING;
    }
    var unindexed = new HashMap<Topic, Long>();
    view.unindexed(
        selectors,
        (topic, places) -> {
          if (retentions.isLatestOnly(topic)) {
            unindexed.merge(topic, places.newestUpTo(view.head()), Math::max);
          }
        });
    return new Superseded(topics::find, unindexed);
  }

  private void fill(PageBuilder page, Selectors selectors, Superseded superseded, Limit limit, View view)
      throws SQLException {
    boolean exact = TopicDirectory.isExact(selectors);
    boolean dense = !exact || view.head() - page.upTo() < FEW;
    while (dense && !page.isComplete() && page.upTo() < view.head()) {
      int size = page.size();
      look(page, selectors, superseded, view.head(), view.now(), STRETCH);
      dense = page.size() - size > STRETCH / SPARSE;
    }
    if (!page.isComplete() && page.upTo() < view.head()) {
      follow(page, selectors, superseded, limit, view);
    }
    if (!page.isComplete()) {
      page.end(view.head());
    }
  }

  /** Looks through at most {@code steps} events up to and with {@code last}. */
  private void look(PageBuilder page, Selectors selectors, Superseded superseded, long last, Instant now, int steps)
      throws SQLException {
    Sql.bind(forward, page.upTo(), last);
    try (ResultSet row = forward.executeQuery()) {
      for (int i = 0; i < steps && !page.isComplete(); i++) {
        if (!row.next()) {
          page.pass(Math.max(page.upTo(), last));
          return;
        }
        if (matches(row, selectors, superseded)) {
          take(page, row, now);
        } else {
          page.pass(rows.offset(row));
        }
      }
    }
  }

  /** Follows every topic that matches, through the index and what it lacks, up to the head. */
  private void follow(PageBuilder page, Selectors selectors, Superseded superseded, Limit limit, View view)
      throws SQLException {
    List<TopicState> matching = topics.matching(selectors, page.upTo());
    int step = laneStep(limit.events(), matching.size());
    long from = page.upTo();
    var lanes = new ArrayList<PrimitiveIterator.OfLong>();
    var newest = new TreeSet<Long>();
    for (TopicState topic : matching) {
      if (!superseded.isNewestOnly(topic)) {
        lanes.add(new Lane(lane, topic.id, from, view.indexedUpTo() + 1, step, true));
      } else if (superseded.newest(topic) <= view.head() && superseded.newest(topic) > topic.removedUpTo) {
        newest.add(superseded.newest(topic));
      }
    }
    view.unindexed(
        selectors,
        (topic, places) -> {
          if (!superseded.isNewestOnly(topic)) {
            lanes.add(places.between(from, view.head()));
          } else if (superseded.newest(topic) > from) {
            newest.add(superseded.newest(topic));
          }
        });
    lanes.add(newest.stream().mapToLong(Long::longValue).iterator());
    Merged offsets = Merged.oldestFirst(lanes);
    var found = new long[BLOCK];
    while (!page.isComplete()) {
      int count = next(offsets, found, limit.events() - page.size());
      if (count == 0) {
        page.pass(view.head());
        return;
      }
      Sql.bind(block, found);
      try (ResultSet row = block.executeQuery()) {
        while (!page.isComplete() && row.next()) {
          take(page, row, view.now());
        }
      }
      if (!page.isComplete()) {
        page.pass(found[count - 1]);
      }
    }
  }

  private void take(PageBuilder page, ResultSet row, Instant now) throws SQLException {
    if (rows.isExpired(row, now)) {
      page.passRemoved(rows.offset(row));
    } else {
      page.add(rows.event(row));
    }
  }

  /** Looks back from where the search is, not further than {@code steps} events. */
  private void lookBack(Search search, int steps) throws SQLException {
    Sql.bind(backward, 0, search.below - 1);
    try (ResultSet row = backward.executeQuery()) {
      for (int i = 0; i < steps && search.isOpen(); i++) {
        if (!row.next()) {
          search.below = 1;
          return;
        }
        search.below = rows.offset(row);
        if (matches(row, search.selectors, Superseded.NOTHING)) {
          search.take(row);
        }
      }
    }
  }

  private void followBack(Search search, View view) throws SQLException {
    List<TopicState> matching = topics.matching(search.selectors, 0);
    int step = laneStep(search.left, matching.size());
    long last = search.below - 1;
    long lastIndexed = Math.min(last, view.indexedUpTo());
    var lanes = new ArrayList<PrimitiveIterator.OfLong>();
    for (TopicState topic : matching) {
      lanes.add(new Lane(laneBackward, topic.id, 0, lastIndexed + 1, step, false));
    }
    view.unindexed(search.selectors, (topic, places) -> lanes.add(places.backFrom(last)));
    Merged offsets = Merged.newestFirst(lanes);
    var found = new long[BLOCK];
    while (search.isOpen()) {
      int count = next(offsets, found, search.left);
      if (count == 0) {
        return;
      }
      Sql.bind(blockBackward, found);
      try (ResultSet row = blockBackward.executeQuery()) {
        while (search.isOpen() && row.next()) {
          search.take(row);
        }
      }
    }
  }

  /** An event that still is in one of its topics that matches. One of a single topic is gone when it has left that. */
  private boolean matches(ResultSet row, Selectors selectors, Superseded superseded) throws SQLException {
    List<Topic> names = rows.topics(row);
    long offset = rows.offset(row);
    if (names.size() == 1) {
      return selectors.matches(names.get(0)) && !superseded.contains(names.get(0), offset);
    }
    for (Topic topic : names) {
      if (selectors.matches(topic) && offset > topics.cutUpTo(topic) && !superseded.contains(topic, offset)) {
        return true;
      }
    }
    return false;
  }

  /** Takes the next offsets, at most {@code wanted}; fills the rest of the block with an offset that no event has. */
  private static int next(Merged offsets, long[] found, int wanted) {
    int count = 0;
    while (count < Math.min(wanted, found.length) && offsets.hasNext()) {
      found[count++] = offsets.nextLong();
    }
    Arrays.fill(found, count, found.length, 0);
    return count;
  }

  private static int laneStep(int wanted, int lanes) {
    return Math.max(LANE_MIN, Math.min(LANE_MAX, 2 * (wanted / Math.max(1, lanes))));
  }

  /** The offsets of one topic, fetched a few at a time. */
  private static final class Lane implements PrimitiveIterator.OfLong {
    private final PreparedStatement statement;
    private final long topic;
    private final int step;
    private final boolean ascending;
    private long above;
    private long below;
    private long[] fetched = {};
    private int at;
    private int count;
    private boolean exhausted;

    Lane(PreparedStatement statement, long topic, long above, long below, int step, boolean ascending) {
      this.statement = statement;
      this.topic = topic;
      this.above = above;
      this.below = below;
      this.step = step;
      this.ascending = ascending;
    }

    @Override
    public boolean hasNext() {
      if (at == count && !exhausted) {
        try {
          fetch();
        } catch (SQLException e) {
          throw new SqlFailure(e);
        }
      }
      return at < count;
    }

    @Override
    public long nextLong() {
      if (!hasNext()) {
        throw new NoSuchElementException();
      }
      return fetched[at++];
    }

    private void fetch() throws SQLException {
      if (fetched.length == 0) {
        fetched = new long[step];
      }
      at = 0;
      count = 0;
      Sql.bind(statement, topic, above, below, step);
      try (ResultSet row = statement.executeQuery()) {
        while (row.next()) {
          fetched[count++] = row.getLong(1);
        }
      }
      exhausted = count < step;
      if (count > 0 && ascending) {
        above = fetched[count - 1];
      } else if (count > 0) {
        below = fetched[count - 1];
      }
    }
  }

  /** A search for the newest matching events, from the head back. */
  private final class Search {
    private final Selectors selectors;
    private final Instant now;
    private int left;
    private long below;
    private long found;

    Search(Selectors selectors, int count, View view) {
      this.selectors = selectors;
      this.now = view.now();
      this.left = count;
      this.below = view.head() + 1;
    }

    boolean isOpen() {
      return left > 0;
    }

    void take(ResultSet row) throws SQLException {
      if (!rows.isExpired(row, now)) {
        found = rows.offset(row);
        left--;
      }
    }
  }
}
