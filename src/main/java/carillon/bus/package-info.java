/**
 * Who can be reached where: every event-bus address of the hub, and how its messages travel, inside a node and between
 * nodes.
 *
 * <pre>
 *   publish ─ Announcer ─┬─ by reference ─▶ the tail of this node ─▶ frames, bells ─▶ subscribe
 *   clock  ──────────────┘
 *                        └─ WireFormat, one message for a group and node ─▶ AnnouncementConsumers ─▶ other tails
 * </pre>
 *
 * <p><b>Invariants.</b> Addresses for the whole cluster and addresses for this node live in different name spaces; a
 * node has one consumer for each address of the cluster, and clients have none. Inside a node a message is handed over
 * by reference, so every message type is immutable. Between nodes it is bytes, of one version and one spelling, and
 * what comes is checked as a stranger's. The bus may lose, repeat or delay; nobody relies on it for more than speed,
 * because whoever misses a message reads the log. Hence it may also be spared: beyond a budget nodes tell each other
 * only how far the log is.
 *
 * <p><b>Threads.</b> {@link carillon.bus.Announcer} and {@link carillon.bus.AnnouncementConsumers} on the loop of their
 * verticle; everything else any.
 *
 * <p><b>When things go wrong.</b> A message type without a codec is a programmer's error and fails the send. Bytes that
 * are no message of ours are dropped and reported once. A message to a node that is gone is lost, and nobody hears of
 * it.
 *
 * <p>Read {@link carillon.bus.Addresses} first, then {@link carillon.bus.WireFormat}. Sources: the Vert.x
 * documentation of the event bus, and the source of its clustered form.
 */
@NullMarked
package carillon.bus;

import org.jspecify.annotations.NullMarked;
