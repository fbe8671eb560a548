package carillon.publish;

import carillon.config.PublishOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** What it costs a draft to wait for its group and to be taken into it. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class GroupCommitBenchmark {

  private static final int DRAFTS = 64;

  private final GroupCommit groups = new GroupCommit(new PublishOptions(1_024, 1 << 20, 16_384, 64 << 20));
  private final List<List<Waiting>> offers = new ArrayList<>();

  @Setup
  public void make() {
    var nobody = new Answers(1, outcomes -> {});
    for (int i = 0; i < DRAFTS; i++) {
      offers.add(List.of(new Waiting(SampleDrafts.draft("a", "x".repeat(128)), true, nobody, 0)));
    }
  }

  /** 64 publishers of one draft each, one group. */
  @Benchmark
  @OperationsPerInvocation(DRAFTS)
  public int group() {
    for (int i = 0; i < DRAFTS; i++) {
      groups.offer(offers.get(i)).ifPresent(refusal -> {
        throw new IllegalStateException(refusal.toString());
      });
    }
    int entries = groups.next().orElseThrow().entries().size();
    groups.completed();
    return entries;
  }
}
