package carillon.harness;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A real hub in a process of its own, so that a test can do to it what the world does: stop it, kill it, start it
 * again. It runs the jar named by the system property {@code carillon.jar}, or the classes of the test's own class path
 * when there is none. Any thread.
 *
 * <pre>
 *   try (var hub = HubProcess.setup().start()) {
 *     Http.post(hub.uri(), "/events/news", "hello");
 *     hub.kill();
 *   }
 * </pre>
 */
public final class HubProcess implements AutoCloseable {

  /** The one setting that a build may choose for all tests: hubs within the test's own process read it by themselves. */
  private static final String OUTLET = "subscribe.outlet";

  private static final Duration START_PATIENCE = Duration.ofSeconds(90);
  private static final Duration STOP_PATIENCE = Duration.ofSeconds(20);
  private static final int LOG_LINES_MAX = 2_000;
  private static final int TAIL_LINES = 40;

  /** The one line by which a hub says that it serves, and where. */
  private static final Pattern LISTENING = Pattern.compile("listening on (https?://[^\\s/]+:\\d+)");

  private static final Pattern ARCHIVE = Pattern.compile("carillon\\.(\\d{1,12})\\.jsa");

  private final Process process;
  private final @Nullable Path temporary;
  private final CompletableFuture<URI> listening = new CompletableFuture<>();
  private final Thread collector;

  // Written by the collector, read by everybody, under its own lock.
  private final ArrayDeque<String> log = new ArrayDeque<>();

  private HubProcess(Process process, @Nullable Path temporary) {
    this.process = process;
    this.temporary = temporary;
    collector = new Thread(this::collect, "log-of-" + process.pid());
    collector.setDaemon(true);
    collector.start();
  }

  /**
   * A hub with the settings it has out of the box, but on a free port, in an empty directory of its own, and quick to
   * drain.
   */
  public static Setup setup() {
    return new Setup();
  }

  /**
   * What to start. Changed by its methods, which return it; may start any number of hubs, one after another or at once.
   */
  public static final class Setup {

    private final List<String> prefix = new ArrayList<>();
    private final List<String> jvmOptions = new ArrayList<>();
    private final List<String> arguments = new ArrayList<>();
    private final Map<String, String> systemProperties = new LinkedHashMap<>();
    private final Map<String, String> environment = new LinkedHashMap<>();
    private @Nullable Path directory;

    private Setup() {
      systemProperties.put("http.port", "0");
      systemProperties.put("http.drain", "500ms");
    }

    /** Sets a setting, or any other system property. */
    public Setup with(String property, Object value) {
      systemProperties.put(property, value.toString());
      return this;
    }

    /** Does not set {@code property}, not even {@code http.port}. */
    public Setup without(String property) {
      systemProperties.remove(property);
      return this;
    }

    /** Listens on this port; 0, the default, lets the system choose. */
    public Setup port(int port) {
      return with("http.port", port);
    }

    /** Puts words before the whole command: of a command that runs another one. */
    public Setup prefix(String... words) {
      prefix.addAll(List.of(words));
      return this;
    }

    /** Appends words to the command line. */
    public Setup arguments(String... words) {
      arguments.addAll(List.of(words));
      return this;
    }

    /** Appends options of the virtual machine, such as {@code -Xmx64m}. */
    public Setup jvmOptions(String... options) {
      jvmOptions.addAll(List.of(options));
      return this;
    }

    /** Adds to the environment; {@code PORT} and {@code CARILLON_…} are not inherited from the test's own. */
    public Setup environment(String name, String value) {
      environment.put(name, value);
      return this;
    }

    /** Runs there, and leaves it there; without this, each hub has an empty directory that goes when it is closed. */
    public Setup directory(Path directory) {
      this.directory = directory;
      return this;
    }

    /**
     * Starts the process and waits until it serves.
     *
     * @throws IllegalStateException with the end of the log, if it does not within {@code 90 s}
     */
    public HubProcess start() {
      HubProcess hub = launch();
      try {
        hub.awaitListening(START_PATIENCE);
        return hub;
      } catch (RuntimeException e) {
        hub.close();
        throw e;
      }
    }

    /** Starts the process and waits for nothing: for a hub that is expected to refuse. */
    public HubProcess launch() {
      try {
        Path temporary = directory == null ? Files.createTempDirectory("carillon-hub") : null;
        var builder = new ProcessBuilder(command()).redirectErrorStream(true);
        builder.directory((temporary == null ? directory : temporary).toFile());
        builder.environment().keySet().removeIf(name -> name.equals("PORT") || name.startsWith("CARILLON_"));
        String outlet = System.getProperty(OUTLET);
        if (outlet != null) {
          builder.environment().put("CARILLON_SUBSCRIBE_OUTLET", outlet);
        }
        builder.environment().putAll(environment);
        Process process = builder.start();
        process.getOutputStream().close();
        return new HubProcess(process, temporary);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    private List<String> command() throws IOException {
      var command = new ArrayList<>(prefix);
      String javaHome = System.getProperty("carillon.java", System.getProperty("java.home"));
      command.add(Path.of(javaHome, "bin", "java").toString());
      command.addAll(jvmOptions);
      systemProperties.forEach((name, value) -> command.add("-D" + name + "=" + value));
      String jar = System.getProperty("carillon.jar", "");
      if (jar.isEmpty()) {
        command.addAll(List.of("-cp", absoluteClassPath(), "carillon.Launcher"));
      } else {
        Path file = Path.of(jar).toAbsolutePath();
        archive(file)
            .ifPresent(found -> command.addAll(List.of("-XX:SharedArchiveFile=" + found, "-Xlog:cds*=off")));
        command.addAll(List.of("-jar", file.toString()));
      }
      command.addAll(arguments);
      return command;
    }

    /** What the build has left beside the jar for a quicker start, as the command {@code vertx} looks for it. */
    private static Optional<Path> archive(Path jar) throws IOException {
      try (var files = Files.list(jar.getParent())) {
        for (Path file : files.toList()) {
          Matcher name = ARCHIVE.matcher(file.getFileName().toString());
          if (name.matches() && Files.size(file) == Long.parseLong(name.group(1))) {
            return Optional.of(file);
          }
        }
        return Optional.empty();
      }
    }

    private static String absoluteClassPath() {
      var entries = new ArrayList<String>();
      for (String entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
        entries.add(Path.of(entry).toAbsolutePath().toString());
      }
      return String.join(File.pathSeparator, entries);
    }
  }

  /**
   * Waits until the hub has said where it listens.
   *
   * @throws IllegalStateException with the end of the log, if it ends or says nothing within {@code patience}
   */
  public URI awaitListening(Duration patience) {
    try {
      return listening.get(patience.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while a hub was starting");
    } catch (Exception e) {
      throw new IllegalStateException("the hub does not listen" + evidence(), e);
    }
  }

  /** Where it listens, such as {@code http://127.0.0.1:45671}, once it does. */
  public URI uri() {
    return awaitListening(START_PATIENCE);
  }

  /** The port it listens on, once it does. */
  public int port() {
    return uri().getPort();
  }

  /** The process id. */
  public long pid() {
    return process.pid();
  }

  /** Whether the process runs. */
  public boolean isAlive() {
    return process.isAlive();
  }

  /** The lines it has printed on both channels, oldest first; the last 2,000 of them. */
  public List<String> log() {
    synchronized (log) {
      return List.copyOf(log);
    }
  }

  /** The end of the log, ready to be put into the message of a failed assertion. */
  public String evidence() {
    List<String> lines = log();
    List<String> last = lines.subList(Math.max(0, lines.size() - TAIL_LINES), lines.size());
    String state = isAlive() ? " (running)" : " (exit " + process.exitValue() + ")";
    return System.lineSeparator() + "  hub " + pid() + state
        + last.stream().map(line -> System.lineSeparator() + "  | " + line).reduce("", String::concat);
  }

  /** Asks it to stop (SIGTERM), and does not wait. */
  public void terminate() {
    signal(process.toHandle().destroy());
  }

  /** Through its handle: {@link Process#destroy} would close the log before its last lines. */
  private void signal(boolean sent) {
    if (!sent && process.isAlive()) {
      throw new IllegalStateException("the hub cannot be signalled" + evidence());
    }
  }

  /** Asks it to stop and waits; returns its exit code. */
  public int stop() {
    terminate();
    return awaitExit(STOP_PATIENCE);
  }

  /** Kills it (SIGKILL), as a crash would, and waits until it is gone. */
  public void kill() {
    signal(process.toHandle().destroyForcibly());
    awaitExit(STOP_PATIENCE);
  }

  /**
   * Waits for the end and returns the exit code, 128 + n for a signal n. The log is complete then.
   *
   * @throws IllegalStateException with the end of the log, if it runs on beyond {@code patience}
   */
  public int awaitExit(Duration patience) {
    try {
      if (!process.waitFor(patience.toMillis(), TimeUnit.MILLISECONDS)) {
        throw new IllegalStateException("the hub has not ended within " + patience + evidence());
      }
      collector.join(STOP_PATIENCE.toMillis());
      return process.exitValue();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while a hub was ending");
    }
  }

  /** Ends the process, gently if it lets us, and removes its temporary directory. */
  @Override
  public void close() {
    try {
      if (process.isAlive()) {
        stop();
      }
    } finally {
      process.destroyForcibly();
      removeTemporary();
    }
  }

  private void collect() {
    try (var lines = new BufferedReader(new InputStreamReader(process.getInputStream(), UTF_8))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        keep(line);
        Matcher matcher = LISTENING.matcher(line);
        if (matcher.find()) {
          listening.complete(URI.create(matcher.group(1)));
        }
      }
    } catch (IOException e) {
      keep("(the log ends here: " + e + ")");
    } finally {
      listening.completeExceptionally(new IllegalStateException("the process has ended"));
    }
  }

  private void keep(String line) {
    synchronized (log) {
      log.addLast(line);
      if (log.size() > LOG_LINES_MAX) {
        log.removeFirst();
      }
    }
  }

  private void removeTemporary() {
    if (temporary == null) {
      return;
    }
    try (var paths = Files.walk(temporary)) {
      for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(path);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
