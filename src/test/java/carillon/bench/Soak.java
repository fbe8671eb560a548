package carillon.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import carillon.harness.HubProcess;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A hub under half of what it can do, for an hour, or for {@code -Dbench.minutes}; every tenth client goes and comes
 * back each minute. Looked at every ten seconds: whether memory, descriptors, threads and latency stay what they are,
 * by {@link Trend}; and whether every client got every event once.
 *
 * <p>Half of what it can do is half of what a closed loop reaches in the first seconds, with this process on the same
 * machine. Each look ends with a full collection, so that what is alive is known; its pause is not in the latencies,
 * which are counted from then until the next look. The first fifth of the looks is for warming up and not judged.
 */
final class Soak {

  private static final int SUBSCRIBERS = Integer.getInteger("bench.soak.subscribers", 500);
  private static final double CHURN_PER_MINUTE = 0.1;
  private static final Duration LOOK = Duration.ofSeconds(10);
  private static final Duration SATURATED = Duration.ofSeconds(4);
  private static final Duration OPENING = Duration.ofSeconds(60);
  private static final Duration ARRIVING = Duration.ofSeconds(30);
  private static final double WARMING = 0.2;
  private static final String TOPIC = "durable/%d";
  private static final String FOLLOWED = "/events/durable/0";

  /** {@code def new generation   total 78656K, used 1234K}; in words that both serial and other collectors use. */
  private static final Pattern USED = Pattern.compile("used (\\d+)K");

  private final HubProcess hub;
  private final List<Look> looks = new ArrayList<>();

  private Soak(HubProcess hub) {
    this.hub = hub;
  }

  /**
   * What was seen at one time.
   *
   * @param seconds since the beginning
   * @param residentMib memory of the process
   * @param liveMib heap after a full collection
   * @param descriptors open ones
   * @param threads of the process
   * @param p50Millis half of the deliveries since the last look took no longer
   * @param p99Millis 99 % of them
   * @param deliveries since the last look
   */
  private record Look(
      double seconds,
      double residentMib,
      double liveMib,
      double descriptors,
      double threads,
      double p50Millis,
      double p99Millis,
      long deliveries) {

    JsonObject toJson() {
      return new JsonObject()
          .put("seconds", seconds)
          .put("residentMib", residentMib)
          .put("liveMib", liveMib)
          .put("descriptors", descriptors)
          .put("threads", threads)
          .put("p50Ms", p50Millis)
          .put("p99Ms", p99Millis)
          .put("deliveries", deliveries);
    }
  }

  private interface Column {
    double of(Look look);
  }

  /**
   * Runs it and prints a table.
   *
   * @param directory where {@code soak.json} is left
   * @return whether all is flat, and nothing was lost, doubled or broken
   */
  static boolean run(Path directory, String... jvmOptions) throws IOException, InterruptedException {
    Duration length = Duration.ofSeconds((long) (60 * Double.parseDouble(System.getProperty("bench.minutes", "60"))));
    // What is published stays for some minutes only, so that the file has its size soon.
    String rules = "{\"topics\": [{\"match\": \"durable/**\", \"count\": 100000}]}";
    try (HubProcess hub = HubProcess.setup().jvmOptions(jvmOptions).arguments("-conf", rules).start()) {
      return new Soak(hub).run(length, directory);
    }
  }

  private boolean run(Duration length, Path directory) throws IOException, InterruptedException {
    double rate = saturatedEventsPerSecond() / 2;
    double returnsPerSecond = SUBSCRIBERS * CHURN_PER_MINUTE / 60;
    System.out.printf(
        Locale.ROOT,
        "soak: %s, %,d streams, %.0f events/s, %.2f streams/s go and come back%n",
        length,
        SUBSCRIBERS,
        rate,
        returnsPerSecond);
    try (var streams = new ChurningStreams(hub.uri(), FOLLOWED, SUBSCRIBERS, returnsPerSecond)) {
      awaitOpen(streams);
      var published = new AtomicReference<StageResult>();
      var publisher = new Thread(() -> published.set(publish(hub.uri(), rate, length)), "soak-publisher");
      publisher.start();
      look(streams, length);
      publisher.join();
      streams.stay();
      StageResult result = published.get();
      boolean hasArrived = awaitArrival(streams);
      ChurningStreams.Faults faults = streams.end();
      return report(directory, rate, result, streams, faults) && hasArrived;
    }
  }

  private double saturatedEventsPerSecond() {
    String path = "/events/" + TOPIC;
    var server = new LoadOptions.Server(hub.uri(), path, path, List.of(), List.of(hub.pid()));
    var options =
        new LoadOptions(server, 1, LoadOptions.Subscribing.of(SUBSCRIBERS), LoadOptions.Publishing.of(128));
    try (Load load = Load.open(options)) {
      StageResult full = load.run(Stage.of("full", new Pace.Window(40), SATURATED, SATURATED));
      return full.deliveriesPerSecond() / SUBSCRIBERS;
    }
  }

  /** Numbers begin anew: those who follow came after the first ones. */
  private static StageResult publish(URI uri, double rate, Duration length) {
    var server = new LoadOptions.Server(uri, "/events/" + TOPIC, "/events/" + TOPIC, List.of(), List.of());
    var options = new LoadOptions(server, 1, LoadOptions.Subscribing.of(0), LoadOptions.Publishing.of(128));
    try (Load load = Load.open(options)) {
      return load.run(Stage.of("soak", new Pace.Rate(rate), Duration.ZERO, length));
    }
  }

  private static void awaitOpen(ChurningStreams streams) throws InterruptedException {
    long end = System.nanoTime() + OPENING.toNanos();
    while (streams.open() < SUBSCRIBERS) {
      if (System.nanoTime() > end) {
        throw new IllegalStateException("only " + streams.open() + " streams are open");
      }
      TimeUnit.MILLISECONDS.sleep(100);
    }
  }

  /** Until nothing has come for a second. */
  private static boolean awaitArrival(ChurningStreams streams) throws InterruptedException {
    long end = System.nanoTime() + ARRIVING.toNanos();
    long before = -1;
    while (streams.delivered() != before || streams.open() < SUBSCRIBERS) {
      if (System.nanoTime() > end) {
        return false;
      }
      before = streams.delivered();
      TimeUnit.SECONDS.sleep(1);
    }
    return true;
  }

  private void look(ChurningStreams streams, Duration length) throws IOException, InterruptedException {
    long begin = System.nanoTime();
    var unused = liveMib();
    System.out.printf("%8s %10s %9s %6s %8s %9s %9s %12s%n", "s", "RSS MiB", "live MiB", "fds", "threads", "p50 ms",
        "p99 ms", "deliveries");
    long delivered = streams.delivered();
    for (int i = 1; begin + i * LOOK.toNanos() <= begin + length.toNanos(); i++) {
      streams.latencies().clear();
      TimeUnit.NANOSECONDS.sleep(begin + i * LOOK.toNanos() - System.nanoTime());
      double p50 = streams.latencies().millis(0.5);
      double p99 = streams.latencies().millis(0.99);
      long now = streams.delivered();
      double resident = ProcessUsage.of(List.of(hub.pid())).residentBytes() / 1048576.0;
      double live = liveMib();
      var look = new Look(
          (System.nanoTime() - begin) / 1e9, resident, live, descriptors(), threads(), p50, p99, now - delivered);
      delivered = now;
      looks.add(look);
      System.out.printf(Locale.ROOT, "%8.0f %10.1f %9.1f %6.0f %8.0f %9.2f %9.2f %,12d%n", look.seconds(),
          look.residentMib(), look.liveMib(), look.descriptors(), look.threads(), look.p50Millis(), look.p99Millis(),
          look.deliveries());
    }
  }

  private boolean report(
      Path directory, double rate, StageResult published, ChurningStreams streams, ChurningStreams.Faults faults)
      throws IOException {
    List<Look> judged = looks.subList((int) (looks.size() * WARMING), looks.size());
    var trends = new JsonObject();
    boolean isFlat = true;
    isFlat &= judge("RSS, MiB", judged, Look::residentMib, trends);
    isFlat &= judge("live heap, MiB", judged, Look::liveMib, trends);
    isFlat &= judge("descriptors", judged, Look::descriptors, trends);
    isFlat &= judge("threads", judged, Look::threads, trends);
    isFlat &= judge("p50, ms", judged, Look::p50Millis, trends);
    isFlat &= judge("p99, ms", judged, Look::p99Millis, trends);
    boolean isSound = faults.isNone() && published.faults().isNone() && streams.newest() >= published.acknowledged();
    System.out.printf(Locale.ROOT, "acknowledged %,d, delivered %,d, %,d came back; %s%n", published.acknowledged(),
        streams.delivered(), streams.returned(), isSound ? "nothing missing, doubled or broken" : faults
            + " " + published.faults());
    var all = new JsonArray();
    looks.forEach(look -> all.add(look.toJson()));
    Files.createDirectories(directory);
    Path file = directory.resolve("soak.json");
    Files.writeString(
        file,
        new JsonObject()
            .put("subscribers", SUBSCRIBERS)
            .put("eventsPerSecond", rate)
            .put("acknowledged", published.acknowledged())
            .put("delivered", streams.delivered())
            .put("returned", streams.returned())
            .put("faults", faults.toString())
            .put("publisherFaults", published.faults().toString())
            .put("isFlat", isFlat)
            .put("isSound", isSound)
            .put("trends", trends)
            .put("looks", all)
            .encodePrettily());
    System.out.println(file);
    return isFlat && isSound;
  }

  private static boolean judge(String what, List<Look> looks, Column column, JsonObject trends) {
    Trend trend = Trend.of(looks.stream().map(column::of).toList());
    String verdict = !trend.isKnown() ? "too short to say" : trend.isFlat() ? "flat" : "GROWS";
    System.out.printf(Locale.ROOT, "%-16s mean %9.2f, noise %8.2f, growth over the run %+9.2f ± %.2f: %s%n", what,
        trend.mean(), trend.noise(), trend.growth(), trend.error(), verdict);
    var shown = new JsonObject().put("mean", trend.mean()).put("verdict", verdict);
    if (trend.isKnown()) {
      shown.put("noise", trend.noise()).put("growth", trend.growth()).put("error", trend.error());
    }
    trends.put(what, shown);
    return !trend.isKnown() || trend.isFlat();
  }

  /** Heap in use right after everything that is dead has gone. */
  private double liveMib() throws IOException, InterruptedException {
    var unused = jcmd("GC.run");
    Matcher used = USED.matcher(jcmd("GC.heap_info").replaceAll("(?m)^.*(Metaspace|class space).*$", ""));
    double kib = 0;
    while (used.find()) {
      kib += Double.parseDouble(used.group(1));
    }
    return kib / 1024;
  }

  private String jcmd(String command) throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "jcmd").toString(), Long.toString(hub.pid()), command)
            .redirectErrorStream(true)
            .start();
    String said = new String(process.getInputStream().readAllBytes(), UTF_8);
    if (process.waitFor() != 0) {
      throw new IOException("jcmd " + command + ": " + said);
    }
    return said;
  }

  private double descriptors() throws IOException {
    try (Stream<Path> open = Files.list(Path.of("/proc", Long.toString(hub.pid()), "fd"))) {
      return open.count();
    }
  }

  private double threads() throws IOException {
    return Files.readAllLines(Path.of("/proc", Long.toString(hub.pid()), "status")).stream()
        .filter(line -> line.startsWith("Threads:"))
        .mapToDouble(line -> Double.parseDouble(line.substring("Threads:".length()).strip()))
        .sum();
  }
}
