/**
 * How fast a server of event streams is, seen from outside: subscribers and publishers in any number, at any pace,
 * against any URL. Knows nothing of this hub but the bytes of HTTP, so that others can be measured with it too.
 *
 * <p>{@link carillon.bench.LoadOptions} → {@link carillon.bench.Load} → sockets; what arrives is checked and timed →
 * {@link carillon.bench.StageResult}, {@link carillon.bench.StormResult} → a table and JSON
 *
 * <p><b>Invariants.</b> Every event says its number within its topic and when it was due, so that missing, doubled and
 * reordered ones are told apart and a server that holds its publishers up hides no latency by it. A load must cost less
 * than what it measures: one thread, no allocation per delivery. What a server did wrong stands beside every figure.
 *
 * <p><b>Threads.</b> A {@link carillon.bench.Load} does all its work on the thread that calls it;
 * {@link carillon.bench.Latencies} takes any thread.
 *
 * <p><b>When things go wrong.</b> A server that refuses streams ends the run with a message. One that breaks
 * connections, loses or repeats events is measured on, and the faults are counted. Figures mean something only beside
 * others of the same run: what else the machine did is in them ({@link carillon.bench.StageResult#foreignCores}).
 *
 * <p>Read {@link carillon.bench.Load} first. Sources: RFC 9112 and WHATWG HTML 9.2 for the bytes; G. Tene, "How NOT to
 * measure latency", for why an open loop counts from when a message was due.
 */
@NullMarked
package carillon.bench;

import org.jspecify.annotations.NullMarked;
