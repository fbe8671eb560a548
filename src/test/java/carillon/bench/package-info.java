/**
 * How fast the hub is, measured from outside on the jar that is shipped; one command, {@code mvn -Pbench verify}.
 *
 * <p>load over sockets → the hub as a process → figures on standard output and as JSON in {@code target/bench}
 *
 * <p><b>Rules.</b> Figures are compared within one run only: with the machine's own floor, or with each other. Nothing
 * here asserts a time, so a busy machine fails no build. What a run shows wrong (an answer that is no 2xx) fails it.
 *
 * <p>Read {@link carillon.bench.PublishBench} first.
 */
@NullMarked
package carillon.bench;

import org.jspecify.annotations.NullMarked;
