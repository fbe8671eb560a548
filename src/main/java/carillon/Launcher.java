package carillon;

import carillon.CommandLine.Run;
import carillon.bus.Addresses;
import carillon.cli.Commands;
import carillon.cli.Terminal;
import carillon.cli.WrongArgumentsException;
import carillon.config.ConfigSources;
import carillon.config.ConfigText;
import carillon.config.Configuration;
import carillon.config.InvalidConfigException;
import carillon.ops.Logging;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Vertx;
import io.vertx.core.VertxBuilder;
import io.vertx.core.VertxOptions;
import io.vertx.core.cli.CLI;
import io.vertx.core.cli.CLIException;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.EventBusOptions;
import io.vertx.core.json.JsonObject;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.OptionalInt;

/**
 * Starts the hub: {@code java -jar carillon.jar}, or with the grammar of the {@code vertx run} that Vert.x 5 no longer
 * ships.
 *
 * <p>Exit codes: 0 after {@code help}, {@code version} and a {@code --check} that found nothing; 2 for wrong arguments
 * or configuration, of which every problem is printed; 11 when no cluster could be joined; 15 when the deployment
 * failed, or another node left the cluster meanwhile; 143 after a clean stop by SIGTERM. What {@code -conf} names is
 * read before anything starts: a hub with defaults never runs in the place of one that was set up differently.
 *
 * <p>The main thread dispatches and returns; the hooks are called by it and by event loops, and touch only final
 * fields.
 */
@SuppressWarnings("deprecation") // Vert.x keeps this command line as a module and marks it as the older of two
public final class Launcher extends io.vertx.core.Launcher {

  /** The event bus between nodes is open to whoever reaches it, so by default nobody from outside does. */
  private static final String CLUSTER_HOST_DEFAULT = "127.0.0.1";

  /**
   * Where the event bus listens when others than this machine reach it, so that a firewall can be told. On loopback the
   * system chooses: several nodes of one machine do not meet.
   */
  private static final String CLUSTER_PORT_DEFAULT = "5711";

  /**
   * Where vertx-hazelcast finds its configuration. Without it and without {@code conf/cluster.xml} it takes the {@code
   * cluster.xml} on the class path, which is in the jar and has the same content.
   */
  private static final String CLUSTER_FILE_PROPERTY = "vertx.hazelcast.config";

  /**
   * Has Hazelcast say so when something is on fewer nodes than it should be; the grid engine of the log insists on it. A
   * cluster file that says otherwise wins, and the engine refuses to start.
   */
  private static final String INDETERMINATE_PROPERTY = "hazelcast.operation.fail.on.indeterminate.state";

  /** MiB; by itself Hazelcast writes 250 of them into memory before it sends them. */
  private static final String MIGRATED_PROPERTY = "hazelcast.partition.migration.chunks.max.migrating.data.in.mb";

  private static final Path CLUSTER_FILE = Path.of("conf", "cluster.xml");

  private static final String HELP =
      """
      usage: java -jar carillon.jar [run] [options] [verticle]
             java -jar carillon.jar --check [options]
             java -jar carillon.jar help | version | COMMAND

      Starts the hub (carillon.HubVerticle) or another verticle on the class path. Settings come from conf/hub.yaml,
      -conf, the environment (CARILLON_HTTP_PORT=9000, PORT=9000) and system properties (-Dhttp.port=9000); later wins.

        -conf <file or JSON>          settings: a YAML or JSON file, or JSON such as '{"http": {"port": 9000}}'
        -instances <n>                HTTP verticles of the hub, the same as http.instances; default: one for each core
        -cluster                      join the cluster of conf/cluster.xml; without that file, of this machine
        -cluster-host <address>       where other nodes reach the event bus of this one; default 127.0.0.1
        -cluster-port <port>          the same, its port; default 5711, on loopback the system chooses
        -cluster-public-host <host>   what other nodes are told, when it differs
        -cluster-public-port <port>   the same, its port
        -options <file or JSON>       options of Vert.x itself
        -cp <path>                    where to look for the verticle, too
        -D<name>=<value>              a system property
        --check                       start nothing: print all settings with where each comes from, or what is wrong

      Exit codes: 2 wrong arguments or configuration, 11 no cluster, 15 failed deployment, 143 stopped by SIGTERM.
      """;

  private final Run run;
  private final JsonObject config;
  private volatile boolean stopping; // set by the shutdown hook, read by an event loop

  private Launcher(Run run, JsonObject config) {
    this.run = run;
    this.config = config;
  }

  /** Does what the arguments ask for. Returns while the hub goes on; ends the process if it cannot start. */
  public static void main(String[] arguments) {
    Logging.begin();
    if (arguments.length > 0 && Commands.names().contains(arguments[0])) {
      System.exit(
          Commands.run(List.of(arguments), new Terminal(System.in, System.out, System.err, System.getenv())));
    }
    try {
      CommandLine.parse(List.of(arguments)).match(Launcher::printHelp, Launcher::printVersion, Launcher::start);
    } catch (WrongArgumentsException e) {
      exit(LaunchFailure.usage(e.problems()));
    } catch (InvalidConfigException e) {
      exit(LaunchFailure.invalidConfig(e));
    }
  }

  private static void printHelp() {
    System.out.print(HELP);
    System.out.print("\nCommands, each with --help:\n" + Commands.summaries());
  }

  private static void printVersion() {
    String version = Launcher.class.getPackage().getImplementationVersion();
    System.out.println("carillon " + Objects.requireNonNullElse(version, "(not from a jar)"));
  }

  private static void start(Run run) {
    run.systemProperties().forEach(System::setProperty);
    if (run.isCheck()) {
      check(run);
      return;
    }
    JsonObject config = run.value(CommandLine.CONF).map(Launcher::readConf).orElseGet(JsonObject::new);
    JsonObject options = run.value(CommandLine.OPTIONS).map(Launcher::readOptions).orElseGet(JsonObject::new);
    if (run.isCluster() && System.getProperty(CLUSTER_FILE_PROPERTY) == null && Files.isRegularFile(CLUSTER_FILE)) {
      System.setProperty(CLUSTER_FILE_PROPERTY, CLUSTER_FILE.toString());
    }
    if (run.isCluster()) {
      System.setProperty(INDETERMINATE_PROPERTY, "true");
      if (System.getProperty(MIGRATED_PROPERTY) == null) {
        System.setProperty(MIGRATED_PROPERTY, "8"); // of the log at once, to a node that joins; without it all of it
      }
    }
    var launcher = new Launcher(run, config);
    try {
      launcher.dispatch(vertxArguments(run, withDefaults(options, run.isCluster(), eventLoops(run, config))));
    } catch (RuntimeException e) {
      launcher.exitBecauseOf(e);
    }
  }

  /** Prints what the hub would run with, and ends; whatever is wrong, ends as a start would. */
  private static void check(Run run) {
    JsonObject given =
        run.value(CommandLine.CONF).filter(conf -> !ConfigText.isFile(conf)).map(Launcher::readConf)
            .orElseGet(JsonObject::new);
    Configuration read = read(run, given);
    List<String> problems = ConfigCheck.problems(read, run.isCluster());
    if (!problems.isEmpty()) {
      throw new InvalidConfigException(problems);
    }
    System.out.print(read.yaml());
  }

  private static JsonObject readConf(String argument) {
    return ConfigText.ofArgument("-" + CommandLine.CONF, argument);
  }

  private static JsonObject readOptions(String argument) {
    return ConfigText.ofArgument("-" + CommandLine.OPTIONS, argument);
  }

  /**
   * What the hub wants of Vert.x unless {@code -options} or a system property {@code vertx.options.…} says otherwise.
   *
   * @param eventLoops how many, if that is for us to say
   */
  static JsonObject withDefaults(JsonObject options, boolean isCluster, OptionalInt eventLoops) {
    var all = new JsonObject();
    eventLoops.ifPresent(loops -> all.put("eventLoopPoolSize", loops));
    all.put("preferNativeTransport", true); // only it has TCP_USER_TIMEOUT, which notices clients that vanished
    if (isCluster) {
      all.put("eventBusOptions", eventBusDefaults());
    }
    return all.mergeIn(options, true);
  }

  /**
   * As many as there are HTTP verticles; publisher, tail and the rest share them. Vert.x would take two for each core:
   * then an event goes from thread to thread, each time somebody has to be woken, and nobody gains by it. With wrong
   * settings the hub is not going to start, so any number does.
   */
  static OptionalInt eventLoops(Run run, JsonObject config) {
    return run.isHub() ? OptionalInt.of(read(run, config).options().http().instances()) : OptionalInt.empty();
  }

  /** All settings as the hub is going to read them. */
  private static Configuration read(Run run, JsonObject config) {
    return ConfigSources.ofProcess(deployed(run, config)).read();
  }

  /**
   * What a node that hangs does not take is kept by all the others until they give its connection up: soon, and as
   * {@code conf/cluster.xml} gives up the node itself. The time for TCP is for what the pings do not see, because
   * closing in order waits for the other side. All other values are there too: Vert.x reads what is not there as 0.
   */
  private static JsonObject eventBusDefaults() {
    var options = new EventBusOptions().setClusterPingInterval(2_000).setClusterPingReplyInterval(8_000);
    options.setTcpUserTimeout(10_000);
    return options.toJson();
  }

  /** Has the process end when it cannot join the cluster, with a line that says why. */
  @Override
  public VertxBuilder createVertxBuilder(VertxOptions options) {
    return new JoiningBuilder(super.createVertxBuilder(options), Launcher::exitBecauseNotJoined);
  }

  /** Has the hub look at its settings when the process gets a SIGHUP. */
  @Override
  public void afterStartingVertx(Vertx vertx) {
    if (run.isHub()) {
      var delivery = new DeliveryOptions().setLocalOnly(true);
      Hangup.handle(() -> vertx.eventBus().send(Addresses.RELOAD, "", delivery));
    }
  }

  /** The same request in the words of Vert.x, but for what it would read carelessly or understand differently. */
  static String[] vertxArguments(Run run, JsonObject options) {
    var arguments = new ArrayList<String>(List.of("run", run.verticle()));
    arguments.add("--" + CommandLine.OPTIONS);
    arguments.add(options.encode());
    if (run.isCluster()) {
      arguments.add("--" + CommandLine.CLUSTER);
      if (run.value(CommandLine.CLUSTER_HOST).isEmpty()) {
        arguments.add("--" + CommandLine.CLUSTER_HOST + "=" + CLUSTER_HOST_DEFAULT);
      } else if (run.value(CommandLine.CLUSTER_PORT).isEmpty() && !isLoopback(run.value(CommandLine.CLUSTER_HOST).get())) {
        arguments.add("--" + CommandLine.CLUSTER_PORT + "=" + CLUSTER_PORT_DEFAULT);
      }
    }
    run.values().forEach((name, value) -> {
      boolean isOurs = name.equals(CommandLine.CONF) || name.equals(CommandLine.OPTIONS);
      if (!isOurs && !(name.equals(CommandLine.INSTANCES) && run.isHub())) {
        arguments.add("--" + name + "=" + value);
      }
    });
    return arguments.toArray(String[]::new);
  }

  /** As far as it is written there: no name is looked up. */
  private static boolean isLoopback(String host) {
    return host.equals("localhost") || host.equals("::1") || host.startsWith("127.");
  }

  /** Hands over what {@code -conf} said. There is one hub in a process; its instances are HTTP verticles. */
  @Override
  public void beforeDeployingVerticle(DeploymentOptions options) {
    options.setConfig(run.isHub() ? deployed(run, config) : config);
  }

  /** What the hub is deployed with. */
  private static JsonObject deployed(Run run, JsonObject config) {
    return withInstances(run, withFile(run, config));
  }

  /** The name of the file that {@code -conf} names, which the hub reads again when it has changed; or what it said. */
  static JsonObject withFile(Run run, JsonObject config) {
    return run.value(CommandLine.CONF)
        .filter(ConfigText::isFile)
        .map(file -> new JsonObject().put(ConfigSources.CONF_FILE, file))
        .orElse(config);
  }

  /** What {@code -conf} said, with what {@code -instances} said in its place if it was given. */
  static JsonObject withInstances(Run run, JsonObject config) {
    JsonObject changed = config.copy();
    run.value(CommandLine.INSTANCES)
        .ifPresent(
            instances -> {
              if (changed.getValue("http") instanceof JsonObject http) {
                http.remove("instances");
              }
              changed.put("http.instances", instances);
            });
    return changed;
  }

  /** Prints why, closes Vert.x, so that a cluster sees this node leave, and ends the process. */
  @Override
  public void handleDeployFailed(Vertx vertx, String verticle, DeploymentOptions options, Throwable thrown) {
    if (stopping) {
      return; // SIGTERM came before the hub was up, which is no failure
    }
    LaunchFailure failure = LaunchFailure.of(verticle, thrown);
    print(failure, thrown);
    // Exit waits for shutdown hooks, and those for Vert.x: it must not wait on a thread of Vert.x.
    vertx.close().onComplete(closed -> new Thread(() -> System.exit(failure.exitCode()), "exit").start());
  }

  /** Notes that the process ends; called by the shutdown hook. */
  @Override
  public void beforeStoppingVertx(Vertx vertx) {
    stopping = true;
  }

  /** Called when Vert.x refuses arguments that we let pass; by itself it would print this and exit with 0. */
  @Override
  protected void printGenericExecutionError(CLI cli, CLIException refused) {
    exit(LaunchFailure.usage(List.of(String.valueOf(refused.getMessage()))));
  }

  /** The same for values. */
  @Override
  protected void printSpecificException(CLI cli, Exception refused) {
    exit(LaunchFailure.usage(List.of(String.valueOf(refused.getMessage()))));
  }

  private void exitBecauseOf(RuntimeException thrown) {
    LaunchFailure failure = LaunchFailure.of(run.verticle(), thrown);
    print(failure, thrown);
    System.exit(failure.exitCode());
  }

  private static void exitBecauseNotJoined(Throwable thrown) {
    LaunchFailure failure = LaunchFailure.ofJoining(thrown);
    print(failure, thrown);
    System.exit(failure.exitCode());
  }

  private static void exit(LaunchFailure failure) {
    failure.lines().forEach(line -> System.err.println("carillon: " + line));
    System.exit(failure.exitCode());
  }

  private static void print(LaunchFailure failure, Throwable thrown) {
    failure.lines().forEach(line -> System.err.println("carillon: " + line));
    if (!failure.isExplained()) {
      thrown.printStackTrace();
    }
  }
}
