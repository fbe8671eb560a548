/**
 * What the hub talks about: the values that every other package passes on.
 *
 * <p>http, bus, clock → <b>event</b> values → publish, log, tail, subscribe
 *
 * <p><b>Invariants.</b> A value that exists is valid: each constructor refuses what the wire could not carry, so nobody
 * behind it checks again. All of them are immutable.
 *
 * <p><b>Threads.</b> Any.
 *
 * <p><b>When things go wrong.</b> A constructor throws {@link carillon.event.InvalidValueException}, which says which
 * value, what was expected and what came; {@code http} turns it into a 400. Text that came from a client is shortened
 * and escaped in the message.
 *
 * <p>Read {@link carillon.event.Event} first; {@link carillon.event.SinceReader} where requests come in. Ids and
 * cursors follow the WHATWG HTML standard, section 9.2 (server-sent events).
 */
@NullMarked
package carillon.event;

import org.jspecify.annotations.NullMarked;
