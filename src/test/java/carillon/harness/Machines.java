package carillon.harness;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

/**
 * What looks to processes like machines of their own, in one network that a test can cut: network namespaces of Linux,
 * joined by a bridge to which the test itself is connected, too. Only for root; any thread.
 *
 * <pre>
 *   test, 10.x.y.254 ──┬───── bridge ─────┬──────────────┐
 *                      │                  │              │
 *                 machine 0          machine 1      machine 2       each with its own loopback
 *                 10.x.y.1           10.x.y.2       10.x.y.3
 * </pre>
 *
 * <p>A machine is cut off by what it and the others know of each other's hardware: frames go to nobody, and whoever sent
 * them hears nothing. The test still reaches it.
 */
public final class Machines implements AutoCloseable {

  private static final long PATIENCE_SECONDS = 30;
  private static final String NOBODY = "02:00:00:00:00:01";

  private final String name;
  private final String net;
  private final int count;

  private Machines(int count) {
    long pid = ProcessHandle.current().pid();
    this.name = "crl" + pid; // with a letter and a digit no longer than the 15 characters that Linux allows
    this.net = "10." + (64 + pid / 256 % 64) + "." + pid % 256 + ".";
    this.count = count;
  }

  /** Whether this process may make some. */
  public static boolean arePossible() {
    try (Machines none = of(0)) {
      return none.count == 0;
    } catch (IllegalStateException e) {
      return false;
    }
  }

  /** So many, all connected. */
  public static Machines of(int count) {
    var machines = new Machines(count);
    try {
      machines.build();
      return machines;
    } catch (IllegalStateException e) {
      machines.close();
      throw e;
    }
  }

  private void build() {
    ip("link add " + name + "b type bridge");
    ip("address add " + net + "254/24 dev " + name + "b");
    ip("link set " + name + "b up");
    for (int i = 0; i < count; i++) {
      ip("netns add " + name + "n" + i);
      ip("link add " + name + "v" + i + " type veth peer name eth0 netns " + name + "n" + i);
      ip("link set " + name + "v" + i + " master " + name + "b up");
      ip("-n " + name + "n" + i + " address add " + address(i) + "/24 dev eth0");
      ip("-n " + name + "n" + i + " link set eth0 up");
      ip("-n " + name + "n" + i + " link set lo up");
    }
  }

  /** The address of a machine, counted from 0. */
  public String address(int machine) {
    return net + (machine + 1);
  }

  /** The addresses of all. */
  public List<String> addresses() {
    return IntStream.range(0, count).mapToObj(this::address).toList();
  }

  /** The words before a command that have it run on a machine. */
  public String[] prefix(int machine) {
    return new String[] {"ip", "netns", "exec", name + "n" + machine};
  }

  /** Nothing passes any more between this machine and the other ones. */
  public void cut(int machine) {
    for (int other = 0; other < count; other++) {
      if (other != machine) {
        misdirect(machine, other);
        misdirect(other, machine);
      }
    }
  }

  private void misdirect(int from, int to) {
    ip("-n " + name + "n" + from + " neighbor replace " + address(to) + " lladdr " + NOBODY + " dev eth0 nud permanent");
  }

  /** Everything passes again. */
  public void heal(int machine) {
    for (int other = 0; other < count; other++) {
      if (other != machine) {
        ip("-n " + name + "n" + machine + " neighbor del " + address(other) + " dev eth0");
        ip("-n " + name + "n" + other + " neighbor del " + address(machine) + " dev eth0");
      }
    }
  }

  /** Takes everything down; what still runs on a machine is alone then. */
  @Override
  public void close() {
    for (int i = 0; i < count; i++) {
      tryIp("netns del " + name + "n" + i);
      tryIp("link del " + name + "v" + i);
    }
    tryIp("link del " + name + "b");
  }

  private static void ip(String words) {
    String refusal = tryIp(words);
    if (!refusal.isEmpty()) {
      throw new IllegalStateException("ip " + words + ": " + refusal);
    }
  }

  /** What it says if it fails. */
  private static String tryIp(String words) {
    try {
      Process process = new ProcessBuilder(("ip " + words).split(" ")).redirectErrorStream(true).start();
      String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      boolean hasEnded = process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS);
      return hasEnded && process.exitValue() == 0 ? "" : said + " ";
    } catch (IOException e) {
      return e.toString();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return e.toString();
    }
  }
}
