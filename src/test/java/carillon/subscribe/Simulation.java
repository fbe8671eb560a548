package carillon.subscribe;

import carillon.event.Event;
import carillon.event.EventId;
import carillon.event.Selectors;
import carillon.log.Page;
import carillon.tail.Samples;
import carillon.tail.SimulatedTail;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;

/**
 * A hub and its subscribers in one thread. A seed decides what happens next, how large everything is and what goes
 * wrong; the same seed is the same run. {@link SimulatedStream} holds what is written against the truth at every step.
 */
final class Simulation {

  static final String[][] TOPICS = {
    {"a"}, {"a"}, {"b"}, {"a/b"}, {"c/d/e"}, {"a", "b"}, {"b", "a/b"}, {"hub/x"}, {"quiet"}
  };
  private static final String[][] SELECTIONS = {
    {"a"}, {"a"}, {"b"}, {"*"}, {"**"}, {"a/*"}, {"a", "b", "a/b"},
    {"c/**", "a"}, {"hub/x"}, {"quiet"}, {"**", "a", "hub/**"}
  };
  private static final Selectors EVERYTHING = Selectors.of("**", "hub/**");
  private static final int STEPS = 250;

  final RandomGenerator random;
  final ModelLog log;
  final boolean removesOldestFirst;
  final boolean remembersTopics;
  final int pieceBytesMax;
  SimulatedTail tail;

  private final boolean traces;
  private final ArrayList<String> trace = new ArrayList<>();
  private final int framesMax;
  private final int framesBytesMax;
  private final int keptMin;
  private final int dropOneIn;
  private final List<List<Event>> bus = new ArrayList<>();
  private final List<SimulatedClient> clients = new ArrayList<>();
  private PendingRead tailRead;
  private final List<Event> passed = new ArrayList<>();

  Simulation(long seed, boolean traces) {
    random = new SplittableRandom(seed);
    this.traces = traces;
    removesOldestFirst = random.nextBoolean();
    remembersTopics = random.nextInt(3) > 0;
    pieceBytesMax = random.nextBoolean() ? 1 << 20 : 1 + random.nextInt(200);
    framesMax = 1 + random.nextInt(random.nextBoolean() ? 6 : 60);
    framesBytesMax = random.nextBoolean() ? 1 << 20 : 300 + random.nextInt(4_000);
    keptMin = random.nextInt(3) == 0 ? 0 : random.nextInt(80);
    dropOneIn = 1 + random.nextInt(8);
    log = new ModelLog(random, remembersTopics, 1 + random.nextInt(random.nextBoolean() ? 3 : 40));
    log.append(random.nextInt(10), TOPICS);
    begin();
    int count = 1 + random.nextInt(6);
    for (int i = 0; i < count; i++) {
      int outletItems = 1 + random.nextInt(random.nextBoolean() ? 3 : 30);
      Selectors selectors = Selectors.of(SELECTIONS[random.nextInt(SELECTIONS.length)]);
      clients.add(new SimulatedClient(this, i, selectors, outletItems));
    }
  }

  /** @throws AssertionError as soon as anything that is promised does not hold */
  void run() {
    for (int i = 0; i < STEPS; i++) {
      step();
    }
    comeToRest();
    clients.forEach(SimulatedClient::assertServed);
    greetEverybody();
    clients.forEach(SimulatedClient::assertServed);
    clients.forEach(SimulatedClient::assertGreeted);
  }

  /** What happened last, oldest first, in at most {@code linesMax} lines. */
  String trace(int linesMax) {
    return String.join(System.lineSeparator(), trace.subList(Math.max(0, trace.size() - linesMax), trace.size()));
  }

  void trace(Object... what) {
    if (traces) {
      var line = new StringBuilder();
      for (Object part : what) {
        line.append(part).append(' ');
      }
      trace.add(line.toString());
    }
  }

  /** A read of the log that has been asked for. The answer may have been made long before it arrives. */
  PendingRead ask(long after, Selectors selectors) {
    return new PendingRead(after, selectors, random.nextBoolean() ? log.read(after, selectors) : null);
  }

  record PendingRead(long after, Selectors selectors, Page made) {
    Page answer(ModelLog log) {
      return made == null ? log.read(after, selectors) : made;
    }
  }

  private void step() {
    switch (random.nextInt(24)) {
      case 0, 1, 2 -> commit();
      case 3, 4 -> arrive();
      case 5 -> pass();
      case 6, 7 -> answerTail();
      case 8, 9, 10, 11 -> view();
      case 12 -> remove();
      case 13 -> restart();
      default -> clients.get(random.nextInt(clients.size())).step();
    }
  }

  private void commit() {
    List<Event> group = log.append(1 + random.nextInt(random.nextInt(5) == 0 ? 20 : 3), TOPICS);
    trace("commit", group.get(0).offset(), "to", log.head());
    if (dropOneIn == 1 || random.nextInt(dropOneIn) > 0) {
      bus.add(group);
    }
  }

  private void arrive() {
    if (!bus.isEmpty()) {
      int which = random.nextInt(3) == 0 ? random.nextInt(bus.size()) : 0;
      List<Event> group = random.nextInt(6) == 0 ? bus.get(which) : bus.remove(which);
      trace("bus brings", group.get(0).offset(), "to", group.get(group.size() - 1).offset());
      tail.committed(group);
    }
  }

  private void pass() {
    pass(TOPICS[random.nextInt(TOPICS.length)]);
  }

  private void pass(String[] topics) {
    Event event = Samples.passing(passed.size() + 1, topics);
    trace("transient", event.data(), event.topics());
    passed.add(event);
    tail.passing(event);
  }

  /** The transient event of that number. */
  Event passed(long number) {
    return passed.get((int) number - 1);
  }

  private void answerTail() {
    if (!tail.isReading()) {
      return;
    }
    if (tailRead == null) {
      tailRead = ask(tail.delivered(), EVERYTHING);
    } else if (random.nextInt(4) == 0) {
      trace("tail: log not readable");
      tailRead = null;
      tail.readFailed();
    } else {
      Page page = tailRead.answer(log);
      trace("tail reads after", tailRead.after(), "up to", page.upTo(), "removed up to", page.removedUpTo());
      tailRead = null;
      tail.read(page);
    }
  }

  private void view() {
    switch (random.nextInt(4)) {
      case 0 -> frames();
      case 1 -> ring();
      case 2 -> bell(random.nextInt(10) == 0);
      default -> answer();
    }
  }

  private void frames() {
    if (tail.hasFrames()) {
      trace("view: frames");
      tail.frames();
    }
  }

  private void ring() {
    if (tail.rings()) {
      trace("view: ring");
      tail.ring();
    }
  }

  private void bell(boolean lost) {
    if (tail.bells() > 0) {
      tail.bell(random.nextInt(tail.bells()), lost);
    }
  }

  private void answer() {
    if (tail.answers()) {
      trace("view: answer");
      tail.answer();
    }
  }

  private void remove() {
    if (log.head() - log.oldest() < keptMin) {
      return;
    }
    if (removesOldestFirst) {
      log.removeOldest(1 + random.nextInt(random.nextInt(3) == 0 ? 50 : 5));
    } else if (log.head() > 0) {
      for (int i = random.nextInt(6); i >= 0; i--) {
        log.remove(1 + random.nextLong(log.head()));
      }
    }
    trace("retention: oldest is", log.oldest());
  }

  private void restart() {
    if (random.nextInt(10) == 0) {
      trace("restart");
      clients.forEach(SimulatedClient::disconnect);
      bus.clear();
      tailRead = null;
      begin();
    }
  }

  /** Begins as the tail of a node does. */
  private void begin() {
    long from = Math.max(log.oldest() - 1, log.head() - framesMax);
    tail = new SimulatedTail(framesMax, framesBytesMax, from);
    do {
      tail.read(log.read(tail.delivered(), EVERYTHING));
    } while (tail.delivered() < log.head());
    while (tail.hasFrames()) {
      tail.frames();
    }
  }

  private void comeToRest() {
    trace("nothing goes wrong from here on");
    bus.add(log.append(1, TOPICS)); // tells the tail of what the bus dropped last
    finishEverything();
    clients.forEach(SimulatedClient::beat); // has a quiet stream look for its cursor, in the log perhaps
    finishEverything();
    clients.forEach(SimulatedClient::beat);
    clients.forEach(SimulatedClient::takeAll);
  }

  private void finishEverything() {
    boolean busy = true;
    for (int rounds = 0; busy; rounds++) {
      if (rounds > 20_000) {
        throw new AssertionError("does not come to rest");
      }
      busy = false;
      while (!bus.isEmpty()) {
        tail.committed(bus.remove(0));
      }
      if (tail.isReading()) {
        busy = true;
        tail.read(log.read(tail.delivered(), EVERYTHING));
      }
      while (tail.hasFrames() || tail.rings() || tail.bells() > 0 || tail.answers()) {
        busy = true;
        frames();
        ring();
        while (tail.bells() > 0) {
          bell(false);
        }
        answer();
      }
      for (SimulatedClient client : clients) {
        busy |= client.comeToRest();
      }
    }
  }

  /** Everybody is live now: a transient and a logged event on every topic have to come through without any help. */
  private void greetEverybody() {
    for (String[] topics : TOPICS) {
      pass(topics);
      clients.forEach(client -> client.expectGreeting(passed(passed.size())));
      comeToRest();
    }
  }

  static EventId id(long offset) {
    return new EventId(Samples.EPOCH, offset);
  }
}
