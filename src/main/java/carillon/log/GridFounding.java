package carillon.log;

import com.hazelcast.map.EntryProcessor;
import com.hazelcast.nio.ObjectDataInput;
import com.hazelcast.nio.ObjectDataOutput;
import com.hazelcast.nio.serialization.DataSerializable;
import java.io.IOException;
import java.util.List;
import java.util.Map;

/**
 * Makes sure that something is there and says what: the charter, or what a slot holds. Whoever comes first makes it.
 * Runs on the owner, and once more on each backup.
 */
final class GridFounding implements EntryProcessor<GridKey, Object, Object>, DataSerializable {

  private static final long serialVersionUID = 1L;

  private transient GridCharter charter = new GridCharter();

  /** Only for Hazelcast. */
  GridFounding() {}

  GridFounding(GridCharter charter) {
    this.charter = charter;
  }

  @Override
  public Object process(Map.Entry<GridKey, Object> entry) {
    Object kept = entry.getValue();
    if (entry.getKey().equals(GridKey.CHARTER)) {
      if (kept == null) {
        entry.setValue(charter);
        return charter;
      }
      return kept;
    }
    if (kept == null) {
      kept = GridSegment.none(charter.epoch());
      entry.setValue(kept);
    }
    return Head.of((GridSegment) kept);
  }

  @Override
  public void writeData(ObjectDataOutput out) throws IOException {
    charter.writeData(out);
  }

  @Override
  public void readData(ObjectDataInput in) throws IOException {
    charter = new GridCharter();
    charter.readData(in);
  }

  /** What a slot holds, without the groups. Immutable. */
  static final class Head implements DataSerializable {

    private long epoch;
    private long number;
    private GridBase base = GridBase.BEGINNING;
    private long floor;
    private List<GridSegment.RetiredKeys> retired = List.of();

    /** Only for Hazelcast. */
    Head() {}

    static Head of(GridSegment segment) {
      var head = new Head();
      head.epoch = segment.epoch();
      head.number = segment.number();
      head.base = segment.base();
      head.floor = segment.floor();
      head.retired = segment.retired();
      return head;
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

    long floor() {
      return floor;
    }

    List<GridSegment.RetiredKeys> retired() {
      return retired;
    }

    @Override
    public void writeData(ObjectDataOutput out) throws IOException {
      out.writeLong(epoch);
      out.writeLong(number);
      base.write(out);
      out.writeLong(floor);
      GridSegment.RetiredKeys.write(retired, out);
    }

    @Override
    public void readData(ObjectDataInput in) throws IOException {
      epoch = in.readLong();
      number = in.readLong();
      base = GridBase.read(in);
      floor = in.readLong();
      retired = GridSegment.RetiredKeys.read(in);
    }
  }
}
