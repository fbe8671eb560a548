/**
 * How events come into being: drafts are gathered, committed as groups, and announced; clocks tick, and a node says how
 * it is.
 *
 * <pre>
 *   http ────────────▶ PublishPort ──┐ one message per turn of the loop
 *                                    ├──▶ PublisherVerticle ──▶ log ──▶ bus committed ──▶ answers
 *   other verticles ── JSON object ──┘             ├─ topics without history ─▶ bus transient
 *   a port with nothing unanswered ────────────────┘
 *   wall clock ──────────────────────────▶ ClockVerticle ───────────────────▶ bus transient
 *   what the loops count ────────────────▶ StatusVerticle ──▶ PublisherVerticle ─▶ bus transient, to every node
 * </pre>
 *
 * <p><b>Invariants.</b> Commit before sight: nobody is answered and nobody sees an event before the log has committed
 * its group. Drafts of one port are stored and announced in the order they were handed in, those without history
 * included. One group is in flight at a time; what arrives meanwhile is the next group. What waits is bounded; beyond
 * the bound drafts are refused, never queued. A draft goes to the log when one of its topics keeps history; otherwise
 * it is transient: no id, and its key promises nothing, because nothing remembers it. A node's status is asked for once
 * a period and counted by nobody for its sake.
 *
 * <p><b>Threads.</b> {@link carillon.publish.PublisherVerticle}, {@link carillon.publish.ClockVerticle} and
 * {@link carillon.publish.StatusVerticle} on their event loops; a port on the event loop of its verticle. What decides has no thread: {@code GroupCommit} what is
 * committed together, {@code Settlement} what comes of it, {@code Clockwork} and {@code ClockSchedule} when a clock
 * ticks.
 *
 * <p><b>When things go wrong.</b> Every draft has an {@link carillon.publish.Outcome}: accepted, refused (certainly not
 * stored) or unknown (ask again with the same key). A log that fails is reported once, not once per group. A text that
 * is no draft is a {@link carillon.event.InvalidValueException} of {@link carillon.publish.DraftReader}.
 *
 * <p>Read {@link carillon.publish.Outcome} first, then the verticle.
 */
@NullMarked
package carillon.publish;

import org.jspecify.annotations.NullMarked;
