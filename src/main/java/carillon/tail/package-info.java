/**
 * How a node keeps up: one place where committed events arrive in order, whatever the bus did to them, and from which
 * every event loop learns what is new.
 *
 * <pre>
 *   bus committed ─▶ TailVerticle ─ encodes once ─▶ bus frames ─▶ TailView (one per loop) ─▶ bus bells ─▶ subscriptions
 *   bus transient ─▶   │    ▲                                        │   ▲
 *                      └ log┘ what is missing                        └───┘ "after my position, please"
 * </pre>
 *
 * <p><b>Invariants.</b> Offset n + 1 is delivered only after n. A frame is in the recent frames of a loop before
 * anything is rung for it on that loop, so whoever is rung finds it. Whoever asks a view for what follows a position
 * gets all of it, in order, or is told that the view does not reach back that far; no answer depends on when or whether
 * a bell was heard. Who sleeps is rung, who is awake is asked, and nobody falls asleep over news:
 * {@link carillon.tail.Vigil}. What may not be seen is not answered, and answers are shared only by those who see the
 * same. A transient frame that had passed before one first asked is not for it.
 *
 * <p><b>Positions</b> count the frames of a node from 1, logged and transient alike; they are local to the node and its
 * process. Offsets count logged events and are the same everywhere. {@link carillon.tail.RecentFrames} translates.
 *
 * <p><b>Threads.</b> {@link carillon.tail.TailVerticle} on its event loop; {@link carillon.tail.Tail} is plain and has
 * no thread of its own. A {@link carillon.tail.TailView} and all it holds belong to one event loop. Only immutable
 * messages pass between them, and a frame batch reaches a loop through the same queue as all else the tail sends there,
 * in order.
 *
 * <p><b>When things go wrong.</b> A lost message is a jump in offsets: the range is read from the log before anything
 * newer is delivered. A repeated one is ignored. What retention removed before the tail could read it ends the order:
 * the recent frames begin anew behind the loss, and everybody asks the log, which can tell each what it has lost.
 *
 * <p>Read {@link carillon.tail.Tail} first, then {@link carillon.tail.TailView}, whose essay tells how ten thousand
 * subscribers of one topic cost ten thousand writes and one encoding.
 */
@NullMarked
package carillon.tail;

import org.jspecify.annotations.NullMarked;
