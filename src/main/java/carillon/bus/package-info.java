/**
 * Who can be reached where: every event-bus address of the hub, and how its messages travel.
 *
 * <p>publish, clock → <b>addresses</b> → tail → <b>addresses</b> → subscribe
 *
 * <p><b>Invariants.</b> Addresses for the whole cluster and addresses for this node live in different name spaces.
 * Inside a node a message is handed over by reference, so every message type is immutable. The bus may lose, repeat or
 * delay; nobody relies on it for more than speed, because whoever misses a message reads the log.
 *
 * <p><b>Threads.</b> Any.
 *
 * <p><b>When things go wrong.</b> A message type without a codec is a programmer's error and fails the send.
 *
 * <p>Read {@link carillon.bus.Addresses} first.
 */
@NullMarked
package carillon.bus;

import org.jspecify.annotations.NullMarked;
