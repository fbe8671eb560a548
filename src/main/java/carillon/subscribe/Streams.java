package carillon.subscribe;

import carillon.config.SubscribeOptions;
import carillon.meter.Metric;
import carillon.meter.Readings;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The open streams of one event loop: counts them, lets each beat in its turn, ends them all. Confined to the event
 * loop of the verticle that made it.
 */
public final class Streams {

  private static final System.Logger LOG = System.getLogger(Streams.class.getName());

  /*
   * One timer per loop. Streams are dealt out over the slots as they open; each tick visits one slot, so that
   * heartbeats of many streams are spread over the round instead of bunched. A visit writes only if nothing was written
   * since the last one, so the longest silence is just below two rounds.
   */
  private static final int SLOTS = 16;
  private static final double ROUND_PER_HEARTBEAT = 0.4;
  private static final Duration DRAIN_TICK = Duration.ofMillis(20);

  /** Most deadlines carried out in one turn of the loop; the others wait for the next. */
  private static final int DUE_MAX = 256;

  /** The wall clock may jump, a timer does not: at least so often the next deadline is looked at anew. */
  private static final Duration LOOK_AGAIN = Duration.ofSeconds(30);

  /** Who has not been full for so long is not stuck, only busy. */
  private static final Duration STUCK_MIN = Duration.ofSeconds(1);

  /** Most streams closed in one turn of the loop for holding too much. */
  private static final int SHED_MAX = 256;

  private final Vertx vertx;
  private final UnsentBytes unsent;
  private final InstantSource clock;
  private final Deadlines deadlines = new Deadlines();
  private final List<List<Stream>> slots = new ArrayList<>(SLOTS);
  private final StreamCounts counts = new StreamCounts();
  private Duration notice;
  private Duration heartbeat;
  private long timer;
  private int open;
  private int catchingUp;
  private int nextSlot;
  private int beatingSlot;
  private @Nullable Long alarm;
  private Instant alarmTime = Instant.MAX;

  /**
   * Call on the event loop it is to belong to.
   *
   * @param notice how long ahead of the end of its pass a subscriber is told
   * @param clock the wall clock, which passes end by
   * @param unsent what all streams of the node hold unsent
   */
  public Streams(
      Vertx vertx, SubscribeOptions options, Duration notice, InstantSource clock, UnsentBytes unsent) {
    this.unsent = unsent;
    this.vertx = vertx;
    this.notice = notice;
    this.clock = clock;
    for (int i = 0; i < SLOTS; i++) {
      slots.add(new ArrayList<>());
    }
    this.heartbeat = options.heartbeat();
    this.timer = beginToBeat();
  }

  private long beginToBeat() {
    long tickMs = Math.max(1, (long) (heartbeat.toMillis() * ROUND_PER_HEARTBEAT / SLOTS));
    return vertx.setPeriodic(tickMs, id -> beat());
  }

  /** Takes over other options, for streams that are open too. Not while they are drained. */
  public void change(SubscribeOptions options, Duration fresh) {
    notice = fresh;
    if (!options.heartbeat().equals(heartbeat)) {
      heartbeat = options.heartbeat();
      vertx.cancelTimer(timer);
      timer = beginToBeat();
    }
  }

  /** How many are open. */
  public int open() {
    return open;
  }

  /** What all streams of the node hold unsent. */
  UnsentBytes unsent() {
    return unsent;
  }

  StreamCounts counts() {
    return counts;
  }

  /** Adds what the streams of this loop have counted, and what they are at. */
  public void measure(Readings readings) {
    counts.measure(readings);
    readings.add(Metric.STREAMS_OPEN, open);
    readings.add(Metric.STREAMS_CATCHING_UP, catchingUp);
  }

  void add(Stream stream) {
    List<Stream> slot = slots.get(nextSlot);
    stream.slot = nextSlot;
    stream.indexInSlot = slot.size();
    slot.add(stream);
    nextSlot = (nextSlot + 1) % SLOTS;
    open++;
    counts.opened();
  }

  void remove(Stream stream) {
    List<Stream> slot = slots.get(stream.slot);
    Stream last = slot.remove(slot.size() - 1);
    if (last != stream) {
      slot.set(stream.indexInSlot, last);
      last.indexInSlot = stream.indexInSlot;
    }
    open--;
  }

  /** So many more streams have fallen behind the recent frames; so many fewer, if negative. */
  void catchingUp(int more) {
    catchingUp += more;
  }

  /** How long ahead of the end of its pass a subscriber is told. */
  Duration notice() {
    return notice;
  }

  /** Has {@code action} run at {@code time}, or soon if that has passed; for all streams of the loop by one timer. */
  Deadlines.Deadline at(Instant time, Runnable action) {
    Deadlines.Deadline deadline = deadlines.add(time, action);
    if (time.isBefore(alarmTime)) {
      setAlarm();
    }
    return deadline;
  }

  void forget(Deadlines.Deadline deadline) {
    deadlines.remove(deadline);
  }

  private void setAlarm() {
    stopAlarm();
    if (!deadlines.isEmpty()) {
      Duration wait = Duration.between(clock.instant(), deadlines.next());
      long waitMs = Math.max(1, Math.min(wait.toMillis() + 1, LOOK_AGAIN.toMillis()));
      alarmTime = deadlines.next();
      alarm = vertx.setTimer(waitMs, id -> alarm());
    }
  }

  private void stopAlarm() {
    if (alarm != null) {
      vertx.cancelTimer(alarm);
      alarm = null;
      alarmTime = Instant.MAX;
    }
  }

  private void alarm() {
    stopAlarm();
    deadlines.take(clock.instant(), DUE_MAX).forEach(Deadlines.Deadline::run);
    setAlarm();
  }

  /** Ends every stream whose pass has been taken back. */
  public void review() {
    for (List<Stream> slot : slots) {
      List.copyOf(slot).forEach(Stream::review);
    }
  }

  /**
   * Ends every stream, telling the clients that the hub is draining, spread evenly over a window; those that are still
   * open are served as before. Nobody opens one any more.
   *
   * @param window zero ends all at once
   * @return completes when none is open and the timers have stopped
   */
  public Future<Void> drain(Duration window) {
    var pace = new DrainPace(open, window, System.nanoTime());
    Promise<Void> drained = Promise.promise();
    drain(pace, drained);
    return drained.future();
  }

  private void drain(DrainPace pace, Promise<Void> drained) {
    for (int due = pace.due(open, System.nanoTime(), DRAIN_TICK.toNanos()); due > 0; due--) {
      endNext();
    }
    if (open > 0) {
      vertx.setTimer(DRAIN_TICK.toMillis(), id -> drain(pace, drained));
      return;
    }
    vertx.cancelTimer(timer);
    stopAlarm();
    drained.complete();
  }

  /** Takes from one slot after the other, which mixes those that came together. */
  private void endNext() {
    for (int i = 0; i < SLOTS; i++) {
      List<Stream> slot = slots.get(nextSlot);
      nextSlot = (nextSlot + 1) % SLOTS;
      if (!slot.isEmpty()) {
        slot.get(slot.size() - 1).end(CloseReason.DRAINING);
        return;
      }
    }
  }

  /** Ends every stream, telling the clients why; new ones may come. */
  public void end(CloseReason reason) {
    for (List<Stream> slot : slots) {
      List.copyOf(slot).forEach(stream -> stream.end(reason));
    }
  }

  private void beat() {
    List<Stream> slot = slots.get(beatingSlot);
    beatingSlot = (beatingSlot + 1) % SLOTS;
    long nowNanos = System.nanoTime();
    for (int i = slot.size() - 1; i >= 0; i--) { // backwards: a stream that closes itself makes room from the end
      if (i < slot.size()) {
        slot.get(i).beat(nowNanos);
      }
    }
    if (unsent.isTooMany()) {
      shed(nowNanos);
    }
  }

  /** Closes those who have taken nothing for longest, until what all hold is little enough. */
  private void shed(long nowNanos) {
    List<Stream> stuck = new ArrayList<>();
    for (List<Stream> slot : slots) {
      for (Stream stream : slot) {
        if (stream.stuckNanos(nowNanos) > STUCK_MIN.toNanos()) {
          stuck.add(stream);
        }
      }
    }
    stuck.sort(Comparator.comparingLong((Stream stream) -> stream.stuckNanos(nowNanos)).reversed());
    int closed = 0;
    while (closed < stuck.size() && closed < SHED_MAX && unsent.isTooMany()) {
      stuck.get(closed++).shed();
    }
    if (closed > 0) {
      LOG.log(
          Level.WARNING,
          "{0} streams are closed: all of them held more than subscribe.unsentBytesMax, and these took nothing",
          closed);
    }
  }
}
