package carillon.bench;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * What the load finds wrong with a stream, however its bytes are cut.
 *
 * <p>Broken on purpose, and caught: the window of seen numbers not moved; a line that is cut not put together; a chunk
 * taken to end where the bytes do.
 */
class NumberedEventsTest {

  private final NumberedEvents.Tally tally = new NumberedEvents.Tally();
  private final List<Long> times = new ArrayList<>();
  private final List<Integer> statuses = new ArrayList<>();
  private int ended;

  private final class Recorded extends NumberedEvents {
    Recorded() {
      super(tally);
    }

    @Override
    void event(long nanos) {
      times.add(nanos);
    }

    @Override
    void began(int status) {
      statuses.add(status);
    }

    @Override
    void ended() {
      ended++;
    }
  }

  @Test
  void stream_inOrder_findsNothingWrong() {
    feed(new Recorded(), chunked(events(5, 6, 7, 8)));
    assertTally(0, 0, 0);
    assertEquals(List.of(50L, 60L, 70L, 80L), times);
    assertEquals(List.of(200), statuses);
  }

  @Test
  void stream_numbersLeftOut_areMissing() {
    feed(new Recorded(), chunked(events(1, 2, 5, 200)));
    assertTally(2 + 194, 0, 0);
  }

  @Test
  void stream_oneComesLate_isReorderedAndNotMissing() {
    feed(new Recorded(), chunked(events(1, 2, 4, 5, 3, 6)));
    assertTally(0, 0, 1);
    assertEquals(6, times.size());
  }

  @Test
  void stream_oneComesTwice_isDoubledAndNoEvent() {
    feed(new Recorded(), chunked(events(1, 2, 3, 2, 3, 4)));
    assertTally(0, 2, 0);
    assertEquals(4, times.size());
  }

  @Test
  void stream_numbersBeforeTheFirst_areDoubled() {
    feed(new Recorded(), chunked(events(100, 99)));
    assertTally(0, 1, 0);
  }

  @Test
  void anotherConnection_goesOn_whereTheLastOneWas() {
    var reader = new Recorded();
    feed(reader, chunked(events(1, 2)) + "9\r\ndata: {\"s");
    reader.begin();
    feed(reader, chunked(events(3, 5)));
    assertTally(1, 0, 0);
    assertEquals("id-5", reader.lastEventId());
    assertEquals(5, reader.last());
  }

  @Test
  void stream_gapIsTold_isCounted() {
    feed(new Recorded(), chunked("event: hub.gap\ndata: {}\n\n" + events(1)));
    assertEquals(1, tally.gaps);
  }

  @Test
  void stream_withoutChunksAndWithCarriageReturns_isReadToo() {
    String head = "HTTP/1.1 200 OK\nContent-Type: text/event-stream\n\n: hi\n\n";
    feed(new Recorded(), (head + events(1, 2, 4)).replace("\n", "\r\n"));
    assertTally(1, 0, 0);
    assertEquals(3, times.size());
  }

  @Test
  void answers_oneAfterTheOther_areToldApart() {
    feed(
        new Recorded(),
        """
        HTTP/1.1 201 Created
        content-LENGTH: 4

        abcdHTTP/1.1 204 No Content

        HTTP/1.1 503 Busy
        Transfer-Encoding: chunked

        3;x=y
        abc
        0
        A: b

        HTTP/1.1 202 Accepted
        Content-Length: 0

        """.replace("\n", "\r\n"));
    assertEquals(List.of(201, 204, 503, 202), statuses);
    assertEquals(4, ended);
  }

  @Test
  void anyStream_cutAnywhere_isTheSame() {
    long seed = new Random().nextLong();
    var random = new Random(seed);
    for (int round = 0; round < 300; round++) {
      tally.missing = 0;
      tally.doubled = 0;
      tally.reordered = 0;
      times.clear();
      byte[] bytes = chunked(events(1, 2, 4, 3, 3, 9, 10, 11, 12, 10)).getBytes(ISO_8859_1);
      var reader = new Recorded();
      for (int from = 0; from < bytes.length; ) {
        int to = Math.min(bytes.length, from + 1 + random.nextInt(1 + random.nextInt(60)));
        reader.feed(bytes, from, to);
        from = to;
      }
      assertTally(4, 2, 1);
      assertEquals(8, times.size(), "seed " + seed);
      assertEquals("id-10", reader.lastEventId(), "seed " + seed);
    }
  }

  private static void feed(NumberedEvents reader, String text) {
    byte[] bytes = text.getBytes(ISO_8859_1);
    reader.feed(bytes, 0, bytes.length);
  }

  private void assertTally(long missing, long doubled, long reordered) {
    assertEquals(
        List.of(missing, doubled, reordered), List.of(tally.missing, tally.doubled, tally.reordered));
  }

  /** Each event in a chunk of its own, but for the first line of each, which has one too. */
  private static String chunked(String events) {
    var text = new StringBuilder("HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n");
    for (String line : events.split("(?<=\n)")) {
      text.append(Integer.toHexString(line.length())).append("\r\n").append(line).append("\r\n");
    }
    return text.toString();
  }

  private static String events(long... numbers) {
    var text = new StringBuilder();
    for (long number : numbers) {
      text.append("id: id-").append(number).append("\ndata: {\"s\":").append(number).append(",\"t\":")
          .append(number * 10).append(",\"p\":\"xxxx\"}\n\n");
    }
    return text.toString();
  }
}
