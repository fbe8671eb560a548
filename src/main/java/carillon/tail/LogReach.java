package carillon.tail;

/**
 * Whether this node reaches its log, for the views. Immutable.
 *
 * @param isAway whether it has been out of reach for longer than streams are kept
 */
record LogReach(boolean isAway) {}
