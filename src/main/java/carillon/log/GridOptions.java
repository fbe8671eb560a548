package carillon.log;

/**
 * How the grid engine keeps the log. Immutable; every node of a cluster has to say the same.
 *
 * @param eventsMax most events kept, at least 1; the oldest go first
 * @param bytesMax most bytes kept, at least 1, where each event counts {@value #EVENT_BYTES} more than it has data; the
 *     oldest events go first. It holds twice: for what each node keeps to read from, and for what owner and backups keep
 *     each. 0: a share of the heap of the node that comes first, see {@link #founding}
 * @param backups on how many nodes beside the owner each group is, 0 to {@value #BACKUPS_MAX}
 * @param nodesMin with fewer nodes nothing is stored: the majority of all that there should be, at least 1
 */
public record GridOptions(int eventsMax, long bytesMax, int backups, int nodesMin) {

  /** Most backups that Hazelcast makes. */
  public static final int BACKUPS_MAX = 6;

  /** What an event takes up in the heap of a node beside its data: measured 430 with one topic, 730 with three. */
  static final int EVENT_BYTES = 450;

  private static final int HEAP_SHARE = 8;
  private static final int HEAP_SHARE_MIN = 3;

  /** @throws IllegalArgumentException if a number is out of bounds */
  public GridOptions {
    if (eventsMax < 1 || bytesMax < 0 || backups < 0 || backups > BACKUPS_MAX || nodesMin < 1) {
      throw new IllegalArgumentException(
          "grid: expected bounds and nodes of at least 1 and 0 to " + BACKUPS_MAX + " backups, got " + eventsMax + ", "
              + bytesMax + ", " + nodesMin + ", " + backups);
    }
  }

  /** What a node proposes that comes first, with a heap of so many bytes. */
  GridOptions founding(long heapBytes) {
    return bytesMax > 0 ? this : withBytes(Math.max(1, heapBytes / HEAP_SHARE));
  }

  /** Whether a node with these goes with what the first one has proposed. */
  boolean agreesWith(GridOptions founded) {
    return founded.equals(bytesMax > 0 ? this : withBytes(founded.bytesMax));
  }

  /** Whether a heap of so many bytes has room for twice the bound and for work. */
  boolean fits(long heapBytes) {
    return bytesMax <= heapBytes / HEAP_SHARE_MIN;
  }

  private GridOptions withBytes(long bytes) {
    return new GridOptions(eventsMax, bytes, backups, nodesMin);
  }

  /** On how many nodes a group has to be before it is acknowledged. */
  int copiesMin() {
    return Math.min(backups + 1, nodesMin);
  }
}
