package carillon.log;

/**
 * How the grid engine keeps the log. Immutable; every node of a cluster has to say the same.
 *
 * @param eventsMax most events kept, at least 1; the oldest go first
 * @param bytesMax most bytes kept, at least 1; the oldest events go first. It holds twice: for what each node keeps to
 *     read from, and for what owner and backups keep each
 * @param backups on how many nodes beside the owner each group is, 0 to {@value #BACKUPS_MAX}
 * @param nodesMin with fewer nodes nothing is stored: the majority of all that there should be, at least 1
 */
public record GridOptions(int eventsMax, long bytesMax, int backups, int nodesMin) {

  /** Most backups that Hazelcast makes. */
  public static final int BACKUPS_MAX = 6;

  /** @throws IllegalArgumentException if a number is out of bounds */
  public GridOptions {
    if (eventsMax < 1 || bytesMax < 1 || backups < 0 || backups > BACKUPS_MAX || nodesMin < 1) {
      throw new IllegalArgumentException(
          "grid: expected bounds and nodes of at least 1 and 0 to " + BACKUPS_MAX + " backups, got " + eventsMax + ", "
              + bytesMax + ", " + nodesMin + ", " + backups);
    }
  }

  /** On how many nodes a group has to be before it is acknowledged. */
  int copiesMin() {
    return Math.min(backups + 1, nodesMin);
  }
}
