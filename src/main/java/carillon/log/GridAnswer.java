package carillon.log;

import com.hazelcast.nio.ObjectDataInput;
import com.hazelcast.nio.ObjectDataOutput;
import com.hazelcast.nio.serialization.DataSerializable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** What an exchange brought. Immutable. */
final class GridAnswer implements DataSerializable {

  /** What became of the question. */
  enum Kind {
    /** Here is the segment. */
    SEGMENT,
    /** Nobody has begun it, and the question did not. */
    NOT_BEGUN,
    /** Its slot has a later one: whoever asks is too far behind. */
    OVERWRITTEN,
    /** The log has begun anew, or is about to. */
    OTHER_LIFE,
    /** There are too few nodes; the group was not added. */
    MINORITY
  }

  private Kind kind = Kind.OTHER_LIFE;
  private int from;
  private List<byte[]> groups = List.of();
  private int groupsInAll;
  private boolean sealed;
  private int sure;
  private int copies;

  /** Only for Hazelcast. */
  GridAnswer() {}

  /**
   * @param from the first entry that was asked for
   * @param groups from there on, as many as an answer holds
   * @param groupsInAll how many the segment has
   * @param sure how many entries were known to be sure before this exchange
   * @param copies on how many nodes everything is once this exchange has completed
   */
  GridAnswer(int from, List<byte[]> groups, int groupsInAll, boolean sealed, int sure, int copies) {
    this.kind = Kind.SEGMENT;
    this.from = from;
    this.groups = groups;
    this.groupsInAll = groupsInAll;
    this.sealed = sealed;
    this.sure = sure;
    this.copies = copies;
  }

  static GridAnswer of(Kind kind) {
    var answer = new GridAnswer();
    answer.kind = kind;
    return answer;
  }

  /** The same, if nothing may be concluded about the backups of this exchange. */
  GridAnswer withoutCopies() {
    var answer = new GridAnswer(from, groups, groupsInAll, sealed, sure, 0);
    answer.kind = kind;
    return answer;
  }

  Kind kind() {
    return kind;
  }

  int from() {
    return from;
  }

  List<byte[]> groups() {
    return groups;
  }

  int groupsInAll() {
    return groupsInAll;
  }

  boolean isSealed() {
    return sealed;
  }

  /** How many entries are sure, now that the exchange has completed. */
  int sure(int copiesMin) {
    return copies >= copiesMin ? groupsInAll + (sealed ? 1 : 0) : sure;
  }

  @Override
  @SuppressWarnings("EnumOrdinal") // all nodes of a cluster are of one version, and the reader checks the bounds
  public void writeData(ObjectDataOutput out) throws IOException {
    out.writeByte(kind.ordinal());
    out.writeInt(from);
    out.writeInt(groups.size());
    for (byte[] group : groups) {
      out.writeByteArray(group);
    }
    out.writeInt(groupsInAll);
    out.writeBoolean(sealed);
    out.writeInt(sure);
    out.writeInt(copies);
  }

  @Override
  public void readData(ObjectDataInput in) throws IOException {
    kind = Kind.values()[in.readByte()];
    from = in.readInt();
    var all = new ArrayList<byte[]>();
    for (int left = in.readInt(); left > 0; left--) {
      all.add(GridSegment.bytes(in));
    }
    groups = List.copyOf(all);
    groupsInAll = in.readInt();
    sealed = in.readBoolean();
    sure = in.readInt();
    copies = in.readInt();
  }
}
