package carillon.harness;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * The project's own {@code conf/cluster.xml} for nodes of a test: on ports that are free now, under a name of its own,
 * so that it meets no other cluster of this machine, and quicker to take nodes in and to give up those that hang. Any
 * thread.
 */
public final class ClusterFile {

  private static final String LOOPBACK = "127.0.0.1";

  private final String name;
  private final List<String> hosts;
  private final List<Integer> ports;

  private ClusterFile(List<String> hosts, List<Integer> ports) {
    this.name = "carillon-test-" + ProcessHandle.current().pid() + "-" + ports.get(0);
    this.hosts = List.copyOf(hosts);
    this.ports = List.copyOf(ports);
  }

  /** For that many nodes. */
  public static ClusterFile forNodes(int count) {
    return new ClusterFile(Collections.nCopies(count, LOOPBACK), freePorts(count));
  }

  /** For a node on each of these machines, by their addresses. */
  public static ClusterFile forMachines(List<String> hosts) {
    return new ClusterFile(hosts, Collections.nCopies(hosts.size(), 5701));
  }

  /** Ports of loopback on which nobody listens now, all different. */
  public static List<Integer> freePorts(int count) {
    List<ServerSocket> sockets = new ArrayList<>();
    try {
      for (int i = 0; i < count; i++) {
        sockets.add(new ServerSocket(0, 1, InetAddress.getLoopbackAddress()));
      }
      return sockets.stream().map(ServerSocket::getLocalPort).toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      sockets.forEach(ClusterFile::close);
    }
  }

  private static void close(ServerSocket socket) {
    try {
      socket.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The port by which the others find node {@code number}, counted from 0. */
  public int port(int number) {
    return ports.get(number);
  }

  /** Writes the file for node {@code number} to {@code file}, whose directory is made if it is missing. */
  public void write(int number, Path file) {
    String members =
        IntStream.range(0, ports.size())
            .mapToObj(i -> "<member>" + hosts.get(i) + ":" + port(i) + "</member>")
            .collect(Collectors.joining());
    try {
      String text = Files.readString(Path.of("conf", "cluster.xml"));
      text = replace(text, ">carillon<", ">" + name + "<");
      text = replace(text, "auto-increment=\"true\" port-count=\"8\">5701<", "auto-increment=\"false\">" + port(number) + "<");
      text = replace(text, "(?s)<member>.*</member>", members);
      text = replace(text, "(<interface>)127.0.0.1(</interface>)", "$1" + hosts.get(number) + "$2");
      text = replace(text, "(wait.seconds.before.join\">)2<", "$11<");
      text = replace(text, "(heartbeat.interval.seconds\">)2<", "$11<");
      text = replace(text, "(max.no.heartbeat.seconds\">)10<", "$16<");
      text = replace(text, "(merge.first.run.delay.seconds\">)15<", "$11<");
      text = replace(text, "(merge.next.run.delay.seconds\">)15<", "$11<");
      Files.createDirectories(file.getParent());
      Files.writeString(file, text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String replace(String text, String pattern, String replacement) {
    String replaced = text.replaceFirst(pattern, replacement);
    if (replaced.equals(text) && !Pattern.compile(pattern).matcher(text).find()) {
      throw new IllegalStateException("conf/cluster.xml has no " + pattern);
    }
    return replaced;
  }
}
