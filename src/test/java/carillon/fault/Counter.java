package carillon.fault;

import carillon.bench.Latencies;
import carillon.harness.Swarm;
import java.net.URI;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;

/**
 * A subscriber of numbered events: each must have the number after the one before, and whatever else comes is wrong.
 * Keeps nothing but where it stands. Confined to a thread of the swarm, but for {@link #seen()}.
 */
class Counter implements Swarm.Subscriber {

  private final Supplier<URI> hub;
  private final int topic;
  private final AtomicLong all;
  private final Latencies latencies;
  private volatile long seen;
  private volatile boolean isOpen;

  /**
   * @param topic its number, as in {@link NumberedLoad#topic}
   * @param from the number of the first event that is to come
   * @param all counts what all of a group have seen
   * @param latencies between {@link NumberedLoad} and here
   */
  Counter(Supplier<URI> hub, int topic, long from, AtomicLong all, Latencies latencies) {
    this.hub = hub;
    this.topic = topic;
    this.seen = from;
    this.all = all;
    this.latencies = latencies;
  }

  @Override
  public URI hub() {
    return hub.get();
  }

  @Override
  public String target() {
    return "/events/" + NumberedLoad.topic(topic);
  }

  @Override
  public void opened(String resumedAfter) {
    isOpen = true;
  }

  @Override
  public void block(Swarm.Block block) {
    if (!block.isEvent() || block.type().equals("hub.closing")) {
      return;
    }
    long number = block.type().isEmpty() ? block.number(0) : -1;
    if (number != seen) {
      throw new AssertionError("expected number " + seen + ", got " + block.type() + " " + block.data());
    }
    seen = number + 1;
    all.incrementAndGet();
    latencies.add(System.nanoTime() - block.number(1));
  }

  @Override
  public void closed(String lastEventId) {
    isOpen = false;
  }

  /** The number of its topic. */
  int topic() {
    return topic;
  }

  /** The number that is to come next: all before it have been seen. Any thread. */
  long seen() {
    return seen;
  }

  /** Whether a stream is open. Any thread. */
  boolean isOpen() {
    return isOpen;
  }

  @Override
  public String toString() {
    return "subscriber of " + NumberedLoad.topic(topic);
  }
}
