package carillon.harness;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BlockReaderTest {

  private static final String STREAM =
      """
      retry: 1500
      : carillon

      id: e-0

      : heartbeat
      topic: a
      topic: b/\u00e9
      id: e-1
      event: t
      data: 12 34 x

      id: e-2
      data: one
      data:\s
      data: tw\u00f6

      : heartbeat
      id: e-9

      event: hub.gap
      data: {}

      id: e-10
      da""";

  private static final List<String> BLOCKS =
      List.of("e-0", "e-1 t [a, b/\u00e9] 12 34 x", "e-2  [] one\n\ntw\u00f6", "e-9", " hub.gap [] {}");

  @Test
  void feed_everySplitOfAStream_givesTheSameBlocks() {
    String bytes = new String(STREAM.getBytes(UTF_8), ISO_8859_1);
    for (int split = 0; split <= bytes.length(); split++) {
      var reader = new BlockReader("");
      var blocks = new ArrayList<String>();
      reader.feed(bytes.substring(0, split), block -> blocks.add(text(block)));
      reader.feed(bytes.substring(split), block -> blocks.add(text(block)));
      assertEquals(BLOCKS, blocks, "split at " + split);
      assertEquals("e-9", reader.lastEventId(), "an id without the end of its block is none; split at " + split);
      assertEquals(1500, reader.retryMillis());
      assertEquals(Optional.empty(), reader.violation());
    }
  }

  @Test
  void block_numbersInData_areReadByTheirPlace() {
    var numbers = new ArrayList<Long>();
    new BlockReader("")
        .feed("data: 12 345\n\n", block -> numbers.addAll(List.of(block.number(0), block.number(1))));
    assertEquals(List.of(12L, 345L), numbers);
  }

  @Test
  void feed_nothingWithAnId_keepsTheCursorItCameWith() {
    var reader = new BlockReader("e-5");
    reader.feed("data: x\n\n", block -> {});
    assertEquals("e-5", reader.lastEventId());
  }

  @ParameterizedTest
  @ValueSource(strings = {"data:x\n\n", "id: 1\nid: 2\n\n", "\n", "data: x\r\n\r\n\r\n", "Data: x\n\n", "event: a\n\n"})
  void feed_whatThisHubDoesNotWrite_isAViolation(String text) {
    var reader = new BlockReader("");
    reader.feed(text, block -> {});
    assertTrue(reader.violation().isPresent(), text);
  }

  private static String text(Swarm.Block block) {
    return block.isEvent() ? block.id() + " " + block.type() + " " + block.topics() + " " + block.data() : block.id();
  }
}
