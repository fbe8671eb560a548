package carillon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import carillon.config.InvalidConfigException;
import com.hazelcast.cluster.ClusterState;
import com.hazelcast.config.Config;
import com.hazelcast.config.FileSystemXmlConfig;
import com.hazelcast.config.MapStoreConfig;
import com.hazelcast.core.Hazelcast;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.map.MapStoreAdapter;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The launcher in JVMs of their own: what they print, and how they end. */
class LauncherIT {

  private static final long SECONDS_MAX = 60;
  private static final String VERTICLE = Probe.class.getName();

  @TempDir private Path directory;
  private final List<Process> processes = new ArrayList<>();

  @AfterEach
  void endProcesses() throws InterruptedException {
    for (Process process : processes) {
      process.destroyForcibly().waitFor(SECONDS_MAX, TimeUnit.SECONDS);
    }
  }

  /** Says on standard output what it was given, or fails as it was told to. */
  public static final class Probe extends VerticleBase {

    @Override
    public Future<?> start() throws Exception {
      switch (config().getString("fail", "")) {
        case "config" ->
            throw new InvalidConfigException(
                List.of("http.port: expected x", "log.engine: expected y"));
        case "bind" ->
            throw new IllegalStateException(new BindException("127.0.0.1:8080 is taken"));
        case "never" -> {
          System.out.println("starting");
          return Future.future(promise -> {});
        }
        case "bug" -> throw new IllegalStateException("a bug");
        default -> {}
      }
      var ready = Future.succeededFuture();
      if (config().containsKey("serve")) {
        ready =
            vertx
                .eventBus()
                .consumer("probe", message -> message.reply("served"))
                .completion()
                .mapEmpty();
      }
      if (config().containsKey("ask")) {
        ready =
            vertx
                .eventBus()
                .request("probe", "")
                .onSuccess(reply -> System.out.println(reply.body()))
                .mapEmpty();
      }
      return ready.onSuccess(
          ignored ->
              System.out.println(
                  "started " + config().encode() + " native " + vertx.isNativeTransportEnabled()));
    }

    @Override
    public Future<?> stop() {
      System.out.println("stopped");
      return Future.succeededFuture();
    }
  }

  @Test
  void sigterm_whileStarting_endsWith143() throws Exception {
    Process process = launch("run", VERTICLE, "-conf", "{\"fail\": \"never\"}");
    BufferedReader lines = process.inputReader();
    assertEquals("starting", lines.readLine());
    process.destroy();
    assertEquals(143, exitCode(process), errors(process));
  }

  @Test
  void help_asked_isShownAndEndsWith0() throws Exception {
    Process process = launch("--help");
    assertEquals(0, exitCode(process), errors(process));
    assertTrue(output(process).startsWith("usage: "));
  }

  @Test
  void check_good_printsEverythingAndMakesNothing() throws Exception {
    Files.writeString(directory.resolve("hub.yaml"), "http: {port: 1}");
    Process process = launch("--check", "-conf", "hub.yaml", "-Dhttp.drain=3s", "-instances", "2");
    assertEquals(0, exitCode(process), errors(process));
    String output = output(process);
    assertTrue(output.contains("  port: 1  # hub.yaml\n"), output);
    assertTrue(output.contains("  drain: 3s  # system property\n"), output);
    assertTrue(output.contains("  instances: \"2\"  # command line\n"), output);
    assertFalse(Files.exists(directory.resolve("data")));
  }

  @Test
  void check_wrong_endsWith2AndEveryProblem() throws Exception {
    Files.writeString(directory.resolve("file"), "no directory");
    Files.writeString(
        directory.resolve("hub.yaml"),
        """
        http: {port: x, tlsCertificate: file, tlsKey: file}
        log: {directory: file/below}
        auth: {keysFile: none.yaml, jwtPublicKey: file}
        """);
    Process process = launch("run", "--check", "-conf", "hub.yaml");
    assertEquals(2, exitCode(process));
    String errors = errors(process);
    assertEquals("", output(process));
    for (String key :
        List.of("http.port: ", "http.tlsCertificate: ", "auth.keysFile: ", "auth.jwtPublicKey: ", "log.directory: ")) {
      assertTrue(errors.contains("carillon:   " + key), errors);
    }
  }

  @Test
  void version_asked_isShownAndEndsWith0() throws Exception {
    Process process = launch("--version");
    assertEquals(0, exitCode(process), errors(process));
    assertTrue(output(process).startsWith("carillon "));
  }

  @Test
  void arguments_wrong_endWith2AndAHint() throws Exception {
    Process process = launch("run", VERTICLE, "-bogus", "-instances", "x");
    assertEquals(2, exitCode(process));
    assertEquals(
        List.of(
            "carillon: unknown option \"-bogus\"",
            "carillon: -instances: expected a whole number from 1 to 999, got \"x\"",
            "carillon: see --help"),
        errors(process).lines().toList());
    assertEquals("", output(process));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "a: 1\\na: 2|a.yaml: line 2, column 1: not valid YAML: found duplicate key a",
        "- a|a.yaml: expected groups of settings, got something else",
        "{\"a\": 1|a.yaml: line 1, column 8: not valid JSON",
      })
  void conf_broken_endsWith2BeforeAnythingStarts(String text, String problem) throws Exception {
    Files.writeString(directory.resolve("a.yaml"), text.replace("\\n", "\n"));
    Process process = launch("run", VERTICLE, "-conf", "a.yaml");
    assertEquals(2, exitCode(process));
    assertEquals(
        List.of("carillon: the configuration is not valid", "carillon:   " + problem),
        errors(process).lines().toList());
    assertEquals("", output(process));
  }

  @Test
  void conf_missingFile_endsWith2() throws Exception {
    Process process = launch("-conf", "none.yaml");
    assertEquals(2, exitCode(process));
    assertTrue(errors(process).endsWith("carillon:   none.yaml: no such file\n"), errors(process));
  }

  @Test
  void deployment_invalidConfig_endsWith2AndEveryProblem() throws Exception {
    Process process = launch("run", VERTICLE, "-conf", "{\"fail\": \"config\"}");
    assertEquals(2, exitCode(process));
    assertEquals(
        List.of(
            "carillon: the configuration is not valid",
            "carillon:   http.port: expected x",
            "carillon:   log.engine: expected y"),
        errors(process).lines().toList());
  }

  @Test
  void deployment_portTaken_endsWith15AndOneLine() throws Exception {
    Process process = launch("run", VERTICLE, "-conf", "{\"fail\": \"bind\"}");
    assertEquals(15, exitCode(process));
    assertEquals(
        List.of("carillon: cannot start: 127.0.0.1:8080 is taken"),
        errors(process).lines().toList());
  }

  @Test
  void deployment_noSuchClass_endsWith15() throws Exception {
    Process process = launch("run", "no.such.Verticle");
    assertEquals(15, exitCode(process));
    assertEquals(
        List.of(
            "carillon: cannot start no.such.Verticle: no class no.such.Verticle on the class path"),
        errors(process).lines().toList());
  }

  @Test
  void deployment_bug_endsWith15AndTheStackTrace() throws Exception {
    Process process = launch("run", VERTICLE, "-conf", "{\"fail\": \"bug\"}");
    assertEquals(15, exitCode(process));
    String errors = errors(process);
    assertTrue(errors.startsWith("carillon: cannot start " + VERTICLE + ": a bug\n"), errors);
    assertTrue(errors.contains("at carillon.LauncherIT$Probe.start"), errors);
  }

  @Test
  void verticle_terminated_stopsCleanlyWith143() throws Exception {
    Files.writeString(directory.resolve("a.yaml"), "http:\n  port: 0123\nclocks: []");
    Process process =
        launch("run", "-conf", "a.yaml", VERTICLE, "-options", "{\"eventLoopPoolSize\": 1}");
    BufferedReader output = process.inputReader();
    String linux = String.valueOf(System.getProperty("os.name").equals("Linux"));
    assertEquals(
        "started {\"http\":{\"port\":\"0123\"},\"clocks\":[]} native " + linux,
        line(process, output));
    terminate(process);
    assertEquals("stopped", line(process, output));
    assertEquals(143, exitCode(process), errors(process));
  }

  @Test
  void cluster_twoNodesWithTheFileInConf_hearEachOther() throws Exception {
    writeClusterFile();
    Process one = launch("run", VERTICLE, "-cluster", "-conf", "{\"serve\": true}");
    assertTrue(line(one, one.inputReader()).startsWith("started"), errors(one));
    Process two = launch("-cluster", VERTICLE, "-conf", "{\"ask\": true}");
    assertEquals("served", line(two, two.inputReader()), errors(two));
    terminate(one);
    terminate(two);
    assertEquals(143, exitCode(one), errors(one));
    assertEquals(143, exitCode(two), errors(two));
    assertFalse(errors(one).contains("ulticast"), errors(one));
  }

  /**
   * Whoever starts has to tell the others of itself. The only other one is gone before it has taken that in: it is told
   * nothing, and nobody knows whether it has stored it.
   */
  @Test
  void cluster_nodeLeavesWhileAnotherStarts_endsWith15AndOneLine() throws Exception {
    writeClusterFile();
    var told = new CountDownLatch(1);
    HazelcastInstance leaving = Hazelcast.newHazelcastInstance(neverStoring("__vertx.nodeInfo", told));
    try {
      assertEquals(0, leaving.getMap("__vertx.nodeInfo").size()); // it has everything from now on,
      leaving.getCluster().changeClusterState(ClusterState.NO_MIGRATION); // and keeps it, so it is told
      Process process = launch("run", VERTICLE, "-cluster");
      assertTrue(told.await(SECONDS_MAX / 2, TimeUnit.SECONDS), errors(process));
      leaving.getLifecycleService().terminate();
      assertEquals(15, exitCode(process), errors(process));
      assertEquals(
          List.of("carillon: cannot start: another node left the cluster at the same moment; start again"),
          errors(process).lines().filter(line -> line.startsWith("carillon: ")).toList());
      assertFalse(errors(process).contains("IndeterminateOperationState"), errors(process)); // the trace of it
    } finally {
      leaving.getLifecycleService().terminate();
    }
  }

  /** What the JDK prints in the tests: a line that begins with a date, none that belongs to a trace. */
  private static boolean isLogged(String line) {
    return line.startsWith("20") && !line.contains("SEVERE");
  }

  @Test
  void cluster_fileBroken_endsWith11AndOneLine() throws Exception {
    Files.createDirectory(directory.resolve("conf"));
    Files.writeString(directory.resolve("conf").resolve("cluster.xml"), "<hazelcast><nonsense/></hazelcast>");
    Process process = launch("run", VERTICLE, "-cluster");
    assertEquals(11, exitCode(process), errors(process));
    List<String> said = errors(process).lines().filter(line -> !isLogged(line)).toList();
    assertEquals(1, said.size(), errors(process));
    assertTrue(said.get(0).startsWith("carillon: cannot join the cluster: "), errors(process));
  }

  /** A member of the cluster that keeps whoever puts something into {@code map} waiting. */
  private Config neverStoring(String map, CountDownLatch asked) throws IOException {
    Config config = new FileSystemXmlConfig(directory.resolve("conf").resolve("cluster.xml").toFile());
    config.setProperty("hazelcast.logging.type", "none");
    config.setProperty("hazelcast.shutdownhook.enabled", "false");
    config.getMemberAttributeConfig().setAttribute("__vertx.nodeId", UUID.randomUUID().toString());
    var store =
        new MapStoreAdapter<>() {
          @Override
          public void store(Object key, Object value) {
            asked.countDown();
            LockSupport.parkNanos(TimeUnit.SECONDS.toNanos(SECONDS_MAX));
          }
        };
    config.getMapConfig(map).setMapStoreConfig(new MapStoreConfig().setImplementation(store));
    return config;
  }

  /**
   * The real file, on ports that are free now and under a name of its own, so that it meets no
   * other cluster here.
   */
  private void writeClusterFile() throws IOException {
    var text = Files.readString(Path.of("conf", "cluster.xml"));
    int first;
    int second;
    try (var one = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        var two = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      first = Math.min(one.getLocalPort(), two.getLocalPort());
      second = Math.max(one.getLocalPort(), two.getLocalPort());
    }
    Files.createDirectory(directory.resolve("conf"));
    Files.writeString(
        directory.resolve("conf").resolve("cluster.xml"),
        text.replace(">carillon<", ">" + directory.getFileName() + "<")
            .replace(
                "port-count=\"8\">5701", "port-count=\"" + (second - first + 1) + "\">" + first)
            .replace("127.0.0.1:5701", "127.0.0.1:" + first)
            .replace("127.0.0.1:5702", "127.0.0.1:" + second));
  }

  private Process launch(String... arguments) throws IOException {
    var command = new ArrayList<String>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(
        List.of(
            "-XX:TieredStopAtLevel=1",
            "-XX:+UseSerialGC",
            // As in the jar, where there is nothing else to log with.
            "-Dvertx.logger-delegate-factory-class-name="
                + "io.vertx.core.logging.JULLogDelegateFactory",
            "-cp",
            System.getProperty("java.class.path")));
    command.add(Launcher.class.getName());
    command.addAll(List.of(arguments));
    Process process =
        new ProcessBuilder(command)
            .directory(directory.toFile())
            .redirectError(directory.resolve("errors" + processes.size()).toFile())
            .start();
    processes.add(process);
    return process;
  }

  /** Sends SIGTERM and leaves the streams open, which {@link Process#destroy} would close. */
  private static void terminate(Process process) {
    assertTrue(process.toHandle().destroy(), "not running");
  }

  private static int exitCode(Process process) throws InterruptedException {
    assertTrue(process.waitFor(SECONDS_MAX, TimeUnit.SECONDS), "still running");
    return process.exitValue();
  }

  /** What it has printed to standard error, without what the test class path's logging adds. */
  private String errors(Process process) throws IOException {
    var errors = new StringBuilder();
    Files.readString(directory.resolve("errors" + processes.indexOf(process)))
        .lines()
        .filter(line -> !line.startsWith("SLF4J: "))
        .forEach(line -> errors.append(line).append('\n'));
    return errors.toString();
  }

  private static String output(Process process) throws IOException {
    return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
  }

  private String line(Process process, BufferedReader output) throws Exception {
    String line =
        CompletableFuture.supplyAsync(() -> readLine(output)).get(SECONDS_MAX, TimeUnit.SECONDS);
    return line == null ? "ended: " + errors(process) : line;
  }

  private static String readLine(BufferedReader output) {
    try {
      return output.readLine();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
