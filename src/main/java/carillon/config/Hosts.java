package carillon.config;

import java.util.Set;
import java.util.regex.Pattern;

/** What may stand as a host, and which hosts strangers cannot reach. No look-up is made. Any thread. */
final class Hosts {

  private static final Pattern HOST = Pattern.compile("[A-Za-z0-9._:%-]{1,255}");
  private static final Pattern LOOPBACK_V4 = Pattern.compile("127(\\.(25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])){3}");
  private static final Set<String> LOOPBACK_NAMES = Set.of("localhost", "::1", "0:0:0:0:0:0:0:1");

  private Hosts() {}

  /** @throws IllegalArgumentException if {@code text} is neither a name nor an address */
  static String require(String text) {
    if (!HOST.matcher(text).matches()) {
      throw new IllegalArgumentException("no host");
    }
    return text;
  }

  /**
   * Whether {@code host} is this machine and nothing else. A name other than {@code localhost} may be anything, so it
   * is not.
   */
  static boolean isLoopback(String host) {
    return LOOPBACK_NAMES.contains(host) || LOOPBACK_V4.matcher(host).matches();
  }
}
