package carillon.fault;

import carillon.event.EventId;
import carillon.event.Selector;
import carillon.event.Selectors;
import carillon.harness.Swarm;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Supplier;

/**
 * A subscriber that writes down everything it sees. Confined to a thread of the swarm, but for what says otherwise; what
 * it wrote down may be read when the swarm has been closed.
 */
final class Follower implements Swarm.Subscriber {

  /** Stands before the first event of every epoch. */
  private static final String BEGINNING = new EventId(1, 0).toString();

  private final World world;
  private final Supplier<URI> hub;
  private final String name;
  private final Selectors selectors;
  private final boolean isFromBeginning;
  private final List<Following.Stream> streams = new ArrayList<>();
  private List<Following.Seen> seen = new ArrayList<>();
  private List<String> gaps = new ArrayList<>();
  private String resumedAfter = "";
  private String firstId = "";
  private long openedAt;
  private boolean isOpen;
  private boolean isClosing;
  private final Queue<Long> closingRetriesMillis = new ConcurrentLinkedQueue<>();
  private volatile int ends;
  private volatile int unexplainedEnds;
  private volatile long reached = -1;

  /** @param isFromBeginning whether it asks for all that is kept; otherwise for what comes from now on */
  Follower(World world, String name, Selectors selectors, boolean isFromBeginning) {
    this(world, world::hub, name, selectors, isFromBeginning);
  }

  /** @param hub where it goes, asked before each connection */
  Follower(World world, Supplier<URI> hub, String name, Selectors selectors, boolean isFromBeginning) {
    this.world = world;
    this.hub = hub;
    this.name = name;
    this.selectors = selectors;
    this.isFromBeginning = isFromBeginning;
  }

  @Override
  public URI hub() {
    return hub.get();
  }

  @Override
  public String target() {
    List<String> words = new ArrayList<>();
    for (Selector selector : selectors.list()) {
      words.add("topic=" + URLEncoder.encode(selector.text(), StandardCharsets.UTF_8));
    }
    if (isFromBeginning) {
      words.add("since=" + world.beginning());
    }
    return "/events?" + String.join("&", words);
  }

  @Override
  public void opened(String after) {
    resumedAfter = after.isEmpty() && isFromBeginning ? beginning() : after;
    openedAt = world.tick();
    isOpen = true;
  }

  private String beginning() {
    return EventId.parse(world.beginning()).isPresent() ? world.beginning() : BEGINNING;
  }

  @Override
  public void block(Swarm.Block block) {
    String id = block.id();
    if (block.type().equals("hub.closing")) {
      isClosing = true;
      closingRetriesMillis.add(block.retryMillis());
    } else if (block.type().equals("hub.gap")) {
      gaps.add(block.data());
    } else if (block.isEvent() && !isTick(block)) {
      seen.add(world.shared(new Following.Seen(id, block.topics(), block.data())));
    }
    if (!id.isEmpty()) {
      firstId = firstId.isEmpty() ? id : firstId;
      reached = EventId.parse(id).map(EventId::offset).orElse(Long.MAX_VALUE);
    }
  }

  /** Ticks of the clock have no id, and nobody is owed one. */
  private static boolean isTick(Swarm.Block block) {
    return block.id().isEmpty() && block.topics().equals(List.of("clock"));
  }

  @SuppressWarnings("NonAtomicVolatileUpdate") // one thread writes
  @Override
  public void closed(String lastEventId) {
    ends = ends + 1;
    unexplainedEnds = unexplainedEnds + (isClosing ? 0 : 1);
    isClosing = false;
    store();
  }

  private void store() {
    streams.add(new Following.Stream(resumedAfter, openedAt, firstId, seen, gaps));
    isOpen = false;
    firstId = "";
    seen = new ArrayList<>();
    gaps = new ArrayList<>();
  }

  /** Up to which offset it has seen what it selected, -1 when it knows nothing; any thread. */
  long reached() {
    return reached;
  }

  /** How many of its streams ended. Any thread. */
  int ends() {
    return ends;
  }

  /** What those that ended with a word were told to wait, in milliseconds; -1 for one that was not. Any thread. */
  List<Long> closingRetriesMillis() {
    return List.copyOf(closingRetriesMillis);
  }

  /** How many of its streams ended without a word. Any thread. */
  int unexplainedEnds() {
    return unexplainedEnds;
  }

  /** What it saw. */
  Following following() {
    if (isOpen) {
      store();
    }
    return new Following(name, selectors, streams);
  }

  @Override
  public String toString() {
    return name;
  }
}
