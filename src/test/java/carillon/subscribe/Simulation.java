package carillon.subscribe;

import carillon.event.Event;
import carillon.event.Selectors;
import carillon.tail.Samples;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;

/**
 * A hub of one to three nodes that share a log, and its subscribers, in one thread. A seed decides what happens next, how large everything is and what goes
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
  private static final int STEPS = 250;

  final RandomGenerator random;
  ModelLog log;
  final boolean removesOldestFirst;
  final boolean remembersTopics;
  final int pieceBytesMax;

  private final boolean traces;
  private final ArrayList<String> trace = new ArrayList<>();
  private final int framesMax;
  private final int framesBytesMax;
  private final int pageEventsMax;
  final long pagesBytesMax;
  private final int keptMin;
  private final int dropOneIn;
  private final List<SimulatedNode> nodes = new ArrayList<>();
  private final List<SimulatedClient> clients = new ArrayList<>();
  private final List<Event> passed = new ArrayList<>();

  Simulation(long seed, boolean traces) {
    random = new SplittableRandom(seed);
    this.traces = traces;
    removesOldestFirst = random.nextBoolean();
    remembersTopics = random.nextInt(3) > 0;
    pieceBytesMax = random.nextBoolean() ? 1 << 20 : 1 + random.nextInt(200);
    framesMax = 1 + random.nextInt(random.nextBoolean() ? 6 : 60);
    framesBytesMax = random.nextBoolean() ? 1 << 20 : 300 + random.nextInt(4_000);
    pagesBytesMax = random.nextBoolean() ? 1 << 20 : random.nextInt(30_000);
    keptMin = random.nextInt(3) == 0 ? 0 : random.nextInt(80);
    dropOneIn = 1 + random.nextInt(8);
    pageEventsMax = 1 + random.nextInt(random.nextBoolean() ? 3 : 40);
    log = new ModelLog(Samples.EPOCH, random, remembersTopics, pageEventsMax);
    log.append(random.nextInt(10), TOPICS);
    int nodesCount = random.nextBoolean() ? 1 : 2 + random.nextInt(2);
    for (int i = 0; i < nodesCount; i++) {
      nodes.add(new SimulatedNode(this, i, framesMax, framesBytesMax));
    }
    int count = 1 + random.nextInt(6);
    int selections = random.nextInt(3) == 0 ? 1 : SELECTIONS.length; // a crowd wants one thing
    int wanted = random.nextInt(SELECTIONS.length);
    for (int i = 0; i < count; i++) {
      int outletItems = 1 + random.nextInt(random.nextBoolean() ? 3 : 30);
      Selectors selectors = Selectors.of(SELECTIONS[(wanted + random.nextInt(selections)) % SELECTIONS.length]);
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

  SimulatedNode anyNode() {
    return nodes.get(random.nextInt(nodes.size()));
  }

  private void step() {
    switch (random.nextInt(24)) {
      case 0, 1, 2 -> commit();
      case 3 -> pass();
      case 4, 5, 6, 7, 8, 9, 10, 11 -> anyNode().step();
      case 12 -> remove();
      case 13 -> mishap();
      default -> clients.get(random.nextInt(clients.size())).step();
    }
  }

  private void commit() {
    SimulatedNode node = anyNode();
    if (!node.isFrozen()) {
      commit(node);
    }
  }

  private void commit(SimulatedNode publisher) {
    List<Event> group = log.append(1 + random.nextInt(random.nextInt(5) == 0 ? 20 : 3), TOPICS);
    trace(publisher, "commits", group.get(0).offset(), "to", log.head());
    publisher.look(); // whoever appends knows
    nodes.forEach(node -> node.send(new SimulatedNode.Group(log.epoch, group), drops()));
  }

  private boolean drops() {
    return dropOneIn > 1 && random.nextInt(dropOneIn) == 0;
  }

  private void pass() {
    pass(TOPICS[random.nextInt(TOPICS.length)], true);
  }

  private void pass(String[] topics, boolean drops) {
    Event event = Samples.passing(passed.size() + 1, topics);
    trace("transient", event.data(), event.topics());
    passed.add(event);
    nodes.forEach(node -> node.send(new SimulatedNode.Passing(passed.size(), event), drops && drops()));
  }

  /** The transient event of that number. */
  Event passed(long number) {
    return passed.get((int) number - 1);
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

  private void mishap() {
    SimulatedNode node = anyNode();
    switch (random.nextInt(30)) {
      case 0, 1 -> {
        trace("restart of", node);
        clients.stream().filter(client -> client.isOn(node)).forEach(SimulatedClient::disconnect);
        node.begin();
      }
      case 2 -> beginAnew();
      case 3, 4, 5, 6, 7, 8 -> node.freeze();
      default -> nodes.forEach(SimulatedNode::thaw);
    }
  }

  /** A database from which a copy was taken back, a grid that has lost everything. */
  private void beginAnew() {
    log = new ModelLog(log.epoch + 1, random, remembersTopics, pageEventsMax);
    log.append(random.nextInt(5), TOPICS);
    trace("the log begins anew, epoch", log.epoch, "head", log.head());
  }

  private void comeToRest() {
    trace("nothing goes wrong from here on");
    nodes.forEach(SimulatedNode::thaw);
    if (log.head() == 0 || random.nextBoolean()) {
      List<Event> last = log.append(1, TOPICS);
      trace("the last message is lost, of", last.get(0).offset());
    }
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
      for (SimulatedNode node : nodes) {
        busy |= node.comeToRest();
      }
      for (SimulatedClient client : clients) {
        busy |= client.comeToRest();
      }
    }
  }

  /** Everybody is live now: a transient and a logged event on every topic have to come through without any help. */
  private void greetEverybody() {
    for (String[] topics : TOPICS) {
      pass(topics, false);
      clients.forEach(client -> client.expectGreeting(passed(passed.size())));
      finishEverything();
      clients.forEach(SimulatedClient::assertGreeted); // woken by this alone: no beat has helped
      comeToRest();
    }
  }
}
