package carillon.sse;

import carillon.event.Event;
import carillon.event.EventId;
import carillon.event.Payload;
import carillon.event.Topic;
import io.vertx.core.buffer.Buffer;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** An event becomes bytes, once; the bytes go into the answer of a question. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class FrameBenchmark {

  @Param({"128", "8192"})
  public int dataBytes;

  private Event event;
  private Frame frame;

  @Setup
  public void make() {
    var id = new EventId(1, 4_711);
    event = new Event(id, List.of(new Topic("a/b")), null, Payload.of("x".repeat(dataBytes)), Instant.EPOCH, null, null);
    frame = Frame.of(event);
  }

  /** The event stream's block. */
  @Benchmark
  public Object encode() {
    return Frame.of(event);
  }

  /** What each question costs beyond that. */
  @Benchmark
  public Object append() {
    Buffer out = Buffer.buffer(frame.size(Rendering.EVENTS));
    frame.appendTo(out, Rendering.EVENTS);
    return out;
  }
}
