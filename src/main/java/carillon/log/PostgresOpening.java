package carillon.log;

import carillon.event.EventId;
import carillon.event.Topic;
import carillon.event.TopicRule;
import carillon.log.LogOpenException.Problem;
import io.vertx.core.Future;
import io.vertx.pgclient.PgException;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * Brings the database to where a log can work with it, one node after another: makes what is not there, leads an older
 * version to ours, sets rules that have changed, and refuses everything else. Confined to the context of the log.
 */
final class PostgresOpening {

  private static final Logger LOG = System.getLogger(PostgresOpening.class.getName());

  /** The oldest that is tested. */
  private static final int SERVER_VERSION_MIN = 13;

  /** Topics whose rule is looked at in one step. */
  private static final int RULES_STEP = 2_000;

  /** How long another node may take to make or lead the tables to a new version. */
  private static final String WAIT_FOR_OTHERS = "60s";

  private static final String SERVER = """
      SELECT current_setting('server_version_num')::integer / 10000, pg_is_in_recovery(),
        current_setting('server_encoding'), current_setting('fsync'), current_setting('full_page_writes'),
        current_setting('synchronous_commit')
      """;

  private static final String VERSION_IF_ANY =
      "SELECT to_regnamespace('carillon') IS NOT NULL, to_regclass('carillon.meta') IS NOT NULL";

  private final PostgresOptions options;
  private final List<TopicRule> rules;
  private final long newEpoch;
  private final SqlConnection connection;

  private PostgresOpening(
      PostgresOptions options, List<TopicRule> rules, long newEpoch, SqlConnection connection) {
    this.options = options;
    this.rules = rules;
    this.newEpoch = newEpoch;
    this.connection = connection;
  }

  /**
   * What an opened log begins with.
   *
   * @param epoch of the log
   * @param head newest event
   * @param oldest event that is kept
   */
  record State(long epoch, long head, long oldest) {}

  /** Opens the log in {@code database}. Fails with {@link LogOpenException}. */
  static Future<State> open(
      PostgresDatabase database, PostgresOptions options, List<TopicRule> rules, RandomGenerator random) {
    return database
        .connection()
        .recover(
            failure ->
                Future.failedFuture(
                    new LogOpenException(
                        Problem.INACCESSIBLE, options.shown(), PostgresDatabase.said(failure), failure)))
        .compose(
            connection ->
                new PostgresOpening(options, rules, random.nextLong(1, EventId.EPOCH_MAX + 1), connection)
                    .open()
                    .onComplete(
                        opened -> {
                          var unused = connection.close(); // back to its pool
                        }));
  }

  /** Sets other rules in a log that is open. Fails with whatever the database says. */
  static Future<Void> changeRules(PostgresDatabase database, PostgresOptions options, List<TopicRule> rules) {
    return database
        .connection()
        .compose(
            connection ->
                new PostgresOpening(options, rules, 0, connection)
                    .changeRules()
                    .onComplete(
                        changed -> {
                          var unused = connection.close(); // back to its pool
                        }));
  }

  /** Nodes that are given the same rules at the same time do it one after the other; the second finds it done. */
  private Future<Void> changeRules() {
    return ask("SET lock_timeout = '" + WAIT_FOR_OTHERS + "'")
        .compose(patient -> ask("SELECT pg_advisory_lock(" + PostgresSchema.OPENING_LOCK + ")"))
        .compose(
            locked ->
                applyRules().eventually(() -> ask("SELECT pg_advisory_unlock(" + PostgresSchema.OPENING_LOCK + ")")))
        .compose(applied -> ask("RESET lock_timeout").mapEmpty());
  }

  private Future<State> open() {
    return ask(SERVER)
        .compose(this::checkServer)
        .compose(sound -> ask("SET lock_timeout = '" + WAIT_FOR_OTHERS + "'"))
        .compose(patient -> ask("SELECT pg_advisory_lock(" + PostgresSchema.OPENING_LOCK + ")"))
        .compose(
            locked ->
                version()
                    .compose(this::migrate)
                    .compose(migrated -> applyRules())
                    .compose(applied -> state())
                    .eventually(() -> ask("SELECT pg_advisory_unlock(" + PostgresSchema.OPENING_LOCK + ")")))
        .compose(state -> ask("RESET lock_timeout").map(state))
        .recover(failure -> Future.failedFuture(explained(failure)));
  }

  private Throwable explained(Throwable failure) {
    if (failure instanceof LogOpenException) {
      return failure;
    }
    boolean isUnsuitable = failure instanceof PgException;
    return new LogOpenException(
        isUnsuitable ? Problem.UNSUITABLE : Problem.INACCESSIBLE,
        options.shown(),
        "the log cannot be opened: " + PostgresDatabase.said(failure),
        failure);
  }

  private Future<Void> checkServer(RowSet<Row> answer) {
    Row server = answer.iterator().next();
    if (server.getInteger(0) < SERVER_VERSION_MIN) {
      return unsuitable("expected PostgreSQL " + SERVER_VERSION_MIN + " or newer, got " + server.getInteger(0));
    }
    if (server.getBoolean(1)) {
      return unsuitable("expected a server that can be written to, got a standby");
    }
    if (!server.getString(2).equals("UTF8")) {
      return unsuitable("expected a database encoded in UTF8, got " + server.getString(2));
    }
    if (server.getString(3).equals("off") || server.getString(4).equals("off")) {
      LOG.log(
          Level.WARNING,
          "{0}: fsync or full_page_writes is off: what is acknowledged may be lost when the machine fails",
          options.shown());
    }
    if (server.getString(5).equals("off")) {
      LOG.log(
          Level.WARNING, "{0}: synchronous_commit is off; for its own events the hub switches it on", options.shown());
    }
    return Future.succeededFuture();
  }

  /** The version of what is there, 0 if there is nothing. */
  private Future<Integer> version() {
    return ask(VERSION_IF_ANY)
        .compose(
            answer -> {
              Row row = answer.iterator().next();
              if (!row.getBoolean(0)) {
                return Future.succeededFuture(0);
              }
              if (!row.getBoolean(1)) {
                return unsuitable("there is a schema carillon, but it is not ours");
              }
              return ask("SELECT version FROM carillon.meta")
                  .map(version -> version.iterator().next().getInteger(0));
            });
  }

  private Future<Void> migrate(int version) {
    if (version > PostgresSchema.VERSION) {
      return unsuitable(
          "the log was written by a newer Carillon (schema " + version + "), this one knows schemas up to "
              + PostgresSchema.VERSION);
    }
    if (version == PostgresSchema.VERSION) {
      return Future.succeededFuture();
    }
    var script = new StringBuilder("BEGIN;\n");
    PostgresSchema.STEPS.subList(version, PostgresSchema.VERSION).forEach(step -> script.append(step).append('\n'));
    script.append(
        version == 0
            ? "INSERT INTO carillon.meta (version, epoch) VALUES (" + PostgresSchema.VERSION + ", " + newEpoch + ");\n"
            : "UPDATE carillon.meta SET version = " + PostgresSchema.VERSION + ";\n");
    return ask(script.append("COMMIT;").toString())
        .onSuccess(
            made ->
                LOG.log(
                    Level.INFO, "{0}: schema carillon brought to version {1}", options.shown(), PostgresSchema.VERSION))
        .mapEmpty();
  }

  /** Rules are kept with the topics they hold for; with other rules each topic is looked at again. */
  private Future<Void> applyRules() {
    String text = PostgresRules.text(rules);
    return ask("SELECT rules, epoch FROM carillon.meta")
        .compose(
            answer -> {
              Row row = answer.iterator().next();
              return row.getString(0).equals(text)
                  ? Future.<Void>succeededFuture()
                  : applyRules(new Retentions(rules), row.getLong(1), 0)
                      .compose(
                          applied ->
                              connection
                                  .preparedQuery("UPDATE carillon.meta SET rules = $1")
                                  .execute(Tuple.of(text))
                                  .mapEmpty());
            });
  }

  private Future<Void> applyRules(Retentions retentions, long epoch, long afterTopic) {
    return connection
        .preparedQuery("SELECT id, name FROM carillon.topic WHERE id > $1 ORDER BY id LIMIT $2")
        .execute(Tuple.of(afterTopic, RULES_STEP))
        .compose(
            rows -> {
              if (rows.size() == 0) {
                return Future.succeededFuture();
              }
              var ids = new ArrayList<Long>();
              var topics = new ArrayList<Topic>();
              for (Row row : rows) {
                ids.add(row.getLong(0));
                topics.add(new Topic(row.getString(1)));
              }
              PostgresRules changed = PostgresRules.of(topics, retentions);
              return connection
                  .preparedQuery("SELECT carillon.set_rules($1, $2, $3, $4, $5, $6)")
                  .execute(
                      Tuple.of(
                          epoch,
                          ids.toArray(Long[]::new),
                          changed.latestOnly(),
                          changed.ages(),
                          changed.counts(),
                          changed.bytes()))
                  .compose(done -> applyRules(retentions, epoch, ids.get(ids.size() - 1)));
            });
  }

  private Future<State> state() {
    return ask(PostgresReads.STATE.sql())
        .compose(
            answer -> {
              Row row = answer.iterator().next();
              var state = new State(row.getLong(0), row.getLong(1), row.getLong(2));
              boolean isSound =
                  state.epoch >= 1 && state.epoch <= EventId.EPOCH_MAX && state.head >= 0
                      && state.oldest >= 1 && state.oldest <= state.head + 1;
              return isSound
                  ? Future.succeededFuture(state)
                  : Future.failedFuture(
                      new LogOpenException(
                          Problem.CORRUPT, options.shown(), "the table carillon.meta makes no sense: " + state, null));
            });
  }

  private Future<RowSet<Row>> ask(String sql) {
    return connection.query(sql).execute();
  }

  private <T> Future<T> unsuitable(String detail) {
    return Future.failedFuture(new LogOpenException(Problem.UNSUITABLE, options.shown(), detail, null));
  }
}
