package carillon.subscribe;

import carillon.meter.Distribution;
import carillon.meter.Metric;
import carillon.tail.Answer;
import io.vertx.core.buffer.Buffer;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/**
 * What counting costs: {@link #nothing} is the same without it. A delivery is counted once; a group once for each loop,
 * and a draft three times, in distributions. To be held against what a delivery costs in all, some microseconds, see
 * {@code ScrapeCost}.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class StreamCountsBenchmark {

  private final StreamCounts counts = new StreamCounts();
  private final Distribution distribution = new Distribution(Metric.DELIVERY_LATENCY);
  @SuppressWarnings("FieldCanBeFinal") // what is final, the compiler may compute with
  private Answer answer = new Answer(Buffer.buffer("data: x\n\n"), 1, 1, 1, 1);
  private long nanos = 1;

  /** What the others do besides. */
  @Benchmark
  public Object nothing() {
    return answer;
  }

  /** One more subscriber has been given what the recent frames hold. */
  @Benchmark
  public Object delivery() {
    counts.answered(answer);
    return answer;
  }

  /** One more size in a distribution, each another one; without the clock, which is read anyway. */
  @Benchmark
  public Object size() {
    nanos = nanos * 6_364_136_223_846_793_005L + 1_442_695_040_888_963_407L;
    distribution.record(nanos >>> 36);
    return answer;
  }
}
