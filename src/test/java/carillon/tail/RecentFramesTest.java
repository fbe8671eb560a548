package carillon.tail;

import static carillon.tail.Samples.frame;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import carillon.config.TailOptions;
import carillon.sse.Frame;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class RecentFramesTest {

  private static final long PLENTY = 1L << 40;

  @Test
  void fresh_nothing_isEmptyBeforeItsFirstPosition() {
    var recent = new RecentFrames(new TailOptions(8, PLENTY), 100, 41);
    assertEquals(100, recent.first());
    assertEquals(99, recent.head());
    assertEquals(41, recent.floorOffset());
    assertEquals(41, recent.lastOffset());
    assertEquals(41, recent.offsetAt(99));
    assertEquals(99, recent.positionOf(41));
    assertEquals(List.of(), recent.list());
  }

  @Test
  void any_positionThatIsNotKept_throws() {
    var recent = new RecentFrames(new TailOptions(2, PLENTY), 1, 0);
    for (int offset = 1; offset <= 3; offset++) {
      recent.append(frame(offset, 1, "a"));
    }
    assertThrows(IndexOutOfBoundsException.class, () -> recent.at(1));
    assertThrows(IndexOutOfBoundsException.class, () -> recent.at(4));
    assertEquals(2, recent.at(2).event().offset());
  }

  @Test
  void picture_ofTheEssay_holds() {
    var recent = new RecentFrames(new TailOptions(8, PLENTY), 7, 40);
    for (long offset : new long[] {41, 0, 42, 43, 0}) {
      recent.append(frame(offset, 1, "a"));
    }
    assertEquals(40, recent.floorOffset());
    assertArrayEquals(new long[] {6, 8, 9, 11}, LongStream.rangeClosed(40, 43).map(recent::positionOf).toArray());
    assertArrayEquals(
        new long[] {40, 41, 41, 42, 43, 43}, LongStream.rangeClosed(6, 11).map(recent::offsetAt).toArray());
  }

  @Test
  void full_oneMore_dropsTheOldest() {
    var recent = new RecentFrames(new TailOptions(3, PLENTY), 1, 0);
    for (int offset = 1; offset <= 4; offset++) {
      recent.append(frame(offset, 1, "a"));
    }
    assertEquals(2, recent.first());
    assertEquals(1, recent.floorOffset());
  }

  @Test
  void holdingMany_frameBeyondAllBytes_isKeptAlone() {
    int size = frame(1, 10, "a").memorySize();
    var recent = new RecentFrames(new TailOptions(100, size * 3L), 1, 0);
    recent.append(frame(1, 10, "a"));
    recent.append(frame(2, 10, "a"));
    recent.append(frame(3, 10_000, "a"));
    assertEquals(3, recent.first());
    assertEquals(3, recent.head());
    assertEquals(2, recent.floorOffset());
    recent.append(frame(4, 10, "a"));
    assertEquals(4, recent.first());
    recent.append(frame(5, 10, "a"));
    assertEquals(4, recent.first());
  }

  @Test
  void holdingMany_begunAnew_holdsNothingAndReachesNoPositionFromBefore() {
    var recent = new RecentFrames(new TailOptions(3, PLENTY), 1, 0);
    recent.append(frame(1, 1, "a"));
    recent.append(frame(2, 1, "a"));
    recent.beginAnew(9);
    assertEquals(List.of(), recent.list());
    assertEquals(4, recent.first());
    assertEquals(3, recent.head());
    assertEquals(9, recent.floorOffset());
    assertEquals(9, recent.lastOffset());
    assertEquals(3, recent.positionOf(9));
    for (long offset = 10; offset <= 13; offset++) {
      recent.append(frame(offset, 1, "a"));
    }
    assertEquals(5, recent.first());
    assertEquals(10, recent.floorOffset());
    assertEquals(List.of(11L, 12L, 13L), recent.list().stream().map(frame -> frame.event().offset()).toList());
  }

  @Test
  void growing_beyondEveryCapacity_keepsWhatItHeld() {
    for (int framesMax : new int[] {1, 2, 3, 63, 64, 65, 127, 128, 129, 300}) {
      var recent = new RecentFrames(new TailOptions(framesMax, PLENTY), 1_000_003, 0);
      var kept = new Model(new TailOptions(framesMax, PLENTY), 1_000_003, 0);
      for (int offset = 1; offset <= 700; offset++) {
        Frame frame = frame(offset, 1, "a");
        recent.append(frame);
        kept.append(frame);
        kept.assertEdges(recent, "framesMax " + framesMax);
      }
      kept.assertSame(recent, "framesMax " + framesMax);
    }
  }

  @Test
  void any_randomFrames_behaveLikeAPlainList() {
    for (long seed = 0; seed < 100; seed++) {
      var random = new SplittableRandom(seed);
      long bytesMax = random.nextBoolean() ? PLENTY : 500 + random.nextInt(20_000);
      var options = new TailOptions(1 + random.nextInt(90), bytesMax);
      long offset = random.nextInt(5);
      long position = random.nextInt(1_000);
      var recent = new RecentFrames(options, position, offset);
      var model = new Model(options, position, offset);
      for (int i = 0; i < 150; i++) {
        int size = random.nextInt(10) == 0 ? random.nextInt(20_000) : random.nextInt(50);
        Frame frame = frame(random.nextInt(3) == 0 ? 0 : ++offset, size, "a");
        recent.append(frame);
        model.append(frame);
        model.assertEdges(recent, "seed " + seed);
        if (i % 25 == 0) {
          model.assertSame(recent, "seed " + seed);
        }
      }
    }
  }

  /** What {@link RecentFrames} promises, by looking through a list. */
  private static final class Model {
    final TailOptions options;
    final List<Frame> frames = new ArrayList<>();
    long first;
    long floorOffset;

    Model(TailOptions options, long first, long floorOffset) {
      this.options = options;
      this.first = first;
      this.floorOffset = floorOffset;
    }

    void append(Frame frame) {
      frames.add(frame);
      while (frames.size() > 1 && (frames.size() > options.recentFramesMax() || bytes() > options.recentBytesMax())) {
        floorOffset = Math.max(floorOffset, frames.remove(0).event().offset());
        first++;
      }
    }

    long bytes() {
      return frames.stream().mapToLong(Frame::memorySize).sum();
    }

    long offsetAt(long position) {
      long offset = floorOffset;
      for (int i = 0; i < frames.size() && first + i <= position; i++) {
        offset = Math.max(offset, frames.get(i).event().offset());
      }
      return offset;
    }

    long positionOf(long offset) {
      long position = first - 1;
      for (Frame frame : frames) {
        if (frame.event().offset() > offset) {
          break;
        }
        position++;
      }
      return position;
    }

    void assertEdges(RecentFrames recent, String message) {
      assertEquals(first, recent.first(), message);
      assertEquals(first + frames.size() - 1, recent.head(), message);
      assertEquals(floorOffset, recent.floorOffset(), message);
    }

    void assertSame(RecentFrames recent, String message) {
      assertEquals(frames, recent.list(), message);
      for (long position = first - 1; position <= recent.head(); position++) {
        assertEquals(offsetAt(position), recent.offsetAt(position), message);
        if (position >= first) {
          RecentFramesTest.assertSameFrame(frames.get((int) (position - first)), recent.at(position), message);
        }
      }
      long last = offsetAt(Long.MAX_VALUE);
      assertEquals(last, recent.lastOffset(), message);
      for (long offset = floorOffset; offset <= last; offset++) {
        assertEquals(positionOf(offset), recent.positionOf(offset), message);
      }
    }
  }

  private static void assertSameFrame(Frame expected, Frame actual, String message) {
    assertSame(expected, actual, message);
  }
}
