package carillon.log;

import com.hazelcast.nio.ObjectDataInput;
import com.hazelcast.nio.ObjectDataOutput;
import com.hazelcast.nio.serialization.DataSerializable;
import com.hazelcast.partition.PartitionAware;
import java.io.IOException;

/**
 * Where something of the log is kept in its map: the charter, or one of the slots for segments. All are in one
 * partition, so that they are on the same nodes, move together, and are lost together or not at all. Immutable.
 */
final class GridKey implements PartitionAware<String>, DataSerializable {

  /** Where the charter is. */
  static final GridKey CHARTER = new GridKey(-1);

  private static final String PARTITION = "carillon";

  private int slot;

  /** Only for Hazelcast. */
  GridKey() {}

  private GridKey(int slot) {
    this.slot = slot;
  }

  /** Where the segments are kept whose number has this remainder. */
  static GridKey slot(int slot) {
    return new GridKey(slot);
  }

  @Override
  public String getPartitionKey() {
    return PARTITION;
  }

  @Override
  public void writeData(ObjectDataOutput out) throws IOException {
    out.writeInt(slot);
  }

  @Override
  public void readData(ObjectDataInput in) throws IOException {
    slot = in.readInt();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof GridKey that && slot == that.slot;
  }

  @Override
  public int hashCode() {
    return slot;
  }

  @Override
  public String toString() {
    return slot < 0 ? "charter" : "slot " + slot;
  }
}
