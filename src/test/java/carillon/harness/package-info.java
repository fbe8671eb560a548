/**
 * What a test needs to meet the hub from outside: as a process that can be killed, over sockets it does not own.
 *
 * <p>{@link carillon.harness.HubProcess} starts a real hub → {@link carillon.harness.Http} publishes and asks,
 * {@link carillon.harness.SseClient} follows, {@link carillon.harness.Swarm} in thousands,
 * {@link carillon.harness.Browser} as people do, {@link carillon.harness.Relay} stands in between if that is asked for
 * → {@link carillon.harness.Eventually} waits for what must come true
 *
 * <p><b>Invariants.</b> Nothing here uses Vert.x or a library's HTTP client: what a test sends are the bytes it wrote,
 * and what it reads has been taken apart by code that is stricter than a browser. Every wait has a bound, every failure
 * shows the end of the hub's log, and whatever was started is gone after {@code close()}.
 *
 * <p><b>Threads.</b> One daemon thread per process and per event stream collects what arrives, two per relayed
 * connection, and a few per swarm; the methods may be called from any thread unless they say otherwise.
 *
 * <p><b>When things go wrong.</b> A wait that runs out is an {@link AssertionError} that says what was awaited; a hub
 * that does not come up is an {@link IllegalStateException} with the end of its log.
 *
 * <p>Read {@link carillon.harness.HubProcess} first. Sources: RFC 9112 for the bytes of HTTP/1.1, WHATWG HTML 9.2 for
 * those of a stream.
 */
@NullMarked
package carillon.harness;

import org.jspecify.annotations.NullMarked;
