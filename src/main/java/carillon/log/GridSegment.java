package carillon.log;

import com.hazelcast.nio.ObjectDataInput;
import com.hazelcast.nio.ObjectDataOutput;
import com.hazelcast.nio.serialization.DataSerializable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A stretch of the log as the grid keeps it: groups in their order, and at its end a seal, behind which nothing is ever
 * added. Immutable once Hazelcast has made it; a change is a new one.
 */
final class GridSegment implements DataSerializable {

  /*
   *   slot 0      slot 1      slot 2            A slot holds the newest segment with its remainder. Writing segment
   *  ┌─────────┬───────────┬───────────┐        n into it overwrites segment n - slots: that is all the retention the
   *  │ 6 ▓▓▓▓S │ 7 ▓▓░     │ 5 ▓▓▓▓▓▓S │        grid has, and its bound in bytes.
   *  └─────────┴───────────┴───────────┘
   *
   * What is left of the segments that were overwritten are the keys that are still in the window ("retired").
   *
   * Entries are counted from 0: the groups, then the seal. An entry is sure when owner and backups have it; until then
   * it may vanish with the owner, so nobody may act on it. `sure` is what this copy knows of that, and may be behind.
   */

  /** The number of a slot that was never written. */
  static final long NONE = -1;

  private static final byte[][] NO_GROUPS = {};

  private long epoch;
  private long number;
  private GridBase base = GridBase.BEGINNING;
  private byte[][] groups = NO_GROUPS;
  private long bytes;
  private int events;
  private boolean sealed;
  private int sure;
  private long floor;
  private Map<UUID, Long> marks = Map.of();
  private List<RetiredKeys> retired = List.of();

  /**
   * The keys of a segment that was overwritten.
   *
   * @param segment its number
   * @param saved by {@link GridKeys#save}
   */
  @SuppressWarnings("ArrayRecordComponent") // for the wire; nobody compares them
  record RetiredKeys(long segment, byte[] saved) {

    static void write(List<RetiredKeys> all, ObjectDataOutput out) throws IOException {
      out.writeInt(all.size());
      for (RetiredKeys keys : all) {
        out.writeLong(keys.segment);
        out.writeByteArray(keys.saved);
      }
    }

    static List<RetiredKeys> read(ObjectDataInput in) throws IOException {
      int count = in.readInt();
      var all = new ArrayList<RetiredKeys>(count);
      for (int i = 0; i < count; i++) {
        all.add(new RetiredKeys(in.readLong(), bytes(in)));
      }
      return List.copyOf(all);
    }
  }

  /** Only for Hazelcast. */
  GridSegment() {}

  /** What a slot holds before it holds anything. */
  static GridSegment none(long epoch) {
    var none = new GridSegment();
    none.epoch = epoch;
    none.number = NONE;
    return none;
  }

  /** The first of its slot's next segment; {@code keys} are those of the segment that is overwritten. */
  GridSegment next(long nextNumber, GridBase nextBase, byte[] keys) {
    var next = new GridSegment();
    next.epoch = epoch;
    next.number = nextNumber;
    next.base = nextBase;
    next.floor = floor;
    var all = new ArrayList<RetiredKeys>();
    for (RetiredKeys old : retired) {
      if (old.segment() >= nextBase.keysFrom()) {
        all.add(old);
      }
    }
    if (number != NONE && keys.length > 0 && number >= nextBase.keysFrom()) {
      all.add(new RetiredKeys(number, keys));
    }
    next.retired = List.copyOf(all);
    return next;
  }

  /** With one more group. */
  GridSegment with(byte[] group, int groupEvents, UUID writer, long mark) {
    GridSegment changed = copy();
    changed.groups = Arrays.copyOf(groups, groups.length + 1);
    changed.groups[groups.length] = group;
    changed.bytes = bytes + group.length + (long) GridOptions.EVENT_BYTES * groupEvents;
    changed.events = events + groupEvents;
    changed.marks = new HashMap<>(marks);
    changed.marks.put(writer, mark);
    return changed;
  }

  /** With its seal. */
  GridSegment seal() {
    GridSegment changed = copy();
    changed.sealed = true;
    return changed;
  }

  /** With what a node knows: that so many entries are sure, and that nothing before {@code offset} is kept. */
  GridSegment knowing(int sureEntries, long offset) {
    if (sureEntries <= sure && offset <= floor) {
      return this;
    }
    GridSegment changed = copy();
    changed.sure = Math.max(sure, Math.min(sureEntries, size()));
    changed.floor = Math.max(floor, offset);
    return changed;
  }

  long epoch() {
    return epoch;
  }

  long number() {
    return number;
  }

  GridBase base() {
    return base;
  }

  /** How many entries it has. */
  int size() {
    return groups.length + (sealed ? 1 : 0);
  }

  /** How many of them are known to be sure. */
  int sure() {
    return sure;
  }

  int groups() {
    return groups.length;
  }

  byte[] group(int index) {
    return groups[index];
  }

  /** What its events take up where they are read from, by estimate. */
  long bytes() {
    return bytes;
  }

  int events() {
    return events;
  }

  boolean isSealed() {
    return sealed;
  }

  /** Offset of the oldest event that a node still keeps, as far as it was told. */
  long floor() {
    return floor;
  }

  /** The last mark of a writer in this segment, 0 when there is none. */
  long markOf(UUID writer) {
    return marks.getOrDefault(writer, 0L);
  }

  List<RetiredKeys> retired() {
    return retired;
  }

  /** What a backup needs that has everything that is sure: the rest. */
  GridSegment unsure() {
    GridSegment rest = copy();
    int from = Math.min(sure, groups.length);
    rest.groups = Arrays.copyOfRange(groups, from, groups.length);
    rest.retired = sure == 0 ? retired : List.of();
    return rest;
  }

  /**
   * What a backup makes of {@link #unsure()}.
   *
   * @param kept what it has
   * @throws IllegalStateException if it does not have what is sure: then it is no backup, and must not pass for one
   */
  GridSegment completing(@Nullable GridSegment kept) {
    if (sure == 0) {
      return this;
    }
    int from = sure; // at most the seal is not sure, and that is no group
    if (kept == null || kept.epoch != epoch || kept.number != number || kept.groups.length < from) {
      throw new IllegalStateException(
          "segment " + number + " of the log: this copy lacks some of the first " + from + " groups");
    }
    GridSegment whole = copy();
    whole.groups = Arrays.copyOf(kept.groups, from + groups.length);
    System.arraycopy(groups, 0, whole.groups, from, groups.length);
    whole.retired = kept.retired;
    return whole;
  }

  private GridSegment copy() {
    var copy = new GridSegment();
    copy.epoch = epoch;
    copy.number = number;
    copy.base = base;
    copy.groups = groups;
    copy.bytes = bytes;
    copy.events = events;
    copy.sealed = sealed;
    copy.sure = sure;
    copy.floor = floor;
    copy.marks = marks;
    copy.retired = retired;
    return copy;
  }

  @Override
  public void writeData(ObjectDataOutput out) throws IOException {
    out.writeLong(epoch);
    out.writeLong(number);
    base.write(out);
    out.writeInt(groups.length);
    for (byte[] group : groups) {
      out.writeByteArray(group);
    }
    out.writeLong(bytes);
    out.writeInt(events);
    out.writeBoolean(sealed);
    out.writeInt(sure);
    out.writeLong(floor);
    out.writeInt(marks.size());
    for (Map.Entry<UUID, Long> mark : marks.entrySet()) {
      out.writeLong(mark.getKey().getMostSignificantBits());
      out.writeLong(mark.getKey().getLeastSignificantBits());
      out.writeLong(mark.getValue());
    }
    RetiredKeys.write(retired, out);
  }

  @Override
  public void readData(ObjectDataInput in) throws IOException {
    epoch = in.readLong();
    number = in.readLong();
    base = GridBase.read(in);
    groups = new byte[in.readInt()][];
    for (int i = 0; i < groups.length; i++) {
      groups[i] = bytes(in);
    }
    bytes = in.readLong();
    events = in.readInt();
    sealed = in.readBoolean();
    sure = in.readInt();
    floor = in.readLong();
    int count = in.readInt();
    marks = new HashMap<>();
    for (int i = 0; i < count; i++) {
      marks.put(new UUID(in.readLong(), in.readLong()), in.readLong());
    }
    retired = RetiredKeys.read(in);
  }

  static byte[] bytes(ObjectDataInput in) throws IOException {
    byte[] bytes = in.readByteArray();
    if (bytes == null) {
      throw new IOException("bytes are missing");
    }
    return bytes;
  }
}
