package carillon.tail;

import carillon.config.TailOptions;
import carillon.event.Event;
import carillon.event.Selector;
import carillon.event.Selectors;
import carillon.event.Sight;
import carillon.event.Topic;
import carillon.log.Page;
import carillon.sse.Frame;
import carillon.sse.Rendering;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The tail of a node and the view of one of its loops without bus, loops or threads: does what {@link TailVerticle} and
 * {@link TailView} do, with the real {@link Tail}, {@link RecentFrames}, {@link SelectorIndex}, {@link Interest} and
 * {@link Vigil}. What is a task of its own there is a method here, and whoever simulates calls them in whatever order is
 * worth trying.
 */
public final class SimulatedTail {

  private final TailOptions options;
  private Tail tail;
  private long epoch;
  private long viewEpoch;
  private final RecentFrames kept;
  private final Map<String, Long> positions = new HashMap<>();
  private final Map<Long, Event> passing = new HashMap<>();
  private final ArrayDeque<FrameBatch> onTheirWay = new ArrayDeque<>();
  private boolean reading;

  private final RecentFrames recent;
  private final SelectorIndex index = new SelectorIndex();
  private final Map<Selectors, Interest> interests = new HashMap<>();
  private final Map<SelectorIndex.Entry, List<Follower>> consumers = new HashMap<>();
  private final Vigil vigil = new Vigil();
  private final List<Follower> bells = new ArrayList<>();
  private boolean answerScheduled;

  /** A tail of a log that has delivered everything up to {@code delivered}, and an empty view of it. */
  public SimulatedTail(int framesMax, long bytesMax, long epoch, long delivered) {
    this.epoch = epoch;
    this.viewEpoch = epoch;
    this.options = new TailOptions(framesMax, bytesMax);
    this.tail = new Tail(delivered);
    this.kept = new RecentFrames(options, 1, delivered);
    this.recent = new RecentFrames(options, 1, delivered);
  }

  // ---- the tail

  /** A group has come over the bus. */
  public void committed(List<Event> group) {
    carryOut(tail.committed(group));
  }

  /** The bus says how far the log is. */
  public void reached(long offset) {
    carryOut(tail.reached(offset));
  }

  /** The log is looked at. */
  public void head(long newest) {
    carryOut(tail.head(newest));
  }

  /** Of the events that the tail delivers. */
  public long epoch() {
    return epoch;
  }

  /** The log has begun anew. What is being read belongs to the life before. */
  public void beginAnew(long epochNow, long from, long newest) {
    epoch = epochNow;
    tail = new Tail(from);
    reading = false;
    kept.beginAnew(from);
    onTheirWay.add(new FrameBatch(epoch, from, kept.head() + 1, List.of()));
    carryOut(tail.reached(newest));
  }

  /** A transient event has come over the bus. */
  public void passing(Event event) {
    deliver(0, List.of(event));
  }

  /** Whether the tail waits for the log. */
  public boolean isReading() {
    return reading;
  }

  /** Offset of the last event that was delivered. */
  public long delivered() {
    return tail.delivered();
  }

  /** The log has answered, or is read for the first time. */
  public void read(Page page) {
    reading = false;
    carryOut(tail.read(page));
  }

  /** The log could not be read. */
  public void readFailed() {
    reading = false;
    carryOut(tail.retry());
  }

  /** Where the event stands among the frames, or 0 if it does not. */
  public long positionOf(Event event) {
    return positions.getOrDefault(nameOf(event), 0L);
  }

  private static String nameOf(Event event) {
    return event.id() == null ? event.data().toString() : event.id().toString();
  }

  /** The transient event whose frame stands at a position, or {@code null} if none does. */
  public @Nullable Event passingAt(long position) {
    return passing.get(position);
  }

  private void carryOut(Tail.Step step) {
    if (step.lostUpTo() > 0 || !step.deliver().isEmpty()) {
      deliver(step.lostUpTo(), step.deliver());
    }
    reading |= step.read() != Tail.Read.NOT;
  }

  private void deliver(long lostUpTo, List<Event> events) {
    if (lostUpTo > 0) {
      kept.beginAnew(lostUpTo);
    }
    long firstPosition = kept.head() + 1;
    var frames = new ArrayList<Frame>();
    for (Event event : events) {
      Frame frame = Frame.of(event);
      kept.append(frame);
      positions.put(nameOf(event), kept.head());
      if (event.isTransient()) {
        passing.put(kept.head(), event);
      }
      frames.add(frame);
    }
    onTheirWay.add(new FrameBatch(epoch, lostUpTo, firstPosition, frames));
  }

  // ---- the view

  /** See {@link TailView#epoch}. */
  public long viewEpoch() {
    return viewEpoch;
  }

  /** Whether frames are on their way to the view. */
  public boolean hasFrames() {
    return !onTheirWay.isEmpty();
  }

  /** Task: one batch of frames arrives. */
  public void frames() {
    FrameBatch batch = onTheirWay.remove();
    if (batch.lostUpTo() > 0 || batch.epoch() != viewEpoch) {
      viewEpoch = batch.epoch();
      recent.beginAnew(batch.lostUpTo());
      for (Interest interest : interests.values()) {
        interest.beginAnew();
        vigil.stir(interest, index);
      }
    }
    if (batch.firstPosition() != recent.head() + 1) {
      throw new AssertionError("frames from " + batch.firstPosition() + " after " + recent.head());
    }
    for (Frame frame : batch.frames()) {
      recent.append(frame);
      for (Topic topic : frame.event().topics()) {
        index.match(topic, entry -> vigil.matched(entry, recent.head(), frame));
      }
    }
  }

  /** Whether there is something to ring for, or to answer without. */
  public boolean rings() {
    return vigil.hasNews();
  }

  /** Task: ring. Each bell is on its way then. */
  public void ring() {
    vigil.ring(entry -> bells.addAll(consumers.getOrDefault(entry, List.of())));
    answerScheduled = true;
  }

  /** How many bells are on their way. */
  public int bells() {
    return bells.size();
  }

  /** Task: a bell arrives, or is lost. */
  public void bell(int which, boolean lost) {
    Follower follower = bells.remove(which);
    if (!lost && follower.registered) {
      answerScheduled |= vigil.wake(follower);
    }
  }

  /** Whether somebody is to be answered, or something to be settled. */
  public boolean answers() {
    return answerScheduled;
  }

  /** Task: everybody asks who is awake and has news; then everything that was rung for is settled. */
  public void answer() {
    answerScheduled = false;
    vigil.answer();
  }

  /** Task: whoever had no news falls asleep. */
  public void sweep() {
    vigil.sweep();
  }

  /** Begins to follow; {@code ask} is run when there may be news. */
  public Follower follow(Selectors selectors, Runnable ask) {
    Interest interest = interests.computeIfAbsent(selectors, this::index);
    interest.subscriptions++;
    return new Follower(interest, ask);
  }

  private Interest index(Selectors selectors) {
    var interest = new Interest(selectors, Sight.ALL, Rendering.EVENTS, recent, LatestOnly.NOTHING);
    for (Selector selector : selectors.list()) {
      index.add(selector, selector.text()).interests.add(interest);
    }
    return interest;
  }

  /** One who follows: the bell's consumers of a stream and what it asks the view. */
  public final class Follower extends Listener {
    private final Interest followed;
    private final Runnable ask;
    private boolean registered;

    private Follower(Interest interest, Runnable ask) {
      this.followed = interest;
      this.ask = ask;
      this.interest = interest;
    }

    @Override
    protected void ask() {
      ask.run();
    }

    @Override
    protected void send() {}

    /** The consumers are registered from now on. */
    public void register() {
      registered = true;
      for (Selector selector : followed.selectors.list()) {
        consumers.computeIfAbsent(index.find(selector), entry -> new ArrayList<>()).add(this);
      }
    }

    /** Unregisters and stops to follow. */
    public void close() {
      registered = false;
      vigil.leave(this);
      this.interest = null;
      for (Selector selector : followed.selectors.list()) {
        SelectorIndex.Entry entry = index.find(selector);
        List<Follower> others = consumers.get(entry);
        if (others != null && others.remove(this) && others.isEmpty()) {
          consumers.remove(entry);
        }
        if (followed.subscriptions == 1) {
          entry.interests.remove(followed);
          if (entry.interests.isEmpty()) {
            index.remove(selector);
          }
        }
      }
      if (--followed.subscriptions == 0) {
        interests.remove(followed.selectors);
      }
    }

    /** See {@link TailView#head}. */
    public long head() {
      return recent.head();
    }

    /** See {@link TailView#lastOffset}. */
    public long lastOffset() {
      return recent.lastOffset();
    }

    /** See {@link TailView#reaches}. */
    public boolean reaches(long position) {
      return followed.reaches(position);
    }

    /** Whether every frame after {@code position} is among the recent ones. */
    public boolean holdsAllAfter(long position) {
      return position >= recent.first() - 1;
    }

    /** See {@link TailView#reachesOffset}. */
    public boolean reachesOffset(long offset) {
      return offset >= recent.floorOffset();
    }

    /** See {@link TailView#positionOf}. */
    public long positionOf(long offset) {
      return recent.positionOf(offset);
    }

    /** See {@link TailView#after}. */
    public Answer after(long position, long joined, int bytesMax) {
      return followed.after(position, joined, bytesMax);
    }

    /** See {@link TailView#transientAfter}. */
    public Answer transientAfter(long position, long end, int bytesMax) {
      return followed.transientAfter(position, end, bytesMax);
    }
  }
}
