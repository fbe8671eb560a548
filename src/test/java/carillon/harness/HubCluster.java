package carillon.harness;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BiFunction;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Several real hubs that form a cluster on loopback, each in a process and a directory of its own. A test kills them,
 * freezes them, stops and starts them again, and its clients go to whichever is there. Confined to one thread, but for
 * {@link #anyOf}, which any thread may call.
 */
public final class HubCluster implements AutoCloseable {

  static final Duration START_PATIENCE = Duration.ofMinutes(2);
  private static final Duration SIGNAL_PATIENCE = Duration.ofSeconds(20);

  private final Path directory;
  private final BiFunction<Integer, HubProcess.Setup, HubProcess.Setup> settings;
  private final ClusterFile clusterFile;
  private final List<Node> nodes = new ArrayList<>();

  private HubCluster(
      int count,
      ClusterFile clusterFile,
      Path directory,
      BiFunction<Integer, HubProcess.Setup, HubProcess.Setup> settings) {
    this.clusterFile = clusterFile;
    this.directory = directory;
    this.settings = settings;
    IntStream.range(0, count).forEach(number -> nodes.add(new Node(number)));
  }

  /**
   * Starts {@code count} nodes at the same time and waits until all of them serve.
   *
   * @param directory under which each node has one of its own
   * @param settings what a node is started with, by its number, besides what makes it one of the cluster
   */
  public static HubCluster start(
      int count, Path directory, BiFunction<Integer, HubProcess.Setup, HubProcess.Setup> settings) {
    ClusterFile file = ClusterFile.forNodes(count + 1); // the last is a visitor's
    return new HubCluster(count, file, directory, settings).start();
  }

  /** The same with a node on each machine. */
  public static HubCluster start(
      Machines machines, Path directory, BiFunction<Integer, HubProcess.Setup, HubProcess.Setup> settings) {
    List<String> hosts = machines.addresses();
    BiFunction<Integer, HubProcess.Setup, HubProcess.Setup> onItsMachine =
        (node, setup) ->
            settings
                .apply(node, setup)
                .prefix(machines.prefix(node))
                .with("http.host", hosts.get(node))
                .with("http.allowAnonymousPublish", "anywhere")
                .arguments("-cluster-host", hosts.get(node));
    return new HubCluster(hosts.size(), ClusterFile.forMachines(hosts), directory, onItsMachine).start();
  }

  private HubCluster start() {
    try {
      nodes.forEach(Node::launch);
      nodes.forEach(Node::awaitServing);
      return this;
    } catch (RuntimeException e) {
      close();
      throw e;
    }
  }

  /** A node by its number, counted from 0. */
  public Node node(int number) {
    return nodes.get(number);
  }

  /** How many there are. */
  public int size() {
    return nodes.size();
  }

  /** The file by which somebody joins who is none of the nodes; one at a time. */
  Path writeVisitorFile() {
    Path file = directory.resolve("visitor").resolve("cluster.xml");
    clusterFile.write(nodes.size(), file);
    return file;
  }

  /** One of the nodes by chance, frozen or dead ones included, as a client would choose that has a list of them. */
  public URI anyOf(RandomGenerator random) {
    return nodes.get(random.nextInt(nodes.size())).uri();
  }

  /** Has everything run again that does not: what is frozen goes on, what is dead is started. */
  public void restore() {
    nodes.forEach(Node::thaw);
    nodes.forEach(Node::startIfDead);
  }

  /** The ends of the logs of all nodes, ready to be put into the message of a failed assertion. */
  public String evidence() {
    return nodes.stream().map(Node::evidence).reduce("", String::concat);
  }

  /** Kills whatever runs. */
  @Override
  public void close() {
    nodes.forEach(Node::end);
  }

  /** One of them. */
  public final class Node {

    private final int number;
    private @Nullable HubProcess process;
    private volatile @Nullable URI uri;

    private Node(int number) {
      this.number = number;
    }

    private void launch() {
      Path home = directory.resolve("node" + number);
      clusterFile.write(number, home.resolve("conf").resolve("cluster.xml"));
      process = settings.apply(number, HubProcess.setup().directory(home).arguments("-cluster")).launch();
    }

    private void awaitServing() {
      uri = running().awaitListening(START_PATIENCE);
    }

    /** Starts it again, on another port of HTTP, and waits until it serves. */
    public void start() {
      launch();
      awaitServing();
    }

    private void startIfDead() {
      if (!running().isAlive()) {
        start();
      }
    }

    /** Where it listens, or did when it was there last. */
    public URI uri() {
      URI known = uri;
      if (known == null) {
        throw new IllegalStateException("node " + number + " has never served");
      }
      return known;
    }

    /** Kills it (SIGKILL). */
    public void kill() {
      running().kill();
    }

    /** Asks it to stop (SIGTERM), waits, and returns its exit code. */
    public int stop() {
      running().terminate();
      return running().awaitExit(START_PATIENCE);
    }

    /** Freezes it (SIGSTOP): it does nothing, and whoever is connected to it hears nothing. */
    public void freeze() {
      signal("STOP");
    }

    /** Has it go on where it was (SIGCONT), if it is there. */
    public void thaw() {
      if (running().isAlive()) {
        signal("CONT");
      }
    }

    /** How many lines of its log contain {@code text}, since it was last started. */
    public int said(String text) {
      return (int) running().log().stream().filter(line -> line.contains(text)).count();
    }

    /** The end of its log. */
    public String evidence() {
      return process == null ? "" : process.evidence();
    }

    private void signal(String name) {
      try {
        Process kill = new ProcessBuilder("kill", "-" + name, Long.toString(running().pid())).inheritIO().start();
        if (!kill.waitFor(SIGNAL_PATIENCE.toSeconds(), TimeUnit.SECONDS) || kill.exitValue() != 0) {
          throw new IllegalStateException("node " + number + " cannot be sent " + name);
        }
      } catch (IOException e) {
        throw new IllegalStateException(e);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException("interrupted", e);
      }
    }

    private HubProcess running() {
      if (process == null) {
        throw new IllegalStateException("node " + number + " has not been started");
      }
      return process;
    }

    private void end() {
      if (process != null) {
        process.kill(); // a frozen one, too
        process.close();
      }
    }

    @Override
    public String toString() {
      return "node " + number;
    }
  }
}
