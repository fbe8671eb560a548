package carillon.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import carillon.harness.HubProcess;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;

/**
 * All that {@code mvn -Pbench verify} measures: the shipped jar as a process, peers that are running already, and what
 * has no sockets with JMH. Asserts no time, so a busy machine fails no build; ends with 1 when a server did something
 * wrong. Leaves {@code target/bench/results.json}, and the same as a table in {@code table.md}: medians of all rounds.
 *
 * <pre>
 *   -Dbench.suite=fanout,one,topics,publish,idle,storm,stalled,startup,scrape   which works; all
 *   -Dbench.suite=soak                                           half load for an hour; only if it is asked for
 *   -Dbench.minutes=60                                           how long a soak is
 *   -Dbench.subscribers=100,1000,10000                           sizes of fanout
 *   -Dbench.idle=18000                                           connections of idle
 *   -Dbench.pending=2000                                         connections of a storm at the same time
 *   -Dbench.jvm=…                                                options of the hub's process
 *   -Dbench.rounds=1                                             medians want 3
 *   -Dbench.jmh=.*                                               which benchmarks of JMH; none
 *   -Dbench.peer=NAME;URL;PUBLISH;SUBSCRIBE;PID+PID              another server, paths with %d; several with a blank
 * </pre>
 */
public final class Suite {

  private static final int OUTSTANDING_DELIVERIES = 20_000;
  private static final double FIXED_DELIVERIES = 25_000;
  private static final int CROWD = 10_000;
  private static final int BEHIND = 100;
  private static final int ADDRESSES = 9;
  private static final Duration WARM = Duration.ofSeconds(3);
  private static final Duration SHORTLY_WARM = Duration.ofSeconds(1);
  private static final Duration MEASURED = Duration.ofSeconds(3);
  private static final Duration STALLED = Duration.ofSeconds(10);
  private static final Duration PATIENCE = Duration.ofSeconds(100);
  private static final String HUB_OPTIONS =
      System.getProperty("bench.jvm", "-Xms256m -Xmx512m -XX:+UseSerialGC");
  private static final String RULES = "{\"topics\": [{\"match\": \"transient/**\", \"history\": \"none\"}]}";

  private final JsonArray results = new JsonArray();
  private final Map<String, Map<String, List<String>>> table = new LinkedHashMap<>();
  private boolean isFaulty;

  private Suite() {}

  /** Whom to measure: a path may have the kind of a topic in the place of {@code KIND}. */
  private record Target(String name, URI uri, String publishPath, String subscribePath, List<Long> pids) {

    LoadOptions.Server server(String kind) {
      return new LoadOptions.Server(
          uri, publishPath.replace("KIND", kind), subscribePath.replace("KIND", kind), List.of(), pids);
    }

    boolean isHub() {
      return publishPath.contains("KIND");
    }

    List<String> kinds() {
      return isHub() ? List.of("transient", "durable") : List.of("any");
    }

    Target numbered(int topic) {
      String number = Integer.toString(topic);
      return new Target(name, uri, publishPath.replace("%d", number), subscribePath.replace("%d", number), pids);
    }
  }

  /** Something that can be measured at a target. */
  private interface Work {
    void run(Target target) throws InterruptedException;
  }

  /** Runs all that is asked for. */
  public static void main(String[] arguments) throws IOException, InterruptedException, RunnerException {
    var suite = new Suite();
    int rounds = Integer.getInteger("bench.rounds", 1);
    for (int round = 1; round <= rounds; round++) {
      System.out.println("round " + round + " of " + rounds);
      suite.machine();
      suite.works();
    }
    String jmh = System.getProperty("bench.jmh", "none");
    if (!jmh.equals("none")) {
      suite.microbenchmarks(jmh);
    }
    suite.write(directory());
    System.exit(suite.isFaulty ? 1 : 0);
  }

  private void works() throws IOException, InterruptedException {
    if (List.of(System.getProperty("bench.suite", "all").split(",")).contains("soak")) {
      isFaulty |= !Soak.run(directory(), HUB_OPTIONS.split(" "));
    }
    if (isWanted("startup")) {
      StartUp.measure(Path.of(System.getProperty("carillon.jar")), (what, value) -> add("Carillon", what, value));
    }
    if (isWanted("scrape")) {
      ScrapeCost.measure((what, value) -> add("Carillon", what, value), HUB_OPTIONS.split(" "));
    }
    for (String size : System.getProperty("bench.subscribers", "100,1000,10000").split(",")) {
      each("fanout", target -> fanout(target, Integer.parseInt(size)));
    }
    each("one", target -> oneOutstanding(target, 1_000));
    each("topics", this::topics);
    each("publish", this::publish);
    each("idle", target -> idle(target, Integer.getInteger("bench.idle", 18_000)));
    each("stalled", this::stalled);
    each("storm", target -> storm(target, "recent frames"));
    if (isWanted("storm")) {
      hub(16, target -> storm(target, "log"));
    }
  }

  private static Path directory() {
    return Path.of(System.getProperty("bench.directory", "target/bench"));
  }

  private static boolean isWanted(String work) {
    List<String> wanted = List.of(System.getProperty("bench.suite", "all").split(","));
    return wanted.contains(work) || wanted.contains("all");
  }

  /** A fresh hub for each work, then each peer as it is. */
  private void each(String name, Work work) throws InterruptedException {
    if (!isWanted(name)) {
      return;
    }
    hub(65_536, work);
    for (String peer : System.getProperty("bench.peer", "").split(" ")) {
      if (!peer.isEmpty()) {
        String[] parts = peer.split(";");
        List<Long> pids =
            parts.length < 5 ? List.of() : Arrays.stream(parts[4].split("\\+")).map(Long::valueOf).toList();
        work.run(new Target(parts[0], URI.create(parts[1]), parts[2], parts[3], pids));
      }
    }
  }

  private static void hub(int recentFramesMax, Work work) throws InterruptedException {
    HubProcess.Setup setup = HubProcess.setup()
        .jvmOptions(HUB_OPTIONS.split(" "))
        .with("tail.recentFramesMax", recentFramesMax)
        .arguments("-conf", RULES);
    try (HubProcess hub = setup.start()) {
      work.run(
          new Target("Carillon", hub.uri(), "/events/KIND/%d", "/events/KIND/%d", List.of(hub.pid())));
    }
  }

  /** One topic, all subscribers: as much as goes, then at a rate that everybody keeps up with. */
  private void fanout(Target target, int subscribers) {
    for (String kind : target.kinds()) {
      String work = String.format(Locale.ROOT, "one topic, %,d subscribers, %s", subscribers, kind);
      var options =
          new LoadOptions(target.server(kind), 1, subscribing(subscribers), LoadOptions.Publishing.of(128));
      try (Load load = Load.open(options)) {
        int window = Math.max(4, OUTSTANDING_DELIVERIES / subscribers);
        StageResult full = load.run(Stage.of(work, new Pace.Window(window), WARM, MEASURED));
        row(target, work + ", saturated: deliveries/s", full.deliveriesPerSecond(), full.toJson(), full.faults());
        double rate = FIXED_DELIVERIES / subscribers;
        StageResult fixed = load.run(Stage.of(work, new Pace.Rate(rate), SHORTLY_WARM, MEASURED));
        row(target, work + ", at 25,000/s: CPU per delivery, µs", fixed.cpuMicrosPerDelivery(), fixed.toJson(),
            fixed.faults());
        row(target, work + ", at 25,000/s: p50, ms", fixed.latencyP50());
        row(target, work + ", at 25,000/s: p99, ms", fixed.latencyP99());
      }
    }
  }

  private void oneOutstanding(Target target, int subscribers) {
    for (String kind : target.kinds()) {
      var options =
          new LoadOptions(target.server(kind), 1, subscribing(subscribers), LoadOptions.Publishing.of(128));
      try (Load load = Load.open(options)) {
        StageResult result = load.run(Stage.of("one", new Pace.Window(1), WARM, MEASURED));
        row(target, String.format(Locale.ROOT, "one message at a time, %,d subscribers, %s: deliveries/s", subscribers,
            kind), result.deliveriesPerSecond(), result.toJson(), result.faults());
      }
    }
  }

  private void topics(Target target) {
    for (String kind : target.kinds()) {
      var publishing = new LoadOptions.Publishing(4, 64, 128, 1, "", false);
      var options = new LoadOptions(target.server(kind), CROWD, subscribing(CROWD), publishing);
      try (Load load = Load.open(options)) {
        StageResult result = load.run(Stage.of("topics", new Pace.Window(256), WARM, MEASURED));
        row(target, "10,000 topics, one subscriber each, " + kind + ": events/s", result.deliveriesPerSecond(),
            result.toJson(), result.faults());
      }
    }
  }

  private void publish(Target target) {
    for (String kind : target.kinds()) {
      publish(target, "64 connections, " + kind, target.server(kind),
          new LoadOptions.Publishing(64, 1, 200, 1, "", true));
    }
    if (target.isHub()) {
      var server = new LoadOptions.Server(target.uri(), "/events", "/events", List.of(), target.pids());
      publish(target, "8 connections, durable in batches of 100", server,
          new LoadOptions.Publishing(8, 1, 200, 100, "durable/%d", true));
    }
  }

  private void publish(Target target, String how, LoadOptions.Server server, LoadOptions.Publishing publishing) {
    try (Load load = Load.open(new LoadOptions(server, 1, LoadOptions.Subscribing.of(0), publishing))) {
      StageResult result = load.run(Stage.of(how, new Pace.Flood(), WARM, MEASURED));
      row(target, "published, " + how + ": events/s", result.acknowledgedPerSecond(), result.toJson(),
          result.faults());
    }
  }

  private void idle(Target target, int connections) {
    long before = ProcessUsage.of(target.pids()).residentBytes();
    String kind = target.kinds().get(0);
    var options =
        new LoadOptions(target.server(kind), 1, subscribing(connections), LoadOptions.Publishing.of(128));
    try (Load load = Load.open(options)) {
      StageResult result = load.run(Stage.of("idle", new Pace.Idle(), SHORTLY_WARM, MEASURED));
      double each = (result.residentBytesMax() - before) / 1024.0 / load.opened();
      row(target, String.format(Locale.ROOT, "memory of an idle stream among %,d, KiB", connections), each,
          result.toJson().put("residentBytesWithout", before), result.faults());
    }
  }

  /** Every tenth of 2,000 subscribers stops reading. */
  private void stalled(Target target) {
    String kind = target.kinds().get(target.kinds().size() - 1);
    var subscribing = new LoadOptions.Subscribing(2_000, 512, 1, 16_384);
    var options = new LoadOptions(target.server(kind), 1, subscribing, LoadOptions.Publishing.of(8_192));
    try (Load load = Load.open(options)) {
      StageResult before = load.run(Stage.of("before", new Pace.Rate(20), WARM, MEASURED));
      StageResult during = load.run(new Stage("stalled", new Pace.Rate(20), Duration.ZERO, STALLED, 0.1));
      row(target, "8 KiB × 20/s to 2,000: p50, ms", before.latencyP50(), before.toJson(), before.faults());
      row(target, "… while 200 do not read: p50 of the others, ms", during.latencyP50(), during.toJson(),
          during.faults());
      row(target, "… growth of the server, MiB",
          (during.residentBytesMax() - during.residentBytesBefore()) / 1048576.0);
    }
  }

  /** A crowd comes back while others are live on another topic. */
  private void storm(Target target, String from) throws InterruptedException {
    String kind = target.kinds().get(target.kinds().size() - 1);
    String work = String.format(Locale.ROOT, "%,d back at once, %d behind, from the %s", CROWD, BEHIND, from);
    var crowd = new LoadOptions.Subscribing(CROWD, Integer.getInteger("bench.pending", 2_000), ADDRESSES, 0);
    var options = new LoadOptions(target.server(kind), 1, crowd, LoadOptions.Publishing.of(128));
    var other = new LoadOptions(
        target.numbered(1).server(kind), 1, LoadOptions.Subscribing.of(20), LoadOptions.Publishing.of(128));
    try (Load live = Load.open(other);
        Load load = Load.open(options)) {
      var living = new Thread(
          () -> {
            StageResult result = live.run(Stage.of("live", new Pace.Rate(50), Duration.ZERO, PATIENCE));
            isFaulty |= !result.faults().isNone();
          },
          "live");
      living.start();
      StageResult begin = load.run(Stage.of("begin", new Pace.Window(4), Duration.ZERO, SHORTLY_WARM));
      StormResult storm = load.storm(work, BEHIND, PATIENCE, live.latencies()::clear);
      double p99 = live.latencies().millis(0.99);
      live.end();
      living.join(PATIENCE.toMillis());
      row(target, work + ": events/s", storm.deliveriesPerSecond(),
          storm.toJson().put("liveP99Ms", p99), storm.faults());
      row(target, work + ": p99 of others, ms", p99);
      isFaulty |= !begin.faults().isNone();
    }
  }

  private static LoadOptions.Subscribing subscribing(int subscribers) {
    return new LoadOptions.Subscribing(subscribers, 512, subscribers > CROWD ? ADDRESSES : 1, 0);
  }

  /** What this disk can do: the floor of everything durable. */
  private void machine() {
    try {
      Path file = Files.createTempFile(Path.of("").toAbsolutePath().resolve("target"), "fsync", ".bin");
      try (var channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
        var block = ByteBuffer.allocate(4_096);
        long endNanos = System.nanoTime() + TimeUnit.SECONDS.toNanos(1);
        int count = 0;
        for (; System.nanoTime() < endNanos; count++) {
          channel.write(block.clear());
          channel.force(false);
        }
        add("this machine", "write and fsync of 4 KiB, per second", count);
      } finally {
        Files.deleteIfExists(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void microbenchmarks(String include) throws RunnerException {
    var options = new OptionsBuilder()
        .include(include)
        .forks(1)
        .warmupIterations(2)
        .warmupTime(TimeValue.seconds(1))
        .measurementIterations(3)
        .measurementTime(TimeValue.seconds(1))
        .jvmArgs("-Xmx1g", "-XX:+UseSerialGC")
        .build();
    for (RunResult result : new Runner(options).run()) {
      String name = result.getParams().getBenchmark().replaceFirst("^carillon\\.", "");
      String parameters = String.join(" ", result.getParams().getParamsKeys().stream()
          .map(key -> " " + key + "=" + result.getParams().getParam(key)).toList());
      add("this machine", name + parameters + ", ns", result.getPrimaryResult().getScore());
    }
  }

  private void row(Target target, String what, double value, JsonObject detail, StageResult.Faults faults) {
    isFaulty |= !faults.isNone() && target.isHub();
    if (!faults.isNone()) {
      System.out.println(target.name() + ", " + what + ": " + faults);
    }
    results.add(new JsonObject().put("target", target.name()).put("work", what).put("detail", detail));
    row(target, what, value);
  }

  private void row(Target target, String what, double value) {
    add(target.name(), what, value);
  }

  private void add(String target, String what, double value) {
    String text = value >= 100 ? String.format(Locale.ROOT, "%,.0f", value) : String.format(Locale.ROOT, "%.2f", value);
    System.out.printf("%-14s %-90s %12s%n", target, what, text);
    results.add(new JsonObject().put("target", target).put("work", what).put("value", value));
    table.computeIfAbsent(what, unused -> new LinkedHashMap<>())
        .computeIfAbsent(target, unused -> new ArrayList<>())
        .add(text);
  }

  private void write(Path directory) throws IOException {
    Files.createDirectories(directory);
    var all = new JsonObject()
        .put("time", Instant.now().toString())
        .put("commit", commit())
        .put("machine", Runtime.getRuntime().availableProcessors() + " processors, "
            + System.getProperty("os.name") + " " + System.getProperty("os.version"))
        .put("jdk", System.getProperty("java.vm.version"))
        .put("results", results);
    Files.writeString(directory.resolve("results.json"), all.encodePrettily());
    var targets = new ArrayList<String>();
    table.values().forEach(row -> row.keySet().stream().filter(name -> !targets.contains(name)).forEach(targets::add));
    var text = new StringBuilder("| work | ").append(String.join(" | ", targets)).append(" |\n|---|");
    targets.forEach(name -> text.append("---:|"));
    table.forEach(
        (work, row) -> {
          text.append("\n| ").append(work).append(" |");
          targets.forEach(name -> text.append(' ').append(median(row.getOrDefault(name, List.of()))).append(" |"));
        });
    Files.writeString(directory.resolve("table.md"), text.append('\n'));
    System.out.println(directory.resolve("table.md"));
  }

  private static String median(List<String> values) {
    List<String> sorted =
        values.stream().sorted((a, b) -> Double.compare(number(a), number(b))).toList();
    return sorted.isEmpty() ? "" : sorted.get((sorted.size() - 1) / 2);
  }

  private static double number(String text) {
    return Double.parseDouble(text.replace(",", ""));
  }

  private static String commit() {
    try {
      Process git = new ProcessBuilder("git", "describe", "--always", "--dirty").start();
      return new String(git.getInputStream().readAllBytes(), UTF_8).trim();
    } catch (IOException e) {
      return "unknown";
    }
  }
}
