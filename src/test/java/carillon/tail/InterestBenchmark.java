package carillon.tail;

import carillon.config.TailOptions;
import carillon.event.Selectors;
import carillon.event.Sight;
import carillon.sse.Rendering;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** What follows a position among 65,536 recent frames: asked live, and by whoever comes back. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class InterestBenchmark {

  private static final int FRAMES = 65_536;
  private static final int BEHIND = 100;
  private static final int PIECE = 64 * 1024;

  private final RecentFrames recent = new RecentFrames(new TailOptions(FRAMES, 1L << 30), 1, 0);
  private final Interest interest =
      new Interest(Selectors.of("a"), Sight.ALL, Rendering.EVENTS, recent, LatestOnly.NOTHING);
  private long offset;
  private int places;

  @Setup
  public void fill() {
    for (int i = 0; i < FRAMES; i++) {
      recent.append(Samples.frame(++offset, 128, i % 2 == 0 ? "a" : "b"));
    }
    interest.settle();
  }

  /** A frame arrives, the first client asks, all others would get the same answer. */
  @Benchmark
  public Object live() {
    recent.append(Samples.frame(++offset, 128, "a"));
    interest.offer(recent.head(), recent.at(recent.head()));
    Answer answer = interest.after(recent.head() - 1, 0, PIECE);
    interest.settle();
    return answer;
  }

  /** A client is 100 frames behind, and so is everybody else. */
  @Benchmark
  public Object behindAsOthers() {
    return interest.after(recent.head() - BEHIND, recent.head(), PIECE);
  }

  /** A client is about 100 frames behind, and nobody else stands where it does. */
  @Benchmark
  public Object behindAlone() {
    places = (places + 1) & 15;
    return interest.after(recent.head() - BEHIND - places, recent.head(), PIECE);
  }
}
