/**
 * What a stream consists of: event → bytes, once per node, for every subscriber; and what the hub itself says between
 * events.
 *
 * <p>tail → <b>sse</b> {@link carillon.sse.Frame} → subscribe, with {@link carillon.sse.ControlFrames} → the response
 *
 * <p><b>Invariants.</b> Injection is impossible by construction: topics, types and ids cannot hold line ends (package
 * {@code event}), data is split at CR, LF and CRLF into one {@code data:} line each. Whatever a frame writes, a parser
 * written from the WHATWG text reads back as the same event. Only events with an id and checkpoints move a client's
 * cursor.
 *
 * <p><b>Threads.</b> Any: frames are immutable to their readers.
 *
 * <p><b>When things go wrong.</b> Nothing can: whatever is a valid {@code Event} has a frame.
 *
 * <p>Read {@link carillon.sse.Frame} first. Sources: WHATWG HTML, section 9.2.5 "Parsing an event stream" and 9.2.6
 * "Interpreting an event stream"; RFC 8259 for the JSON renderings.
 */
@NullMarked
package carillon.sse;

import org.jspecify.annotations.NullMarked;
