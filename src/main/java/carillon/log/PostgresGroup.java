package carillon.log;

import carillon.event.Draft;
import carillon.event.Event;
import carillon.event.EventId;
import carillon.event.Key;
import carillon.event.Topic;
import io.vertx.core.buffer.Buffer;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A group on its way into the database: what the function {@code append} is told, and what its answer means. Immutable.
 *
 * <p>The database decides which drafts are known and stores the others; of a key that a group holds twice it is told
 * only once. From what it says about known keys, {@link Admission} comes to the same decision here, draft by draft.
 */
final class PostgresGroup {

  /** Calls the function. */
  static final String SQL =
      "SELECT * FROM carillon.append($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)";

  private static final int HEAD_BEFORE = 0;
  private static final int HEAD = 1;
  private static final int OLDEST = 2;
  private static final int TIME = 3;
  private static final int DRAFT = 4;
  private static final int KNOWN_OFFSET = 5;
  private static final int KNOWN_CONTENT = 6;

  private final List<Draft> drafts;
  private final List<Draft> sent;
  private final Retentions retentions;

  /** @param drafts in the publisher's order */
  PostgresGroup(List<Draft> drafts, Retentions retentions) {
    this.drafts = List.copyOf(drafts);
    this.retentions = retentions;
    var keys = new HashSet<Key>();
    var first = new ArrayList<Draft>(drafts.size());
    for (Draft draft : drafts) {
      Key key = draft.key();
      if (key == null || keys.add(key)) {
        first.add(draft);
      }
    }
    this.sent = first;
  }

  /**
   * What the function is told.
   *
   * @param epoch the log must still be of
   * @param head the log must have reached
   * @param now the publisher's clock
   * @param clock that history ages by
   */
  Tuple parameters(long epoch, long head, Instant now, Instant clock) {
    Set<Topic> topics = sent.stream().flatMap(draft -> draft.topics().stream()).collect(
        Collectors.toCollection(LinkedHashSet::new));
    var rules = PostgresRules.of(topics, retentions);
    int size = sent.size();
    var keys = new @Nullable String[size];
    var contents = new @Nullable Buffer[size];
    var names = new String[size];
    var types = new @Nullable String[size];
    var ttls = new @Nullable Long[size];
    var retries = new @Nullable Long[size];
    var data = new Buffer[size];
    var privates = new Boolean[size];
    var traces = new @Nullable String[size];
    for (int i = 0; i < size; i++) {
      Draft draft = sent.get(i);
      Key key = draft.key();
      keys[i] = key == null ? null : key.text();
      contents[i] = key == null ? null : Buffer.buffer(ContentDigest.of(draft).toBytes());
      names[i] = draft.topics().stream().map(Topic::name).collect(Collectors.joining("\n"));
      types[i] = draft.type() == null ? null : draft.type().name();
      ttls[i] = nanos(draft.ttl());
      retries[i] = nanos(draft.retry());
      data[i] = Buffer.buffer(draft.data().toBytes());
      privates[i] = draft.isPrivate();
      traces[i] = draft.trace() == null ? null : draft.trace().text();
    }
    return Tuple.of(epoch, head, now.toEpochMilli(), clock.toEpochMilli(), rules.names(), rules.latestOnly())
        .addValue(rules.ages())
        .addValue(rules.counts())
        .addValue(rules.bytes())
        .addValue(keys)
        .addValue(contents)
        .addValue(names)
        .addValue(types)
        .addValue(ttls)
        .addValue(retries)
        .addValue(data)
        .addValue(privates)
        .addValue(traces);
  }

  /**
   * What became of it.
   *
   * @param appended the answer to the publisher
   * @param head of the log
   * @param oldest event that was kept
   */
  record Outcome(Appended appended, long head, long oldest) {}

  /** What the function's answer means. */
  Outcome outcome(long epoch, RowSet<Row> answer) {
    var known = new HashMap<Key, KnownKey>();
    @Nullable Row last = null;
    for (Row row : answer) {
      last = row;
      if (row.getLong(DRAFT) != null) {
        Draft draft = sent.get(Math.toIntExact(row.getLong(DRAFT)) - 1);
        var content = ContentDigest.ofBytes(row.getBuffer(KNOWN_CONTENT).getBytes());
        if (draft.key() != null) {
          known.put(draft.key(), new KnownKey(row.getLong(KNOWN_OFFSET), content));
        }
      }
    }
    if (last == null) {
      throw new IllegalStateException("append: expected at least one row");
    }
    return outcome(new EventId(epoch, last.getLong(HEAD_BEFORE)), known, last);
  }

  private Outcome outcome(EventId newest, Map<Key, KnownKey> known, Row row) {
    Admission admission = Admission.of(drafts, known::get, newest, Instant.ofEpochMilli(row.getLong(TIME)));
    List<Event> events = admission.appended().events();
    if (newest.offset() + events.size() != row.getLong(HEAD)) {
      throw new IllegalStateException(
          "append: expected " + events.size() + " new events after " + newest + ", the database has "
              + row.getLong(HEAD));
    }
    return new Outcome(admission.appended(), row.getLong(HEAD), row.getLong(OLDEST));
  }

  private static @Nullable Long nanos(@Nullable Duration duration) {
    return duration == null ? null : duration.toNanos();
  }
}
