package carillon.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class LinesTest {

  private static List<String> takeAll(Lines lines) {
    List<String> taken = new ArrayList<>();
    for (Optional<Lines.Line> line = lines.next(); line.isPresent(); line = lines.next()) {
      taken.add(line.get().isTooLong() ? "too long" : new String(line.get().bytes(), UTF_8));
    }
    assertEquals(0, lines.bytesWaiting());
    assertEquals(0, lines.linesWaiting());
    return taken;
  }

  @Test
  void text_splitAtEveryPoint_isTheSameLines() {
    byte[] text = "a\r\nbb\n\n \t\r\n\rc\rd\r\nlast".getBytes(UTF_8);
    for (int first = 0; first <= text.length; first++) {
      for (int second = first; second <= text.length; second++) {
        var lines = new Lines(100);
        lines.feed(Arrays.copyOfRange(text, 0, first));
        lines.feed(Arrays.copyOfRange(text, first, second));
        lines.feed(Arrays.copyOfRange(text, second, text.length));
        lines.end();
        assertEquals(List.of("a", "bb", "\rc\rd", "last"), takeAll(lines));
      }
    }
  }

  @Test
  void partialLine_next_waitsForItsEnd() {
    var lines = new Lines(100);
    lines.feed("a\nb".getBytes(UTF_8));
    assertEquals(1, lines.linesWaiting());
    assertEquals(1, lines.bytesWaiting());
    assertEquals(List.of("a"), takeAll(lines));
    lines.end();
    assertEquals(List.of("b"), takeAll(lines));
  }

  @Test
  void tooLongLine_keepsItsPlaceAndNothingElse() {
    for (int split = 0; split < 12; split++) {
      byte[] text = "a\n12345\n123456\nb\n".getBytes(UTF_8);
      var lines = new Lines(5);
      lines.feed(Arrays.copyOfRange(text, 0, split));
      lines.feed(Arrays.copyOfRange(text, split, text.length));
      lines.end();
      assertEquals(List.of("a", "12345", "too long", "b"), takeAll(lines), "split at " + split);
    }
  }

  @Test
  void endlessLine_holdsNoMoreThanTheBound() {
    var lines = new Lines(1000);
    for (int i = 0; i < 10_000; i++) {
      lines.feed(new byte[100]);
      assertTrue(lines.bytesWaiting() == 0 && lines.linesWaiting() == 0);
    }
    lines.end();
    assertEquals(List.of("too long"), takeAll(lines));
  }
}
