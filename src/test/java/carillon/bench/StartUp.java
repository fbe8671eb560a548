package carillon.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import carillon.harness.Http;
import carillon.harness.HubProcess;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * How long it takes from the start of a JVM to a hub that serves, beside a JVM that does nothing: an empty log and one
 * of a million events, without and with an archive of classes. Each is the median of {@value #ROUNDS} starts.
 */
final class StartUp {

  private static final int ROUNDS = 5;
  private static final int EVENTS = Integer.getInteger("bench.startup.events", 1_000_000);
  private static final int BATCH = 1_000;
  private static final long PATIENCE_SECONDS = 120;
  private static final Pattern LISTENING = Pattern.compile("listening on (http://[^\\s/]+:\\d+)");

  private final Path dist;
  private final Path directory;

  /** @param dist where the jar is, with the scripts beside it */
  private StartUp(Path dist, Path directory) {
    this.dist = dist;
    this.directory = directory;
  }

  /** Takes a figure: what it is, in milliseconds or as a ratio. */
  interface Figures {
    void add(String what, double value);
  }

  static void measure(Path jar, Figures figures) throws IOException, InterruptedException {
    Path directory = Files.createTempDirectory(jar.toAbsolutePath().getParent(), "startup");
    try {
      // A copy, so that what is made for measuring does not stay.
      for (String name : List.of("vertx", "make-archive", "carillon.jar")) {
        Files.copy(jar.resolveSibling(name), directory.resolve(name));
        directory.resolve(name).toFile().setExecutable(true);
      }
      new StartUp(directory, Files.createDirectory(directory.resolve("work"))).measure(figures);
    } finally {
      try (Stream<Path> all = Files.walk(directory)) {
        for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
          Files.deleteIfExists(path);
        }
      }
    }
  }

  private void measure(Figures figures) throws IOException, InterruptedException {
    fill();
    double bare = median(this::bare);
    figures.add("java -version, ms", bare);
    starts("without an archive", bare, figures);
    Process making =
        new ProcessBuilder(dist.resolve("make-archive").toString()).redirectErrorStream(true)
            .redirectOutput(directory.resolve("made").toFile()).start();
    if (!making.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS) || making.exitValue() != 0) {
      throw new IOException("no archive: " + Files.readString(directory.resolve("made")));
    }
    starts("with an archive", bare, figures);
  }

  private void starts(String how, double bare, Figures figures) throws IOException, InterruptedException {
    double empty = median(() -> start(Files.createTempDirectory(directory, "empty")));
    figures.add("start to serving, empty log, " + how + ", ms", empty);
    figures.add("… times java -version", empty / bare);
    double full = median(() -> start(directory.resolve("full")));
    figures.add(String.format(Locale.ROOT, "start to serving, %,d events, %s, ms", EVENTS, how), full);
    figures.add("… times java -version", full / bare);
  }

  private void fill() throws IOException {
    Path full = Files.createDirectory(directory.resolve("full"));
    try (HubProcess hub = HubProcess.setup().directory(full).jvmOptions("-Xmx512m", "-XX:+UseSerialGC").start()) {
      var batch = new StringBuilder();
      for (int i = 0; i < BATCH; i++) {
        batch.append("{\"topic\":\"bench/").append(i % 100).append("\",\"data\":\"").append("x".repeat(100)).append("\"}\n");
      }
      byte[] body = batch.toString().getBytes(UTF_8);
      for (int sent = 0; sent < EVENTS; sent += BATCH) {
        Http.Response answer =
            Http.exchange(hub.uri(), "POST", "/events", body, "Content-Type: application/x-ndjson");
        if (answer.status() != 200) {
          throw new IOException(answer.text());
        }
      }
    }
  }

  private interface Timed {
    double millis() throws IOException, InterruptedException;
  }

  private static double median(Timed timed) throws IOException, InterruptedException {
    var all = new ArrayList<Double>();
    for (int i = 0; i < ROUNDS; i++) {
      all.add(timed.millis());
    }
    return all.stream().sorted().skip(ROUNDS / 2).findFirst().orElseThrow();
  }

  private double bare() throws IOException, InterruptedException {
    long begin = System.nanoTime();
    Process java =
        new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-version")
            .redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.DISCARD).start();
    if (!java.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
      throw new IOException("java does not end");
    }
    return since(begin);
  }

  /** Until an event can be read: what the log says is not believed. */
  private double start(Path data) throws IOException, InterruptedException {
    var builder =
        new ProcessBuilder(dist.resolve("vertx").toString(), "-Dhttp.port=0", "-Dhttp.drain=100ms")
            .directory(data.toFile()).redirectErrorStream(true);
    builder.environment().keySet().removeIf(name -> name.equals("PORT") || name.startsWith("CARILLON_"));
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    long begin = System.nanoTime();
    Process hub = builder.start();
    try (var lines = hub.inputReader(UTF_8)) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        Matcher listening = LISTENING.matcher(line);
        if (listening.find()) {
          int status = Http.get(URI.create(listening.group(1)), "/events/bench/1?poll&since=last:1").status();
          if (status != 200) {
            throw new IOException("answered " + status);
          }
          return since(begin);
        }
      }
      throw new IOException("the hub has ended");
    } finally {
      hub.toHandle().destroy();
      if (!hub.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
        hub.destroyForcibly();
      }
    }
  }

  private static double since(long beginNanos) {
    return Duration.ofNanos(System.nanoTime() - beginNanos).toNanos() / 1e6;
  }
}
