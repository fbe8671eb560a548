package carillon.subscribe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import carillon.event.Event;
import carillon.event.EventId;
import carillon.event.GapReason;
import carillon.event.Selectors;
import java.util.ArrayDeque;
import java.util.BitSet;
import java.util.HashSet;
import java.util.Set;

/**
 * A client as far as the hub can tell: takes what it is sent whenever it likes, goes away, and comes back with the last
 * id it was given, or with something else altogether.
 */
final class SimulatedClient {

  /** What the client takes in one go: {@code offset} of an event or a checkpoint, {@code told} by a gap. */
  record Item(Kind kind, long offset, String data, BitSet told) {
    enum Kind {
      EVENT,
      TRANSIENT,
      GAP,
      CHECKPOINT
    }
  }

  final Simulation simulation;
  final int number;
  final Selectors selectors;
  final int outletItemsMax;
  final ArrayDeque<Item> wire = new ArrayDeque<>();

  /** Lost events the client has been told of, and knows that it has. */
  final BitSet told = new BitSet();

  private final BitSet received = new BitSet();
  private final Set<String> receivedTransient = new HashSet<>();
  private final Set<String> greetings = new HashSet<>();
  private BitSet toldUnconfirmed = new BitSet();
  private long known = -1;
  private SimulatedStream stream;

  SimulatedClient(Simulation simulation, int number, Selectors selectors, int outletItemsMax) {
    this.simulation = simulation;
    this.number = number;
    this.selectors = selectors;
    this.outletItemsMax = outletItemsMax;
  }

  void step() {
    if (stream == null) {
      connect();
      return;
    }
    switch (simulation.random.nextInt(12)) {
      case 0 -> {
        if (simulation.random.nextInt(4) == 0) {
          disconnect();
        }
      }
      case 1 -> stream.beat();
      case 2, 3, 4, 5 -> take();
      default -> stream.step(simulation.random.nextInt(6) == 0);
    }
  }

  /** Answers whether anything happened. */
  boolean comeToRest() {
    if (stream == null) {
      connect();
      return true;
    }
    boolean busy = stream.isBusy();
    stream.step(false);
    while (take()) {
      busy = true;
    }
    return busy;
  }

  void beat() {
    stream.beat();
  }

  void takeAll() {
    while (take()) {}
  }

  void disconnect() {
    if (stream != null) {
      simulation.trace("client", number, "goes, knows", known);
      stream.close();
      stream = null;
      wire.clear();
      toldUnconfirmed = new BitSet();
    }
  }

  private void connect() {
    int way = simulation.random.nextInt(8);
    if (known >= 0 && way > 1) {
      simulation.trace("client", number, "comes back with", known);
      stream = new SimulatedStream(this, log -> Start.claimed(known, Simulation.id(known).toString()));
      return;
    }
    known = -1;
    told.clear();
    received.clear();
    receivedTransient.clear();
    simulation.trace("client", number, "comes new, way", way, selectors);
    stream =
        new SimulatedStream(
            this,
            log ->
                switch (way) {
                  case 0 -> Start.gap(GapReason.UNKNOWN, "whatever");
                  // AHEAD is the same but for its name.
                  case 1 -> Start.gap(GapReason.EPOCH, new EventId(77, 5).toString());
                  case 2, 3 -> Start.unclaimed(0, log.head());
                  case 4 -> Start.unclaimed(Math.max(0, log.head() - 5), log.head());
                  default -> Start.live(log.head());
                });
  }

  /** Takes one item; answers whether there was one. */
  boolean take() {
    Item item = wire.poll();
    if (item == null) {
      return false;
    }
    switch (item.kind()) {
      case EVENT -> {
        assertTrue(!received.get((int) item.offset()), () -> this + " was sent " + item + " twice");
        received.set((int) item.offset());
        know(item.offset());
      }
      case CHECKPOINT -> know(item.offset());
      case TRANSIENT -> receivedTransient.add(item.data());
      case GAP -> toldUnconfirmed = item.told();
    }
    if (stream != null && wire.size() == outletItemsMax - 1) {
      stream.drained();
    }
    return true;
  }

  private void know(long offset) {
    assertTrue(offset >= known, () -> this + " knew " + known + " and was given " + offset);
    known = offset;
    told.or(toldUnconfirmed);
  }

  void assertServed() {
    long head = simulation.log.head();
    assertEquals(head, known, () -> this + " does not know the newest id");
    stream.assertCovered(head);
    assertTrue(wire.isEmpty(), () -> this + " was not given everything");
  }

  void expectGreeting(Event event) {
    if (selectors.matches(event.topics())) {
      greetings.add(event.data().toString());
    }
  }

  void assertGreeted() {
    assertTrue(receivedTransient.containsAll(greetings), () -> this + " is live and was not sent all of " + greetings);
  }

  @Override
  public String toString() {
    return "client " + number + " of " + selectors;
  }
}
