package carillon.log;

import java.util.List;
import java.util.regex.Pattern;

/**
 * What stands in the database: tables and functions, all of it in the schema {@code carillon}. Immutable.
 *
 * <pre>
 *   meta        the one row that everything turns around: epoch, head, and what has been removed
 *   event       every event that is kept, by offset
 *   topic       every topic: its newest event, how much it holds, its rule, what it has lost
 *   place       which topic finds which events: the index of topics
 *   known_key   the window of keys
 *   overfull    topics that hold too much, noted by whoever made them so
 *   emptied     topics without events, the first emptied first
 *   age_sweep   for each age that rules speak of: every event up to here has been looked at
 * </pre>
 *
 * <p><b>One lock.</b> Whoever changes anything holds the row of {@code meta} until its transaction ends, and every
 * transaction is one call of one function: begun, carried out and committed within one message to the database. So
 * groups of all nodes are committed one after another, offsets follow each other without a hole in the order of
 * commits, a node that dies holds up nobody, and there is no second lock to get entangled with. A reader takes no lock;
 * one statement sees one moment.
 */
final class PostgresSchema {

  /** Of the tables and functions below. A step to the next version is added, none is ever changed. */
  static final int VERSION = 2;

  /** The error code of what is not the history it was: another epoch, or one that has lost what was acknowledged. */
  static final String OTHER_HISTORY = "CA001";

  /** The advisory lock of whoever opens the log: "Cari" and a number. One node after another. */
  static final long OPENING_LOCK = 0x4361726900000001L;

  private static final String TABLES = """
      CREATE SCHEMA carillon;

      CREATE TABLE carillon.meta (
        one boolean PRIMARY KEY DEFAULT true CHECK (one),
        version integer NOT NULL,
        epoch bigint NOT NULL,
        head bigint NOT NULL DEFAULT 0,
        oldest bigint NOT NULL DEFAULT 1,
        newest_time bigint NOT NULL DEFAULT 0,
        keys bigint NOT NULL DEFAULT 0,
        removed_up_to bigint NOT NULL DEFAULT 0,
        forgotten_up_to bigint NOT NULL DEFAULT 0,
        rules text NOT NULL DEFAULT ''
      ) WITH (fillfactor = 10);

      COMMENT ON TABLE carillon.meta IS 'One row. Times are milliseconds since 1970.';

      CREATE TABLE carillon.event (
        event_offset bigint PRIMARY KEY,
        time bigint NOT NULL,
        topics text[] NOT NULL,
        type text,
        ttl bigint,
        retry bigint,
        expires bigint,
        bytes integer NOT NULL,
        data bytea NOT NULL,
        private boolean NOT NULL);

      COMMENT ON TABLE carillon.event IS
        'Times are milliseconds since 1970, ttl and retry nanoseconds. convert_from(data, ''UTF8'') shows the data.';

      CREATE INDEX event_expires ON carillon.event (expires, event_offset) WHERE expires IS NOT NULL;

      CREATE TABLE carillon.topic (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        name text COLLATE "C" NOT NULL UNIQUE,
        newest bigint NOT NULL,
        events bigint NOT NULL,
        bytes bigint NOT NULL,
        removed_up_to bigint NOT NULL,
        latest_only boolean NOT NULL,
        age bigint NOT NULL,
        count_max bigint NOT NULL,
        bytes_max bigint NOT NULL
      ) WITH (fillfactor = 50);

      COMMENT ON TABLE carillon.topic IS
        'What changes with every event is in no index, so that it is changed in place. The age is in milliseconds.';

      CREATE INDEX topic_removed ON carillon.topic (removed_up_to);

      CREATE TABLE carillon.place (
        topic bigint NOT NULL,
        event_offset bigint NOT NULL,
        bytes integer NOT NULL,
        PRIMARY KEY (topic, event_offset) INCLUDE (bytes));

      CREATE TABLE carillon.known_key (
        key text COLLATE "C" PRIMARY KEY,
        mark bigint NOT NULL UNIQUE,
        event_offset bigint NOT NULL,
        content bytea NOT NULL,
        time bigint NOT NULL);

      COMMENT ON COLUMN carillon.known_key.mark IS 'Keys are counted: this is the so-and-so-many-th.';

      CREATE TABLE carillon.overfull (topic bigint PRIMARY KEY);

      CREATE TABLE carillon.emptied (
        since bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        topic bigint NOT NULL UNIQUE);

      CREATE TABLE carillon.age_sweep (
        age bigint PRIMARY KEY,
        up_to bigint NOT NULL);
      """;

  /** The clock that history ages by: never ahead of the asking node's, never ahead of the database's. */
  private static final String AGEING_CLOCK = """
      CREATE FUNCTION carillon.ageing_clock(in_clock bigint) RETURNS bigint LANGUAGE sql VOLATILE AS $$
        SELECT least(in_clock, floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint)
      $$;
      """;

  /** Takes the lock. Refuses when this is not the history that the caller knows. */
  private static final String LOCK_META = """
      CREATE FUNCTION carillon.lock_meta(in_epoch bigint, in_head bigint) RETURNS carillon.meta
      LANGUAGE plpgsql VOLATILE AS $$
      DECLARE
        m carillon.meta;
      BEGIN
        SELECT * INTO m FROM carillon.meta FOR NO KEY UPDATE;
        IF m.epoch IS DISTINCT FROM in_epoch THEN
          RAISE EXCEPTION 'the log is of another epoch than it was' USING ERRCODE = 'CA001';
        END IF;
        IF m.head < in_head THEN
          RAISE EXCEPTION 'the log ends at %, acknowledged was %', m.head, in_head USING ERRCODE = 'CA001';
        END IF;
        RETURN m;
      END $$;
      """;

  /**
   * Stores a group. What its drafts come to is decided here and, from what this returns, once more by
   * {@link Admission}: a draft whose key is known within the window is not stored, every other is.
   *
   * <p>A group brings each key at most once, and each of its topics once with its rule, which is written when the topic
   * is new. Answers with one row for each known key, or with one row without.
   */
  private static final String APPEND = """
      CREATE FUNCTION carillon.append(
        in_epoch bigint, in_head bigint, in_now bigint, in_clock bigint,
        in_names text[], in_latest boolean[], in_ages bigint[], in_counts bigint[], in_bytes bigint[],
        in_keys text[], in_contents bytea[], in_topics text[], in_types text[], in_ttls bigint[], in_retries bigint[],
        in_data bytea[], in_privates boolean[])
      RETURNS TABLE (
        head_before bigint, head bigint, oldest bigint, event_time bigint,
        draft bigint, known_offset bigint, known_content bytea)
      LANGUAGE plpgsql VOLATILE AS $$
      #variable_conflict use_column
      DECLARE
        m carillon.meta;
        moment bigint;
        remembered bigint;
        known bigint[];
        known_offsets bigint[];
        known_contents bytea[];
        stored integer;
        keyed integer;
      BEGIN
        IF current_setting('synchronous_commit') = 'off' THEN -- an acknowledgement is worth a commit, whatever was set
          PERFORM set_config('synchronous_commit', 'on', true);
        END IF;
        m := carillon.lock_meta(in_epoch, in_head);
        moment := greatest(in_now, m.newest_time);
        remembered := carillon.ageing_clock(in_clock) - 600000;

        IF cardinality(array_remove(in_keys, NULL)) > 0 THEN
          SELECT array_agg(d.n), array_agg(k.event_offset), array_agg(k.content)
          INTO known, known_offsets, known_contents
          FROM unnest(in_keys) WITH ORDINALITY AS d(key, n)
          JOIN carillon.known_key k ON k.key = d.key
          WHERE k.mark > m.keys - 100000 OR k.time >= remembered;
        END IF;

        WITH fresh AS MATERIALIZED (
          SELECT m.head + row_number() OVER (ORDER BY n) AS event_offset, d.*
          FROM unnest(in_keys, in_contents, in_topics, in_types, in_ttls, in_retries, in_data, in_privates)
            WITH ORDINALITY AS d(key, content, topics, type, ttl, retry, data, private, n)
          WHERE known IS NULL OR n <> ALL (known)
        ), events AS (
          INSERT INTO carillon.event
          SELECT event_offset, moment, string_to_array(topics, E'\\n'), type, ttl, retry,
            moment + (ttl + 999999) / 1000000, octet_length(data), data, private
          FROM fresh
        ), remembered_keys AS (
          INSERT INTO carillon.known_key (key, mark, event_offset, content, time)
          SELECT key, m.keys + row_number() OVER (ORDER BY n), event_offset, content, moment
          FROM fresh WHERE key IS NOT NULL
          ON CONFLICT (key) DO UPDATE SET
            mark = excluded.mark, event_offset = excluded.event_offset, content = excluded.content, time = excluded.time
        ), found_by AS MATERIALIZED (
          SELECT name, event_offset, octet_length(data) AS bytes
          FROM fresh CROSS JOIN LATERAL unnest(string_to_array(topics, E'\\n')) AS t(name)
        ), grown AS (
          INSERT INTO carillon.topic
            (name, newest, events, bytes, removed_up_to, latest_only, age, count_max, bytes_max)
          SELECT name, g.newest, g.events, g.bytes, m.forgotten_up_to, r.latest_only, r.age, r.count_max, r.bytes_max
          FROM (SELECT name, max(event_offset) AS newest, count(*) AS events, sum(bytes) AS bytes
                FROM found_by GROUP BY name) g
          JOIN unnest(in_names, in_latest, in_ages, in_counts, in_bytes)
            AS r(name, latest_only, age, count_max, bytes_max) USING (name)
          ON CONFLICT (name) DO UPDATE SET
            newest = excluded.newest, events = topic.events + excluded.events, bytes = topic.bytes + excluded.bytes
          RETURNING *
        ), places AS (
          INSERT INTO carillon.place
          SELECT g.id, f.event_offset, f.bytes FROM found_by f JOIN grown g USING (name)
        ), noted AS (
          INSERT INTO carillon.overfull
          SELECT id FROM grown WHERE events > 1 AND (events > count_max OR bytes > bytes_max)
          ON CONFLICT DO NOTHING
        ), ageing AS (
          INSERT INTO carillon.age_sweep
          SELECT DISTINCT age, 0 FROM grown WHERE age < 9223372036854775807
          ON CONFLICT DO NOTHING
        )
        SELECT count(*), count(key) INTO stored, keyed FROM fresh;

        IF stored > 0 THEN
          UPDATE carillon.meta SET head = m.head + stored, newest_time = moment, keys = m.keys + keyed;
        END IF;
        RETURN QUERY
        SELECT m.head, m.head + stored, m.oldest, moment, k.n, k.event_offset, k.content
        FROM (SELECT) AS always
        LEFT JOIN unnest(known, known_offsets, known_contents) AS k(n, event_offset, content) ON true;
      END $$;
      """;

  /** Events leave topics, and are gone when they have left the last. Only while the lock is held. */
  private static final String LEAVE = """
      CREATE FUNCTION carillon.leave(in_topics bigint[], in_offsets bigint[]) RETURNS void
      LANGUAGE plpgsql VOLATILE AS $$
      DECLARE
        left_offsets bigint[];
      BEGIN
        WITH gone AS (
          DELETE FROM carillon.place p
          USING (SELECT DISTINCT * FROM unnest(in_topics, in_offsets)) AS l(topic, event_offset)
          WHERE p.topic = l.topic AND p.event_offset = l.event_offset
          RETURNING p.*
        ), shrunk AS (
          UPDATE carillon.topic t SET
            events = t.events - g.events, bytes = t.bytes - g.bytes,
            removed_up_to = greatest(t.removed_up_to, g.removed_up_to)
          FROM (SELECT topic, count(*) AS events, sum(bytes) AS bytes, max(event_offset) AS removed_up_to
                FROM gone GROUP BY topic) g
          WHERE t.id = g.topic
          RETURNING t.id, t.events
        ), emptied AS (
          INSERT INTO carillon.emptied (topic)
          SELECT id FROM shrunk s
          WHERE events = 0 AND NOT EXISTS (SELECT FROM carillon.emptied e WHERE e.topic = s.id)
        )
        SELECT array_agg(event_offset) INTO left_offsets FROM gone;
        IF left_offsets IS NULL THEN
          RETURN;
        END IF;

        DELETE FROM carillon.event e
        WHERE event_offset = ANY (left_offsets) AND NOT EXISTS (
          SELECT FROM unnest(e.topics) AS n(name)
          JOIN carillon.topic t USING (name)
          JOIN carillon.place p ON p.topic = t.id AND p.event_offset = e.event_offset);
        UPDATE carillon.meta SET removed_up_to = greatest(removed_up_to, (SELECT max(o) FROM unnest(left_offsets) o));
      END $$;
      """;

  /**
   * One small step of retention, of at most so many events for each reason there is; one node at a time, for the others
   * there is nothing to do. The lock is taken only when there is something.
   */
  private static final String SWEEP = """
      CREATE FUNCTION carillon.sweep(in_epoch bigint, in_head bigint, in_clock bigint, in_step integer)
      RETURNS TABLE (worked boolean, head bigint, oldest bigint)
      LANGUAGE plpgsql VOLATILE AS $$
      #variable_conflict use_column
      DECLARE
        m carillon.meta;
        clock bigint := carillon.ageing_clock(in_clock);
        leaving_topics bigint[];
        leaving_offsets bigint[];
        visited bigint[];
        walked record;
        sweeping record;
        forgotten bigint;
      BEGIN
        IF NOT pg_try_advisory_xact_lock(1130459753) OR NOT carillon.is_sweeping_due(clock) THEN
          RETURN QUERY SELECT false, meta.head, meta.oldest FROM carillon.meta;
          RETURN;
        END IF;
        m := carillon.lock_meta(in_epoch, in_head);

        -- ttl
        SELECT array_agg(p.topic), array_agg(p.event_offset) INTO leaving_topics, leaving_offsets
        FROM (SELECT event_offset, topics FROM carillon.event
              WHERE expires <= clock ORDER BY expires, event_offset LIMIT in_step) e
        CROSS JOIN unnest(e.topics) AS n(name)
        JOIN carillon.topic t USING (name)
        JOIN carillon.place p ON p.topic = t.id AND p.event_offset = e.event_offset;
        PERFORM carillon.leave(leaving_topics, leaving_offsets);

        -- count and bytes: an event goes if there is too much before it goes
        SELECT array_agg(topic) INTO visited FROM (SELECT topic FROM carillon.overfull ORDER BY topic LIMIT 8) o;
        SELECT array_agg(topic), array_agg(event_offset) INTO leaving_topics, leaving_offsets
        FROM carillon.topic t
        CROSS JOIN LATERAL (
          SELECT topic, event_offset, bytes AS own,
            row_number() OVER oldest_first AS nth, sum(bytes) OVER oldest_first AS upto
          FROM (SELECT * FROM carillon.place WHERE topic = t.id ORDER BY event_offset LIMIT in_step) p
          WINDOW oldest_first AS (ORDER BY event_offset)) p
        WHERE t.id = ANY (visited) AND t.events - nth + 1 > 1
          AND (t.events - nth + 1 > t.count_max OR t.bytes - upto + own > t.bytes_max);
        PERFORM carillon.leave(leaving_topics, leaving_offsets);
        DELETE FROM carillon.overfull o
        WHERE topic = ANY (visited) AND NOT EXISTS (
          SELECT FROM carillon.topic t
          WHERE t.id = o.topic AND events > 1 AND (events > count_max OR bytes > bytes_max));

        -- age: events are looked at once for each age, in their order, up to the first that is young enough
        FOR sweeping IN SELECT * FROM carillon.age_sweep LOOP
          SELECT array_agg(t.id) FILTER (WHERE t.id IS NOT NULL) AS topics,
            array_agg(w.event_offset) FILTER (WHERE t.id IS NOT NULL) AS offsets, max(w.event_offset) AS up_to
          INTO walked
          FROM (SELECT event_offset, time, topics FROM carillon.event
                WHERE event_offset > sweeping.up_to ORDER BY event_offset LIMIT in_step) w
          CROSS JOIN unnest(w.topics) AS n(name)
          LEFT JOIN carillon.topic t ON t.name = n.name AND t.age = sweeping.age
          WHERE w.time < clock - sweeping.age;
          IF walked.up_to IS NOT NULL THEN
            PERFORM carillon.leave(walked.topics, walked.offsets);
            UPDATE carillon.age_sweep SET up_to = walked.up_to WHERE age = sweeping.age;
          END IF;
        END LOOP;

        -- topics without events, when there are too many: what they have lost counts for every unknown topic then
        IF (SELECT max(since) - min(since) FROM carillon.emptied) >= 100000 THEN
          WITH first AS (
            DELETE FROM carillon.emptied
            WHERE since IN (SELECT since FROM carillon.emptied ORDER BY since LIMIT 64)
            RETURNING topic
          ), dropped AS (
            DELETE FROM carillon.topic t USING first WHERE t.id = first.topic AND t.events = 0
            RETURNING t.removed_up_to
          )
          SELECT max(removed_up_to) INTO forgotten FROM dropped;
        END IF;

        -- keys outside the window
        DELETE FROM carillon.known_key
        WHERE time < clock - 600000 AND mark IN (
          SELECT mark FROM carillon.known_key WHERE mark <= m.keys - 100000 ORDER BY mark LIMIT in_step);

        RETURN QUERY
        UPDATE carillon.meta SET
          forgotten_up_to = greatest(meta.forgotten_up_to, forgotten),
          oldest = coalesce(
            (SELECT event_offset FROM carillon.event WHERE event_offset >= m.oldest ORDER BY event_offset LIMIT 1),
            m.head + 1)
        RETURNING true, meta.head, meta.oldest;
      END $$;
      """;

  /** Whether {@code sweep} would find something. */
  private static final String IS_SWEEPING_DUE = """
      CREATE FUNCTION carillon.is_sweeping_due(in_clock bigint) RETURNS boolean LANGUAGE sql STABLE AS $$
        SELECT EXISTS (SELECT FROM carillon.event WHERE expires <= in_clock)
          OR EXISTS (SELECT FROM carillon.overfull)
          OR EXISTS (
            SELECT FROM carillon.age_sweep s
            CROSS JOIN LATERAL (
              SELECT time FROM carillon.event
              WHERE event_offset > s.up_to ORDER BY event_offset LIMIT 1) next
            WHERE next.time < in_clock - s.age)
          OR EXISTS (
            SELECT FROM (
              SELECT k.time FROM carillon.known_key k, carillon.meta m
              WHERE k.mark <= m.keys - 100000 ORDER BY k.mark LIMIT 1) oldest
            WHERE oldest.time < in_clock - 600000)
          OR coalesce((SELECT max(since) - min(since) >= 100000 FROM carillon.emptied), false)
      $$;
      """;

  /** The offset before the oldest event of a time or later; the head if there is none. Times never go back. */
  private static final String OFFSET_BEFORE = """
      CREATE FUNCTION carillon.offset_before(in_time bigint) RETURNS bigint LANGUAGE plpgsql STABLE AS $$
      DECLARE
        low bigint;
        high bigint;
        middle bigint;
        next record;
      BEGIN
        SELECT oldest, head + 1 INTO low, high FROM carillon.meta;
        WHILE low < high LOOP
          middle := (low + high) / 2;
          SELECT event_offset, time INTO next
          FROM carillon.event WHERE event_offset >= middle ORDER BY event_offset LIMIT 1;
          IF NOT FOUND OR next.time >= in_time THEN
            high := middle;
          ELSE
            low := next.event_offset + 1;
          END IF;
        END LOOP;
        RETURN coalesce(
          (SELECT event_offset - 1 FROM carillon.event WHERE event_offset >= low ORDER BY event_offset LIMIT 1),
          (SELECT head FROM carillon.meta));
      END $$;
      """;

  /** Sets the rules of some topics, after the configuration has changed. */
  private static final String SET_RULES = """
      CREATE FUNCTION carillon.set_rules(
        in_epoch bigint, in_ids bigint[], in_latest boolean[], in_ages bigint[], in_counts bigint[], in_bytes bigint[])
      RETURNS void LANGUAGE plpgsql VOLATILE AS $$
      BEGIN
        PERFORM carillon.lock_meta(in_epoch, 0);
        WITH changed AS (
          UPDATE carillon.topic t SET
            latest_only = r.latest_only, age = r.age, count_max = r.count_max, bytes_max = r.bytes_max
          FROM unnest(in_ids, in_latest, in_ages, in_counts, in_bytes)
            AS r(id, latest_only, age, count_max, bytes_max)
          WHERE t.id = r.id
          RETURNING t.*
        ), noted AS (
          INSERT INTO carillon.overfull
          SELECT id FROM changed WHERE events > 1 AND (events > count_max OR bytes > bytes_max)
          ON CONFLICT DO NOTHING
        )
        INSERT INTO carillon.age_sweep
        SELECT DISTINCT age, 0 FROM changed WHERE age < 9223372036854775807
        ON CONFLICT (age) DO UPDATE SET up_to = 0;
      END $$;
      """;

  /**
   * From version 1, which knew no traces, to 2. The function of version 1 stays beside the new one, for nodes that have
   * not been started again yet.
   */
  private static final List<String> TRACES =
      List.of(
          "ALTER TABLE carillon.event ADD COLUMN trace text;",
          changed(
              APPEND,
              "in_privates boolean[])",
              "in_privates boolean[], in_traces text[])",
              "in_data, in_privates)",
              "in_data, in_privates, in_traces)",
              "data, private, n)",
              "data, private, trace, n)",
              "data, private\n",
              "data, private, trace\n"));

  /** What leads from each version to the next, beginning with an empty database; carried out as one transaction. */
  static final List<String> STEPS =
      List.of(
          String.join(
              "\n",
              TABLES,
              AGEING_CLOCK,
              LOCK_META,
              APPEND,
              LEAVE,
              IS_SWEEPING_DUE,
              SWEEP,
              OFFSET_BEFORE,
              SET_RULES),
          String.join("\n", TRACES));

  private PostgresSchema() {}

  /** {@code text} with one thing in the place of another, pair by pair. */
  private static String changed(String text, String... pairs) {
    String changed = text;
    for (int i = 0; i < pairs.length; i += 2) {
      if (changed.split(Pattern.quote(pairs[i]), -1).length != 2) {
        throw new IllegalArgumentException("expected exactly one " + pairs[i] + " in " + text);
      }
      changed = changed.replace(pairs[i], pairs[i + 1]);
    }
    return changed;
  }
}
