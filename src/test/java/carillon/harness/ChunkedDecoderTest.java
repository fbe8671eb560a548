package carillon.harness;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ChunkedDecoderTest {

  private static final String BODY = "5\r\nhello\r\n1\r\n\n\r\nA\r\n0123456789\r\n0\r\nx: y\r\n\r\n";

  @Test
  void size_everySplitOfABody_givesTheSameBytes() {
    for (int split = 0; split <= BODY.length(); split++) {
      var decoder = new ChunkedDecoder();
      var body = new ByteArrayOutputStream();
      byte[] bytes = BODY.getBytes(ISO_8859_1);
      decoder.feed(bytes, 0, split, body);
      decoder.feed(bytes, split, bytes.length, body);
      assertEquals("hello\n0123456789", body.toString(ISO_8859_1), "split at " + split);
      assertTrue(decoder.isDone(), "split at " + split);
      assertEquals(Optional.empty(), decoder.violation(), "split at " + split);
      assertEquals(3, decoder.chunks());
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "5\nhello\r\n",
        "5;x=y\r\n",
        " 5\r\n",
        "0x5\r\n",
        "\r\n",
        "-1\r\n",
        "2\r\nhello\r\n",
        "0\r\n\r\n0",
        "1000000000000000\r\n"
      })
  void size_whatASenderMustNotWrite_isAViolation(String text) {
    var decoder = new ChunkedDecoder();
    decoder.feed(text.getBytes(ISO_8859_1), 0, text.length(), new ByteArrayOutputStream());
    assertTrue(decoder.violation().isPresent(), text);
  }

  @Test
  void data_cutInsideAChunk_isNotBetweenChunks() {
    var decoder = new ChunkedDecoder();
    var body = new ByteArrayOutputStream();
    decoder.feed("5\r\nhello\r\n".getBytes(ISO_8859_1), 0, 10, body);
    assertTrue(decoder.isBetweenChunks());
    decoder.feed("5\r\nhel".getBytes(ISO_8859_1), 0, 6, body);
    assertFalse(decoder.isBetweenChunks());
    assertFalse(decoder.isDone());
  }
}
