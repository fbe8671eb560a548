package carillon.http;

import static org.junit.jupiter.api.Assertions.assertEquals;

import carillon.config.HubOptionsReader;
import carillon.config.IpAddress;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Whose request it is, behind proxies that tell the truth and clients that do not. Lines of one header are separated by
 * a bar. Taking the first address instead of the last that is no proxy's was seen to fail, and so was going on behind a
 * hop that names nobody.
 */
class ClientAddressTest {

  private static final String PROXIES = "10.0.0.0/8,fd00::/8";

  @ParameterizedTest
  @CsvSource(delimiter = '>', value = {
    "203.0.113.9 > 198.51.100.1                       > 203.0.113.9", // no proxy: nobody is believed
    "10.0.0.1    > 198.51.100.1                       > 198.51.100.1",
    "10.0.0.1    > 6.6.6.6, 198.51.100.1              > 198.51.100.1",
    "10.0.0.1    > 6.6.6.6, 198.51.100.1, 10.0.0.2    > 198.51.100.1",
    "10.0.0.1    > 6.6.6.6 | 198.51.100.1 | 10.0.0.2  > 198.51.100.1",
    "10.0.0.1    > 10.0.0.3, 10.0.0.2                 > 10.0.0.3", // a proxy may be a client
    "10.0.0.1    > 198.51.100.1:4711                  > 198.51.100.1",
    "10.0.0.1    > 2001:db8::7                        > 2001:db8::7",
    "10.0.0.1    > [2001:db8::7]                      > 2001:db8::7",
    "10.0.0.1    > [2001:db8::7]:4711                 > 2001:db8::7",
    "fd00::1     > 198.51.100.1                       > 198.51.100.1",
    "::ffff:10.0.0.1 > 198.51.100.1                   > 198.51.100.1",
    "10.0.0.1    > 198.51.100.1, unknown              > 10.0.0.1",
    "10.0.0.1    > 198.51.100.1, unknown, 10.0.0.2    > 10.0.0.2",
    "10.0.0.1    > 198.51.100.1, _hidden              > 10.0.0.1",
    "10.0.0.1    > 198.51.100.1,                      > 10.0.0.1",
    "10.0.0.1    > ''                                 > 10.0.0.1",
    "10.0.0.1    > localhost                          > 10.0.0.1",
    "10.0.0.1    > 198.51.100                         > 10.0.0.1",
    "10.0.0.1    > 198.51.100.256                     > 10.0.0.1",
    "10.0.0.1    > 198.51.100.1:                      > 10.0.0.1",
    "10.0.0.1    > 198.51.100.1:x                     > 10.0.0.1",
    "10.0.0.1    > [2001:db8::7]x                     > 10.0.0.1",
    "10.0.0.1    > [2001:db8::7                       > 10.0.0.1",
    "10.0.0.1    > [198.51.100.1]                     > 10.0.0.1",
    "10.0.0.1    > \"198.51.100.1\"                   > 10.0.0.1",
    "10.0.0.1    > 6.6.6.6 198.51.100.1               > 10.0.0.1"
  })
  void xForwardedFor_table(String peer, String lines, String client) {
    assertEquals(address(client.strip()), reader("x-forwarded-for").behind(address(peer.strip()), lines(lines)));
  }

  @ParameterizedTest
  @CsvSource(delimiter = '>', quoteCharacter = '~', value = {
    "203.0.113.9 > for=198.51.100.1                               > 203.0.113.9",
    "10.0.0.1    > for=198.51.100.1                               > 198.51.100.1",
    "10.0.0.1    > FOR=198.51.100.1;proto=https;by=10.0.0.1       > 198.51.100.1",
    "10.0.0.1    > by=10.0.0.1;for=\"198.51.100.1:4711\"          > 198.51.100.1",
    "10.0.0.1    > for=\"[2001:db8::7]\"                          > 2001:db8::7",
    "10.0.0.1    > for=\"[2001:db8::7]:4711\"                     > 2001:db8::7",
    "10.0.0.1    > for=\"[2001:db8::7]:_port\"                    > 2001:db8::7",
    "10.0.0.1    > for=\"198.51.\\100.1\"                         > 198.51.100.1",
    "10.0.0.1    > for=6.6.6.6, for=198.51.100.1, for=10.0.0.2    > 198.51.100.1",
    "10.0.0.1    > for=6.6.6.6|for=198.51.100.1 ,for=10.0.0.2     > 198.51.100.1",
    "10.0.0.1    > for=\"|for=198.51.100.1                        > 198.51.100.1", // the client's line is broken
    "10.0.0.1    > for=\", for=198.51.100.1                       > 10.0.0.1", // and here it is not to be told apart
    "10.0.0.1    > host=\"a,for=6.6.6.6\";for=198.51.100.1        > 198.51.100.1",
    "10.0.0.1    > for=198.51.100.1, for=unknown                  > 10.0.0.1",
    "10.0.0.1    > for=198.51.100.1, for=_gazonk                  > 10.0.0.1",
    "10.0.0.1    > for=198.51.100.1, proto=https                  > 10.0.0.1",
    "10.0.0.1    > for=198.51.100.1;for=6.6.6.6                   > 10.0.0.1",
    "10.0.0.1    > for=198.51.100.1;                              > 10.0.0.1",
    "10.0.0.1    > for= 198.51.100.1                              > 10.0.0.1",
    "10.0.0.1    > for                                            > 10.0.0.1",
    "10.0.0.1    > 198.51.100.1                                   > 10.0.0.1",
    "10.0.0.1    > for=2001:db8::7                                > 10.0.0.1"
  })
  void forwarded_table(String peer, String lines, String client) {
    assertEquals(address(client.strip()), reader("forwarded").behind(address(peer.strip()), lines(lines)));
  }

  /** Whatever a client writes, what its proxy adds behind it is what counts. */
  @Test
  void clients_writeWhatTheyLike_andAreStillThemselves() {
    long seed = System.nanoTime();
    var random = new Random(seed);
    String letters = "0123456789abcdef.:[],;=\"\\ _forx\t";
    for (int i = 0; i < 20_000; i++) {
      var text = new StringBuilder();
      for (int length = random.nextInt(60); length > 0; length--) {
        text.append(letters.charAt(random.nextInt(letters.length())));
      }
      String what = "seed " + seed + ": " + text;
      var added = List.of(text + ", 198.51.100.1");
      assertEquals(address("198.51.100.1"), reader("x-forwarded-for").behind(address("10.0.0.1"), added), what);
      var line = List.of(text.toString(), "for=198.51.100.1");
      assertEquals(address("198.51.100.1"), reader("forwarded").behind(address("10.0.0.1"), line), what);
    }
  }

  @Test
  void forwarded_longestLineOfEscapes_isReadWithoutHarm() {
    String escapes = "\\a".repeat((Hops.FORWARDED_LENGTH_MAX - 30) / 2);
    var read = List.of("host=\"" + escapes + "\";for=198.51.100.1");
    assertEquals(address("198.51.100.1"), reader("forwarded").behind(address("10.0.0.1"), read));
    var tooLong = List.of("host=\"" + escapes.repeat(4) + "\";for=198.51.100.1");
    assertEquals(address("10.0.0.1"), reader("forwarded").behind(address("10.0.0.1"), tooLong));
  }

  private static List<String> lines(String lines) {
    return List.of(lines.split("\\|")).stream().map(String::strip).toList();
  }

  private static ClientAddress reader(String header) {
    var http = new JsonObject().put("proxies", PROXIES).put("proxyHeader", header);
    return new ClientAddress(HubOptionsReader.read(new JsonObject().put("http", http)).limits());
  }

  private static IpAddress address(String text) {
    return IpAddress.parse(text).orElseThrow();
  }
}
