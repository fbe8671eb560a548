/**
 * What is left of the hub's promises when the world is at its worst: the process is killed, the disk is full, readers
 * stand still, a crowd comes back at once, nodes of a cluster freeze, die, and lose sight of each other.
 *
 * <p>publishers and followers → a real hub that something is done to → what was told and what was seen →
 * {@link carillon.fault.HistoryChecker} → violations, of which there may be none
 *
 * <p><b>Invariants.</b> The tests know nothing of the hub but its interface: they write down what each publisher was
 * told and what each follower saw, and judge that alone. What judges is pure and has tests of its own that show it
 * finds every kind of violation. Whatever is random comes from a seed that is printed.
 *
 * <p><b>Threads.</b> One for each publisher, those of the swarm for all followers; what they wrote down is read when
 * they have ended.
 *
 * <p><b>When things go wrong.</b> A failed run prints its seed, the violations with their ids, and the end of the hub's
 * log. No assertion depends on how fast the machine is; every wait has a bound.
 *
 * <p>Read {@link carillon.fault.HistoryChecker} first, then {@link carillon.fault.CrashIT}, and
 * {@link carillon.fault.ClusterIT} for many nodes.
 */
@NullMarked
package carillon.fault;

import org.jspecify.annotations.NullMarked;
