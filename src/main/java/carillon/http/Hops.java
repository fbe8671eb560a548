package carillon.http;

import carillon.config.IpAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads where proxies say a request came from. Pure.
 *
 * <pre>
 *   X-Forwarded-For: 203.0.113.7, 10.0.0.2                       no standard; with or without port and brackets
 *   Forwarded: for="[2001:db8::7]:4711";proto=https, for=_hidden RFC 7239
 * </pre>
 *
 * <p>One entry for each proxy the request passed, the nearest last; empty for one that names no address: {@code
 * unknown}, an obfuscated identifier, a name, nonsense.
 */
final class Hops {

  /** A longer line of {@code Forwarded} is not read: a pattern takes stack for each escape in it. */
  static final int FORWARDED_LENGTH_MAX = 4_096;

  /** A token of RFC 9110 with what is behind it, or a quoted string; then what separates it from the next pair. */
  private static final Pattern PAIR =
      Pattern.compile(
          "[ \\t]*([!#$%&'*+.^_`|~0-9A-Za-z-]+)=(?:([!#$%&'*+.^_`|~0-9A-Za-z-]+)"
              + "|\"((?:[^\"\\\\]|\\\\.)*+)\")[ \\t]*([;,]|$)");

  private static final Pattern PORT = Pattern.compile("[0-9]{1,5}|_[A-Za-z0-9._-]{1,64}");

  private Hops() {}

  /** The hops of a line of {@code X-Forwarded-For}. */
  static List<Optional<IpAddress>> ofXForwardedFor(String line) {
    var hops = new ArrayList<Optional<IpAddress>>();
    for (String node : line.split(",", -1)) {
      hops.add(address(node.strip()));
    }
    return hops;
  }

  /**
   * The hops of a line of {@code Forwarded}; a single empty one if the line breaks the rules anywhere, or is longer
   * than {@link #FORWARDED_LENGTH_MAX}.
   */
  static List<Optional<IpAddress>> ofForwarded(String line) {
    if (line.length() > FORWARDED_LENGTH_MAX) {
      return List.of(Optional.empty());
    }
    var hops = new ArrayList<Optional<IpAddress>>();
    Optional<String> node = Optional.empty();
    Matcher pair = PAIR.matcher(line);
    int at = 0;
    while (pair.find() && pair.start() == at) {
      at = pair.end();
      if (pair.group(1).toLowerCase(Locale.ROOT).equals("for")) {
        if (node.isPresent()) {
          return List.of(Optional.empty());
        }
        node = Optional.of(pair.group(2) == null ? pair.group(3).replaceAll("\\\\(.)", "$1") : pair.group(2));
      }
      if (!pair.group(4).equals(";")) {
        hops.add(node.flatMap(Hops::address));
        node = Optional.empty();
      }
      if (pair.group(4).isEmpty()) {
        return hops;
      }
    }
    return List.of(Optional.empty());
  }

  private static Optional<IpAddress> address(String node) {
    if (node.startsWith("[")) {
      int end = node.indexOf(']');
      boolean isWhole = end > 0 && (end == node.length() - 1 || isPort(node, end + 1));
      return isWhole && node.indexOf(':') > 0 ? IpAddress.parse(node.substring(1, end)) : Optional.empty();
    }
    int colon = node.indexOf(':');
    boolean hasPort = colon > 0 && node.lastIndexOf(':') == colon && isPort(node, colon);
    return IpAddress.parse(hasPort ? node.substring(0, colon) : node);
  }

  private static boolean isPort(String node, int colon) {
    return node.charAt(colon) == ':' && PORT.matcher(node).region(colon + 1, node.length()).matches();
  }
}
