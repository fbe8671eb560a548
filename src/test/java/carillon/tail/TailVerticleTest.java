package carillon.tail;

import static carillon.tail.Samples.range;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import carillon.bus.Addresses;
import carillon.bus.BusCodecs;
import carillon.bus.Committed;
import carillon.config.TailOptions;
import carillon.event.Draft;
import carillon.event.Event;
import carillon.event.Selector;
import carillon.event.Selectors;
import carillon.event.Sight;
import carillon.harness.Eventually;
import carillon.log.Appended;
import carillon.log.Durability;
import carillon.log.EventLog;
import carillon.log.Page;
import carillon.sse.Rendering;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.MessageConsumer;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The verticle and a view of it on a real bus, where retention was faster than the tail. */
class TailVerticleTest {

  private static final TailOptions OPTIONS = new TailOptions(100, 1 << 20);
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final Selectors A = Selectors.of("a");

  private final Vertx vertx = Vertx.vertx();
  private final Context loop = vertx.getOrCreateContext();
  private final ThinnedLog log = new ThinnedLog();

  TailVerticleTest() {
    TailCodecs.register(vertx.eventBus());
    BusCodecs.register(vertx.eventBus());
  }

  @AfterEach
  void close() throws Exception {
    await(vertx.close());
  }

  @Test
  void starting_logThinnedOut_keepsOnlyWhatHasNoLossBehindIt() throws Exception {
    log.head = 20;
    log.removedUpTo = 15;
    await(vertx.deployVerticle(new TailVerticle(log, OPTIONS)));
    TailView view = onLoop(() -> TailView.open(vertx, 0, OPTIONS, List.of()));
    assertEquals(20, view.lastOffset());
    assertTrue(view.reachesOffset(15));
    assertFalse(view.reachesOffset(14));
  }

  @Test
  void running_lostMessageWhoseEventsAreGone_ringsEverybodyAndReachesNobodyFromBefore() throws Exception {
    log.head = 5;
    await(vertx.deployVerticle(new TailVerticle(log, OPTIONS)));
    TailView view = onLoop(() -> TailView.open(vertx, 0, OPTIONS, List.of()));
    Interest interest = onLoop(() -> Future.succeededFuture(follow(view, new Asking(() -> {}))));
    long position = onLoop(() -> Future.succeededFuture(view.head()));
    Promise<Object> rung = Promise.promise();
    await(vertx.eventBus().localConsumer(view.bell(new Selector("a")), bell -> rung.tryComplete()).completion());

    log.head = 9;
    log.removedUpTo = 9;
    vertx.eventBus().publish(Addresses.COMMITTED, new Committed(Samples.EPOCH, List.of(Samples.logged(9, "b"))));

    await(rung.future());
    assertFalse(onLoop(() -> Future.succeededFuture(view.reaches(interest, position))));
    assertEquals(9, onLoop(() -> Future.succeededFuture(view.lastOffset())));
    assertFalse(onLoop(() -> Future.succeededFuture(view.reachesOffset(8))));
    assertTrue(onLoop(() -> Future.succeededFuture(view.reachesOffset(9))));
  }

  /** On a real bus: rung once, then asked without, until it is quiet. */
  @Test
  void rung_newsGoesOn_isAskedWithoutABellUntilItIsQuiet() throws Exception {
    log.head = 5;
    await(vertx.deployVerticle(new TailVerticle(log, OPTIONS)));
    TailView view = onLoop(() -> TailView.open(vertx, 0, OPTIONS, List.of()));
    var bells = new AtomicInteger();
    var asks = new AtomicInteger();
    var listener = new Asking(asks::incrementAndGet);
    await(
        onLoop(
            () -> {
              follow(view, listener);
              MessageConsumer<Object> consumer = vertx.eventBus().localConsumer(view.bell(new Selector("a")));
              consumer.handler(
                  bell -> {
                    bells.incrementAndGet();
                    view.wake(listener);
                  });
              return Future.succeededFuture(consumer.completion());
            }));

    commit(6);
    Eventually.await("rung and asked", PATIENCE, () -> asks.get() > 0);
    boolean withoutBell = false;
    long offset = 6;
    for (int i = 0; i < 100 && !withoutBell; i++) { // it falls asleep between two when the machine stands still
      int bellsBefore = bells.get();
      int asksBefore = asks.get();
      commit(++offset);
      Eventually.await("asked", PATIENCE, () -> asks.get() > asksBefore);
      withoutBell = bells.get() == bellsBefore;
    }
    assertTrue(withoutBell, "a bell for each of " + bells);
    Eventually.await("asleep", PATIENCE, () -> awakeCount(view) == 0);
    int belled = bells.get();
    commit(++offset);
    Eventually.await("rung again", PATIENCE, () -> bells.get() > belled);
    onLoop(
        () -> {
          view.unfollow(listener);
          return Future.succeededFuture();
        });
    assertEquals(0, awakeCount(view));
  }

  private void commit(long offset) {
    log.head = offset;
    vertx.eventBus().publish(Addresses.COMMITTED, new Committed(Samples.EPOCH, Samples.range(offset, offset)));
  }

  private int awakeCount(TailView view) {
    try {
      return onLoop(() -> Future.succeededFuture(view.awakeCount()));
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void answered_quietOrLeftAlone_givesTheChunkBack() throws Exception {
    log.head = 5;
    await(vertx.deployVerticle(new TailVerticle(log, OPTIONS)));
    TailView view = onLoop(() -> TailView.open(vertx, 0, OPTIONS, List.of()));
    var listener = new Asking(() -> {});
    Interest interest = onLoop(() -> Future.succeededFuture(follow(view, listener)));

    ByteBuf quiet = onLoop(() -> Future.succeededFuture(chunk(view, interest)));
    Eventually.await("a quiet view forgets", Duration.ofSeconds(30), () -> quiet.refCnt() == 0);
    ByteBuf again = onLoop(() -> Future.succeededFuture(chunk(view, interest)));
    Eventually.await("and again", Duration.ofSeconds(30), () -> again.refCnt() == 0);

    int references =
        onLoop(
            () -> {
              ByteBuf left = chunk(view, interest);
              view.unfollow(listener);
              return Future.succeededFuture(left.refCnt());
            });
    assertEquals(0, references, "nobody follows any more");
  }

  /** What each of many streams would keep for itself otherwise. */
  @Test
  void following_sameQuestion_selectorsAndAddressAreOneObject() throws Exception {
    await(vertx.deployVerticle(new TailVerticle(log, OPTIONS)));
    TailView view = onLoop(() -> TailView.open(vertx, 0, OPTIONS, List.of()));
    var selectors = Selectors.of("b", "b/*");
    var first = new Asking(() -> {});
    var second = new Asking(() -> {});
    List<String> texts =
        onLoop(
            () -> {
              view.follow(first, selectors, Sight.PUBLIC, Rendering.EVENTS);
              view.follow(second, Selectors.of("b", "b/*"), Sight.PUBLIC, Rendering.EVENTS);
              return Future.succeededFuture(
                  Stream.of("b", "b", "b/*", "b/*").map(text -> view.bell(new Selector(text))).toList());
            });
    assertSame(selectors, second.interest().selectors());
    assertSame(texts.get(0), texts.get(1));
    assertSame(texts.get(2), texts.get(3));
    assertNotEquals(texts.get(0), texts.get(2));
  }

  private static Interest follow(TailView view, Listener listener) {
    view.follow(listener, A, Sight.PUBLIC, Rendering.EVENTS);
    return listener.interest();
  }

  private static final class Asking extends Listener {
    private final Runnable asks;

    Asking(Runnable asks) {
      this.asks = asks;
    }

    @Override
    protected void ask() {
      asks.run();
    }

    @Override
    protected void send() {}
  }

  private static ByteBuf chunk(TailView view, Interest interest) {
    return view.after(interest, 2, 0, 1 << 20).chunk(UnpooledByteBufAllocator.DEFAULT);
  }

  /** A message may be quicker than the log's own way to this node; an engine may answer on the spot. */
  @Test
  void running_groupThatTheLogDoesNotShowYet_isWaitedForWithoutHurry() throws Exception {
    log.head = 5;
    await(vertx.deployVerticle(new TailVerticle(log, OPTIONS)));
    TailView view = onLoop(() -> TailView.open(vertx, 0, OPTIONS, List.of()));
    vertx.eventBus().publish(Addresses.COMMITTED, new Committed(Samples.EPOCH, List.of(Samples.logged(9, "a"))));
    int before = log.reads;
    Eventually.await("several reads", PATIENCE, () -> log.reads > before + 4);
    log.head = 9;
    Eventually.await("what was said", PATIENCE, () -> lastOffset(view) == 9);
  }

  private long lastOffset(TailView view) {
    try {
      return onLoop(() -> Future.succeededFuture(view.lastOffset()));
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  private <T> T onLoop(Supplier<Future<T>> work) throws Exception {
    Promise<T> done = Promise.promise();
    loop.runOnContext(turn -> work.get().onComplete(done));
    return await(done.future());
  }

  private static <T> T await(Future<T> future) throws Exception {
    return future.toCompletionStage().toCompletableFuture().get(5, TimeUnit.SECONDS);
  }

  /** Holds the events behind {@code removedUpTo}, all on topic {@code a}. */
  private static final class ThinnedLog implements EventLog {
    volatile long head;
    volatile long removedUpTo;
    volatile int reads;

    @Override
    @SuppressWarnings("NonAtomicVolatileUpdate")
    public CompletionStage<Page> read(long after, Selectors selectors, Limit limit, Reading reading) {
      reads = reads + 1; // on the tail's loop only
      List<Event> kept = range(Math.max(after, removedUpTo) + 1, head);
      return CompletableFuture.completedFuture(new Page(kept, head, removedUpTo));
    }

    @Override
    public long epoch() {
      return Samples.EPOCH;
    }

    @Override
    public long head() {
      return head;
    }

    @Override
    public long oldest() {
      return 1; // as if the first event were on a topic that is kept for ever
    }

    @Override
    public Durability durability() {
      return Durability.PROCESS;
    }

    @Override
    public CompletionStage<Appended> append(List<Draft> drafts, Instant now) {
      throw new UnsupportedOperationException();
    }

    @Override
    public CompletionStage<Long> offsetBefore(Instant time) {
      throw new UnsupportedOperationException();
    }

    @Override
    public CompletionStage<Long> offsetBeforeLast(int count, Selectors selectors) {
      throw new UnsupportedOperationException();
    }

    @Override
    public CompletionStage<Void> close() {
      return CompletableFuture.completedFuture(null);
    }
  }
}
