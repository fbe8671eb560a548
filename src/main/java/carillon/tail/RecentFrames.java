package carillon.tail;

import carillon.config.TailOptions;
import carillon.sse.Frame;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The newest frames of a node in the order of their positions, bounded by count and bytes; beyond a bound the oldest
 * goes. Confined to the event loop of its owner.
 */
final class RecentFrames {

  /*
   * A ring of slots that doubles until it holds framesMax. offsets[slot] is the largest logged offset at or before that
   * position, so it never falls from slot to slot and an offset is found by bisection although transient frames stand
   * between.
   *
   *   position      7     8     9    10    11
   *   frame        #41  tick   #42   #43  tick
   *   offsets       41    41    42    43    43        floorOffset = 40
   */
  private static final int CAPACITY_MIN = 64;

  /** Most bytes unless somebody has asked for more. */
  private static final long BYTES_MAX = 64L << 20;

  private final int framesMax;
  private final long bytesMax;
  private @Nullable Frame[] frames;
  private long[] offsets;
  private long first;
  private long next;
  private long floorOffset;
  private long lastOffset;
  private long bytes;

  /**
   * @param firstPosition position of the first frame that will be appended
   * @param floorOffset offset of the newest logged event before that
   */
  RecentFrames(TailOptions options, long firstPosition, long floorOffset) {
    this.framesMax = options.recentFramesMax();
    this.bytesMax = options.recentBytesMax() > 0 ? options.recentBytesMax() : ofHeap();
    this.frames = new Frame[Math.min(CAPACITY_MIN, Integer.highestOneBit(Math.max(1, framesMax - 1)) * 2)];
    this.offsets = new long[frames.length];
    this.first = firstPosition;
    this.next = firstPosition;
    this.floorOffset = floorOffset;
    this.lastOffset = floorOffset;
  }

  private static long ofHeap() {
    return Math.min(BYTES_MAX, Runtime.getRuntime().maxMemory() / 8);
  }

  /** Position of the oldest frame that is kept; one more than {@link #head()} when none is. */
  long first() {
    return first;
  }

  /** Position of the newest frame. */
  long head() {
    return next - 1;
  }

  /** Every logged event with a larger offset, up to {@link #lastOffset()}, is here. */
  long floorOffset() {
    return floorOffset;
  }

  /** Offset of the newest logged event seen. */
  long lastOffset() {
    return lastOffset;
  }

  /** The frame at {@code position}, from {@link #first()} to {@link #head()}. */
  Frame at(long position) {
    if (position < first || position >= next) {
      throw new IndexOutOfBoundsException("position " + position + " is not in " + first + " to " + head());
    }
    Frame frame = frames[slot(position)];
    if (frame == null) {
      throw new IllegalStateException("no frame at position " + position);
    }
    return frame;
  }

  /** The largest logged offset at or before {@code position}, which is {@link #first()} - 1 to {@link #head()}. */
  long offsetAt(long position) {
    return position < first ? floorOffset : offsets[slot(position)];
  }

  /**
   * The largest position at or before which there is no logged event beyond {@code offset}: whoever has seen everything
   * up to the offset goes on after this position. {@code offset} is {@link #floorOffset()} to {@link #lastOffset()}.
   */
  long positionOf(long offset) {
    long low = first - 1;
    long high = head();
    while (low < high) {
      long middle = (low + high + 1) >>> 1;
      if (offsets[slot(middle)] <= offset) {
        low = middle;
      } else {
        high = middle - 1;
      }
    }
    return low;
  }

  /** Appends the frame of the next position. */
  void append(Frame frame) {
    if (next - first == frames.length && frames.length < framesMax) {
      grow();
    }
    while (next > first
        && (next - first >= framesMax || next - first == frames.length || bytes + frame.memorySize() > bytesMax)) {
      dropOldest();
    }
    long offset = frame.event().offset();
    if (offset > 0) {
      lastOffset = offset;
    }
    frames[slot(next)] = frame;
    offsets[slot(next)] = lastOffset;
    bytes += frame.memorySize();
    next++;
  }

  /**
   * Forgets everything: events up to {@code offset} may be missing. One position stays empty, so that none from before
   * is taken for one that everything here follows.
   */
  void beginAnew(long offset) {
    Arrays.fill(frames, null);
    bytes = 0;
    next++;
    first = next;
    floorOffset = offset;
    lastOffset = offset;
  }

  /** All frames that are kept, oldest first. */
  List<Frame> list() {
    var list = new ArrayList<Frame>((int) (next - first));
    for (long position = first; position < next; position++) {
      list.add(at(position));
    }
    return list;
  }

  private void dropOldest() {
    floorOffset = offsets[slot(first)];
    bytes -= at(first).memorySize();
    frames[slot(first)] = null;
    first++;
  }

  private void grow() {
    var grownFrames = new @Nullable Frame[frames.length * 2];
    var grownOffsets = new long[grownFrames.length];
    for (long position = first; position < next; position++) {
      int slot = (int) (position & (grownFrames.length - 1));
      grownFrames[slot] = frames[slot(position)];
      grownOffsets[slot] = offsets[slot(position)];
    }
    frames = grownFrames;
    offsets = grownOffsets;
  }

  private int slot(long position) {
    return (int) (position & (frames.length - 1));
  }
}
