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

  /** What the client takes in one go: id of an event or a checkpoint, {@code told} by a gap. */
  record Item(Kind kind, long epoch, long offset, String data, BitSet told) {
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
  private long knownEpoch;
  private boolean toldOfEpoch;
  private boolean ended;
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
    if (stream.node().isFrozen()) {
      if (simulation.random.nextInt(8) == 0) {
        disconnect(); // its proxy has lost patience
      } else {
        take();
      }
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
    if (stream != null) {
      stream.beat();
    }
  }

  void takeAll() {
    while (take()) {}
  }

  void disconnect() {
    if (stream != null) {
      simulation.trace("client", number, "goes, knows", known);
      stream.close();
      gone();
    }
  }

  private void gone() {
    stream = null;
    wire.clear();
    toldUnconfirmed = new BitSet();
    toldOfEpoch = false;
    ended = false;
  }

  /** The hub has ended the stream; what it had written before may still be taken. */
  void ended() {
    ended = true;
  }

  /** The hub has not let the client in. */
  void turnedAway() {
    stream = null;
  }

  boolean isOn(SimulatedNode node) {
    return stream != null && stream.node() == node;
  }

  private void connect() {
    SimulatedNode node = simulation.anyNode();
    if (node.isFrozen()) {
      return;
    }
    int way = simulation.random.nextInt(8);
    if (known >= 0 && way > 1) {
      simulation.trace("client", number, "comes back to", node, "with", knownEpoch, known);
      var id = new EventId(knownEpoch, known);
      stream = new SimulatedStream(this, node, () -> node.startAfter(id));
      return;
    }
    forgetEverything();
    knownEpoch = 0;
    receivedTransient.clear();
    simulation.trace("client", number, "comes new to", node, "way", way, selectors);
    stream =
        new SimulatedStream(
            this,
            node,
            () ->
                switch (way) {
                  case 0 -> Start.gap(GapReason.UNKNOWN, "whatever");
                  // AHEAD is the same but for its name.
                  case 1 -> Start.gap(GapReason.EPOCH, new EventId(77, 5).toString());
                  case 2, 3 -> Start.unclaimed(0, node.head());
                  case 4 -> Start.unclaimed(Math.max(0, node.head() - 5), node.head());
                  default -> Start.live(node.head());
                });
  }

  private void forgetEverything() {
    known = -1;
    told.clear();
    received.clear();
  }

  /** Takes one item; answers whether there was one. */
  boolean take() {
    Item item = wire.poll();
    if (item == null) {
      return false;
    }
    switch (item.kind()) {
      case EVENT -> {
        assertTrue(item.epoch() != knownEpoch || !received.get((int) item.offset()), () -> this + " was sent " + item + " twice");
        know(item);
        received.set((int) item.offset());
      }
      case CHECKPOINT -> know(item);
      case TRANSIENT -> receivedTransient.add(item.data());
      case GAP -> {
        toldUnconfirmed = item.told();
        toldOfEpoch |= item.data().equals(GapReason.EPOCH.label());
      }
    }
    if (ended && wire.isEmpty()) {
      gone();
      return true;
    }
    if (stream != null && !ended && wire.size() == outletItemsMax - 1 && !stream.node().isFrozen()) {
      stream.drained();
    }
    return true;
  }

  private void know(Item item) {
    long offset = item.offset();
    if (item.epoch() != knownEpoch) {
      assertTrue(item.epoch() > knownEpoch, () -> this + " is sent back to epoch " + item.epoch());
      if (knownEpoch > 0) {
        ModelLog log = simulation.log;
        boolean leavesNothingOut = item.epoch() < log.epoch || offset < log.oldest();
        assertTrue(toldOfEpoch, () -> this + " is not told that " + knownEpoch + " is over");
        assertTrue(leavesNothingOut, () -> this + " is given " + offset + " of an epoch of which it has nothing");
      }
      forgetEverything();
      knownEpoch = item.epoch();
    }
    assertTrue(offset >= known, () -> this + " knew " + known + " and was given " + offset);
    known = offset;
    told.or(toldUnconfirmed);
  }

  void assertServed() {
    long head = simulation.log.head();
    assertEquals(simulation.log.epoch, knownEpoch, () -> this + " knows of another epoch");
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
