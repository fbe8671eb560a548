/**
 * Carillon, a notification hub: other services hand it events with a POST, browsers and services receive them live as
 * Server-Sent Events. This is the map.
 *
 * <pre>
 *  POST /events/{topic}                                        GET /events?topic=…   (Last-Event-ID)
 *       │ Draft                                                          ▲ bytes
 *  http ▼                                                           http │ Outlet
 *  publish  PublisherVerticle gathers drafts,              subscribe  Stream does what its Subscription
 *       │   commits them as one group                                ▲   decides; it holds a cursor
 *       ▼                                                            │
 *  log  EventLog.append ── ids ──▶ bus ──▶ tail  TailVerticle orders, encodes once
 *       durable by the engine's rule             TailView, one per loop: recent frames, bells, shared answers
 *                                                 ▲
 *  publish  ClockVerticle: ticks, transient ──────┤
 *  publish  StatusVerticle: how the node is ──────┘
 * </pre>
 *
 * <p><b>Four sentences.</b> The log is the truth, the bus is the messenger: an event exists once it is committed, and
 * whoever misses a message reads the log. A subscription is a cursor, not a queue: rung, it asks for what follows its
 * cursor and writes that; a slow client is one that is behind. What decides does not do: {@code Subscription},
 * {@code Tail} and {@code GroupCommit} are plain code, a thin driver beside each does the doing. Encode once, write
 * many at once: an event becomes bytes once per node, and clients with the same question get the same buffer in one
 * write per turn of their loop.
 *
 * <p><b>Rooms</b>, in the order data flows; {@code ArchitectureTest} holds them to it: {@link carillon.config} how the
 * hub is set up, {@link carillon.event} the values, {@link carillon.sse} their bytes, {@link carillon.log} history,
 * {@link carillon.bus} addresses, {@link carillon.publish} drafts become events, {@link carillon.tail} the newest end
 * of the log, {@link carillon.subscribe} one subscriber, {@link carillon.auth} who may do what, {@link carillon.http}
 * what clients meet, {@link carillon.meter} what is counted, {@link carillon.ops} what operators meet. Beside them
 * {@link carillon.cli} and {@link carillon.bench}, which look at a hub from outside.
 *
 * <p><b>Invariants</b>, each with a test that can fail. (1) Nobody sees an event or gets 2xx for it before
 * {@code append} has completed. (2) One order: offsets 1, 2, 3 … within an epoch. (3) A stream sends an event iff it
 * matches and lies beyond the cursor. (4) Register, wait, then ask: the seam between history and live has no lock. (5)
 * No queue per client. (6) Nothing is skipped silently: {@code hub.gap}. (7) Ids are cursors, and quiet clients are
 * given fresh ones. (8) The bus may lose, repeat or delay; the stream may not.
 *
 * <p><b>Threads.</b> {@code HttpVerticle}: any number, each on an event loop of its own; a connection, its stream, and
 * the {@code TailView} it asks live on that loop and nowhere else. {@code TailVerticle}, {@code PublisherVerticle},
 * {@code ClockVerticle} and {@code StatusVerticle}: each on one of the same loops ({@code Launcher} says why), and no
 * part may count on sharing one. Between loops travel immutable messages only; what they share is what bounds the node
 * as a whole ({@code http.Limits}, {@code subscribe.UnsentBytes}), and nothing of it is touched for a delivery. The log
 * answers on threads of its own, and every caller hops back.
 *
 * <p><b>When things go wrong.</b> Wrong settings or arguments end the launch with 2 and all of them listed, a part that
 * cannot start with 15. Later every failure is answered where it happens: a draft is accepted, refused or unknown, a
 * stream that must end says why, and whoever has lost something is told by {@code hub.gap}.
 *
 * <p><b>Where the code differs from its first plan.</b> Bells are per loop: the tail sends each frame batch to every
 * loop once, and the loop's own view rings its own clients, so that registering, matching and ringing never cross
 * threads. A bell only wakes: whoever has been rung looks for itself while there is news, which is cheaper than a
 * message for each client and group. The {@code topic:} field is sent to subscriptions that can match more than one
 * topic; a subscriber of a single topic knows it, and strict clients complain of fields they do not know. A new live
 * stream is given a cursor with its opening, so that one that breaks before its first event resumes without a loss.
 *
 * <p><b>Start reading</b> at {@link carillon.HubVerticle}, then follow an event:
 * {@link carillon.publish.PublisherVerticle}, {@link carillon.log.EventLog}, {@link carillon.tail.TailView},
 * {@link carillon.subscribe.Stream}, {@link carillon.sse.Frame}.
 */
@NullMarked
package carillon;

import org.jspecify.annotations.NullMarked;
