package carillon.subscribe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import carillon.event.Event;
import carillon.event.EventId;
import carillon.event.GapReason;
import carillon.event.Selectors;
import carillon.log.Page;
import carillon.sse.Frame;
import carillon.sse.Rendering;
import carillon.subscribe.SimulatedClient.Item;
import carillon.tail.Answer;
import carillon.tail.Samples;
import carillon.tail.SimulatedTail;
import io.vertx.core.buffer.Buffer;
import java.nio.charset.StandardCharsets;
import java.util.BitSet;
import java.util.function.Supplier;

/**
 * Does what {@code Stream} does, with the real {@link Subscription}, and holds every item against the truth before it
 * goes on the wire.
 */
final class SimulatedStream {

  private static final BitSet NOTHING = new BitSet();

  private final SimulatedClient client;
  private final Simulation simulation;
  private final SimulatedNode node;
  private final Selectors selectors;
  private final Supplier<Start> resolve;
  private final SimulatedTail tail;
  private final SimulatedTail.Follower follower;
  private final Recent recent = new FollowedRecent();
  private final Truth truth = new Truth();
  private ModelLog log; // the life that it serves
  private boolean registered;
  private boolean closed;
  private Subscription subscription;
  private PageShelf.Wish wish;
  private boolean reading;
  private long readsAfter;
  private SharedPage arrived;
  private boolean readAgain;

  SimulatedStream(SimulatedClient client, SimulatedNode node, Supplier<Start> resolve) {
    this.client = client;
    this.simulation = client.simulation;
    this.node = node;
    this.log = node.log();
    this.selectors = client.selectors;
    this.resolve = resolve;
    this.tail = node.tail();
    this.follower = tail.follow(selectors, this::decide);
  }

  /** Where it is served. */
  SimulatedNode node() {
    return node;
  }

  /** Goes on with opening, or with a read of the log. */
  void step(boolean fails) {
    if (closed) {
      return;
    }
    if (!registered) {
      registered = true;
      follower.register();
    } else if (subscription == null) {
      Start start = resolve.get();
      if (node.log().epoch == tail.viewEpoch()) {
        begin(start);
      } else {
        simulation.trace("client", client.number, "is turned away");
        close();
        client.turnedAway();
      }
    } else if (readAgain) {
      readAgain = false;
      subscription.readFailed();
      decide();
    } else if (arrived != null) {
      SharedPage page = arrived;
      arrived = null;
      take(page);
    } else if (reading) {
      node.land(this, wish, fails);
    }
  }

  /** Whether {@link #step} has something to do. */
  boolean isBusy() {
    return closed || subscription == null || readAgain || reading;
  }

  void beat() {
    if (!closed && subscription != null && !isFull()) {
      decide();
      if (!closed && !isFull()) {
        checkpoint();
      }
    }
  }

  void drained() {
    decide();
  }

  void close() {
    if (!closed) {
      closed = true;
      follower.close();
    }
  }

  void assertCovered(long upTo) {
    truth.covers(upTo);
    truth.passedBefore(follower.head() + 1);
  }

  private void begin(Start start) {
    simulation.trace("client", client.number, "begins", start);
    log = node.log();
    truth.begin(start);
    subscription = new Subscription(log.epoch, start);
    checkpoint();
    decide();
  }

  private boolean isFull() {
    return client.wire.size() >= client.outletItemsMax;
  }

  private void decide() {
    if (!closed && subscription != null && log.epoch != tail.viewEpoch()) {
      endOfEpoch();
    }
    if (!closed && subscription != null) {
      while (subscription.next(recent, !isFull()).fold(new Doing())) {
        // as long as there is something to do
      }
    }
  }

  private void endOfEpoch() {
    simulation.trace("client", client.number, "is told that the log has begun anew");
    ModelLog now = node.log();
    client.wire.add(new Item(Item.Kind.GAP, 0, 0, GapReason.EPOCH.label(), new BitSet()));
    client.wire.add(new Item(Item.Kind.CHECKPOINT, now.epoch, node.oldest() - 1, "", NOTHING));
    close();
    client.ended();
  }

  private final class Doing implements Step.Cases<Boolean> {

    @Override
    public Boolean rest() {
      if (!isFull() && subscription.isBehindLoss()) {
        checkpoint();
      }
      return false;
    }

    @Override
    public Boolean send(long position, long joined) {
      return send(position, follower.after(position, joined, simulation.pieceBytesMax));
    }

    @Override
    public Boolean sendTransient(long position, long end) {
      return send(position, follower.transientAfter(position, end, simulation.pieceBytesMax));
    }

    private boolean send(long position, Answer answer) {
      assertTrue(!isFull(), "writes though the outlet is full");
      if (answer.lastOffset() > 0) {
        truth.look();
        truth.lookAtRecent();
      }
      simulation.trace("client", client.number, "is sent", answer.frames(), "from", position, "to", answer.to());
      assertTrue(answer.to() > position, "an answer that goes nowhere");
      int frames = 0;
      for (String block : answer.bytes().toString(StandardCharsets.UTF_8).split("\n\n")) {
        if (!block.isEmpty()) {
          write(block);
          frames++;
        }
      }
      assertEquals(answer.frames(), frames);
      subscription.sent(answer.to(), answer.cursor(), answer.lastOffset());
      return true;
    }

    @Override
    public Boolean read(long offset) {
      assertTrue(!reading && !readAgain, "reads twice at once");
      simulation.trace("client", client.number, "reads after", offset);
      reading = true;
      readsAfter = offset;
      wish = new PageShelf.Wish(log.epoch, selectors);
      node.await(SimulatedStream.this, wish, offset, subscription.needsFreshRead());
      return false;
    }

    @Override
    public Boolean tell(GapReason reason, String requested) {
      assertTrue(!isFull(), "writes though the outlet is full");
      if (node.log().epoch != log.epoch) {
        return false;
      }
      simulation.trace("client", client.number, "is told", reason, requested);
      truth.gap(reason);
      client.wire.add(new Item(Item.Kind.GAP, 0, 0, reason.label(), (BitSet) truth.told.clone()));
      subscription.told(node.oldest(), node.head());
      checkpoint();
      return true;
    }
  }

  /** The page that has come is taken in a later turn. */
  void answered(SharedPage page) {
    arrived = page;
  }

  /** The log could not be read. */
  void failed() {
    reading = false;
    readAgain = true;
  }

  private void take(SharedPage page) {
    if (readsAfter != page.after() && !page.leadsOn(readsAfter)) {
      node.await(this, wish, readsAfter, true);
      return;
    }
    reading = false;
    Page part = page.from(readsAfter);
    if (node.isOfEpoch(part, log.epoch)) {
      String blocks = page.bytes(readsAfter, part.upTo(), Rendering.EVENTS).toString(StandardCharsets.UTF_8);
      assertEquals(encoded(part), blocks, "the bytes of a page are those of its events");
      pageRead(part);
    } else {
      readAgain = true;
    }
  }

  private static String encoded(Page page) {
    Buffer bytes = Buffer.buffer();
    page.events().forEach(event -> Frame.of(event).appendTo(bytes, Rendering.EVENTS));
    return bytes.toString(StandardCharsets.UTF_8);
  }

  private void pageRead(Page page) {
    truth.removedUpTo = Math.max(truth.removedUpTo, page.removedUpTo());
    long upTo = subscription.read(page);
    simulation.trace(
        "client", client.number, "page to", page.upTo(), "removed to", page.removedUpTo(), "used to", upTo);
    if (upTo > 0) {
      truth.look();
      page.events().stream().filter(event -> event.offset() <= upTo).forEach(this::write);
    }
    decide();
  }

  private void checkpoint() {
    if (subscription.isAheadOfClient()) {
      subscription.checkpointed();
      long cursor = subscription.cursor();
      simulation.trace("client", client.number, "is given", cursor);
      truth.checkpoint(cursor);
      client.wire.add(new Item(Item.Kind.CHECKPOINT, log.epoch, cursor, "", NOTHING));
    }
  }

  /** Takes a block apart that {@link Samples} made. */
  private void write(String block) {
    String data = block.substring(block.indexOf("data: ") + "data: ".length());
    long number = Long.parseLong(data.substring(1));
    if (data.startsWith("t")) {
      truth.passing(simulation.passed(number));
      client.wire.add(new Item(Item.Kind.TRANSIENT, 0, 0, data, NOTHING));
    } else {
      assertTrue(block.startsWith("id: " + new EventId(log.epoch, number) + "\n"), block);
      assertTrue(number <= log.head(), () -> "event " + number + " is seen before its commit");
      write(log.event(number));
    }
  }

  private void write(Event event) {
    truth.event(event);
    client.wire.add(new Item(Item.Kind.EVENT, log.epoch, event.offset(), event.data().toString(), NOTHING));
  }

  /** What this stream owes its client, by the contract alone. */
  private final class Truth {

    /** Lost events of which the client has been told on this stream. */
    final BitSet told = new BitSet();

    /** Events that the client asked for as far as they are kept. */
    private final BitSet forgiven = new BitSet();

    private BitSet goneAtBegin = new BitSet();
    private boolean looked;
    private boolean gapIsDue;
    private boolean idIsDue;
    private long newest;
    private long toldOldest;
    private long removedUpTo;
    private long toldUpTo;
    private long progress;
    private long givenId;
    private long lastPosition;
    private long joined;

    void begin(Start start) {
      gapIsDue = start.gap() != null;
      progress = start.cursor();
      looked = start.forgivable() == 0;
      newest = node.head();
      joined = follower.head();
      if (!looked) {
        goneAtBegin = gone();
        goneAtBegin.clear((int) newest + 1, Math.max(goneAtBegin.length(), (int) newest + 1));
      }
    }

    /** The recent frames still have what the log has removed: whoever falls out of them loses it only then. */
    void lookAtRecent() {
      goneAtBegin.clear();
    }

    /** All that is kept is being served; what of it is gone from here on has to be told. */
    void look() {
      if (!looked) {
        looked = true;
        BitSet lost = lost();
        lost.clear((int) newest + 1, Math.max(lost.length(), (int) newest + 1));
        forgiven.or(lost);
      }
    }

    void event(Event event) {
      long offset = event.offset();
      assertNothingIsDue(event);
      assertTrue(selectors.matches(event.topics()), () -> client + " did not ask for " + event);
      assertTrue(offset > progress, () -> client + " has been served up to " + progress + " and is sent " + offset);
      covers(offset - 1);
      boolean mayBeTold = !simulation.removesOldestFirst || offset >= toldOldest;
      assertTrue(mayBeTold || !told.get((int) offset), () -> client + " was told that " + offset + " is lost");
      progress = offset;
      givenId = offset;
      inOrder(event.data().toString(), tail.positionOf(event));
    }

    void passing(Event event) {
      String data = event.data().toString();
      long position = tail.positionOf(event);
      assertNothingIsDue(event);
      assertTrue(selectors.matches(event.topics()), () -> client + " did not ask for " + event);
      assertTrue(
          givenId <= follower.lastOffset(), () -> client + " is sent " + data + " before the tail is at " + givenId);
      assertTrue(position > joined, () -> client + " is sent " + data + ", which passed before it came");
      inOrder(data, position);
    }

    /** Frames of the node come in the order of their positions. What the tail has not delivered yet has none. */
    private void inOrder(String data, long position) {
      boolean inOrder = position == 0 || position > lastPosition;
      assertTrue(inOrder, () -> client + " is sent " + data + " after position " + lastPosition);
      passedBefore(position);
      lastPosition = Math.max(lastPosition, position);
    }

    /**
     * As long as the recent frames reach back to where the stream joined, it is owed each transient frame since, in its
     * place.
     */
    void passedBefore(long end) {
      if (!follower.holdsAllAfter(joined)) {
        return;
      }
      for (long position = Math.max(joined, lastPosition) + 1; position < end; position++) {
        Event skipped = tail.passingAt(position);
        if (skipped != null && selectors.matches(skipped.topics())) {
          throw new AssertionError(client + " is not sent " + skipped.data() + " of position " + position);
        }
      }
    }

    void checkpoint(long offset) {
      assertTrue(!gapIsDue, () -> client + ": a gap is due before " + offset);
      assertTrue(offset >= givenId, () -> client + " was given " + givenId + " and is given " + offset);
      assertTrue(offset <= log.head(), () -> client + " is given " + offset + ", which is not committed");
      covers(offset);
      progress = Math.max(progress, offset);
      givenId = offset;
      idIsDue = false;
    }

    void gap(GapReason reason) {
      BitSet gone = gone();
      if (gapIsDue) {
        gapIsDue = false;
      } else {
        assertEquals(GapReason.EXPIRED, reason);
        boolean isNews = removedUpTo > toldUpTo || !simulation.removesOldestFirst;
        assertTrue(isNews, () -> client + " is told again that all up to " + toldUpTo + " is lost");
        toldUpTo = removedUpTo;
        if (simulation.removesOldestFirst && simulation.remembersTopics) {
          var news = (BitSet) gone.clone();
          news.clear(0, (int) progress + 1);
          news.andNot(told);
          news.andNot(client.told);
          news.andNot(goneAtBegin);
          assertTrue(!news.isEmpty(), () -> client + " is told of a loss that is none, or that it knows");
        }
      }
      idIsDue = true;
      looked = false;
      toldOldest = node.oldest();
      newest = Math.max(node.head(), removedUpTo);
      // A gap speaks of no more than the node knows, and says itself what is the oldest that is left.
      int end = (int) (simulation.removesOldestFirst ? node.oldest() : newest + 1);
      BitSet lost = lost();
      lost.clear(end, Math.max(lost.length(), end));
      told.or(lost);
    }

    private void assertNothingIsDue(Event event) {
      assertTrue(!gapIsDue, () -> client + ": a gap is due before " + event);
      assertTrue(!idIsDue, () -> client + ": after a gap an id is due before " + event);
    }

    /** Whatever is wanted up to {@code offset} has been sent, or its loss told or forgiven. */
    void covers(long upTo) {
      for (long offset = progress + 1; offset <= upTo; offset++) {
        int bit = (int) offset;
        boolean excused = told.get(bit) || client.told.get(bit) || forgiven.get(bit);
        if (!excused && selectors.matches(log.event(offset).topics())) {
          String why = log.isRemoved(offset) ? ", which is gone, and is not told" : ", which is there";
          throw new AssertionError(client + " is not sent event " + offset + why);
        }
      }
    }

    /**
     * What a client that is told now has been told of. Where events go out of order a page says no more than up to
     * where some are gone; those before that which go later are then no news.
     */
    private BitSet lost() {
      BitSet lost = gone();
      if (!simulation.removesOldestFirst) {
        lost.set(1, (int) log.removedUpTo() + 1);
      }
      return lost;
    }

    private BitSet gone() {
      var gone = new BitSet();
      for (long offset = 1; offset <= log.head(); offset++) {
        if (log.isRemoved(offset) && selectors.matches(log.event(offset).topics())) {
          gone.set((int) offset);
        }
      }
      return gone;
    }
  }

  private final class FollowedRecent implements Recent {

    @Override
    public long head() {
      return follower.head();
    }

    @Override
    public long lastOffset() {
      return follower.lastOffset();
    }

    @Override
    public boolean reaches(long position) {
      return follower.reaches(position);
    }

    @Override
    public boolean reachesOffset(long offset) {
      return follower.reachesOffset(offset);
    }

    @Override
    public long positionOf(long offset) {
      return follower.positionOf(offset);
    }
  }
}
