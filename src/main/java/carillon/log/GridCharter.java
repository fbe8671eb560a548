package carillon.log;

import com.hazelcast.nio.ObjectDataInput;
import com.hazelcast.nio.ObjectDataOutput;
import com.hazelcast.nio.serialization.DataSerializable;
import java.io.IOException;

/** What all nodes of a grid agree on: its epoch and its bounds. The first node writes it. Immutable. */
final class GridCharter implements DataSerializable {

  private long epoch;
  private int slots;
  private GridOptions options = new GridOptions(1, 1, 0, 1);

  /** Only for Hazelcast. */
  GridCharter() {}

  GridCharter(long epoch, int slots, GridOptions options) {
    this.epoch = epoch;
    this.slots = slots;
    this.options = options;
  }

  long epoch() {
    return epoch;
  }

  int slots() {
    return slots;
  }

  GridOptions options() {
    return options;
  }

  /** Most bytes in one segment, but for a group that is larger by itself. */
  long segmentBytesMax() {
    return Math.max(1, options.bytesMax() / slots);
  }

  /** Most events in one segment, but for a group that has more by itself. */
  int segmentEventsMax() {
    return Math.max(1, options.eventsMax() / slots);
  }

  @Override
  public void writeData(ObjectDataOutput out) throws IOException {
    out.writeLong(epoch);
    out.writeInt(slots);
    out.writeInt(options.eventsMax());
    out.writeLong(options.bytesMax());
    out.writeInt(options.backups());
    out.writeInt(options.nodesMin());
  }

  @Override
  public void readData(ObjectDataInput in) throws IOException {
    epoch = in.readLong();
    slots = in.readInt();
    options = new GridOptions(in.readInt(), in.readLong(), in.readInt(), in.readInt());
  }
}
