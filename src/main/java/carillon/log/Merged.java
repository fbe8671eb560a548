package carillon.log;

import java.util.Collection;
import java.util.Comparator;
import java.util.NoSuchElementException;
import java.util.PriorityQueue;
import java.util.PrimitiveIterator;

/**
 * The offsets of several topics as one sorted sequence, each offset once however many topics share it. Confined to the
 * read it serves.
 *
 * <p>It takes one offset of a topic at a time, so sources may fetch theirs little by little.
 */
final class Merged implements PrimitiveIterator.OfLong {

  private static final class Lane {
    final PrimitiveIterator.OfLong rest;
    long next;

    Lane(PrimitiveIterator.OfLong rest) {
      this.rest = rest;
      this.next = rest.nextLong();
    }
  }

  private final PriorityQueue<Lane> lanes;

  private Merged(Collection<? extends PrimitiveIterator.OfLong> sources, Comparator<Lane> order) {
    this.lanes = new PriorityQueue<>(Math.max(1, sources.size()), order);
    for (PrimitiveIterator.OfLong source : sources) {
      if (source.hasNext()) {
        lanes.add(new Lane(source));
      }
    }
  }

  /** Merges sources that ascend. */
  static Merged oldestFirst(Collection<? extends PrimitiveIterator.OfLong> sources) {
    return new Merged(sources, Comparator.comparingLong(lane -> lane.next));
  }

  /** Merges sources that descend. */
  static Merged newestFirst(Collection<? extends PrimitiveIterator.OfLong> sources) {
    return new Merged(sources, Comparator.comparingLong(lane -> -lane.next));
  }

  @Override
  public boolean hasNext() {
    return !lanes.isEmpty();
  }

  @Override
  public long nextLong() {
    if (lanes.isEmpty()) {
      throw new NoSuchElementException();
    }
    long next = lanes.element().next;
    while (!lanes.isEmpty() && lanes.element().next == next) {
      Lane lane = lanes.remove();
      if (lane.rest.hasNext()) {
        lane.next = lane.rest.nextLong();
        lanes.add(lane);
      }
    }
    return next;
  }
}
