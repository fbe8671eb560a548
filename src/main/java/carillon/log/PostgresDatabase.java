package carillon.log;

import carillon.log.LogException.Reason;
import io.vertx.core.Future;
import io.vertx.core.Promise;
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
import io.vertx.sqlclient.PreparedStatement;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/**
 * The way to the database: connections, and what it means when one fails. Confined to one context, on which all futures
 * complete.
 *
 * <p>There are three pools, so that a group never waits for a reader or for retention. A connection that is lost is
 * made anew when the next question needs one. Nothing waits for ever: a connection that does not answer for
 * {@link PostgresPace#answer()} is given up.
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

  /** A connection that is not used for so long is closed. */
  private static final int IDLE_SECONDS = 60;

  private static final String DISK_FULL = "53100";

  /** Longest statement kept prepared, in characters: all of ours. */
  private static final int STATEMENT_CHARACTERS_MAX = 1 << 14;

  private final Vertx vertx;
  private final long connectMillis;
  private final long answerMillis;
  private final Appending appending;
  private final Lane upkeep;
  private final Lane reading;

  /** @throws IllegalArgumentException if the certificates of this machine cannot be used */
  PostgresDatabase(Vertx vertx, PostgresOptions options, PostgresPace pace) {
    this.vertx = vertx;
    this.connectMillis = options.connectTimeout().toMillis();
    this.answerMillis = pace.answer().toMillis();
    this.appending = new Appending(() -> pool(vertx, options, pace, 1));
    this.upkeep = new Lane(() -> pool(vertx, options, pace, 1));
    this.reading = new Lane(() -> pool(vertx, options, pace, options.connections()));
  }

  /** Asks within the connection for groups. Fails with {@link LogException}, which tells not stored from in doubt. */
  Future<RowSet<Row>> append(String sql, Tuple parameters) {
    return appending.ask(sql, parameters);
  }

  /** Asks within the connection for upkeep. Fails with {@link LogException}. */
  Future<RowSet<Row>> maintain(String sql, Tuple parameters) {
    return upkeep.ask(sql, parameters);
  }

  /** Asks within one of the connections for reading. Fails with {@link LogException}. */
  Future<RowSet<Row>> read(String sql, Tuple parameters) {
    return reading.ask(sql, parameters);
  }

  /** A connection for whatever it takes to open the log; the caller closes it. Fails as the client does. */
  Future<SqlConnection> connection() {
    return upkeep.connection();
  }

  /** Closes all connections. */
  Future<Void> close() {
    return Future.join(appending.pool.close(), upkeep.pool.close(), reading.pool.close()).mapEmpty();
  }

  /** What the database, or whatever kept us from it, said. */
  static String said(Throwable failure) {
    if (failure instanceof PgException refusal) {
      return refusal.getErrorMessage() + " (" + refusal.getSqlState() + ")";
    }
    return Objects.requireNonNullElse(failure.getMessage(), failure.getClass().getSimpleName());
  }

  /** Back to its pool; one that is broken has left that by itself, which is all that can go wrong here. */
  private static void release(SqlConnection connection) {
    var unused = connection.close();
  }

  /** Connections for one purpose. */
  private class Lane {
    final Supplier<Pool> maker;
    Pool pool;
    int made; // how many pools came before this one

    Lane(Supplier<Pool> maker) {
      this.maker = maker;
      this.pool = maker.get();
    }

    /** One question, one connection; a statement that this connection knows is not prepared again. */
    Future<RowSet<Row>> ask(String sql, Tuple parameters) {
      int asked = made;
      return connection()
          .compose(
              connection ->
                  inTime(
                      asked,
                      connection.preparedQuery(sql).execute(parameters).onComplete(done -> release(connection))))
          .recover(failure -> Future.failedFuture(unavailable(failure)));
    }

    /**
     * A connection, or after some time none. The pool has such a bound, too, but may forget to answer when a connection
     * that it is making fails later than that (Vert.x 5.0.10, {@code SqlConnectionPool.acquire}).
     */
    Future<SqlConnection> connection() {
      var inTime = Promise.<SqlConnection>promise();
      long timer = vertx.setTimer(
          connectMillis,
          late -> inTime.tryFail(new TimeoutException("no connection within " + connectMillis + " ms")));
      pool.getConnection()
          .onComplete(
              connected -> {
                vertx.cancelTimer(timer);
                if (connected.failed()) {
                  inTime.tryFail(connected.cause());
                } else if (inTime.tryComplete(connected.result())) {
                  connected.result().exceptionHandler(said -> {}); // whoever is asking hears of it by the answer
                } else {
                  release(connected.result());
                }
              });
      return inTime.future();
    }

    /**
     * Bounds the wait for an answer. Where none comes, the connection cannot be used again, nor even be closed: the
     * client takes its leave and waits for the server to do so (Vert.x 5.0.10, {@code PgEncoder.close}). So the pool
     * is left to itself, and closes when that has happened; once, however many questions were stuck in it.
     */
    <T> Future<T> inTime(int asked, Future<T> answer) {
      return answer
          .timeout(answerMillis, TimeUnit.MILLISECONDS)
          .onFailure(
              failure -> {
                if (failure instanceof TimeoutException && made == asked) {
                  var unused = pool.close();
                  pool = maker.get();
                  made++;
                }
              });
    }
  }

  /** One connection that is kept, with what is prepared there, so that it is known what has been sent and what not. */
  private final class Appending extends Lane {

    /** A connection and its statements. */
    private record Kept(SqlConnection connection, Map<String, Future<PreparedStatement>> statements) {}

    private @Nullable Future<Kept> kept;
    private int left; // how many were kept before

    Appending(Supplier<Pool> maker) {
      super(maker);
    }

    @Override
    Future<RowSet<Row>> ask(String sql, Tuple parameters) {
      int asked = made;
      Future<Kept> asking = kept();
      int number = left;
      return asking
          .compose(on -> inTime(asked, on.statements.computeIfAbsent(sql, on.connection::prepare)))
          .onFailure(failure -> leave(number))
          .recover(failure -> Future.failedFuture(unavailable(failure)))
          .compose(
              prepared ->
                  inTime(asked, prepared.query().execute(parameters))
                      .onFailure(
                          failure -> {
                            if (!(failure instanceof PgException)) {
                              leave(number);
                            }
                          })
                      .recover(failure -> Future.failedFuture(afterSending(failure))));
    }

    private Future<Kept> kept() {
      if (kept == null) {
        int number = left;
        kept = connection().map(connection -> new Kept(connection, new HashMap<>()));
        var unused = kept.onSuccess(on -> on.connection.closeHandler(closed -> leave(number)));
      }
      return kept;
    }

    private void leave(int number) {
      if (kept != null && left == number) {
        Future<Kept> leaving = kept;
        kept = null;
        left++;
        var unused = leaving.onSuccess(on -> release(on.connection));
      }
    }
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
    return PgBuilder.pool()
        .with(
            new PoolOptions()
                .setMaxSize(size)
                .setMaxWaitQueueSize(WAITING_MAX)
                .setConnectionTimeout(0)
                .setIdleTimeout(IDLE_SECONDS)
                .setIdleTimeoutUnit(TimeUnit.SECONDS))
        .with(
            new NetClientOptions()
                .setConnectTimeout(Math.toIntExact(options.connectTimeout().toMillis()))
                .setTcpUserTimeout(Math.toIntExact(pace.answer().toMillis())) // with native transport
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
        // Every statement is meant to use its index whatever it asks for, so it is planned once; and statistics of
        // tables that are young or change fast mislead.
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
