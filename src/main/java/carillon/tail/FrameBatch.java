package carillon.tail;

import carillon.sse.Frame;
import java.util.List;

/**
 * Frames on their way from the tail to the views of its node. Immutable.
 *
 * @param epoch of the log; when it is another than before, nothing that went before counts any more
 * @param lostUpTo when above 0, what follows does not follow what went before: events up to this offset may be missing,
 *     and the recent frames begin anew; after another epoch they do so at 0 as well
 * @param firstPosition position of the first of them, from 1
 * @param frames in position order, without a hole
 * @param sinceNanos when they were committed, by {@link System#nanoTime}; 0 if that is not known
 */
record FrameBatch(long epoch, long lostUpTo, long firstPosition, List<Frame> frames, long sinceNanos) {

  FrameBatch(long epoch, long lostUpTo, long firstPosition, List<Frame> frames) {
    this(epoch, lostUpTo, firstPosition, frames, 0);
  }

  FrameBatch {
    frames = List.copyOf(frames);
  }
}
