/**
 * How one subscriber is served: what it has, what it lacks, when to write, when to stop.
 *
 * <p>http → {@code Stream} ⇄ tail, log → {@link carillon.subscribe.Outlet} → the response
 *
 * <p><b>Invariants.</b> A subscription is a cursor, not a queue: what it has not sent it asks for, when the outlet
 * takes it. It sends an event iff the event matches and lies beyond the cursor, then moves the cursor. Live and
 * catching up are the same step from nearer or further back. Losing history is never silent. What many want of the log
 * is read once: {@link carillon.subscribe.LogPages}. Rights are not weighed here: a {@link carillon.subscribe.Pass}
 * says what is seen, and when it ends, so does the stream.
 *
 * <p><b>Threads.</b> A stream lives on the event loop of its connection and nowhere else;
 * {@link carillon.subscribe.Subscription} has no thread of its own.
 *
 * <p><b>When things go wrong.</b> A full outlet: the stream waits for it, and is closed when it takes nothing for too
 * long, or sooner when all streams together hold too much: {@link carillon.subscribe.UnsentBytes}. A log that cannot be
 * read: the stream tries again, heartbeats go on. A client that is gone: {@code Stream.close} is the one place where
 * consumers, interests and counters are given back.
 *
 * <p>Read {@link carillon.subscribe.Subscription} first: it decides; {@code Stream} does.
 */
@NullMarked
package carillon.subscribe;

import org.jspecify.annotations.NullMarked;
