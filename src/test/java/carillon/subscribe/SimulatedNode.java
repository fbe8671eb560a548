package carillon.subscribe;

import carillon.event.Event;
import carillon.event.EventId;
import carillon.event.GapReason;
import carillon.event.Selectors;
import carillon.log.Page;
import carillon.tail.SimulatedTail;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A node: what it knows of the log, which may be old, its tail, and what the bus has on the way to it. Does what {@code
 * TailVerticle} and an engine of a shared log do, one task at a time and in any order; or nothing, while it is frozen.
 */
final class SimulatedNode {

  private static final Selectors EVERYTHING = Selectors.of("**", "hub/**");

  private final Simulation simulation;
  private final int number;
  private final int framesMax;
  private final int framesBytesMax;
  private final List<Message> bus = new ArrayList<>();
  private final BitSet heard = new BitSet();
  private SimulatedTail tail;
  private final Map<PageShelf<SimulatedStream>.Flight, PendingRead> flights = new LinkedHashMap<>();
  private PageShelf<SimulatedStream> shelf;
  private long clock;
  private PendingRead tailRead;
  private boolean frozen;

  // What the engine knows of the log.
  private ModelLog log;
  private long head;
  private long oldest;

  /** What the bus carries. */
  sealed interface Message {}

  /** A committed group. */
  record Group(long epoch, List<Event> events) implements Message {}

  /** A transient event; the number tells one that comes twice. */
  record Passing(int number, Event event) implements Message {}

  /** A read of the log that has been asked for. The answer may have been made long before it arrives. */
  record PendingRead(long after, Selectors selectors, Page made) {

    Page answer(SimulatedNode node) {
      if (made != null) {
        return made;
      }
      node.lookIfBegunAnew();
      return node.log.read(after, selectors);
    }
  }

  SimulatedNode(Simulation simulation, int number, int framesMax, int framesBytesMax) {
    this.simulation = simulation;
    this.number = number;
    this.framesMax = framesMax;
    this.framesBytesMax = framesBytesMax;
    begin();
  }

  /** Begins as the tail of a node does. */
  void begin() {
    look();
    frozen = false;
    bus.clear();
    tailRead = null;
    shelf = new PageShelf<>(simulation.pagesBytesMax);
    flights.clear();
    tail = new SimulatedTail(framesMax, framesBytesMax, log.epoch, newestKept());
    do {
      tail.read(log.read(tail.delivered(), EVERYTHING));
    } while (tail.delivered() < log.head());
    while (tail.hasFrames()) {
      tail.frames();
    }
  }

  private long newestKept() {
    return Math.max(oldest - 1, head - framesMax);
  }

  /** The engine asks the log how far it is. */
  void look() {
    log = simulation.log;
    head = log.head();
    oldest = log.oldest();
  }

  /** An engine that reads and finds another epoch says so before it answers. Otherwise a read tells it nothing. */
  private void lookIfBegunAnew() {
    if (log != simulation.log) {
      look();
    }
  }

  SimulatedTail tail() {
    return tail;
  }

  /** The life of the log that the node knows of. */
  ModelLog log() {
    return log;
  }

  long head() {
    return head;
  }

  long oldest() {
    return oldest;
  }

  boolean isFrozen() {
    return frozen;
  }

  void freeze() {
    simulation.trace(this, "freezes");
    frozen = true;
  }

  void thaw() {
    frozen = false;
  }

  /** As {@link StartOf} does for an id. */
  Start startAfter(EventId id) {
    Start start = known(id);
    if (start.gap() == null) {
      return start;
    }
    look();
    return known(id);
  }

  private Start known(EventId id) {
    if (id.epoch() != log.epoch) {
      return Start.gap(GapReason.EPOCH, id.toString());
    }
    return id.offset() > head ? Start.gap(GapReason.AHEAD, id.toString()) : Start.claimed(id.offset(), id.toString());
  }

  PendingRead ask(long after, Selectors selectors) {
    boolean isMadeAtOnce = simulation.random.nextBoolean();
    if (isMadeAtOnce) {
      lookIfBegunAnew();
    }
    return new PendingRead(after, selectors, isMadeAtOnce ? log.read(after, selectors) : null);
  }

  /**
   * Has {@code stream} wait for a page, as {@link LogPages} does: what it is answered with may have been read for
   * another one.
   */
  void await(SimulatedStream stream, PageShelf.Wish wish, long after, boolean fresh) {
    SharedPage found = fresh ? null : shelf.find(wish, after);
    if (found != null) {
      simulation.trace(this, "has a page after", found.after());
      stream.answered(found);
    } else {
      begin(shelf.await(wish, after, fresh, stream));
    }
  }

  private void begin(PageShelf<SimulatedStream>.Flight flight) {
    if (flight != null) {
      flights.put(flight, ask(flight.after(), flight.wish().selectors()));
    }
  }

  /** What {@code stream} waits for is answered, or fails; or what has to end before that begins. */
  void land(SimulatedStream stream, PageShelf.Wish wish, boolean fails) {
    PageShelf<SimulatedStream>.Flight flight = flights.keySet().stream()
        .filter(one -> one.readers().contains(stream))
        .findFirst()
        .orElseGet(() -> flights.keySet().stream().filter(one -> one.wish().equals(wish)).findFirst().orElseThrow());
    PendingRead read = flights.remove(flight);
    SharedPage page = fails ? null : shelf.landed(flight, read.answer(this), ++clock);
    begin(shelf.next(flight));
    simulation.trace(this, "read after", flight.after(), fails ? "fails for" : "answers", flight.readers().size());
    for (SimulatedStream reader : flight.readers()) {
      if (fails) {
        reader.failed();
      } else {
        reader.answered(page);
      }
    }
  }

  /** As far as the node knows, of that life and of no other. */
  boolean isOfEpoch(Page page, long epoch) {
    return log.epoch == epoch && page.events().stream().allMatch(event -> event.id().epoch() == epoch);
  }

  void send(Message message, boolean lost) {
    if (!lost) {
      bus.add(message);
    }
  }

  void step() {
    if (frozen) {
      return;
    }
    switch (simulation.random.nextInt(11)) {
      case 0, 1 -> arrive();
      case 2, 3 -> answerTail();
      case 4 -> lookOrHead();
      case 5 -> frames();
      case 6 -> ring();
      case 7 -> bell(simulation.random.nextInt(10) == 0);
      case 8 -> sweep();
      case 9 -> shelf.forget(clock - simulation.random.nextInt(4));
      default -> answer();
    }
  }

  private void lookOrHead() {
    if (simulation.random.nextBoolean()) {
      look();
    } else {
      tailLooks();
    }
  }

  private void tailLooks() {
    if (log.epoch == tail.epoch()) {
      tail.head(head);
    } else {
      beginAnew();
    }
  }

  private void beginAnew() {
    simulation.trace(this, "begins anew");
    tailRead = null; // its answer will be nobody's
    tail.beginAnew(log.epoch, newestKept(), head);
  }

  private void arrive() {
    if (bus.isEmpty()) {
      return;
    }
    int which = simulation.random.nextInt(3) == 0 ? simulation.random.nextInt(bus.size()) : 0;
    boolean isRepeated = simulation.random.nextInt(6) == 0;
    arrive(isRepeated ? bus.get(which) : bus.remove(which));
  }

  private void arrive(Message message) {
    if (message instanceof Passing passing) {
      if (passing.number() >= heard.length()) { // as Origins does
        heard.set(passing.number());
        tail.passing(passing.event());
      }
    } else if (message instanceof Group group) {
      long last = group.events().get(group.events().size() - 1).offset();
      simulation.trace(this, "hears", group.events().get(0).offset(), "to", last);
      if (group.epoch() != tail.epoch()) {
        look();
        if (log.epoch != tail.epoch()) {
          beginAnew();
        }
      } else if (simulation.random.nextInt(4) == 0) {
        tail.reached(last);
      } else {
        tail.committed(group.events());
      }
    }
  }

  private void answerTail() {
    if (!tail.isReading()) {
      return;
    }
    if (tailRead == null) {
      tailRead = ask(tail.delivered(), EVERYTHING);
    } else if (simulation.random.nextInt(4) == 0) {
      simulation.trace(this, "tail: log not readable");
      tailRead = null;
      tail.readFailed();
    } else {
      PendingRead answered = tailRead;
      tailRead = null;
      tailRead(answered.answer(this));
    }
  }

  private void tailRead(Page page) {
    if (log.epoch != tail.epoch()) {
      beginAnew();
    } else if (isOfEpoch(page, tail.epoch())) {
      simulation.trace(this, "tail reads up to", page.upTo(), "removed up to", page.removedUpTo());
      tail.read(page);
    } else {
      tail.readFailed();
    }
  }

  private void frames() {
    if (tail.hasFrames()) {
      simulation.trace(this, "view: frames");
      tail.frames();
    }
  }

  private void ring() {
    if (tail.rings()) {
      simulation.trace(this, "view: ring");
      tail.ring();
    }
  }

  private void bell(boolean lost) {
    if (tail.bells() > 0) {
      tail.bell(simulation.random.nextInt(tail.bells()), lost);
    }
  }

  private void sweep() {
    simulation.trace(this, "view: sweep");
    tail.sweep();
  }

  private void sweepPerhaps() {
    for (int i = simulation.random.nextInt(10); i > 7; i--) {
      sweep();
    }
  }

  private void answer() {
    if (tail.answers()) {
      simulation.trace(this, "view: answer");
      tail.answer();
    }
  }

  /** Answers whether anything happened. */
  boolean comeToRest() {
    boolean busy = head != simulation.log.head() || log != simulation.log;
    look();
    while (!bus.isEmpty()) {
      arrive(bus.remove(0));
    }
    long before = tail.delivered();
    tailLooks();
    tailLooks();
    busy |= tail.delivered() != before;
    while (tail.isReading()) {
      busy = true;
      tailRead = null;
      tailRead(log.read(tail.delivered(), EVERYTHING));
    }
    while (tail.hasFrames() || tail.rings() || tail.bells() > 0 || tail.answers()) {
      busy = true;
      frames();
      sweepPerhaps();
      ring();
      while (tail.bells() > 0) {
        sweepPerhaps();
        bell(false);
      }
      sweepPerhaps();
      answer();
    }
    return busy;
  }

  @Override
  public String toString() {
    return "node " + number;
  }
}
