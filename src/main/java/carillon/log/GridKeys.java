package carillon.log;

import carillon.event.Key;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The keys that the grid engine remembers: as {@link KeyWindow}, but every node that has applied the same groups gives
 * the same answers, whenever it came and however far it is with forgetting. Confined to the thread of its log.
 */
final class GridKeys {

  /*
   * Keys are numbered as they are remembered. Whether a key is known depends on nothing but its number, its time, how
   * many keys there have been, and the latest stamp of all groups so far; forgetting only frees memory that can never be
   * asked for again. The keys of each segment are kept together while one of them is in the window: a segment that
   * leaves the grid then leaves its keys there.
   */

  /** Most keys forgotten in one step; more than a step adds, so that the window shrinks while publishing goes on. */
  private static final int STEP_BEYOND_ADDED = 1_000;

  private record Entry(Key key, KnownKey known, Instant time, long number, long segment) {}

  private final Map<Key, Entry> oldestFirst = new LinkedHashMap<>();
  private final TreeMap<Long, List<Entry>> segments = new TreeMap<>();
  private long count;
  private Instant stamp;

  /** A window that goes on where {@code base} says. */
  GridKeys(GridBase base) {
    this.count = base.keyed();
    this.stamp = base.stamp();
  }

  /** How many keys were ever remembered. */
  long count() {
    return count;
  }

  /** The latest stamp so far. */
  Instant stamp() {
    return stamp;
  }

  /** The segment of the oldest key that is known; {@code current} when there is none. */
  long oldestSegment(long current) {
    Iterator<Entry> entries = oldestFirst.values().iterator();
    return entries.hasNext() ? entries.next().segment() : current;
  }

  /** A group with this stamp is about to be applied. */
  void advance(Instant to) {
    stamp = to.isAfter(stamp) ? to : stamp;
  }

  /** What is remembered of {@code key}, if anything. */
  @Nullable KnownKey find(Key key) {
    Entry entry = oldestFirst.get(key);
    return entry == null || !isKnown(entry) ? null : entry.known();
  }

  /**
   * Remembers new keys and forgets some that are outside the window.
   *
   * @param time of the events the keys belong to
   * @param segment in which they are
   */
  void remember(Map<Key, KnownKey> keys, Instant time, long segment) {
    keys.entrySet().stream()
        .sorted(Comparator.comparingLong(known -> known.getValue().offset())) // the same order on every node
        .forEach(known -> add(new Entry(known.getKey(), known.getValue(), time, ++count, segment)));
    forget(keys.size() + STEP_BEYOND_ADDED);
  }

  /** The keys of one segment, for {@link #load}. */
  byte[] save(long segment) {
    List<Entry> entries = segments.getOrDefault(segment, List.of());
    if (entries.isEmpty()) {
      return new byte[0];
    }
    var bytes = new ByteArrayOutputStream(96 * entries.size());
    try (var out = new DataOutputStream(bytes)) {
      out.writeInt(entries.size());
      for (Entry entry : entries) {
        byte[] text = entry.key().text().getBytes(StandardCharsets.UTF_8);
        out.writeInt(text.length);
        out.write(text);
        out.writeLong(entry.known().offset());
        out.write(entry.known().content().toBytes());
        out.writeLong(entry.time().toEpochMilli());
        out.writeLong(entry.number());
      }
    } catch (IOException e) {
      throw new AssertionError("writing to memory does not fail", e);
    }
    return bytes.toByteArray();
  }

  /**
   * Remembers what {@link #save} gave; segment by segment, the oldest first.
   *
   * @throws IOException if the bytes are not that
   */
  void load(long segment, byte[] saved) throws IOException {
    if (saved.length == 0) {
      return;
    }
    var in = new DataInputStream(new ByteArrayInputStream(saved));
    for (int left = in.readInt(); left > 0; left--) {
      var key = new Key(new String(in.readNBytes(in.readInt()), StandardCharsets.UTF_8));
      var known = new KnownKey(in.readLong(), ContentDigest.ofBytes(in.readNBytes(ContentDigest.BYTES)));
      add(new Entry(key, known, Instant.ofEpochMilli(in.readLong()), in.readLong(), segment));
    }
  }

  /** The segment has left the grid. */
  void left(long segment) {
    segments.headMap(segment, true).clear();
  }

  private void add(Entry entry) {
    oldestFirst.remove(entry.key()); // it was known no more, and is put behind the others
    oldestFirst.put(entry.key(), entry);
    segments.computeIfAbsent(entry.segment(), segment -> new ArrayList<>()).add(entry);
  }

  private void forget(int steps) {
    int left = steps;
    Iterator<Entry> entries = oldestFirst.values().iterator();
    boolean hasForgotten = false;
    while (left-- > 0 && entries.hasNext() && !isKnown(entries.next())) {
      entries.remove();
      hasForgotten = true;
    }
    if (hasForgotten) {
      segments.headMap(oldestSegment(Long.MAX_VALUE), false).clear(); // nobody will ask for these
    }
  }

  private boolean isKnown(Entry entry) {
    return entry.number() > count - KeyWindow.COUNT_MIN || !entry.time().isBefore(stamp.minus(KeyWindow.AGE));
  }

  /** How many keys take up memory. */
  int size() {
    return oldestFirst.size();
  }

  /** The segments whose keys take up memory. */
  int segments() {
    return segments.size();
  }
}
