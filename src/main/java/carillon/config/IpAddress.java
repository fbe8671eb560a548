package carillon.config;

import io.netty.util.NetUtil;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * An address of the internet protocol, version 4 or 6. An address of version 4 that is spelled as one of version 6
 * ({@code ::ffff:192.0.2.1}) is the one of version 4. No name is ever looked up. Immutable.
 *
 * @param high the first 64 bits
 * @param low the last 64 bits
 */
public record IpAddress(long high, long low) {

  /** The longest spelling there is, of an IPv6 address that ends in an IPv4 one. */
  private static final int LENGTH_MAX = 45;

  /** A number that some read as octal and others as decimal. */
  private static final Pattern LEADING_ZERO = Pattern.compile("(?:^|[.:])0[0-9]+(?:\\.|$)");

  private static final long V4_PREFIX = 0xffff_0000_0000L;

  /** Reads an address without brackets, zone or port; empty for anything else. */
  public static Optional<IpAddress> parse(String text) {
    if (text.length() > LENGTH_MAX
        || text.indexOf('%') >= 0
        || text.indexOf('[') >= 0
        || (text.indexOf('.') >= 0 && LEADING_ZERO.matcher(text).find())) {
      return Optional.empty();
    }
    byte[] bytes = NetUtil.createByteArrayFromIpAddressString(text);
    return bytes == null ? Optional.empty() : Optional.of(of(bytes));
  }

  /** The address of 4 or 16 bytes. */
  public static IpAddress of(byte[] bytes) {
    return switch (bytes.length) {
      case 4 -> new IpAddress(0, V4_PREFIX | number(bytes, 0, 4));
      case 16 -> new IpAddress(number(bytes, 0, 8), number(bytes, 8, 8));
      default -> throw new IllegalArgumentException("no address has " + bytes.length + " bytes");
    };
  }

  private static long number(byte[] bytes, int from, int length) {
    long number = 0;
    for (int i = from; i < from + length; i++) {
      number = number << 8 | (bytes[i] & 0xff);
    }
    return number;
  }

  /** As people write it: four numbers, or version 6 in its one short form (RFC 5952). */
  public String text() {
    byte[] bytes = isV4() ? ByteBuffer.allocate(Integer.BYTES).putInt((int) low).array() : bytes();
    return NetUtil.bytesToIpAddress(bytes);
  }

  private byte[] bytes() {
    return ByteBuffer.allocate(2 * Long.BYTES).putLong(high).putLong(low).array();
  }

  /** Whether this is an address of version 4. */
  public boolean isV4() {
    return high == 0 && (low & 0xffff_ffff_0000_0000L) == V4_PREFIX;
  }

  /** Whether it is this machine itself: {@code 127.0.0.0/8} or {@code ::1}. */
  public boolean isLoopback() {
    return isV4() ? (low >>> 24 & 0xff) == 127 : high == 0 && low == 1;
  }

  /**
   * Whom to count it as: a version 4 address as itself, one of version 6 as its network of 64 bits, all of which one
   * customer has.
   */
  public IpAddress counted() {
    return isV4() ? this : new IpAddress(high, 0);
  }
}
