package carillon.tail;

import carillon.sse.Frame;
import java.util.List;

/**
 * The recent frames of the tail, for a view that begins. Immutable.
 *
 * @param epoch of the log
 * @param isLogAway whether the log has been out of reach for long
 * @param floorOffset every logged event with a larger offset that the tail has delivered is in {@code frames}
 * @param firstPosition position of the first frame, or the next position if there is none
 * @param frames in position order
 */
record Snapshot(long epoch, boolean isLogAway, long floorOffset, long firstPosition, List<Frame> frames) {

  Snapshot {
    frames = List.copyOf(frames);
  }
}
