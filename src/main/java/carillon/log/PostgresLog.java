package carillon.log;

import carillon.event.Draft;
import carillon.event.EventId;
import carillon.event.Selectors;
import carillon.event.TopicRule;
import carillon.log.LogException.Reason;
import carillon.log.PostgresGroup.Outcome;
import io.vertx.core.AsyncResult;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/**
 * The log in a PostgreSQL database, which any number of nodes share. What is acknowledged is committed there: on its
 * disk, unless its operator has switched fsync off, and on a standby where replication is synchronous.
 *
 * <p>Any thread. Everything is handed to one context, on which the connections answer; stages complete there.
 *
 * <p>While the database cannot be reached everything fails with {@link Reason#UNAVAILABLE}; a group that was on its way
 * when it went, with {@link Reason#IN_DOUBT}. It goes on by itself as soon as it can. A database that comes back with
 * a history that lacks what was acknowledged is not believed: then everything goes on failing until an operator has
 * restored it, or has begun a new epoch there, which is taken up at once.
 */
public final class PostgresLog implements EventLog {

  /*
   * What other nodes append is learned from every answer of the database; while there is none, it is asked now and
   * then, on the connection for appending, so that one is at hand.
   */

  private static final Logger LOG = System.getLogger(PostgresLog.class.getName());

  /** Events that a step of retention looks at for each of its reasons; a group that arrives meanwhile waits for it. */
  private static final int SWEEP_EVENTS = 256;

  /** Whoever asks for the head waits no longer for it. */
  private static final long REFRESH_SECONDS = 9;

  /** What is under way has ended before; only the server's farewell is waited for. */
  private static final long CLOSE_SECONDS = 5;

  private static final long UNKNOWN_BYTES = -1;

  private static final String SWEEP = "SELECT * FROM carillon.sweep($1, $2, $3, $4)";

  /** Tables, their indexes and what is stored out of line; dead rows too, until they are vacuumed. */
  private static final String SIZE =
      "SELECT coalesce(sum(pg_total_relation_size(c.oid)), 0)::bigint FROM pg_catalog.pg_class c"
          + " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'carillon' AND c.relkind = 'r'";

  private final Vertx vertx;
  private final Context context;
  private final PostgresOptions options;
  private final PostgresPace pace;
  private final SteadyClock clock;
  private final PostgresDatabase database;
  private final PostgresReader reader;
  private final CompletableFuture<Void> ended = new CompletableFuture<>();

  // Written on the context, read by any thread.
  private volatile long epoch;
  private volatile long head;
  private volatile long oldest;
  private volatile long bytes = UNKNOWN_BYTES;
  private volatile Retentions retentions;

  // Confined to the context.
  private boolean closing;
  private boolean isClosed;
  private int underWay;
  private boolean heard;
  private boolean isAway;

  /**
   * Opens the log, and makes it if there is none.
   *
   * @param vertx whose current context, or a new one, the log uses from then on
   * @param options where it is
   * @param rules for topics, the first that matches holds
   * @param clock by which events age, together with the database's
   * @param random for the epoch of a new log
   * @return fails with {@link LogOpenException}
   */
  public static CompletionStage<PostgresLog> open(
      Vertx vertx, PostgresOptions options, List<TopicRule> rules, SteadyClock clock, RandomGenerator random) {
    return open(vertx, options, rules, clock, random, PostgresPace.NORMAL);
  }

  static CompletionStage<PostgresLog> open(
      Vertx vertx,
      PostgresOptions options,
      List<TopicRule> rules,
      SteadyClock clock,
      RandomGenerator random,
      PostgresPace pace) {
    Context context = vertx.getOrCreateContext();
    var opened = new CompletableFuture<PostgresLog>();
    context.runOnContext(
        now -> {
          var database = new PostgresDatabase(vertx, options, pace);
          PostgresOpening.open(database, options, rules, random)
              .map(state -> new PostgresLog(vertx, context, options, pace, rules, clock, database, state))
              .onComplete(
                  log -> {
                    if (log.succeeded()) {
                      log.result().begin();
                      opened.complete(log.result());
                    } else {
                      opened.completeExceptionally(log.cause());
                      context.runOnContext(
                          later -> {
                            var unused = database.close();
                          });
                    }
                  });
        });
    return opened;
  }

  private PostgresLog(
      Vertx vertx,
      Context context,
      PostgresOptions options,
      PostgresPace pace,
      List<TopicRule> rules,
      SteadyClock clock,
      PostgresDatabase database,
      PostgresOpening.State state) {
    this.vertx = vertx;
    this.context = context;
    this.options = options;
    this.pace = pace;
    this.retentions = new Retentions(rules);
    this.clock = clock;
    this.database = database;
    this.reader = new PostgresReader(database, () -> retentions, this::head, this::seen);
    this.epoch = state.epoch();
    this.head = state.head();
    this.oldest = state.oldest();
  }

  @Override
  public long epoch() {
    return epoch;
  }

  @Override
  public long head() {
    return head;
  }

  @Override
  public CompletionStage<Long> refreshHead() {
    return answer(
        Reason.UNAVAILABLE,
        () ->
            state()
                .timeout(REFRESH_SECONDS, TimeUnit.SECONDS)
                .recover(
                    failure ->
                        Future.failedFuture(
                            failure instanceof LogException
                                ? failure
                                : new LogException(Reason.UNAVAILABLE, "the database has not answered", failure))));
  }

  @Override
  public long oldest() {
    return oldest;
  }

  @Override
  public OptionalLong bytes() {
    long known = bytes;
    return known == UNKNOWN_BYTES ? OptionalLong.empty() : OptionalLong.of(known);
  }

  @Override
  public Durability durability() {
    return Durability.DATABASE;
  }

  @Override
  public CompletionStage<Appended> append(List<Draft> drafts, Instant now) {
    if (drafts.isEmpty()) {
      throw new IllegalArgumentException("append: expected at least one draft");
    }
    List<Draft> group = List.copyOf(drafts);
    return answer(Reason.IN_DOUBT, () -> store(group, now));
  }

  @Override
  public CompletionStage<Page> read(long after, Selectors selectors, Limit limit, Reading reading) {
    if (after < 0) {
      throw new IllegalArgumentException("read: expected an offset of at least 0, got " + after);
    }
    return answer(Reason.UNAVAILABLE, () -> reader.read(after, selectors, limit, reading, clock.instant()));
  }

  @Override
  public CompletionStage<Long> offsetBefore(Instant time) {
    return answer(Reason.UNAVAILABLE, () -> reader.offsetBefore(time));
  }

  @Override
  public CompletionStage<Long> offsetBeforeLast(int count, Selectors selectors) {
    if (count < 1) {
      throw new IllegalArgumentException("offsetBeforeLast: expected a count of at least 1, got " + count);
    }
    return answer(Reason.UNAVAILABLE, () -> reader.offsetBeforeLast(count, selectors, clock.instant()));
  }

  @Override
  public CompletionStage<Void> changeRules(List<TopicRule> rules) {
    List<TopicRule> copy = List.copyOf(rules);
    return answer(Reason.UNAVAILABLE, () -> change(copy));
  }

  /** First for topics to come, then for those that are there: none is missed. */
  private Future<Void> change(List<TopicRule> rules) {
    Retentions before = retentions;
    retentions = new Retentions(rules);
    return PostgresOpening.changeRules(database, options, rules).onFailure(failure -> retentions = before);
  }

  @Override
  public CompletionStage<Void> close() {
    boolean unused =
        run(
            () -> {
              closing = true;
              closeWhenIdle();
            });
    return ended;
  }

  /**
   * Hands a question over.
   *
   * @param surprise what it means when the question fails in a way that nobody has thought of
   */
  private <T> CompletionStage<T> answer(Reason surprise, Supplier<Future<T>> question) {
    var answer = new CompletableFuture<T>();
    boolean taken = run(
        () -> {
          if (closing) {
            answer.completeExceptionally(closed());
            return;
          }
          track(question)
              .onComplete(
                  result -> {
                    if (result.succeeded()) {
                      answer.complete(result.result());
                    } else {
                      answer.completeExceptionally(explained(surprise, result.cause()));
                    }
                  });
        });
    if (!taken) {
      answer.completeExceptionally(closed());
    }
    return answer;
  }

  private boolean run(Runnable work) {
    try {
      context.runOnContext(now -> work.run());
      return true;
    } catch (RejectedExecutionException e) { // Vert.x has been closed, and the connections with it
      ended.complete(null);
      return false;
    }
  }

  private static LogException closed() {
    return new LogException(Reason.CLOSED, "the log has been closed");
  }

  private static LogException explained(Reason surprise, Throwable failure) {
    return failure instanceof LogException known
        ? known
        : new LogException(surprise, "the log failed: " + failure, failure);
  }

  // From here on: the context.

  private void begin() {
    LOG.log(
        Level.INFO,
        "log opened: {0}, epoch {1}, events {2} to {3}",
        options.shown(),
        EventId.epochText(epoch),
        Long.toString(oldest),
        Long.toString(head));
    every(pace.look(), this::look);
    every(pace.sweep(), this::sweep);
    every(pace.size(), this::measure);
  }

  private Future<Appended> store(List<Draft> drafts, Instant now) {
    var group = new PostgresGroup(drafts, retentions);
    long asked = epoch;
    return database
        .append(PostgresGroup.SQL, group.parameters(asked, head, now, clock.instant()))
        .map(
            answer -> {
              Outcome outcome = group.outcome(asked, answer);
              if (asked == epoch) {
                seen(0, asked, outcome.head(), outcome.oldest());
              }
              return outcome.appended();
            })
        .onComplete(this::note);
  }

  /** Whether there is more to do: never. */
  private Future<Boolean> look() {
    if (heard) {
      heard = false;
      return Future.succeededFuture(false);
    }
    return state()
        .map(
            newest -> {
              heard = false;
              return false;
            });
  }

  /**
   * Asks where the log stands. These answers come in the order of the questions, so they, and no others, are believed
   * when they tell of another life of the log.
   */
  private Future<Long> state() {
    long known = head;
    long knownEpoch = epoch;
    return database
        .append(PostgresReads.STATE.sql(), Tuple.tuple())
        .map(
            answer -> {
              Row row = answer.iterator().next();
              if (row.getLong(0) != epoch) {
                begunAnew(row.getLong(0), row.getLong(1), row.getLong(2));
              } else {
                seen(epoch == knownEpoch ? known : 0, row.getLong(0), row.getLong(1), row.getLong(2));
              }
              return head;
            })
        .onComplete(this::note);
  }

  private void begunAnew(long itsEpoch, long itsHead, long itsOldest) {
    LOG.log(
        Level.WARNING,
        "{0}: the log has begun a new epoch, {1}, events {2} to {3}; it was {4}, up to {5}",
        options.shown(),
        EventId.epochText(itsEpoch),
        Long.toString(itsOldest),
        Long.toString(itsHead),
        EventId.epochText(epoch),
        Long.toString(head));
    head = itsHead;
    oldest = itsOldest;
    epoch = itsEpoch;
  }

  /** Whether there is more to remove. */
  private Future<Boolean> sweep() {
    return database
        .maintain(SWEEP, Tuple.of(epoch, head, clock.instant().toEpochMilli(), SWEEP_EVENTS))
        .compose(
            answer -> {
              boolean hasRemoved = answer.iterator().next().getBoolean(0);
              return hasRemoved ? state().map(newest -> true) : Future.succeededFuture(false);
            });
  }

  /** Whether there is more to measure: never. On the connection for upkeep, where no group and no reader waits for it. */
  private Future<Boolean> measure() {
    return database
        .maintain(SIZE, Tuple.tuple())
        .map(
            answer -> {
              bytes = answer.iterator().next().getLong(0);
              return false;
            });
  }

  /** An answer from the database: what it says of the log is known from now on. */
  private void seen(long known, long itsEpoch, long itsHead, long itsOldest) {
    if (itsEpoch != epoch || itsHead < known) { // another epoch is taken up when it is asked for, see state()
      throw new LogException(
          Reason.UNAVAILABLE,
          "the database has another history than it had: it ends at " + itsHead + " of epoch "
              + EventId.epochText(itsEpoch) + ", known was " + known + " of " + EventId.epochText(epoch));
    }
    head = Math.max(head, itsHead);
    oldest = Math.max(oldest, itsOldest);
    heard = true;
  }

  private void note(AsyncResult<?> answered) {
    if (answered.succeeded() && isAway) {
      isAway = false;
      LOG.log(Level.INFO, "the database answers again: {0}", options.shown());
    } else if (answered.failed() && !isAway) {
      isAway = true;
      LOG.log(Level.ERROR, "the database is away, trying on: {0}: {1}", options.shown(), answered.cause().getMessage());
    }
  }

  /** Again and again: at once while there is more to do, and otherwise, or after a failure, some time later. */
  private void every(Duration pause, Supplier<Future<Boolean>> work) {
    if (closing) {
      return;
    }
    track(work)
        .onComplete(
            done -> {
              boolean more = done.succeeded() && done.result();
              long millis = more ? 1 : Math.max(1, pause.toMillis());
              vertx.setTimer(millis, timer -> every(pause, work));
            });
  }

  private <T> Future<T> track(Supplier<Future<T>> work) {
    underWay++;
    Future<T> begun;
    try {
      begun = work.get();
    } catch (RuntimeException e) { // before anything was sent
      begun = Future.failedFuture(new LogException(Reason.UNAVAILABLE, "the log failed: " + e, e));
    }
    return begun.onComplete(
        done -> {
          underWay--;
          closeWhenIdle();
        });
  }

  private void closeWhenIdle() {
    if (closing && underWay == 0 && !isClosed) {
      isClosed = true;
      database.close().timeout(CLOSE_SECONDS, TimeUnit.SECONDS).onComplete(closed -> ended.complete(null));
    }
  }
}
