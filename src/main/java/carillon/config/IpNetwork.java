package carillon.config;

import java.util.Optional;

/**
 * All addresses that begin alike: {@code 10.0.0.0/8}, {@code 2001:db8::/32}, or a single one. Immutable.
 *
 * @param first an address of it
 * @param bits how many bits its addresses have in common, of 128
 */
public record IpNetwork(IpAddress first, int bits) {

  private static final int BITS_MAX = 128;
  private static final int V4_BITS = 32;

  /** A list of them; as text, between commas. */
  static final Kind<IpNetwork> KIND =
      Kinds.text(
          "an address or a block of addresses such as 10.0.0.0/8 or fd00::/8",
          text -> parse(text).orElseThrow(() -> new IllegalArgumentException("no network")));

  /** Reads an address, or an address and a number of bits behind a slash; the bits behind those must be zero. */
  static Optional<IpNetwork> parse(String text) {
    int slash = text.indexOf('/');
    Optional<IpAddress> address = IpAddress.parse(slash < 0 ? text : text.substring(0, slash));
    if (address.isEmpty()) {
      return Optional.empty();
    }
    boolean isV4 = address.get().isV4() && text.indexOf(':') < 0;
    String bits = slash < 0 ? Integer.toString(isV4 ? V4_BITS : BITS_MAX) : text.substring(slash + 1);
    if (!bits.matches("0|[1-9][0-9]{0,2}") || Integer.parseInt(bits) > (isV4 ? V4_BITS : BITS_MAX)) {
      return Optional.empty();
    }
    var network = new IpNetwork(address.get(), Integer.parseInt(bits) + (isV4 ? BITS_MAX - V4_BITS : 0));
    boolean isClean =
        (address.get().high() & ~highMask(network.bits)) == 0 && (address.get().low() & ~lowMask(network.bits)) == 0;
    return isClean ? Optional.of(network) : Optional.empty();
  }

  /** Whether {@code address} is one of them. */
  public boolean contains(IpAddress address) {
    return ((address.high() ^ first.high()) & highMask(bits)) == 0
        && ((address.low() ^ first.low()) & lowMask(bits)) == 0;
  }

  private static long highMask(int bits) {
    return mask(Math.min(bits, Long.SIZE));
  }

  private static long lowMask(int bits) {
    return mask(Math.max(bits - Long.SIZE, 0));
  }

  private static long mask(int bits) {
    return bits == 0 ? 0 : -1L << (Long.SIZE - bits);
  }
}
