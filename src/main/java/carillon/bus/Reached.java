package carillon.bus;

/**
 * The log has reached an offset: stands for a {@link Committed} whose events are too much for the bus. Whoever needs
 * them reads the log. Immutable.
 *
 * @param epoch of the log
 * @param offset of the newest event, from 1
 */
public record Reached(long epoch, long offset) {}
