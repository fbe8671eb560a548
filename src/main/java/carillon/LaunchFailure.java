package carillon;

import carillon.config.InvalidConfigException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/**
 * Why the hub did not start, for the person who started it. Immutable.
 *
 * @param exitCode of the process
 * @param lines to print, the first of which says it all
 * @param isExplained whether the lines are enough; otherwise it is our mistake, and the stack trace should follow
 */
record LaunchFailure(int exitCode, List<String> lines, boolean isExplained) {

  /** Wrong arguments or configuration: nothing was started, and trying again does not help. */
  static final int USAGE = 2;

  /** There is no cluster, or none that takes this node. */
  static final int CLUSTER = 11;

  /** The hub could not be deployed, such as when its port is taken. */
  static final int DEPLOYMENT = 15;

  /** What Hazelcast throws when a node goes while another one asks it for something: nobody knows what became of it. */
  private static final Set<String> LEFT =
      Set.of(
          "com.hazelcast.core.IndeterminateOperationStateException",
          "com.hazelcast.core.MemberLeftException",
          "com.hazelcast.spi.exception.TargetNotMemberException");

  /** Copies the lines. */
  LaunchFailure {
    lines = List.copyOf(lines);
  }

  /** Sorts out why {@code verticle} was not deployed. */
  static LaunchFailure of(String verticle, Throwable thrown) {
    List<Throwable> chain = chain(thrown);
    for (Throwable cause : chain) {
      if (cause instanceof InvalidConfigException invalid) {
        return invalidConfig(invalid);
      }
    }
    for (Throwable cause : chain) {
      if (isLeft(cause)) {
        return left();
      }
      if (cause instanceof ClassNotFoundException) {
        return deployment("cannot start " + verticle + ": no class " + cause.getMessage() + " on the class path", true);
      }
      if (cause instanceof IOException || isOf("carillon.", cause)) {
        return deployment("cannot start: " + said(cause), true);
      }
    }
    return deployment("cannot start " + verticle + ": " + said(thrown), false);
  }

  /** Sorts out why the cluster was not joined, or only in part. */
  static LaunchFailure ofJoining(Throwable thrown) {
    List<Throwable> chain = chain(thrown);
    if (chain.stream().anyMatch(LaunchFailure::isLeft)) {
      return left();
    }
    boolean isExplained =
        chain.stream().anyMatch(cause -> cause instanceof IOException || isOf("com.hazelcast.", cause));
    return new LaunchFailure(CLUSTER, List.of("cannot join the cluster: " + said(thrown)), isExplained);
  }

  private static LaunchFailure left() {
    return deployment("cannot start: another node left the cluster at the same moment; start again", true);
  }

  /** By its name: whoever is in no cluster loads nothing of Hazelcast. */
  private static boolean isLeft(Throwable cause) {
    return LEFT.contains(cause.getClass().getName());
  }

  private static boolean isOf(String names, Throwable cause) {
    return cause.getClass().getName().startsWith(names);
  }

  /** What is wrong with the configuration, each problem on its line. */
  static LaunchFailure invalidConfig(InvalidConfigException invalid) {
    var lines = new ArrayList<String>();
    lines.add("the configuration is not valid");
    invalid.problems().forEach(problem -> lines.add("  " + problem));
    return new LaunchFailure(USAGE, lines, true);
  }

  /** What is wrong with the command line, each problem on its line. */
  static LaunchFailure usage(List<String> problems) {
    var lines = new ArrayList<String>(problems);
    lines.add("see --help");
    return new LaunchFailure(USAGE, lines, true);
  }

  private static LaunchFailure deployment(String line, boolean isExplained) {
    return new LaunchFailure(DEPLOYMENT, List.of(line), isExplained);
  }

  private static String said(Throwable thrown) {
    return Objects.requireNonNullElse(thrown.getMessage(), thrown.getClass().getName());
  }

  private static List<Throwable> chain(Throwable thrown) {
    var chain = new ArrayList<Throwable>();
    for (Throwable cause = thrown; cause != null && chain.size() < 32; cause = cause.getCause()) {
      chain.add(cause);
    }
    return chain;
  }
}
