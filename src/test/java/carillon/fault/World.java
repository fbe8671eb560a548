package carillon.fault;

import carillon.event.EventId;
import java.net.URI;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;

/** What publishers and followers of one run share: where the hub is, the clock, how far they are. Any thread. */
final class World {

  private final AtomicLong clock = new AtomicLong();
  private final AtomicLong acknowledged = new AtomicLong();
  private final AtomicLong unavailable = new AtomicLong();
  private final AtomicLong newest = new AtomicLong();
  private final Map<Following.Seen, Following.Seen> seen = new ConcurrentHashMap<>();
  private final String beginning;
  private volatile Supplier<URI> hub;
  private volatile boolean isEnding;

  World(URI hub) {
    this(() -> hub);
  }

  /** @param hub asked before each connection: a hub of many nodes is at more than one place */
  World(Supplier<URI> hub) {
    this(hub, "all");
  }

  /**
   * @param hub asked before each connection
   * @param beginning what {@code since=} says to get everything of this run: {@code all}, or the id behind which it
   *     begins
   */
  World(Supplier<URI> hub, String beginning) {
    this.hub = hub;
    this.beginning = beginning;
  }

  /** What {@code since=} says to get everything. */
  String beginning() {
    return beginning;
  }

  /** Where the hub is, or was before it went away. */
  URI hub() {
    return hub.get();
  }

  /** The hub is there from now on. */
  void hub(URI now) {
    hub = () -> now;
  }

  /** One more for each thing that happens. */
  long tick() {
    return clock.incrementAndGet();
  }

  /** Somebody has been told that {@code id} is stored, and for the first time. */
  void acknowledged(EventId id) {
    acknowledged.incrementAndGet();
    newest.accumulateAndGet(id.offset(), Math::max);
  }

  /** Of how many events somebody has been told so. */
  long acknowledgements() {
    return acknowledged.get();
  }

  /** Somebody has been told that the hub cannot store anything now. */
  void unavailable() {
    unavailable.incrementAndGet();
  }

  /** How often somebody has been told that. */
  long unavailables() {
    return unavailable.get();
  }

  /** The largest offset that somebody has been told of. */
  long newest() {
    return newest.get();
  }

  /** The same event, as all followers keep it who saw it alike: in a long run each by itself would be too much. */
  Following.Seen shared(Following.Seen event) {
    Following.Seen first = seen.putIfAbsent(event, event);
    return first == null ? event : first;
  }

  /** Publishers are to finish what they have begun. */
  void end() {
    isEnding = true;
  }

  boolean isEnding() {
    return isEnding;
  }
}
