package carillon.sse;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.vertx.core.buffer.Buffer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ChunksTest {

  @Test
  void bytes_ofEverySize_areFramedAsTheStandardSays() {
    IntStream.of(1, 9, 10, 15, 16, 17, 255, 256, 257, 4_095, 4_096, 65_535, 65_536, 1 << 20, (1 << 20) + 1)
        .forEach(
            size -> {
              String bytes = "é".repeat(size).substring(0, size);
              Buffer buffer = Buffer.buffer(bytes.getBytes(ISO_8859_1));
              ByteBuf chunk = Chunks.frame(UnpooledByteBufAllocator.DEFAULT, buffer);
              assertTrue(chunk.isDirect());
              assertEquals(
                  Integer.toHexString(size) + "\r\n" + bytes + "\r\n", chunk.toString(ISO_8859_1), size + " bytes");
              assertTrue(chunk.release());
            });
  }

  @Test
  void noBytes_wouldEndTheBody_areRefused() {
    assertThrows(
        IllegalArgumentException.class, () -> Chunks.frame(UnpooledByteBufAllocator.DEFAULT, Buffer.buffer()));
  }
}
