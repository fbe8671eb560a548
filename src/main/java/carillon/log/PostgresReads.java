package carillon.log;

/**
 * How events are found in the database. Each statement sees one moment: what it finds, what has been removed and where
 * the log ends belong together.
 *
 * <p>There are two ways, as in the sqlite engine. Looking through a stretch of events in their order costs what lies
 * there; following the index of each topic costs one look per topic and then what is sent. The index gives a few
 * offsets of each topic at a time; the answer is complete up to {@code bound}, the first offset beyond which a topic
 * may have more than it gave.
 *
 * <p>Whoever catches up ({@code newest_only}) finds only the newest event by a topic whose rule says so.
 */
final class PostgresReads {

  /** Events looked through by one statement. */
  static final int STRETCH = 4_096;

  private static final String META = """
      WITH meta AS MATERIALIZED (SELECT * FROM carillon.meta),
      """;

  // Which topics may have something.

  private static final String LANES_NAMED = """
      lane AS MATERIALIZED (
        SELECT id, newest, latest_only FROM carillon.topic WHERE name = ANY ({names}::text[])),
      """;

  /** The names that match begin with {@code low} and end before {@code high}, so that not every topic is looked at. */
  private static final String LANES_MATCHING = """
      lane AS MATERIALIZED (
        SELECT id, newest, latest_only FROM carillon.topic
        WHERE name >= {low}::text AND name < {high}::text AND name ~ {pattern}::text),
      """;

  /** Many topics give few offsets each; together they give at least what is asked for, if there is as much. */
  private static final String STEP = """
      step AS MATERIALIZED (
        SELECT greatest(4, least(1024, 2 * {events}::integer / greatest(1, count(*))))::integer AS size FROM lane),
      """;

  // What was removed and would have been found.

  private static final String REMOVED_NAMED = """
      removed AS MATERIALIZED (
        SELECT max(
          CASE
            WHEN t.id IS NULL THEN meta.forgotten_up_to
            WHEN t.latest_only AND {newest_only}::boolean AND t.removed_up_to < t.newest THEN 0
            ELSE t.removed_up_to
          END) AS up_to
        FROM meta CROSS JOIN unnest({names}::text[]) AS n(name) LEFT JOIN carillon.topic t USING (name)),
      """;

  /** Whoever is past everything that was removed need not know from which topic it was. */
  private static final String REMOVED_MATCHING = """
      removed AS MATERIALIZED (
        SELECT
          CASE
            WHEN meta.removed_up_to <= {after}::bigint THEN meta.removed_up_to
            ELSE greatest(meta.forgotten_up_to, (
              SELECT removed_up_to FROM carillon.topic
              WHERE removed_up_to > {after}::bigint AND name ~ {pattern}::text
                AND NOT (latest_only AND {newest_only}::boolean AND removed_up_to < newest)
              ORDER BY removed_up_to DESC LIMIT 1))
          END AS up_to
        FROM meta),
      """;

  // Candidates: offsets that match, and up to where these are all.

  private static final String STRETCH_FORWARD = """
      stretch AS MATERIALIZED (
        SELECT event_offset, topics FROM carillon.event
        WHERE event_offset > {after}::bigint ORDER BY event_offset LIMIT {stretch}::integer),
      bound AS MATERIALIZED (
        SELECT CASE WHEN count(*) = {stretch}::integer THEN max(event_offset) END AS event_offset FROM stretch),
      """;

  private static final String STRETCH_BACKWARD = """
      stretch AS MATERIALIZED (
        SELECT event_offset, topics FROM carillon.event
        WHERE event_offset < {below}::bigint ORDER BY event_offset DESC LIMIT {stretch}::integer),
      bound AS MATERIALIZED (
        SELECT CASE WHEN count(*) = {stretch}::integer THEN min(event_offset) END AS event_offset FROM stretch),
      """;

  /** An event of one topic is there as long as that topic has it; of several, one that matches has to have it. */
  private static final String MATCHING_OF_STRETCH = """
      candidate AS MATERIALIZED (
        SELECT event_offset FROM stretch s
        WHERE CASE
          WHEN cardinality(topics) = 1 AND NOT {newest_only}::boolean THEN topics[1] ~ {pattern}::text
          ELSE EXISTS (
            SELECT FROM unnest(s.topics) AS n(name)
            JOIN carillon.topic t USING (name)
            JOIN carillon.place p ON p.topic = t.id AND p.event_offset = s.event_offset
            WHERE name ~ {pattern}::text
              AND NOT (t.latest_only AND {newest_only}::boolean AND t.newest > s.event_offset))
          END),
      """;

  private static final String INDEX_FORWARD = """
      place AS MATERIALIZED (
        SELECT lane.id, p.event_offset
        FROM lane CROSS JOIN LATERAL (
          SELECT event_offset FROM carillon.place
          WHERE topic = lane.id AND event_offset >
            CASE WHEN lane.latest_only AND {newest_only}::boolean
              THEN greatest({after}::bigint, lane.newest - 1) ELSE {after}::bigint END
          ORDER BY event_offset LIMIT (SELECT size FROM step)) p
        WHERE lane.newest > {after}::bigint),
      bound AS MATERIALIZED (
        SELECT min(last) AS event_offset
        FROM (SELECT max(event_offset) AS last FROM place GROUP BY id
              HAVING count(*) = (SELECT size FROM step)) truncated),
      candidate AS MATERIALIZED (
        SELECT DISTINCT place.event_offset FROM place CROSS JOIN bound
        WHERE bound.event_offset IS NULL OR place.event_offset <= bound.event_offset),
      """;

  private static final String INDEX_BACKWARD = """
      place AS MATERIALIZED (
        SELECT lane.id, p.event_offset
        FROM lane CROSS JOIN LATERAL (
          SELECT event_offset FROM carillon.place
          WHERE topic = lane.id AND event_offset < {below}::bigint
          ORDER BY event_offset DESC LIMIT (SELECT size FROM step)) p),
      bound AS MATERIALIZED (
        SELECT max(last) AS event_offset
        FROM (SELECT min(event_offset) AS last FROM place GROUP BY id
              HAVING count(*) = (SELECT size FROM step)) truncated),
      candidate AS MATERIALIZED (
        SELECT DISTINCT place.event_offset FROM place CROSS JOIN bound
        WHERE bound.event_offset IS NULL OR place.event_offset >= bound.event_offset),
      """;

  // The answer.

  /**
   * Rows of events; at least one row, without an event if there is none. Of an event whose ttl has passed only the
   * offset. One event more than {@code bytes} allows, so that whoever counts them sees that there are more.
   */
  private static final String EVENTS = """
      first AS MATERIALIZED (SELECT event_offset FROM candidate ORDER BY event_offset LIMIT {events}::integer),
      found AS (
        SELECT e.*, coalesce(e.expires <= {clock}::bigint, false) AS expired,
          coalesce(sum(CASE WHEN e.expires <= {clock}::bigint THEN 0 ELSE e.bytes END) OVER (
            ORDER BY event_offset ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS bytes_before
        FROM first JOIN carillon.event e USING (event_offset))
      SELECT meta.epoch, meta.head, meta.oldest, removed.up_to, bound.event_offset,
        f.event_offset, f.expired, f.time, f.topics, f.type, f.ttl, f.retry, CASE WHEN NOT f.expired THEN f.data END,
        f.private, f.trace
      FROM meta CROSS JOIN removed CROSS JOIN bound LEFT JOIN found f ON f.bytes_before <= {bytes}::bigint
      ORDER BY f.event_offset
      """;

  /** One row: how many were found, the first of them, and where to look on. */
  private static final String COUNT = """
      last AS MATERIALIZED (
        SELECT event_offset FROM candidate JOIN carillon.event USING (event_offset)
        WHERE expires IS NULL OR expires > {clock}::bigint
        ORDER BY event_offset DESC LIMIT {events}::integer)
      SELECT meta.epoch, meta.head, meta.oldest,
        (SELECT count(*) FROM last), (SELECT min(event_offset) FROM last), bound.event_offset
      FROM meta CROSS JOIN bound
      """;

  /** Looks through a stretch after an offset. */
  static final PostgresQuery LOOK =
      PostgresQuery.of(META, REMOVED_MATCHING, STRETCH_FORWARD, MATCHING_OF_STRETCH, EVENTS);

  /** Follows the index of topics that are named. */
  static final PostgresQuery FOLLOW_NAMED =
      PostgresQuery.of(META, LANES_NAMED, STEP, REMOVED_NAMED, INDEX_FORWARD, EVENTS);

  /** Follows the index of topics that match a pattern. */
  static final PostgresQuery FOLLOW_MATCHING =
      PostgresQuery.of(META, LANES_MATCHING, STEP, REMOVED_MATCHING, INDEX_FORWARD, EVENTS);

  /** Looks back through a stretch before an offset. */
  static final PostgresQuery LOOK_BACK = PostgresQuery.of(META, STRETCH_BACKWARD, MATCHING_OF_STRETCH, COUNT);

  /** Follows the index of topics that are named backwards. */
  static final PostgresQuery BACK_NAMED = PostgresQuery.of(META, LANES_NAMED, STEP, INDEX_BACKWARD, COUNT);

  /** Follows the index of topics that match a pattern backwards. */
  static final PostgresQuery BACK_MATCHING = PostgresQuery.of(META, LANES_MATCHING, STEP, INDEX_BACKWARD, COUNT);

  /** The offset before the first event of a time or later. */
  static final PostgresQuery OFFSET_BEFORE = PostgresQuery.of(
      "SELECT epoch, head, oldest, carillon.offset_before({time}::bigint) FROM carillon.meta");

  /** Where the log stands. */
  static final PostgresQuery STATE = PostgresQuery.of("SELECT epoch, head, oldest FROM carillon.meta");

  private PostgresReads() {}
}
