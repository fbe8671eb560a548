package carillon.log;

import carillon.event.Event;
import carillon.event.EventId;
import carillon.event.EventType;
import carillon.event.Payload;
import carillon.event.Selector;
import carillon.event.Selectors;
import carillon.event.Topic;
import carillon.event.TraceParent;
import carillon.log.EventLog.Limit;
import carillon.log.EventLog.Reading;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Map;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Answers questions about history, with one statement where that is enough. Confined to the context of the log.
 *
 * <p>A few names are followed in the index at once. For a pattern, a stretch of events is looked through first: if
 * enough of it matches, so probably does the rest; if not, the index is the cheaper way, up to the newest events, which
 * are looked through again. Each statement is one stretch for {@link PageBuilder}.
 */
final class PostgresReader {

  /** At least one in so many events must match for looking through to go on. */
  private static final int SPARSE = 16;

  /** Fewer events are not looked through. */
  private static final int STRETCH_MIN = 64;

  // Columns of PostgresReads.EVENTS.
  private static final int EPOCH = 0;
  private static final int HEAD = 1;
  private static final int OLDEST = 2;
  private static final int REMOVED_UP_TO = 3;
  private static final int BOUND = 4;
  private static final int OFFSET = 5;
  private static final int EXPIRED = 6;
  private static final int TIME = 7;
  private static final int TOPICS = 8;
  private static final int TYPE = 9;
  private static final int TTL = 10;
  private static final int RETRY = 11;
  private static final int DATA = 12;
  private static final int PRIVATE = 13;
  private static final int TRACE = 14;

  // Columns of PostgresReads.COUNT and PostgresReads.OFFSET_BEFORE after the first three.
  private static final int COUNT = 3;
  private static final int FIRST = 4;
  private static final int COUNT_BOUND = 5;
  private static final int OFFSET_BEFORE = 3;

  private final PostgresDatabase database;
  private final Supplier<Retentions> retentions;
  private final LongSupplier known;
  private final Watch watch;

  /** Whoever keeps what is known of the log. */
  interface Watch {
    /** Takes what a statement said; throws {@link LogException} if that is another history than was known. */
    void seen(long known, long epoch, long head, long oldest);
  }

  /** @param known the newest event that is known of */
  PostgresReader(PostgresDatabase database, Supplier<Retentions> retentions, LongSupplier known, Watch watch) {
    this.database = database;
    this.retentions = retentions;
    this.known = known;
    this.watch = watch;
  }

  /** See {@link EventLog#read}. */
  Future<Page> read(long after, Selectors selectors, Limit limit, Reading reading, Instant clock) {
    boolean newestOnly = reading == Reading.CATCHING_UP && retentions.get().mayBeLatestOnly(selectors);
    return new Pages(after, selectors, limit, newestOnly, clock).next();
  }

  /** See {@link EventLog#offsetBefore}. */
  Future<Long> offsetBefore(Instant time) {
    return ask(PostgresReads.OFFSET_BEFORE, Map.of("time", millis(time)))
        .map(rows -> rows.iterator().next().getLong(OFFSET_BEFORE));
  }

  /** See {@link EventLog#offsetBeforeLast}. */
  Future<Long> offsetBeforeLast(int count, Selectors selectors, Instant clock) {
    return new Search(count, selectors, clock).next();
  }

  private Future<RowSet<Row>> ask(PostgresQuery query, Map<String, Object> parameters) {
    long knownBefore = known.getAsLong();
    return database.read(query.sql(), query.bind(parameters))
        .map(
            rows -> {
              Row first = rows.iterator().next();
              watch.seen(knownBefore, first.getLong(EPOCH), first.getLong(HEAD), first.getLong(OLDEST));
              return rows;
            });
  }

  private static Event event(Row row) {
    String type = row.getString(TYPE);
    String trace = row.getString(TRACE);
    var topics = new ArrayList<Topic>(1);
    for (String name : row.getArrayOfStrings(TOPICS)) {
      topics.add(new Topic(name));
    }
    return new Event(
        new EventId(row.getLong(EPOCH), row.getLong(OFFSET)),
        topics,
        type == null ? null : new EventType(type),
        Payload.ofUtf8(row.getBuffer(DATA).getBytes()),
        Instant.ofEpochMilli(row.getLong(TIME)),
        nanos(row.getLong(TTL)),
        nanos(row.getLong(RETRY)),
        row.getBoolean(PRIVATE),
        trace == null ? null : new TraceParent(trace));
  }

  private static @Nullable Duration nanos(@Nullable Long nanos) {
    return nanos == null ? null : Duration.ofNanos(nanos);
  }

  private static long millis(Instant time) {
    if (time.isBefore(Instant.EPOCH)) {
      return 0; // no event is as old
    }
    return time.isAfter(Instant.ofEpochMilli(Long.MAX_VALUE)) ? Long.MAX_VALUE : time.toEpochMilli();
  }

  private static String[] names(Selectors selectors) {
    return selectors.list().stream().map(Selector::text).toArray(String[]::new);
  }

  /** A page, put together stretch by stretch. */
  private final class Pages {
    private final Limit limit;
    private final Map<String, Object> looking = new HashMap<>();
    private final Map<String, Object> following = new HashMap<>();
    private final PostgresQuery follow;
    private final int stretch;
    private final PageBuilder page;
    private boolean looks;

    Pages(long after, Selectors selectors, Limit limit, boolean newestOnly, Instant clock) {
      this.limit = limit;
      this.page = new PageBuilder(after, limit);
      this.stretch = (int) Math.max(STRETCH_MIN, Math.min(PostgresReads.STRETCH, 2L * limit.events()));
      this.looks = !TopicDirectory.isExact(selectors);
      following.put("newest_only", newestOnly);
      following.put("clock", clock.toEpochMilli());
      following.put("bytes", (long) limit.bytes());
      if (looks) {
        PostgresPattern pattern = PostgresPattern.of(selectors);
        follow = PostgresReads.FOLLOW_MATCHING;
        following.put("pattern", pattern.regex());
        looking.putAll(following);
        looking.put("stretch", stretch);
        following.put("low", pattern.low());
        following.put("high", pattern.high());
      } else {
        follow = PostgresReads.FOLLOW_NAMED;
        following.put("names", names(selectors));
      }
    }

    Future<Page> next() {
      Map<String, Object> parameters = looks ? looking : following;
      int wanted = limit.events() - page.size();
      parameters.put("after", page.upTo());
      parameters.put("events", wanted);
      return ask(looks ? PostgresReads.LOOK : follow, parameters)
          .compose(
              rows -> {
                take(rows, wanted);
                return page.isComplete() ? Future.succeededFuture(page.build()) : next();
              });
    }

    private void take(RowSet<Row> rows, int wanted) {
      Row first = rows.iterator().next();
      long head = first.getLong(HEAD);
      page.beginStretch(first.getLong(REMOVED_UP_TO));
      int found = 0;
      for (Row row : rows) {
        if (row.getLong(OFFSET) == null || page.isComplete()) {
          break;
        }
        found++;
        if (row.getBoolean(EXPIRED)) {
          page.passRemoved(row.getLong(OFFSET));
        } else {
          page.add(event(row));
        }
      }
      if (page.isComplete() || found == wanted) {
        return; // there may be more right behind the last one
      }
      if (first.getLong(BOUND) == null) {
        page.end(head);
        return;
      }
      page.pass(first.getLong(BOUND));
      looks = looks && (found > stretch / SPARSE || head - page.upTo() <= stretch);
    }
  }

  /** A search for the newest matching events, from the head back. */
  private final class Search {
    private final Map<String, Object> looking = new HashMap<>();
    private final Map<String, Object> following = new HashMap<>();
    private final PostgresQuery follow;
    private boolean looks;
    private long below = Long.MAX_VALUE;
    private long found;
    private int left;

    Search(int count, Selectors selectors, Instant clock) {
      this.left = count;
      this.looks = !TopicDirectory.isExact(selectors);
      following.put("clock", clock.toEpochMilli());
      if (looks) {
        PostgresPattern pattern = PostgresPattern.of(selectors);
        follow = PostgresReads.BACK_MATCHING;
        looking.putAll(following);
        looking.put("pattern", pattern.regex());
        looking.put("newest_only", false);
        looking.put("stretch", PostgresReads.STRETCH);
        following.put("pattern", pattern.regex());
        following.put("low", pattern.low());
        following.put("high", pattern.high());
      } else {
        follow = PostgresReads.BACK_NAMED;
        following.put("names", names(selectors));
      }
    }

    Future<Long> next() {
      Map<String, Object> parameters = looks ? looking : following;
      parameters.put("below", below);
      parameters.put("events", left);
      return ask(looks ? PostgresReads.LOOK_BACK : follow, parameters)
          .compose(
              rows -> {
                Row row = rows.iterator().next();
                return take(row) ? Future.succeededFuture(offsetBefore(row.getLong(HEAD))) : next();
              });
    }

    /** Returns whether that was all. */
    private boolean take(Row row) {
      int count = Math.toIntExact(row.getLong(COUNT));
      if (count > 0) {
        left -= count;
        found = row.getLong(FIRST);
      }
      if (left == 0 || row.getLong(COUNT_BOUND) == null) {
        return true;
      }
      below = row.getLong(COUNT_BOUND);
      looks = looks && count > PostgresReads.STRETCH / SPARSE;
      return false;
    }

    private long offsetBefore(long head) {
      return found == 0 ? head : found - 1;
    }
  }
}
