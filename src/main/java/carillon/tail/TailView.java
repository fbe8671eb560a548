package carillon.tail;

import carillon.bus.Addresses;
import carillon.config.TailOptions;
import carillon.event.Selector;
import carillon.event.Selectors;
import carillon.event.Sight;
import carillon.event.Topic;
import carillon.event.TopicRule;
import carillon.meter.Readings;
import carillon.sse.Frame;
import carillon.sse.Rendering;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.EventBus;
import io.vertx.core.eventbus.MessageConsumer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The tail as one event loop sees it: the recent frames, who follows what, and the bells. Confined to the event loop of
 * the verticle that opened it.
 */
public final class TailView {

  /*
   * One turn of the loop, from frames to writes. Each step is a task of its own on the same loop, so that whatever
   * queued up meanwhile is collected by the next one:
   *
   *   frames arrive ──▶ kept, matched once per selector, noted as pending with each interest
   *        └─ task: ring ──▶ one bus message per selector with news for somebody asleep ──▶ its consumers: wake()
   *                └─ task: answer ──▶ every listener that is awake and has news asks for what follows its position
   *                                    and writes it
   *
   * A bell is for those who sleep. Whoever was rung stays awake while there is news, and is asked from then on without
   * a bus message (see Vigil); a sweep puts to sleep whoever had none for a while.
   *
   * With nothing queued the three follow each other at once: an idle hub sends immediately. Under load the frames of
   * many groups leave in one write per client, and clients with the same question share one buffer (see Interest).
   *
   * Registering races with none of this. Frames are kept before they ring, and a listener that registered too late to
   * be rung asks once after its registration has completed.
   */
  /** How long somebody without news stays awake, at least, in milliseconds; at most twice that. Outlasts a tick. */
  private static final long SWEEP_MS = 2_000;

  /** How long an answer is remembered for others with the same question, at least, in milliseconds. */
  private static final long REMEMBER_MS = 250;

  private static final DeliveryOptions LOCAL = new DeliveryOptions().setLocalOnly(true);

  private final int id;
  private final Context context;
  private final EventBus eventBus;
  private final TailOptions options;
  private final LatestOnly latestOnly;

  // Everything below belongs to the event loop.
  private final SelectorIndex index = new SelectorIndex();
  private final Map<Question, Interest> interests = new HashMap<>();
  private final Vigil vigil = new Vigil();
  private final List<Interest> remembering = new ArrayList<>();
  private final List<Waiting> waiting = new ArrayList<>();
  private final Promptness promptness = new Promptness();
  private final Consumer<SelectorIndex.Entry> onMatch = this::matched;
  private @Nullable RecentFrames recent;
  private final List<MessageConsumer<?>> consumers = new ArrayList<>();
  private Runnable whenLogAway = () -> {};
  private long epoch;
  private boolean isLogAway;
  private boolean ringScheduled;
  private boolean answerScheduled;
  private @Nullable Long sweeping;
  private long matchPosition;
  private @Nullable Frame matchFrame;

  private record Waiting(long offset, Promise<Void> reached) {}

  private record Question(Selectors selectors, Sight sight, Rendering rendering) {}

  private TailView(int id, Context context, EventBus eventBus, TailOptions options, LatestOnly latestOnly) {
    this.id = id;
    this.context = context;
    this.eventBus = eventBus;
    this.options = options;
    this.latestOnly = latestOnly;
  }

  /**
   * Opens the view of the calling verticle. Call on its event loop, after {@link TailVerticle} has started.
   *
   * @param id distinguishes the views of one node
   * @param rules for topics: what a subscriber that catches up can do without
   * @return completes when the view holds what the tail holds
   */
  public static Future<TailView> open(Vertx vertx, int id, TailOptions options, List<TopicRule> rules) {
    var view = new TailView(id, vertx.getOrCreateContext(), vertx.eventBus(), options, new LatestOnly(rules));
    return view.open().map(view);
  }

  /** Takes over other rules. */
  public void change(List<TopicRule> rules) {
    latestOnly.change(rules);
  }

  private Future<Void> open() {
    consumers.add(eventBus.<FrameBatch>localConsumer(Addresses.FRAMES, message -> onFrames(message.body())));
    consumers.add(eventBus.<LogReach>localConsumer(Addresses.LOG_REACH, message -> onReach(message.body())));
    consumers.add(eventBus.localConsumer(Addresses.pace(id), message -> message.reply("", LOCAL)));
    consumers.add(
        eventBus.<String>localConsumer(
            Addresses.audience(id), message -> message.reply(audience(new Topic(message.body())), LOCAL)));
    return Future.all(consumers.stream().map(MessageConsumer::completion).toList())
        .compose(registered -> eventBus.<Snapshot>request(Addresses.SNAPSHOT, id, LOCAL))
        .map(
            reply -> {
              begin(reply.body());
              return null;
            });
  }

  private void begin(Snapshot snapshot) {
    epoch = snapshot.epoch();
    isLogAway = snapshot.isLogAway();
    var frames = new RecentFrames(options, snapshot.firstPosition(), snapshot.floorOffset());
    snapshot.frames().forEach(frames::append);
    recent = frames;
  }

  /**
   * Epoch of the log whose events are shown. When it changes, everybody is woken: what anybody knew before counts no
   * more.
   */
  public long epoch() {
    return epoch;
  }

  /** Whether the log has been out of reach for longer than streams are kept. */
  public boolean isLogAway() {
    return isLogAway;
  }

  /** Has {@code action} run each time that becomes so. */
  public void whenLogAway(Runnable action) {
    whenLogAway = action;
  }

  /** Position of the newest frame. */
  public long head() {
    return recent().head();
  }

  /** Offset of the newest logged event the view has seen. */
  public long lastOffset() {
    return recent().lastOffset();
  }

  /** Whether every logged event after {@code offset} that the view has seen is among its recent frames. */
  public boolean reachesOffset(long offset) {
    return offset >= recent().floorOffset();
  }

  /**
   * The position after which the events beyond {@code offset} are; for offsets that are reached and not beyond
   * {@link #lastOffset()}.
   */
  public long positionOf(long offset) {
    return recent().positionOf(offset);
  }

  /** How many different questions are being asked; for tests and metrics. */
  public int interestCount() {
    return interests.size();
  }

  /** How many different selectors are being followed; for tests and metrics. */
  public int selectorCount() {
    return index.size();
  }

  /** Adds what the view has counted. */
  public void measure(Readings readings) {
    promptness.measure(readings);
  }

  /** How many subscriptions of this loop select {@code topic}, each counted once. */
  private int audience(Topic topic) {
    Set<Interest> found = Collections.newSetFromMap(new IdentityHashMap<>());
    index.match(
        topic,
        entry -> {
          for (int i = 0; i < entry.interests.size(); i++) {
            found.add(entry.interests.get(i));
          }
        });
    return found.stream().mapToInt(interest -> interest.subscriptions).sum();
  }

  /** The address whose bell rings for {@code selector} on this loop. */
  public String bell(Selector selector) {
    SelectorIndex.Entry entry = index.find(selector);
    return entry == null ? Addresses.bell(id, selector) : entry.address; // one text for all who keep it
  }

  /** How many listeners are awake; for tests and metrics. */
  public int awakeCount() {
    return vigil.awakeCount();
  }

  /**
   * Begins to follow a question; frames that arrive from now on are noted for it. Each call needs one
   * {@link #unfollow}.
   *
   * @param listener one that follows nothing; asleep at first
   */
  public void follow(Listener listener, Selectors selectors, Sight sight, Rendering rendering) {
    if (listener.isFollowing()) {
      throw new IllegalStateException("follows already");
    }
    Interest interest = interests.computeIfAbsent(new Question(selectors, sight, rendering), this::index);
    interest.subscriptions++;
    listener.interest = interest;
  }

  /** Takes back what {@link #follow} did; nothing, if that was not called. */
  public void unfollow(Listener listener) {
    Interest interest = listener.interest;
    if (interest == null) {
      return;
    }
    vigil.leave(listener);
    listener.interest = null;
    if (--interest.subscriptions > 0) {
      return;
    }
    interest.forgetAnswers();
    interests.remove(new Question(interest.selectors, interest.sight, interest.rendering));
    for (Selector selector : interest.selectors.list()) {
      SelectorIndex.Entry entry = index.find(selector);
      if (entry != null) {
        entry.interests.remove(interest);
        if (entry.interests.isEmpty()) {
          index.remove(selector);
        }
      }
    }
  }

  private Interest index(Question question) {
    var interest = new Interest(question.selectors(), question.sight(), question.rendering(), recent(), latestOnly);
    for (Selector selector : question.selectors().list()) {
      index.add(selector, Addresses.bell(id, selector)).interests.add(interest);
    }
    return interest;
  }

  /** Whether {@link #after} can answer for {@code position}. */
  public boolean reaches(Interest interest, long position) {
    return interest.reaches(position);
  }

  /**
   * What follows {@code position} for {@code interest}: one piece of about {@code bytesMax}. Ask again from where it
   * ends.
   *
   * @param position one that is reached; below {@code joined} one that {@link #positionOf} gave
   * @param joined {@link #head()} when the asker began to listen: up to there it gets only what is logged
   */
  public Answer after(Interest interest, long position, long joined, int bytesMax) {
    Answer answer = interest.after(position, joined, bytesMax);
    if (!answer.isEmpty() && !interest.remembers) {
      interest.remembers = true;
      remembering.add(interest);
      if (remembering.size() == 1) {
        var unused = context.owner().setTimer(REMEMBER_MS, timer -> forget());
      }
    }
    return answer;
  }

  private void forget() {
    for (Interest interest : remembering) {
      interest.remembers = false;
      interest.forgetAnswers();
    }
    remembering.clear();
  }

  /**
   * The transient frames after {@code position} and up to {@code end}, in one piece of about {@code bytesMax}. Ask
   * again from where it ends.
   *
   * @param position one that is reached, and less than {@code end}
   * @param end at most {@link #head()}
   */
  public Answer transientAfter(Interest interest, long position, long end, int bytesMax) {
    return interest.transientAfter(position, end, bytesMax);
  }

  /**
   * {@code listener} has been rung: has it ask, soon, on this loop, and whenever there is news from then on, until there
   * is none for a while. Nothing, if it is awake or follows nothing any more.
   */
  public void wake(Listener listener) {
    if (vigil.wake(listener)) {
      scheduleAnswer();
    }
    if (sweeping == null && vigil.isAnybodyAwake()) {
      sweeping = context.owner().setTimer(SWEEP_MS, timer -> sweep());
    }
  }

  private void sweep() {
    vigil.sweep();
    sweeping = vigil.isAnybodyAwake() ? context.owner().setTimer(SWEEP_MS, timer -> sweep()) : null;
  }

  /** Ends the view: nothing arrives any more. */
  public Future<Void> close() {
    if (sweeping != null) {
      context.owner().cancelTimer(sweeping);
    }
    return Future.join(consumers.stream().map(MessageConsumer::unregister).toList()).mapEmpty();
  }

  private void onFrames(FrameBatch batch) {
    RecentFrames frames = recent;
    if (frames == null) {
      return; // the snapshot, which is on its way, holds them
    }
    if (batch.lostUpTo() > 0 || batch.epoch() != epoch) {
      epoch = batch.epoch();
      beginAnew(frames, batch.lostUpTo());
    }
    if (batch.firstPosition() != frames.head() + 1) {
      throw new IllegalStateException("frames from " + batch.firstPosition() + " after " + frames.head());
    }
    for (Frame frame : batch.frames()) {
      frames.append(frame);
      match(frames.head(), frame);
    }
    if (!waiting.isEmpty()) {
      tellReached(frames.lastOffset());
    }
    if (batch.sinceNanos() != 0 && vigil.hasNews()) {
      promptness.arrived(batch.sinceNanos());
    }
    if (vigil.hasNews() && !ringScheduled) {
      ringScheduled = true;
      context.runOnContext(turn -> ring());
    }
  }

  /** Completes when the view has seen the logged event with {@code offset}, or whatever became of it. */
  public Future<Void> reached(long offset) {
    if (offset <= lastOffset()) {
      return Future.succeededFuture();
    }
    Promise<Void> reached = Promise.promise();
    waiting.add(new Waiting(offset, reached));
    return reached.future();
  }

  private void tellReached(long lastOffset) {
    List<Waiting> there = waiting.stream().filter(one -> one.offset() <= lastOffset).toList();
    waiting.removeIf(one -> one.offset() <= lastOffset);
    there.forEach(one -> one.reached().complete());
  }

  private void onReach(LogReach reach) {
    if (isLogAway != reach.isAway()) {
      isLogAway = reach.isAway();
      if (isLogAway) {
        whenLogAway.run();
      }
    }
  }

  /** Everybody is rung or asked: each has to ask the log what it has lost, and be told before anything newer comes. */
  private void beginAnew(RecentFrames frames, long lostUpTo) {
    frames.beginAnew(lostUpTo);
    for (Interest interest : interests.values()) {
      interest.beginAnew();
      vigil.stir(interest, index);
    }
  }

  private void match(long position, Frame frame) {
    matchPosition = position;
    matchFrame = frame;
    List<Topic> topics = frame.event().topics();
    for (int i = 0; i < topics.size(); i++) {
      index.match(topics.get(i), onMatch);
    }
    matchFrame = null;
  }

  private void matched(SelectorIndex.Entry entry) {
    Frame frame = matchFrame;
    if (frame == null) {
      throw new IllegalStateException("a match outside of match()");
    }
    vigil.matched(entry, matchPosition, frame);
  }

  private void ring() {
    ringScheduled = false;
    var bell = new Bell(recent().head());
    vigil.ring(entry -> eventBus.publish(entry.address, bell, LOCAL));
    promptness.rung();
    scheduleAnswer();
  }

  private void scheduleAnswer() {
    if (!answerScheduled) {
      answerScheduled = true;
      context.runOnContext(turn -> answer());
    }
  }

  private void answer() {
    answerScheduled = false;
    vigil.answer();
    if (promptness.isWaiting()) {
      promptness.answered(System.nanoTime());
    }
  }

  private RecentFrames recent() {
    if (recent == null) {
      throw new IllegalStateException("the view is not open yet");
    }
    return recent;
  }
}
