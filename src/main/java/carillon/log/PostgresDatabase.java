package carillon.log;

import carillon.log.LogException.Reason;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.net.ClientSSLOptions;
import io.vertx.core.net.NetClientOptions;
import io.vertx.core.net.PemTrustOptions;
import io.vertx.core.net.TrustOptions;
import io.vertx.pgclient.PgBuilder;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.pgclient.PgException;
import io.vertx.pgclient.SslMode;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.PoolOptions;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/**
 * The way to the database: connections, and what it means when one fails. Confined to one context, on which all futures
 * complete.
 *
 * <p>There are three pools, so that a group never waits for a reader or for retention. A connection that is lost is
 * made anew when the next question needs one. Nothing waits for ever: a connection on which nothing moves for
 * {@link PostgresPace#answer()} is closed, whatever it was in the middle of.
 */
final class PostgresDatabase {

  /*
   * What is known of a group when something fails:
   *
   *   get a connection ──▶ prepare (once for each connection) ──▶ execute: the function stores it and commits
   *   ─── certainly not stored ───────────────────────────────▶│◀── in doubt, unless the database itself says
   *                                                                that the statement has failed
   *
   * The client completes a statement with "ready for query", which the server sends after it has committed, or after
   * it has rolled back what failed (PostgreSQL documentation, "Message Flow", "Extended Query"). A server that goes
   * down sends its last words without it; then the client only says that the connection was closed.
   */

  /** Questions that wait for a connection, at the most; beyond it they are refused. */
  private static final int WAITING_MAX = 1 << 14;

  private static final String DISK_FULL = "53100";

  /** Longest statement kept prepared, in characters: all of ours. */
  private static final int STATEMENT_CHARACTERS_MAX = 1 << 14;

  private final Pool appending;
  private final Pool upkeep;
  private final Pool reading;

  /** @throws IllegalArgumentException if the certificates of this machine cannot be used */
  PostgresDatabase(Vertx vertx, PostgresOptions options, PostgresPace pace) {
    this.appending = pool(vertx, options, pace, 1);
    this.upkeep = pool(vertx, options, pace, 1);
    this.reading = pool(vertx, options, pace, options.connections());
  }

  /** Asks within the connection for groups. Fails with {@link LogException}, which tells not stored from in doubt. */
  Future<RowSet<Row>> append(String sql, Tuple parameters) {
    return ask(appending, sql, parameters, PostgresDatabase::afterSending);
  }

  /** Asks within the connection for upkeep. Fails with {@link LogException}. */
  Future<RowSet<Row>> maintain(String sql, Tuple parameters) {
    return ask(upkeep, sql, parameters, PostgresDatabase::unavailable);
  }

  /** Asks within one of the connections for reading. Fails with {@link LogException}. */
  Future<RowSet<Row>> read(String sql, Tuple parameters) {
    return ask(reading, sql, parameters, PostgresDatabase::unavailable);
  }

  /** A connection for whatever it takes to open the log; the caller closes it. Fails as the client does. */
  Future<SqlConnection> connection() {
    return upkeep.getConnection();
  }

  /** Closes all connections. */
  Future<Void> close() {
    return Future.join(appending.close(), upkeep.close(), reading.close()).mapEmpty();
  }

  /** What the database, or whatever kept us from it, said. */
  static String said(Throwable failure) {
    if (failure instanceof PgException refusal) {
      return refusal.getErrorMessage() + " (" + refusal.getSqlState() + ")";
    }
    return Objects.requireNonNullElse(failure.getMessage(), failure.getClass().getSimpleName());
  }

  private static Future<RowSet<Row>> ask(
      Pool pool, String sql, Tuple parameters, Function<Throwable, LogException> whenSent) {
    return pool.getConnection()
        .recover(failure -> Future.failedFuture(unavailable(failure)))
        .compose(
            connection ->
                connection.prepare(sql)
                    .recover(failure -> Future.failedFuture(unavailable(failure)))
                    .compose(
                        prepared ->
                            prepared.query()
                                .execute(parameters)
                                .recover(failure -> Future.failedFuture(whenSent.apply(failure))))
                    .onComplete(answered -> release(connection)));
  }

  /** Back to its pool; one that is broken has left that by itself, which is all that can go wrong here. */
  private static void release(SqlConnection connection) {
    var unused = connection.close();
  }

  private static LogException afterSending(Throwable failure) {
    if (failure instanceof PgException refusal && !isLastWord(refusal)) {
      Reason reason = DISK_FULL.equals(refusal.getSqlState()) ? Reason.FULL : Reason.UNAVAILABLE;
      return new LogException(reason, "the database refused the group: " + said(failure), failure);
    }
    return new LogException(Reason.IN_DOUBT, "the database has not answered: " + said(failure), failure);
  }

  private static LogException unavailable(Throwable failure) {
    return new LogException(Reason.UNAVAILABLE, "the database cannot be asked: " + said(failure), failure);
  }

  /** Whether it is about the connection or the server (classes 08 and 57P), rather than about the statement. */
  private static boolean isLastWord(PgException refusal) {
    String state = Objects.requireNonNullElse(refusal.getSqlState(), "");
    return state.isEmpty() || state.startsWith("08") || state.startsWith("57P");
  }

  private static Pool pool(Vertx vertx, PostgresOptions options, PostgresPace pace, int size) {
    int connectMillis = Math.toIntExact(options.connectTimeout().toMillis());
    int answerMillis = Math.toIntExact(pace.answer().toMillis());
    return PgBuilder.pool()
        .with(
            new PoolOptions()
                .setMaxSize(size)
                .setMaxWaitQueueSize(WAITING_MAX)
                .setConnectionTimeout(connectMillis)
                .setConnectionTimeoutUnit(TimeUnit.MILLISECONDS))
        .with(
            new NetClientOptions()
                .setConnectTimeout(connectMillis)
                .setIdleTimeout(answerMillis)
                .setIdleTimeoutUnit(TimeUnit.MILLISECONDS)
                .setTcpKeepAlive(true))
        .connectingTo(connectOptions(options, pace))
        .using(vertx)
        .build();
  }

  private static PgConnectOptions connectOptions(PostgresOptions options, PostgresPace pace) {
    var connect = new PgConnectOptions()
        .setHost(options.host())
        .setPort(options.port())
        .setDatabase(options.database())
        .setUser(options.user())
        .setSslMode(sslMode(options.encryption()))
        .setSslOptions(sslOptions(options))
        .setCachePreparedStatements(true)
        .setPreparedStatementCacheSqlLimit(STATEMENT_CHARACTERS_MAX)
        .addProperty("application_name", "carillon")
        .addProperty("default_transaction_isolation", "read committed")
        // A group that waits for one of another node ends before we lose patience, and then it is certainly not stored.
        .addProperty("lock_timeout", Long.toString(pace.answer().toMillis() / 2))
        // Every statement is meant to use its index whatever it asks for, so it is planned once; and statistics of tables
        // that are young or change fast mislead.
        .addProperty("plan_cache_mode", "force_generic_plan")
        .addProperty("enable_seqscan", "off")
        .addProperty("jit", "off");
    return options.password() == null ? connect : connect.setPassword(options.password());
  }

  private static SslMode sslMode(PostgresOptions.Encryption encryption) {
    return switch (encryption) {
      case DISABLE -> SslMode.DISABLE;
      case PREFER -> SslMode.PREFER;
      case REQUIRE -> SslMode.REQUIRE;
      case VERIFY_CA -> SslMode.VERIFY_CA;
      case VERIFY_FULL -> SslMode.VERIFY_FULL;
    };
  }

  private static ClientSSLOptions sslOptions(PostgresOptions options) {
    var ssl = new ClientSSLOptions();
    switch (options.encryption()) {
      case DISABLE -> {}
      case PREFER, REQUIRE -> ssl.setTrustAll(true).setHostnameVerificationAlgorithm("");
      case VERIFY_CA -> ssl.setTrustOptions(trusted(options.rootCertificate())).setHostnameVerificationAlgorithm("");
      case VERIFY_FULL ->
          ssl.setTrustOptions(trusted(options.rootCertificate())).setHostnameVerificationAlgorithm("HTTPS");
    }
    return ssl;
  }

  private static TrustOptions trusted(@Nullable Path rootCertificate) {
    if (rootCertificate != null) {
      return new PemTrustOptions().addCertPath(rootCertificate.toString());
    }
    try {
      var factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      factory.init((KeyStore) null); // what the JVM trusts
      return TrustOptions.wrap(factory.getTrustManagers()[0]);
    } catch (GeneralSecurityException e) {
      throw new IllegalArgumentException("the certificates that this JVM trusts cannot be read", e);
    }
  }
}
