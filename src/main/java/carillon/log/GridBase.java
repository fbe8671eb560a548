package carillon.log;

import com.hazelcast.nio.ObjectDataInput;
import com.hazelcast.nio.ObjectDataOutput;
import java.io.IOException;
import java.time.Instant;

/**
 * What everything before a segment has come to, as far as applying the segment depends on it. Immutable.
 *
 * @param head offset of the newest event
 * @param newestTime its time
 * @param stamp the latest time by which any publisher's history aged
 * @param keyed how many keys were ever remembered
 * @param keysFrom the segment that holds the oldest key of the window
 */
record GridBase(long head, Instant newestTime, Instant stamp, long keyed, long keysFrom) {

  /** Where a log begins. The times are far enough in the past. */
  static final GridBase BEGINNING = new GridBase(0, Instant.EPOCH, Instant.EPOCH, 0, 0);

  void write(ObjectDataOutput out) throws IOException {
    out.writeLong(head);
    out.writeLong(newestTime.toEpochMilli());
    out.writeLong(stamp.toEpochMilli());
    out.writeLong(keyed);
    out.writeLong(keysFrom);
  }

  static GridBase read(ObjectDataInput in) throws IOException {
    return new GridBase(
        in.readLong(),
        Instant.ofEpochMilli(in.readLong()),
        Instant.ofEpochMilli(in.readLong()),
        in.readLong(),
        in.readLong());
  }
}
