package carillon.sse;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import carillon.sse.EventStreamReader.Field;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

/** The reader against the examples and rules of WHATWG HTML 9.2.5 and 9.2.6: a judge is judged first. */
class EventStreamReaderTest {

  private static EventStreamReader read(String stream) {
    return new EventStreamReader().feed(stream.getBytes(UTF_8));
  }

  private static List<String> data(String stream) {
    return read(stream).end().events().stream().map(EventStreamReader.Event::data).toList();
  }

  // The examples of the standard, as printed there.

  @Test
  void standard_stockExample_isOneEventOfThreeLines() {
    assertEquals(List.of("YHOO\n+2\n10"), data("data: YHOO\ndata: +2\ndata: 10\n\n"));
  }

  @Test
  void standard_fourBlocks_firesThreeEventsAndResetsTheId() {
    EventStreamReader reader =
        read(": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event\n\n");
    assertEquals(List.of(" test stream"), reader.comments());
    assertEquals(
        List.of("first event", "second event", " third event"),
        reader.events().stream().map(EventStreamReader.Event::data).toList());
    assertEquals(List.of("1", "", ""), reader.events().stream().map(EventStreamReader.Event::lastEventId).toList());
  }

  @Test
  void standard_fieldsWithoutColon_firesEmptyAndLineFeed() {
    assertEquals(List.of("", "\n"), data("data\n\ndata\ndata\n\ndata:"));
  }

  @Test
  void standard_spaceAfterColon_isTheSame() {
    assertEquals(List.of("test", "test"), data("data:test\n\ndata: test\n\n"));
  }

  // Lines.

  @Test
  void lineEnds_mixed_areOneEach() {
    assertEquals(List.of("a\nb\nc"), data("data: a\rdata: b\r\ndata: c\n\n"));
    assertEquals(List.of("a", "b"), data("data: a\r\rdata: b\r\n\r\n"));
    assertEquals(List.of(), data("data: a\r\n")); // one line end, not two
  }

  @Test
  void lineEnds_splitBetweenPieces_areOneEach() {
    byte[] stream = "data: a\r\ndata: b\r\n\r\ndata: c\r\r\ndata: d\n\n".getBytes(UTF_8);
    for (int i = 0; i <= stream.length; i++) {
      for (int j = i; j <= stream.length; j++) {
        var reader = new EventStreamReader().feed(stream, 0, i).feed(stream, i, j).feed(stream, j, stream.length);
        List<String> data = reader.events().stream().map(EventStreamReader.Event::data).toList();
        assertEquals(List.of("a\nb", "c", "d"), data, "split at " + i + " and " + j);
      }
    }
  }

  @Test
  void byteOrderMark_atStart_isSkippedOnce() {
    assertEquals(List.of("a"), data("\ufeffdata: a\n\n"));
    assertEquals(List.of(), data("\ufeff\ufeffdata: a\n\n")); // a field named U+FEFF "data"
    assertEquals(List.of("\ufeffa"), data("data: \ufeffa\n\n"));
    assertEquals(List.of(), data("\n\ufeffdata: a\n\n"));
  }

  // Fields.

  @Test
  void id_withNul_isIgnored() {
    EventStreamReader reader = read("id: 1\ndata: a\n\nid: 2\0\ndata: b\n\n");
    assertEquals("1", reader.lastEventId());
    assertEquals("1", reader.events().get(1).lastEventId());
  }

  @Test
  void id_withoutData_movesTheLastEventIdAtTheBlankLine() {
    EventStreamReader reader = read("id: 7\n");
    assertEquals("", reader.lastEventId());
    assertFalse(reader.isBetweenBlocks());
    reader.feed("\n".getBytes(UTF_8));
    assertEquals("7", reader.lastEventId());
    assertEquals(List.of(), reader.events());
    assertEquals(List.of(List.of(new Field("id", "7"))), reader.silentBlocks());
    assertTrue(reader.isBetweenBlocks());
  }

  @Test
  void id_once_staysForLaterEvents() {
    assertEquals("1", read("id: 1\n\ndata: a\n\n").events().get(0).lastEventId());
  }

  @Test
  void event_withoutData_firesNothingAndIsForgotten() {
    EventStreamReader reader = read("event: x\n\ndata: a\n\n");
    assertEquals("message", reader.events().get(0).type());
    assertEquals(1, reader.events().size());
  }

  @Test
  void event_twice_lastWins() {
    assertEquals("y", read("event: x\nevent: y\ndata: a\n\n").events().get(0).type());
    assertEquals("message", read("event: x\nevent\ndata: a\n\n").events().get(0).type());
  }

  @Test
  void retry_digitsOnly_isTaken() {
    assertEquals(OptionalLong.empty(), read("retry: 1x\nretry:\nretry: -1\nretry:  1\nretry: \u0661\n\n").retry());
    assertEquals(OptionalLong.of(2000), read("retry: 2000\n").retry()); // at the line, not at the blank line
  }

  @Test
  void field_unknown_isKeptForTests() {
    EventStreamReader reader = read("topic: a/b\ntopic: c\nData: x\ndata: y\n\n");
    assertEquals(List.of("a/b", "c"), reader.events().get(0).values("topic"));
    assertEquals(List.of("x"), reader.events().get(0).values("Data"));
    assertEquals("y", reader.events().get(0).data());
  }

  // Ends and damage.

  @Test
  void end_withoutBlankLine_discardsTheBlock() {
    EventStreamReader reader = read("id: 9\ndata: a\n").end();
    assertEquals(List.of(), reader.events());
    assertEquals("", reader.lastEventId());
    assertThrows(IllegalStateException.class, () -> reader.feed(new byte[0]));
  }

  @Test
  void utf8_illFormed_isFlagged() {
    assertTrue(read("data: \ufffd\ud83d\ude00\n\n").isWellFormed());
    byte[] cutShort = {'d', 'a', 't', 'a', ':', (byte) 0xc3, '\n', '\n'};
    EventStreamReader reader = new EventStreamReader().feed(cutShort);
    assertFalse(reader.isWellFormed());
    assertEquals("\ufffd", reader.events().get(0).data());
  }

  @Test
  void takeEvents_afterSome_forgetsThem() {
    EventStreamReader reader = read("data: a\n\n");
    assertEquals(1, reader.takeEvents().size());
    assertEquals(List.of(), reader.takeEvents());
    assertEquals(1, reader.feed("data: b\n\n".getBytes(UTF_8)).takeEvents().size());
  }
}
