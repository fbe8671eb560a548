/**
 * What a running hub counts about itself: which figures there are, and where they are put down.
 *
 * <p>subscribe, tail, publish, http: plain counters → <b>meter</b> {@link carillon.meter.Readings} → ops
 *
 * <p><b>Invariants.</b> Every figure is one {@link carillon.meter.Metric}, with a name that never changes its meaning.
 * A label has a bounded set of values, known when the hub starts: never a topic, an address or a name. Counting costs
 * an addition on memory of one thread; nothing on the way of a delivery is shared between loops for it.
 *
 * <p><b>Threads.</b> {@link carillon.meter.Distribution} and whatever is counted beside it belong to one event loop,
 * which writes them into {@link carillon.meter.Readings} when it is asked to, and hands those over.
 *
 * <p><b>When things go wrong.</b> Nothing here fails. A loop that does not answer is shown with what it said last.
 *
 * <p>Read {@link carillon.meter.Metric} first: it is the list. The names follow the conventions of Prometheus.
 */
@NullMarked
package carillon.meter;

import org.jspecify.annotations.NullMarked;
