package carillon.tail;

import carillon.config.TailOptions;
import carillon.event.Selector;
import carillon.event.Selectors;
import carillon.event.Sight;
import carillon.event.Topic;
import carillon.sse.Rendering;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** Matching among 100,000 selectors, and what it costs that a client of 64 selectors comes and goes. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class SelectorIndexBenchmark {

  private static final int SELECTORS = 100_000;
  private static final int CLIENTS = 10_000;

  private final SelectorIndex exact = new SelectorIndex();
  private final SelectorIndex wild = new SelectorIndex();
  private final List<Topic> topics = new ArrayList<>();
  private final RecentFrames recent = new RecentFrames(new TailOptions(64, 1 << 20), 1, 0);
  private Selectors wish = Selectors.of("a");
  private int next;
  private int matches;

  @Setup
  public void fill() {
    for (int i = 0; i < SELECTORS; i++) {
      follow(exact, Selectors.of("sensor/" + i / 100 + "/" + i % 100));
      follow(wild, Selectors.of(i % 2 == 0 ? "sensor/" + i + "/*" : "site/*/" + i));
    }
    for (int i = 0; i < 1_024; i++) {
      topics.add(new Topic("sensor/" + i % 1_000 + "/" + i % 100));
    }
    // Everybody has 63 selectors in common with everybody, and one of its own.
    for (int client = 0; client < CLIENTS; client++) {
      follow(exact, wish(client));
    }
    wish = wish(CLIENTS);
  }

  /** Exact names only. */
  @Benchmark
  public int matchAmongExact() {
    exact.match(topics.get(next++ & 1_023), entry -> matches++);
    return matches;
  }

  /** Patterns only. */
  @Benchmark
  public int matchAmongPatterns() {
    wild.match(topics.get(next++ & 1_023), entry -> matches++);
    return matches;
  }

  /** One more client of 64 selectors beside 10,000 others. */
  @Benchmark
  public int followAndUnfollow64() {
    Interest interest = follow(exact, wish);
    for (Selector selector : wish.list()) {
      SelectorIndex.Entry entry = exact.find(selector);
      entry.interests.remove(interest);
      if (entry.interests.isEmpty()) {
        exact.remove(selector);
      }
    }
    return exact.size();
  }

  private Interest follow(SelectorIndex index, Selectors selectors) {
    var interest = new Interest(selectors, Sight.ALL, Rendering.EVENTS, recent, LatestOnly.NOTHING);
    for (Selector selector : selectors.list()) {
      index.add(selector, "bell").interests.add(interest);
    }
    return interest;
  }

  private static Selectors wish(int client) {
    var texts = new ArrayList<String>();
    for (int i = 0; i < Selectors.COUNT_MAX - 1; i++) {
      texts.add("common/" + i);
    }
    texts.add("own/" + client);
    return Selectors.of(texts.toArray(String[]::new));
  }
}
