package carillon.harness;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Reads event streams as this hub writes them, at the speed that thousands of subscribers in one test need. Not a
 * parser of everything the standard allows, which is {@link carillon.sse.EventStreamReader}: what this hub would not
 * write is a violation, and after one nothing more is read. Confined to one thread.
 */
final class BlockReader {

  /*
   * Bytes are read as ISO 8859-1, one character for each, because looking for a line end in such a string is what the
   * virtual machine does fastest; only what a test looks at is decoded. A block that is not complete is kept as it is
   * and read again from its beginning when more has come.
   */

  private static final int BLOCK_MAX = 4 << 20;

  private final Block block = new Block();
  private String rest = "";
  private String lastEventId;
  private long retryMillis = -1;
  private String violation = "";

  /** @param lastEventId what the client came with, or nothing */
  BlockReader(String lastEventId) {
    this.lastEventId = lastEventId;
  }

  /** A view of the block that is being read. */
  private static final class Block implements Swarm.Block {

    private String text = "";
    private int idFrom;
    private int idTo;
    private int typeFrom;
    private int typeTo;
    private int dataFrom;
    private int dataTo;
    private final List<String> topics = new ArrayList<>(1);
    private final StringBuilder lines = new StringBuilder();
    private long retryMillis;

    @Override
    public boolean isEvent() {
      return dataFrom >= 0;
    }

    @Override
    public String id() {
      return idFrom < 0 ? "" : text.substring(idFrom, idTo);
    }

    @Override
    public String type() {
      return typeFrom < 0 ? "" : decoded(text.substring(typeFrom, typeTo));
    }

    @Override
    public long retryMillis() {
      return retryMillis;
    }

    @Override
    public List<String> topics() {
      return topics.stream().map(Block::decoded).toList();
    }

    @Override
    public String data() {
      return decoded(lines.length() > 0 ? lines.toString() : text.substring(dataFrom, dataTo));
    }

    @Override
    public long number(int place) {
      int from = dataFrom;
      for (int i = 0; i < place; i++) {
        from = text.indexOf(' ', from) + 1;
      }
      int to = text.indexOf(' ', from);
      return Long.parseLong(text, from, to < 0 || to > dataTo ? dataTo : to, 10);
    }

    private void begin(String from) {
      text = from;
      idFrom = -1;
      typeFrom = -1;
      dataFrom = -1;
      retryMillis = -1;
      topics.clear();
      lines.setLength(0);
    }

    private static String decoded(String bytes) {
      return new String(bytes.getBytes(ISO_8859_1), UTF_8);
    }
  }

  /** Reads what {@code bytes} says, one character for each byte, and hands over each block as it ends. */
  void feed(String bytes, Consumer<Swarm.Block> sink) {
    if (!violation.isEmpty()) {
      return;
    }
    String text = rest.isEmpty() ? bytes : rest.concat(bytes);
    int blockFrom = 0;
    int at = 0;
    int idFrom = -1;
    int idTo = -1;
    block.begin(text);
    for (int end = text.indexOf('\n'); end >= 0 && violation.isEmpty(); end = text.indexOf('\n', at)) {
      if (end > at) {
        line(text, at, end);
      } else {
        if (block.idFrom >= 0) {
          idFrom = block.idFrom;
          idTo = block.idTo;
        }
        end(sink);
        blockFrom = end + 1;
        block.begin(text);
      }
      at = end + 1;
    }
    if (idFrom >= 0) {
      lastEventId = text.substring(idFrom, idTo);
    }
    rest = text.substring(blockFrom);
    if (rest.length() > BLOCK_MAX) {
      violation = "a block of more than " + BLOCK_MAX + " bytes";
    }
  }

  /** What a client would send as {@code Last-Event-ID} now; empty: it would send none. */
  String lastEventId() {
    return lastEventId;
  }

  /** The reconnection time that the stream has set last, or -1. */
  long retryMillis() {
    return retryMillis;
  }

  /** What was wrong, if something was. */
  Optional<String> violation() {
    return violation.isEmpty() ? Optional.empty() : Optional.of(violation);
  }

  private void line(String text, int from, int to) {
    if (text.startsWith("data: ", from)) {
      data(text, from + 6, to);
    } else if (text.startsWith("id: ", from) && block.idFrom < 0) {
      block.idFrom = from + 4;
      block.idTo = to;
    } else if (text.startsWith("topic: ", from)) {
      block.topics.add(text.substring(from + 7, to));
    } else if (text.startsWith("event: ", from) && block.typeFrom < 0) {
      block.typeFrom = from + 7;
      block.typeTo = to;
    } else if (text.startsWith("retry: ", from)) {
      retryMillis = Long.parseLong(text, from + 7, to, 10);
      block.retryMillis = retryMillis;
    } else if (text.charAt(from) != ':') {
      violation = "a line that this hub does not write: " + text.substring(from, Math.min(to, from + 200));
    }
  }

  private void data(String text, int from, int to) {
    if (block.dataFrom < 0) {
      block.dataFrom = from;
      block.dataTo = to;
      return;
    }
    if (block.lines.length() == 0) {
      block.lines.append(text, block.dataFrom, block.dataTo);
    }
    block.lines.append('\n').append(text, from, to);
  }

  private void end(Consumer<Swarm.Block> sink) {
    if (block.isEvent() || block.idFrom >= 0) {
      sink.accept(block);
    } else if (block.retryMillis < 0) {
      violation = "a block that says nothing";
    }
  }
}
