package carillon.subscribe;

import carillon.config.SubscribeOptions;
import carillon.event.Event;
import carillon.event.EventId;
import carillon.event.GapReason;
import carillon.event.Selector;
import carillon.event.Selectors;
import carillon.event.Sight;
import carillon.event.Since;
import carillon.log.EventLog;
import carillon.log.LogException;
import carillon.log.Page;
import carillon.sse.ControlFrames;
import carillon.sse.Frame;
import carillon.sse.Rendering;
import carillon.tail.Answer;
import carillon.tail.Listener;
import carillon.tail.TailView;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.MessageConsumer;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * One subscriber being served: does what its {@link Subscription} decides. Confined to the event loop of the
 * connection, which is that of the view.
 */
public final class Stream extends Listener implements LogPages.Reader {

  /*
   * The seam between history and live has no lock:
   *
   *   register a consumer per selector ─▶ wait until registered ─▶ resolve the start ─▶ ask once ─▶ ask at news
   *
   * A frame that arrives before the registration is among the recent frames when the stream asks; one that arrives
   * later rings. Both may be true of the same frame: asking twice finds it once, because the second question starts
   * behind it. A stream that has been rung stays awake while there is news, and the view has it ask without ringing.
   */
  private static final System.Logger LOG = System.getLogger(Stream.class.getName());

  /** Pause before a failed read of the log is tried again, in milliseconds. */
  private static final long READ_AGAIN_MS = 500;

  /** Pause before a log is read again that another node is said to have appended to, in milliseconds. */
  private static final long LAG_MS = 50;

  private final Environment environment;
  private final Pass pass;
  private final Rendering rendering;
  private final Outlet outlet;
  private final Recent recent = new ViewOfInterest();
  private final Step.Cases<Boolean> doing = new Doing();

  // Everything below belongs to the event loop.
  private Selectors selectors;
  private final List<MessageConsumer<?>> consumers = new ArrayList<>(1);
  private @Nullable Subscription subscription;
  private @Nullable EventId continuation;
  private long epoch;
  private boolean closed;
  private boolean wroteSinceBeat;
  private long handedBytes;
  private @Nullable Closed whenClosed;
  private Deadlines.@Nullable Deadline deadline;
  private long fullSinceNanos;
  private long unsentBytes;
  private boolean isCounted;
  private boolean isBehind;
  int slot;
  int indexInSlot;

  /**
   * What all streams of one loop share.
   *
   * @param context of the verticle
   * @param view the tail as this loop sees it
   * @param log where streams begin
   * @param pages of the log, for those that are behind
   * @param backlog where those who come wait for their turn
   * @param streams the open streams of this loop
   * @param options bounds and periods
   * @param random spreads the return of clients that are sent away together
   */
  public record Environment(
      Vertx vertx,
      Context context,
      TailView view,
      EventLog log,
      LogPages pages,
      Backlog backlog,
      Streams streams,
      SubscribeOptions options,
      RandomGenerator random) {

    /**
     * A reconnection time from one to two times the usual one: a crowd sent away at once does not come back at once.
     */
    private Duration jitteredRetry() {
      long retryMs = options.retry().toMillis();
      return Duration.ofMillis(retryMs + random.nextLong(retryMs + 1));
    }
  }

  /**
   * A stream that is not open yet.
   *
   * @param pass what the subscriber was let in with; that it covers the selectors has been seen to
   */
  public Stream(Environment environment, Selectors selectors, Pass pass, Rendering rendering, Outlet outlet) {
    this.environment = environment;
    this.selectors = selectors;
    this.pass = pass;
    this.rendering = rendering;
    this.outlet = outlet;
  }

  /**
   * Registers, resolves where to begin, writes the opening, and serves from then on; when its turn comes, if many do.
   *
   * @return completes when the opening has been handed to the outlet; fails, with nothing written and everything given
   *     back, if the log cannot be asked
   */
  public Future<Void> open(Since since) {
    isCounted = true;
    environment.streams().add(this);
    Promise<Void> opened = Promise.promise();
    environment
        .backlog()
        .add(
            () -> {
              if (closed) {
                opened.complete(); // the client has not waited
              } else {
                register(since).onComplete(opened);
              }
            });
    return opened.future();
  }

  private Future<Void> register(Since since) {
    TailView view = environment.view();
    view.follow(this, selectors, pass.sight(), rendering);
    selectors = interest().selectors(); // thousands of streams that follow the same keep one object of it
    List<Future<Void>> registered = new ArrayList<>(selectors.list().size());
    for (Selector selector : selectors.list()) {
      MessageConsumer<Object> consumer = environment.vertx().eventBus().localConsumer(view.bell(selector));
      consumer.handler(bell -> view.wake(this));
      consumers.add(consumer);
      registered.add(consumer.completion());
    }
    return Future.all(registered)
        .compose(all -> onContext(since.fold(new StartOf(environment.log(), selectors))))
        .compose(this::ofThisEpoch)
        .onFailure(failure -> close(CloseReason.FAILED))
        .map(
            start -> {
              begin(start);
              return null;
            });
  }

  /** The log may have begun anew while the tail still shows what was before. */
  private Future<Start> ofThisEpoch(Start start) {
    return environment.log().epoch() == environment.view().epoch()
        ? Future.succeededFuture(start)
        : Future.failedFuture(new LogException(LogException.Reason.UNAVAILABLE, "the log is just beginning anew"));
  }

  private <T> Future<T> onContext(CompletionStage<T> stage) {
    return Future.fromCompletionStage(stage, environment.context());
  }

  private void begin(Start start) {
    if (closed) {
      return;
    }
    epoch = environment.view().epoch();
    subscription = new Subscription(epoch, start);
    outlet.onDrain(this::drained);
    control(ControlFrames.opening(rendering, environment.options().retry()));
    checkpoint();
    Instant end = pass.end();
    if (end != null) {
      deadline = environment.streams().at(end.minus(environment.streams().notice()), () -> expiring(end));
    }
    step();
  }

  /** Tells once that the pass will end, full outlet or not: the notice is small, and useless when it comes late. */
  private void expiring(Instant end) {
    if (closed) {
      return;
    }
    control(ControlFrames.tokenExpiring(rendering, end));
    deadline = environment.streams().at(end, () -> end(CloseReason.TOKEN_EXPIRED));
  }

  @Override
  protected void ask() {
    advance();
  }

  @Override
  protected void send() {
    if (!closed) {
      outlet.flush();
    }
  }

  private void drained() {
    fullSinceNanos = 0;
    holds(0);
    step();
  }

  private void step() {
    advance();
    send();
  }

  private void advance() {
    Subscription deciding = subscription;
    if (closed || deciding == null) {
      return;
    }
    if (epoch != environment.view().epoch()) {
      endOfEpoch();
      return;
    }
    while (!closed && deciding.next(recent, !outlet.isFull()).fold(doing)) {
      // as long as there is something to do
    }
  }

  /** Does a step; answers whether to decide again at once. */
  private final class Doing implements Step.Cases<Boolean> {

    @Override
    public Boolean rest() {
      if (outlet.isFull() && fullSinceNanos == 0) {
        fullSinceNanos = System.nanoTime();
        holds(outlet.unsentBytes());
      }
      if (isBehind) {
        noteWhetherBehind();
      }
      if (!outlet.isFull() && subscription().isBehindLoss()) {
        checkpoint();
      }
      if (!subscription().isReading()) {
        outlet.rested();
      }
      return false;
    }

    @Override
    public Boolean send(long position, long joined) {
      Answer answer = environment.view().after(interest(), position, joined, environment.options().writeBytesMax());
      if (!answer.isEmpty()) {
        wroteSinceBeat = true;
        environment.streams().counts().answered(answer);
        handedBytes += answer.bytes().length();
        outlet.write(answer);
      }
      return sent(answer);
    }

    @Override
    public Boolean sendTransient(long position, long end) {
      Answer answer =
          environment.view().transientAfter(interest(), position, end, environment.options().writeBytesMax());
      if (!answer.isEmpty()) {
        environment.streams().counts().answered(answer);
        write(answer.bytes());
      }
      return sent(answer);
    }

    private boolean sent(Answer answer) {
      subscription().sent(answer.to(), answer.cursor(), answer.lastOffset());
      if (isBehind) {
        noteWhetherBehind();
      }
      return true;
    }

    @Override
    public Boolean read(long offset) {
      noteWhetherBehind();
      if (environment.streams().unsent().isTooMany()) {
        readLater();
        return false;
      }
      environment.pages().read(epoch, offset, selectors, subscription().needsFreshRead(), Stream.this);
      return false;
    }

    @Override
    public Boolean tell(GapReason reason, String requested) {
      EventLog log = environment.log();
      long oldest = log.oldest();
      long head = log.head();
      if (log.epoch() != epoch) {
        return false; // the view will hear of it and wake everybody
      }
      write(gap(reason, requested, epoch, oldest, head));
      environment.streams().counts().told(reason);
      subscription().told(oldest, head);
      checkpoint();
      return true;
    }
  }

  private Buffer gap(GapReason reason, String requested, long epochNow, long oldest, long head) {
    return ControlFrames.gap(
        rendering,
        reason,
        requested,
        oldest > head ? null : new EventId(epochNow, oldest),
        head == 0 ? null : new EventId(epochNow, head));
  }

  /**
   * The log has begun anew: what the client has is another history. It is told, is given an id of the new one that
   * stands before all that is kept, and comes back with that.
   */
  private void endOfEpoch() {
    EventLog log = environment.log();
    long oldest = log.oldest();
    var beginning = new EventId(log.epoch(), oldest - 1);
    environment.streams().counts().told(GapReason.EPOCH);
    write(gap(GapReason.EPOCH, cursorId().toString(), log.epoch(), oldest, log.head()));
    control(ControlFrames.checkpoint(rendering, beginning));
    continuation = beginning;
    end(CloseReason.EPOCH_ENDED);
  }

  @Override
  public void pageRead(SharedPage shared, long after) {
    if (closed) {
      return;
    }
    Page whole = shared.from(after);
    if (!isOfThisEpoch(whole)) {
      readLater(); // by then the view will have heard of it
      return;
    }
    Page page = seen(whole);
    long before = subscription().cursor();
    long upTo = subscription().read(page);
    boolean seesAll = page.events().size() == whole.events().size();
    Buffer bytes = seesAll ? shared.bytes(after, upTo, rendering) : encoded(page, upTo);
    if (bytes.length() > 0) {
      environment.streams().counts().read(countUpTo(page, upTo), bytes.length());
      write(bytes);
    }
    if (upTo > 0 && subscription().cursor() == before) {
      environment.vertx().setTimer(LAG_MS, timer -> step()); // what the tail has seen is not in the log yet
    } else {
      step();
    }
  }

  private static int countUpTo(Page page, long upTo) {
    List<Event> events = page.events();
    int count = events.size();
    while (count > 0 && events.get(count - 1).offset() > upTo) {
      count--;
    }
    return count;
  }

  /** What others may not see of a page is nobody else's answer. */
  private Buffer encoded(Page page, long upTo) {
    Buffer bytes = Buffer.buffer();
    for (Event event : page.events()) {
      if (event.offset() <= upTo) {
        Frame.of(event).appendTo(bytes, rendering);
      }
    }
    return bytes;
  }

  /** The log knows nothing of who may see what. */
  private Page seen(Page page) {
    Sight sight = pass.sight();
    if (sight.isAll() || page.events().stream().noneMatch(Event::isPrivate)) {
      return page;
    }
    List<Event> seen = page.events().stream().filter(event -> sight.sees(event, selectors)).toList();
    return new Page(seen, page.upTo(), page.removedUpTo());
  }

  /** Of one life of the log and not of the next. */
  private boolean isOfThisEpoch(Page page) {
    for (Event event : page.events()) {
      EventId id = event.id();
      if (id == null || id.epoch() != epoch) {
        return false;
      }
    }
    return environment.log().epoch() == epoch;
  }

  @Override
  public void pageFailed(Throwable failure) {
    if (closed) {
      return;
    }
    LOG.log(Level.WARNING, "a stream cannot read the log: {0}", failure.getMessage());
    readLater();
  }

  private void readLater() {
    environment.vertx().setTimer(READ_AGAIN_MS, timer -> readAgain());
  }

  private void readAgain() {
    if (!closed) {
      subscription().readFailed();
      step();
    }
  }

  /** Who wants to know when a stream ends. */
  public interface Closed {
    /** It ended for {@code reason} after {@code bytes} had been handed to its outlet. */
    void closed(CloseReason reason, long bytes);
  }

  /** Has {@code closed} called once when the stream ends, in whatever way, after those that were there before. */
  public void onClose(Closed closed) {
    Closed before = whenClosed;
    whenClosed =
        before == null
            ? closed
            : (reason, bytes) -> {
              before.closed(reason, bytes);
              closed.closed(reason, bytes);
            };
  }

  /** Visited by {@link Streams} a few times per heartbeat. */
  void beat(long nowNanos) {
    if (subscription == null) {
      return; // still opening
    }
    if (outlet.isFull()) {
      noteWhetherBehind(); // time goes on without it
      holds(outlet.unsentBytes());
      if (fullSinceNanos == 0) {
        fullSinceNanos = nowNanos;
      } else if (nowNanos - fullSinceNanos > environment.options().stuckTimeout().toNanos()) {
        LOG.log(
            Level.INFO, "a stream is closed: its client took nothing for {0}", environment.options().stuckTimeout());
        close(CloseReason.STUCK);
        outlet.abort();
      }
      return;
    }
    step(); // moves a quiet cursor forward
    if (closed || outlet.isFull()) {
      return;
    }
    checkpoint();
    if (!wroteSinceBeat) {
      control(ControlFrames.heartbeat(rendering));
    }
    outlet.flush();
    wroteSinceBeat = false;
  }

  /**
   * Counts the stream among those that catch up, or no longer. To be called where that may change: one that goes on
   * finds out by itself, one whose client takes nothing at its next beat.
   */
  private void noteWhetherBehind() {
    boolean isNow = !closed && subscription().isCatchingUp(recent);
    if (isNow != isBehind) {
      isBehind = isNow;
      environment.streams().catchingUp(isNow ? 1 : -1);
    }
  }

  private void holds(long bytes) {
    if (bytes != unsentBytes) {
      environment.streams().unsent().add(bytes - unsentBytes);
      unsentBytes = bytes;
    }
  }

  /** For how long the client has taken nothing while there was something for it; 0 while it takes what there is. */
  long stuckNanos(long nowNanos) {
    return fullSinceNanos == 0 || !outlet.isFull() ? 0 : nowNanos - fullSinceNanos;
  }

  /** Ends at once, so that what the stream holds unsent is given back. */
  void shed() {
    close(CloseReason.UNSENT);
    outlet.abort();
  }

  /** Tells the client its cursor, if it has moved since the client last heard of it; no event fires there. */
  private void checkpoint() {
    if (subscription().isAheadOfClient()) {
      subscription().checkpointed();
      control(ControlFrames.checkpoint(rendering, cursorId()));
    }
  }

  private void write(Buffer bytes) {
    wroteSinceBeat = true;
    handedBytes += bytes.length();
    outlet.write(bytes);
  }

  private void control(Buffer bytes) {
    wroteSinceBeat = true;
    handedBytes += bytes.length();
    outlet.control(bytes);
  }

  /** Tells the client why, opened or not, ends the response in order and gives everything back. Idempotent. */
  public void end(CloseReason reason) {
    if (!closed) {
      close(reason);
      outlet.end(ControlFrames.closing(rendering, reason.label(), environment.jitteredRetry()));
    }
  }

  /** Gives back everything the stream holds: the one place for it, however the stream ends. Idempotent. */
  public void close(CloseReason reason) {
    if (closed) {
      return;
    }
    closed = true;
    if (isCounted) { // a poll may be over before it is opened
      environment.streams().remove(this);
      environment.streams().counts().closed(reason);
    }
    if (isBehind) {
      noteWhetherBehind();
    }
    holds(0);
    if (deadline != null) {
      environment.streams().forget(deadline);
      deadline = null;
    }
    consumers.forEach(MessageConsumer::unregister);
    consumers.clear();
    environment.view().unfollow(this);
    if (whenClosed != null) {
      whenClosed.closed(reason, handedBytes);
    }
    LOG.log(Level.DEBUG, "a stream of {0} ended: {1}", selectors, reason.label());
  }

  /** Ends if the pass has been taken back. */
  void review() {
    if (!pass.holds()) {
      end(CloseReason.TOKEN_REVOKED);
    }
  }

  /** Whether the opening has been written and the stream has not been closed. */
  public boolean isOpen() {
    return subscription != null && !closed;
  }

  /** Whether the opening has been written, closed or not, so that there is a cursor. */
  public boolean hasBegun() {
    return subscription != null;
  }

  /** Offset up to which everything that matches has been handed to the outlet. */
  public long cursor() {
    return subscription == null ? 0 : subscription.cursor();
  }

  /** The same as an id: what a client may come back with. */
  public EventId cursorId() {
    return continuation != null ? continuation : new EventId(epoch, subscription().cursor());
  }

  private Subscription subscription() {
    if (subscription == null) {
      throw new IllegalStateException("the stream is not open");
    }
    return subscription;
  }

  private final class ViewOfInterest implements Recent {

    @Override
    public long head() {
      return environment.view().head();
    }

    @Override
    public long lastOffset() {
      return environment.view().lastOffset();
    }

    @Override
    public boolean reaches(long position) {
      return environment.view().reaches(interest(), position);
    }

    @Override
    public boolean reachesOffset(long offset) {
      return environment.view().reachesOffset(offset);
    }

    @Override
    public long positionOf(long offset) {
      return environment.view().positionOf(offset);
    }
  }
}
