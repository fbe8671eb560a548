package carillon.log;

import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.core.HazelcastInstanceAware;
import com.hazelcast.map.EntryProcessor;
import com.hazelcast.nio.ObjectDataInput;
import com.hazelcast.nio.ObjectDataOutput;
import com.hazelcast.nio.serialization.DataSerializable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The one thing a node does with a segment: it says what it knows, hands in a group if it has one, and gets what it has
 * not seen. Runs on the owner, on the thread of the log's partition.
 */
final class GridExchange implements EntryProcessor<GridKey, Object, GridAnswer>, DataSerializable,
    HazelcastInstanceAware {

  /*
   * What makes an answer trustworthy is the backup that goes with it: it carries every entry that is not known to be
   * sure, whoever wrote it. So when the exchange completes, everything it answered is on the owner and its backups, if
   * there were enough of them (GridAnswer.copies). Hazelcast by itself shows an entry to readers before its backup is
   * made; a reader that believed it could deliver what then dies with the owner. This is the write-back of the reader
   * in the register of Attiya, Bar-Noy and Dolev ("Sharing Memory Robustly in Message-Passing Systems", 1995).
   *
   * Nothing here can be repeated with another result: Hazelcast sends an operation again when the owner vanished, and so
   * does GridReplication. A group is recognised by its writer and mark; a seal closes its segment for whatever comes
   * late; a slot that has moved on says so.
   */

  private static final long serialVersionUID = 1L;

  /** An answer holds no more bytes of groups than this, but for one group that is larger by itself. */
  static final int ANSWER_BYTES_MAX = 4 << 20;

  // Guards are part of what is asked, so that no configuration of a map can take them away.
  private long epoch;
  private long number;
  private int from;
  private int sure;
  private long floor;
  private int nodesMin;
  private int backups;
  private long bytesMax;
  private int eventsMax;
  private transient @Nullable Group group; // written by writeData, as everything is
  private transient @Nullable Opening opening;

  private transient @Nullable HazelcastInstance hazelcast;
  private transient @Nullable GridSegment unsure;

  /** A group to be added, and how to recognise it. */
  @SuppressWarnings("ArrayRecordComponent") // for the wire; nobody compares them
  record Group(UUID writer, long mark, int events, byte[] bytes) {}

  /** What it takes to begin the segment, if nobody has yet. */
  @SuppressWarnings("ArrayRecordComponent") // for the wire; nobody compares them
  record Opening(GridBase base, byte[] overwrittenKeys) {}

  /** Only for Hazelcast. */
  GridExchange() {}

  /**
   * @param number of the segment
   * @param from the first entry the node has not seen
   * @param sure how many entries the node knows to be sure
   * @param floor offset of the oldest event the node keeps
   * @param opening only of a node that has seen the seal of the segment before, and that it was sure
   */
  GridExchange(
      GridCharter charter,
      long number,
      int from,
      int sure,
      long floor,
      @Nullable Group group,
      @Nullable Opening opening) {
    this.epoch = charter.epoch();
    this.number = number;
    this.from = from;
    this.sure = sure;
    this.floor = floor;
    this.nodesMin = charter.options().nodesMin();
    this.backups = charter.options().backups();
    this.bytesMax = charter.segmentBytesMax();
    this.eventsMax = charter.segmentEventsMax();
    this.group = group;
    this.opening = opening;
  }

  @Override
  public GridAnswer process(Map.Entry<GridKey, Object> entry) {
    unsure = null;
    GridSegment kept = (GridSegment) entry.getValue();
    if (kept == null || kept.epoch() != epoch) {
      return GridAnswer.of(GridAnswer.Kind.OTHER_LIFE);
    }
    if (kept.number() > number) {
      return GridAnswer.of(GridAnswer.Kind.OVERWRITTEN);
    }
    GridSegment segment = kept;
    boolean isMinority = members() < nodesMin;
    if (kept.number() < number) {
      if (group == null || opening == null) {
        return GridAnswer.of(GridAnswer.Kind.NOT_BEGUN);
      }
      if (isMinority) {
        return GridAnswer.of(GridAnswer.Kind.MINORITY);
      }
      segment = kept.next(number, opening.base(), opening.overwrittenKeys());
    }
    segment = segment.knowing(sure, floor);
    if (group != null && segment.markOf(group.writer()) < group.mark() && !segment.isSealed()) {
      if (isMinority) {
        return GridAnswer.of(GridAnswer.Kind.MINORITY);
      }
      segment = add(segment, group);
    }
    if (segment != kept) {
      entry.setValue(segment);
    }
    if (segment.sure() < segment.size()) {
      unsure = segment.unsure();
    }
    return answer(segment);
  }

  /** The group, unless it is too much for a segment that has some already; and the seal when it is full. */
  private GridSegment add(GridSegment segment, Group added) {
    GridSegment longer = segment.with(added.bytes(), added.events(), added.writer(), added.mark());
    boolean fits = longer.bytes() <= bytesMax && longer.events() <= eventsMax;
    if (!fits && segment.groups() > 0) {
      return segment.seal();
    }
    return longer.bytes() >= bytesMax || longer.events() >= eventsMax ? longer.seal() : longer;
  }

  private GridAnswer answer(GridSegment segment) {
    var unseen = new ArrayList<byte[]>();
    long bytes = 0;
    for (int i = from; i < segment.groups(); i++) {
      bytes += segment.group(i).length;
      if (bytes > ANSWER_BYTES_MAX && !unseen.isEmpty()) {
        break;
      }
      unseen.add(segment.group(i));
    }
    return new GridAnswer(
        from, List.copyOf(unseen), segment.groups(), segment.isSealed(), segment.sure(), copies());
  }

  /** The backup of what is not known to be sure; {@code null} when everything is, and then Hazelcast makes none. */
  @Override
  public @Nullable EntryProcessor<GridKey, Object, GridAnswer> getBackupProcessor() {
    return unsure == null ? null : new Backup(unsure);
  }

  private int members() {
    return hazelcast == null ? 0 : GridNodes.count(hazelcast);
  }

  private int copies() {
    return hazelcast == null ? 0 : GridNodes.copies(hazelcast, backups);
  }

  @Override
  public void setHazelcastInstance(HazelcastInstance hazelcastInstance) {
    hazelcast = hazelcastInstance;
  }

  @Override
  public void writeData(ObjectDataOutput out) throws IOException {
    out.writeLong(epoch);
    out.writeLong(number);
    out.writeInt(from);
    out.writeInt(sure);
    out.writeLong(floor);
    out.writeInt(nodesMin);
    out.writeInt(backups);
    out.writeLong(bytesMax);
    out.writeInt(eventsMax);
    out.writeBoolean(group != null);
    if (group != null) {
      out.writeLong(group.writer().getMostSignificantBits());
      out.writeLong(group.writer().getLeastSignificantBits());
      out.writeLong(group.mark());
      out.writeInt(group.events());
      out.writeByteArray(group.bytes());
    }
    out.writeBoolean(opening != null);
    if (opening != null) {
      opening.base().write(out);
      out.writeByteArray(opening.overwrittenKeys());
    }
  }

  @Override
  public void readData(ObjectDataInput in) throws IOException {
    epoch = in.readLong();
    number = in.readLong();
    from = in.readInt();
    sure = in.readInt();
    floor = in.readLong();
    nodesMin = in.readInt();
    backups = in.readInt();
    bytesMax = in.readLong();
    eventsMax = in.readInt();
    if (in.readBoolean()) {
      var writer = new UUID(in.readLong(), in.readLong());
      group = new Group(writer, in.readLong(), in.readInt(), GridSegment.bytes(in));
    }
    if (in.readBoolean()) {
      opening = new Opening(GridBase.read(in), GridSegment.bytes(in));
    }
  }

  /** What a backup does: it takes over what the owner was not sure of. */
  static final class Backup implements EntryProcessor<GridKey, Object, GridAnswer>, DataSerializable {

    private static final long serialVersionUID = 1L;

    private transient GridSegment unsure = new GridSegment();

    /** Only for Hazelcast. */
    Backup() {}

    Backup(GridSegment unsure) {
      this.unsure = unsure;
    }

    @Override
    public @Nullable GridAnswer process(Map.Entry<GridKey, Object> entry) {
      entry.setValue(unsure.completing((GridSegment) entry.getValue()));
      return null;
    }

    @Override
    public void writeData(ObjectDataOutput out) throws IOException {
      unsure.writeData(out);
    }

    @Override
    public void readData(ObjectDataInput in) throws IOException {
      unsure = new GridSegment();
      unsure.readData(in);
    }
  }
}
