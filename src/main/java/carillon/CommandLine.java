package carillon;

import carillon.cli.Commands;
import carillon.cli.WrongArgumentsException;
import carillon.event.InvalidValueException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.regex.Pattern;

/**
 * Understands the command line: the grammar of {@code vertx run} as Vert.x 4 had it, without what makes no sense for a
 * hub (high availability, worker, redeployment, background processes). Pure, any thread.
 *
 * <pre>
 *   [run] [options] [verticle] [options] | help | version
 * </pre>
 *
 * Options begin with one dash or two; a value follows after {@code =} or as the next argument. Nothing is skipped: what
 * is not understood is refused, because a misread option would start another hub than the one that was asked for.
 */
final class CommandLine {

  /** What {@code run} starts when no verticle is named. */
  static final String HUB_VERTICLE = "carillon.HubVerticle";

  static final String CONF = "conf";
  static final String OPTIONS = "options";
  static final String INSTANCES = "instances";
  static final String CLUSTER = "cluster";
  static final String CLUSTER_HOST = "cluster-host";
  static final String CLUSTER_PORT = "cluster-port";
  static final String CLASSPATH = "classpath";
  static final String CHECK = "check";

  private static final Set<String> WITH_VALUE =
      Set.of(
          CONF,
          OPTIONS,
          INSTANCES,
          CLUSTER_HOST,
          CLUSTER_PORT,
          "cluster-public-host",
          "cluster-public-port",
          CLASSPATH);
  private static final Map<String, String> ALIASES = Map.of("cp", CLASSPATH);
  private static final Set<String> HELP = Set.of("help", "-help", "--help", "-h");
  private static final Set<String> VERSION = Set.of("version", "-version", "--version", "-v");
  private static final Pattern INSTANCES_SPELLING = Pattern.compile("[1-9][0-9]{0,2}");
  private static final Pattern PORT_SPELLING = Pattern.compile("0|[1-9][0-9]{0,4}");

  /** What was asked for. */
  sealed interface Request {

    /** Does what belongs to the case. */
    void match(Runnable help, Runnable version, Consumer<Run> run);
  }

  private record Help() implements Request {
    @Override
    public void match(Runnable help, Runnable version, Consumer<Run> run) {
      help.run();
    }
  }

  private record Version() implements Request {
    @Override
    public void match(Runnable help, Runnable version, Consumer<Run> run) {
      version.run();
    }
  }

  /**
   * Start a verticle.
   *
   * @param verticle its class
   * @param isCluster whether to join a cluster
   * @param isCheck whether to say only if it could be started, and with which settings
   * @param values of the options that have one, by long name
   * @param systemProperties to be set first
   */
  record Run(
      String verticle,
      boolean isCluster,
      boolean isCheck,
      Map<String, String> values,
      Map<String, String> systemProperties)
      implements Request {

    /** A real start. */
    Run(String verticle, boolean isCluster, Map<String, String> values, Map<String, String> systemProperties) {
      this(verticle, isCluster, false, values, systemProperties);
    }

    /** Copies the maps. */
    Run {
      values = Map.copyOf(values);
      systemProperties = Map.copyOf(systemProperties);
    }

    /** Whether the hub itself is to be started. */
    boolean isHub() {
      return verticle.equals(HUB_VERTICLE) || verticle.equals("java:" + HUB_VERTICLE);
    }

    /** The value of an option, if it was given. */
    Optional<String> value(String option) {
      return Optional.ofNullable(values.get(option));
    }

    @Override
    public void match(Runnable help, Runnable version, Consumer<Run> run) {
      run.accept(this);
    }
  }

  private final List<String> problems = new ArrayList<>();
  private final Map<String, String> values = new LinkedHashMap<>();
  private final Map<String, String> systemProperties = new HashMap<>();
  private final List<String> verticles = new ArrayList<>();
  private boolean isCluster;
  private boolean isCheck;
  private boolean isHelp;

  private CommandLine() {}

  /** @throws WrongArgumentsException with every problem there is */
  static Request parse(List<String> arguments) {
    if (arguments.isEmpty() || arguments.get(0).equals("run")) {
      return new CommandLine().run(arguments.subList(Math.min(1, arguments.size()), arguments.size()));
    }
    String first = arguments.get(0);
    if (HELP.contains(first)) {
      return new Help();
    }
    if (VERSION.contains(first)) {
      return new Version();
    }
    if (first.startsWith("-")) {
      return new CommandLine().run(arguments);
    }
    String commands = String.join(", ", Commands.names());
    throw new WrongArgumentsException(
        List.of("unknown command " + shown(first) + ", expected run, help, version, " + commands));
  }

  private Request run(List<String> arguments) {
    for (int i = 0; i < arguments.size(); i++) {
      String argument = arguments.get(i);
      if (!argument.startsWith("-")) {
        verticles.add(argument);
      } else if (argument.startsWith("-D")) {
        addSystemProperty(argument.substring(2));
      } else if (HELP.contains(argument)) {
        isHelp = true;
      } else {
        i += addOption(argument, arguments.subList(i + 1, arguments.size())) ? 1 : 0;
      }
    }
    if (isHelp) {
      return new Help();
    }
    checkTogether();
    if (!problems.isEmpty()) {
      throw new WrongArgumentsException(problems);
    }
    String verticle = verticles.isEmpty() ? HUB_VERTICLE : verticles.get(0);
    var run = new Run(verticle, isCluster, isCheck, values, systemProperties);
    if (isCheck && !run.isHub()) {
      throw new WrongArgumentsException(
          List.of("-" + CHECK + " knows the settings of the hub only, got " + shown(verticle)));
    }
    return run;
  }

  /** Takes one option; the answer says whether its value was the first of what follows. */
  private boolean addOption(String argument, List<String> following) {
    String spelled = argument.substring(argument.startsWith("--") ? 2 : 1);
    int equals = spelled.indexOf('=');
    String written = equals < 0 ? spelled : spelled.substring(0, equals);
    String name = ALIASES.getOrDefault(written, written);
    if (name.equals(CLUSTER) && equals < 0) {
      isCluster = true;
      return false;
    }
    if (name.equals(CHECK) && equals < 0) {
      isCheck = true;
      return false;
    }
    if (!WITH_VALUE.contains(name)) {
      problems.add("unknown option " + shown(argument));
      return false;
    }
    boolean usesNext = equals < 0 && !following.isEmpty() && !following.get(0).startsWith("-");
    String value = equals >= 0 ? spelled.substring(equals + 1) : usesNext ? following.get(0) : "";
    if (value.isEmpty()) {
      problems.add("-" + written + " needs a value");
    } else if (values.put(name, value) != null) {
      problems.add("-" + written + " is there twice");
    } else {
      checkAlone(name, value);
    }
    return usesNext;
  }

  private void addSystemProperty(String assignment) {
    int equals = assignment.indexOf('=');
    if (equals <= 0) {
      problems.add("expected -Dname=value, got " + shown("-D" + assignment));
    } else {
      systemProperties.put(assignment.substring(0, equals), assignment.substring(equals + 1));
    }
  }

  private void checkAlone(String name, String value) {
    if (name.equals(INSTANCES) && !INSTANCES_SPELLING.matcher(value).matches()) {
      problems.add("-instances: expected a whole number from 1 to 999, got " + shown(value));
    }
    boolean isPort = name.endsWith("-port");
    if (isPort && !(PORT_SPELLING.matcher(value).matches() && Integer.parseInt(value) <= 65_535)) {
      problems.add("-" + name + ": expected a whole number from 0 to 65535, got " + shown(value));
    }
  }

  private void checkTogether() {
    if (verticles.size() > 1) {
      problems.add("expected one verticle, got also " + shown(verticles.get(1)));
    }
    values.keySet().stream()
        .filter(name -> name.startsWith(CLUSTER) && !isCluster)
        .forEach(name -> problems.add("-" + name + " says nothing without -cluster"));
  }

  private static String shown(String text) {
    return InvalidValueException.shown(text);
  }
}
