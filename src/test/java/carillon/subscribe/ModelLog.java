package carillon.subscribe;

import carillon.event.Event;
import carillon.event.Selectors;
import carillon.log.Page;
import carillon.tail.Samples;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.random.RandomGenerator;

/** What a log promises, and no more: pages end wherever they may, and say too much of what is gone where they may. */
final class ModelLog {

  final long epoch;
  private final RandomGenerator random;
  private final boolean remembersTopics;
  private final int pageEventsMax;
  private final List<Event> events = new ArrayList<>();
  private final BitSet removed = new BitSet();

  /** @param remembersTopics whether it knows the topics of what it has removed */
  ModelLog(long epoch, RandomGenerator random, boolean remembersTopics, int pageEventsMax) {
    this.epoch = epoch;
    this.random = random;
    this.remembersTopics = remembersTopics;
    this.pageEventsMax = pageEventsMax;
  }

  List<Event> append(int count, String[][] topics) {
    for (int i = 0; i < count; i++) {
      events.add(Samples.logged(epoch, events.size() + 1, topics[random.nextInt(topics.length)]));
    }
    return List.copyOf(events.subList(events.size() - count, events.size()));
  }

  Event event(long offset) {
    return events.get((int) offset - 1);
  }

  long head() {
    return events.size();
  }

  long oldest() {
    return removed.nextClearBit(1);
  }

  long removedUpTo() {
    return Math.max(0, removed.length() - 1);
  }

  boolean isRemoved(long offset) {
    return removed.get((int) offset);
  }

  /** Removes the oldest {@code count} that are kept. */
  void removeOldest(int count) {
    for (int i = 0; i < count && oldest() <= head(); i++) {
      removed.set((int) oldest());
    }
  }

  void remove(long offset) {
    removed.set((int) offset);
  }

  /** See {@link carillon.log.EventLog#read}. */
  Page read(long after, Selectors selectors) {
    var found = new ArrayList<Event>();
    int limit = 1 + random.nextInt(pageEventsMax);
    long upTo = Math.min(after, head());
    while (upTo < head()) {
      Event event = event(upTo + 1);
      if (selectors.matches(event.topics()) && !isRemoved(upTo + 1)) {
        if (found.size() == limit) {
          break;
        }
        found.add(event);
      }
      upTo++;
      if (found.size() == limit && random.nextInt(4) == 0) {
        break;
      }
    }
    return new Page(found, upTo, removedUpTo(selectors));
  }

  private long removedUpTo(Selectors selectors) {
    for (int offset = removed.length() - 1; offset > 0; offset--) {
      if (removed.get(offset) && (!remembersTopics || selectors.matches(event(offset).topics()))) {
        return offset;
      }
    }
    return 0;
  }
}
