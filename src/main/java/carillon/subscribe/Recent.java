package carillon.subscribe;

/** What a subscription has to know of the tail to decide. Positions are of the node, offsets of the log. */
interface Recent {

  /** Position of the newest frame. */
  long head();

  /** Offset of the newest logged event among the frames seen. */
  long lastOffset();

  /** Whether what follows {@code position} can be answered from the recent frames. */
  boolean reaches(long position);

  /** Whether what follows {@code offset} can be answered from the recent frames. */
  boolean reachesOffset(long offset);

  /**
   * The position after which the events beyond {@code offset} are; for offsets that are reached and not beyond
   * {@link #lastOffset}.
   */
  long positionOf(long offset);
}
