package carillon.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigInteger;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Addresses and blocks of them: by tables, and against arithmetic on whole numbers. */
class IpNetworkTest {

  @ParameterizedTest
  @CsvSource({
    "10.0.0.0/8,         10.255.0.1,         true",
    "10.0.0.0/8,         11.0.0.0,           false",
    "10.0.0.0/8,         ::ffff:10.1.1.1,    true",
    "10.0.0.0/8,         a00::1,             false",
    "::ffff:10.0.0.0/104, 10.1.1.1,          true",
    "192.0.2.7,          192.0.2.7,          true",
    "192.0.2.7,          192.0.2.8,          false",
    "0.0.0.0/0,          192.0.2.8,          true",
    "0.0.0.0/0,          2001:db8::1,        false",
    "::/0,               2001:db8::1,        true",
    "2001:db8::/32,      2001:db8:ffff::1,   true",
    "2001:db8::/32,      2001:db9::,         false",
    "2001:db8::/64,      2001:db8::1:0:0:0,  true",
    "2001:db8::/65,      2001:db8::8000:0:0:0, false",
    "2001:db8::1,        2001:db8::1,        true"
  })
  void contains_table(String network, String address, boolean expected) {
    assertEquals(expected, IpNetwork.parse(network).orElseThrow().contains(IpAddress.parse(address).orElseThrow()));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "", "/", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/+8", "10.0.0.0/08", "10.0.0.1/8",
        "10/8", "10.0.0/8", "10.0.0.0.0/8", "010.0.0.0/8", "::/129", "2001:db8::1/32", "[::]/0", "::1%lo", "localhost",
        "10.0.0.0 /8", "::/99999999999", "1:2:3:4:5:6:7:8:9"
      })
  void parse_whatIsNone_isRefused(String text) {
    assertTrue(IpNetwork.parse(text).isEmpty(), text);
  }

  @Test
  void contains_randomOnes_asArithmeticSays() throws UnknownHostException {
    long seed = System.nanoTime();
    var random = new Random(seed);
    for (int i = 0; i < 20_000; i++) {
      int bits = random.nextInt(129);
      byte[] one = new byte[16];
      random.nextBytes(one);
      BigInteger first = new BigInteger(1, one).shiftRight(128 - bits).shiftLeft(128 - bits);
      BigInteger other = new BigInteger(1, one).xor(BigInteger.ONE.shiftLeft(random.nextInt(128)));
      var network = new IpNetwork(address(first), bits);
      boolean expected = other.shiftRight(128 - bits).equals(first.shiftRight(128 - bits));
      assertEquals(expected, network.contains(address(other)), "seed " + seed + ", " + network + ", " + other);
      String spelled = InetAddress.getByAddress(bytes(other)).getHostAddress();
      assertEquals(address(other), IpAddress.parse(spelled).orElseThrow(), spelled);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "127.0.0.1,      true,  127.0.0.1",
    "127.9.9.9,      true,  127.9.9.9",
    "128.0.0.1,      false, 128.0.0.1",
    "::1,            true,  ::",
    "::2,            false, ::",
    "::ffff:127.0.0.1, true, 127.0.0.1",
    "2001:db8:0:1:2:3:4:5, false, 2001:db8:0:1::",
    "7f00::,         false, 7f00::"
  })
  void counted_asWhom(String text, boolean isLoopback, String counted) {
    IpAddress address = IpAddress.parse(text).orElseThrow();
    assertEquals(isLoopback, address.isLoopback());
    assertEquals(IpAddress.parse(counted).orElseThrow(), address.counted());
  }

  private static IpAddress address(BigInteger number) {
    return IpAddress.of(bytes(number));
  }

  private static byte[] bytes(BigInteger number) {
    byte[] signed = number.toByteArray();
    byte[] bytes = new byte[16];
    int length = Math.min(16, signed.length);
    System.arraycopy(signed, signed.length - length, bytes, 16 - length, length);
    return bytes;
  }
}
