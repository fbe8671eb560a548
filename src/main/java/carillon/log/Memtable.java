package carillon.log;

import carillon.event.Event;
import carillon.event.Topic;
import java.util.Arrays;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.PrimitiveIterator;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Which topic has which of the newest events, in memory until the index in the file tells it: the memtable of a
 * log-structured merge tree. The log thread writes; any thread reads.
 *
 * <p>It is filled as groups are committed, so it may hold a little more than a reader may see yet; whoever reads says
 * up to where.
 */
final class Memtable {

  /** The events of one topic, in their order. */
  static final class Places {

    // Only grow; what is below the size never changes, in whichever array.
    private long[] offsets = new long[2];
    private int[] bytes = new int[2];
    private volatile int size; // written last, read first

    private void add(long offset, int length) {
      int count = size;
      if (count == offsets.length) {
        offsets = Arrays.copyOf(offsets, count * 2);
        bytes = Arrays.copyOf(bytes, count * 2);
      }
      offsets[count] = offset;
      bytes[count] = length;
      size = count + 1;
    }

    int size() {
      return size;
    }

    long offset(int place) {
      return offsets[place];
    }

    /** Bytes of data of the event there. */
    int bytes(int place) {
      return bytes[place];
    }

    /** How many of them have an offset of at most {@code offset}. */
    int countUpTo(long offset) {
      int count = size;
      int found = Arrays.binarySearch(offsets, 0, count, offset);
      return found >= 0 ? found + 1 : -found - 1;
    }

    /** The largest offset up to {@code upTo}, 0 when there is none. */
    long newestUpTo(long upTo) {
      int count = countUpTo(upTo);
      return count == 0 ? 0 : offsets[count - 1];
    }

    /** The offsets beyond {@code after} and up to {@code upTo}, which ascend. */
    PrimitiveIterator.OfLong between(long after, long upTo) {
      return Arrays.stream(offsets, countUpTo(after), Math.max(countUpTo(after), countUpTo(upTo))).iterator();
    }

    /** The offsets up to {@code upTo}, which descend. */
    PrimitiveIterator.OfLong backFrom(long upTo) {
      return new Backward(offsets, countUpTo(upTo));
    }
  }

  private static final class Backward implements PrimitiveIterator.OfLong {
    private final long[] offsets;
    private int left;

    Backward(long[] offsets, int left) {
      this.offsets = offsets;
      this.left = left;
    }

    @Override
    public boolean hasNext() {
      return left > 0;
    }

    @Override
    public long nextLong() {
      if (left == 0) {
        throw new NoSuchElementException();
      }
      return offsets[--left];
    }
  }

  private final Map<Topic, Places> topics = new ConcurrentHashMap<>();

  // Confined to the log thread.
  private int places;

  /** Adds an event that is committed and newer than all before. */
  void add(Event event) {
    for (Topic topic : event.topics()) {
      add(topic, event.offset(), event.data().size());
    }
  }

  /** Adds that {@code topic} has the event at {@code offset}. */
  void add(Topic topic, long offset, int bytes) {
    Places of = topics.get(topic);
    if (of == null) {
      of = new Places();
      of.add(offset, bytes);
      topics.put(topic, of);
    } else {
      of.add(offset, bytes);
    }
    places++;
  }

  /** The events of {@code topic}, if there are any. */
  @Nullable Places find(Topic topic) {
    return topics.get(topic);
  }

  /** Shows every topic that has events here. */
  void forEach(BiConsumer<Topic, Places> viewer) {
    topics.forEach(viewer);
  }

  /** How many topics there are. */
  int topics() {
    return topics.size();
  }

  /** How many places there are: an event has one for each of its topics. For the log thread. */
  int places() {
    return places;
  }
}
