package carillon.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** What a follower makes of a stream, and how it waits. */
class FollowingTest {

  private static final String STREAM =
      """
      \ufeffretry: 5000
      : carillon

      id: e-1

      event: greeting
      id: e-2
      data: {"a":1}

      : heartbeat
      event: hub.gap
      data: {"reason":"expired"}

      data: no id of its own
      data:second line

      id: e-3

      event: left out
      id: e-9
      """;

  @Test
  void stream_inPiecesOfAnySize_meansTheSame() {
    for (String ends : List.of("\n", "\r\n", "\r")) {
      byte[] bytes = STREAM.replace("\n", ends).getBytes(UTF_8);
      for (int size = 1; size <= bytes.length; size++) {
        var following = following(Optional.empty(), Long.MAX_VALUE);
        var lines = new ArrayList<String>();
        var remarks = new ArrayList<String>();
        for (int at = 0; at < bytes.length; at += size) {
          byte[] piece = Arrays.copyOfRange(bytes, at, Math.min(bytes.length, at + size));
          Following.Heard heard = following.feed(piece);
          lines.addAll(heard.lines());
          remarks.addAll(heard.remarks());
        }
        assertEquals(List.of("{\"a\":1}", "no id of its own\nsecond line"), lines);
        assertEquals(List.of("hub.gap {\"reason\":\"expired\"}"), remarks);
        assertEquals("e-3", following.cursor(), "an unfinished block moves nothing");
        assertEquals(1, following.gaps());
      }
    }
  }

  @Test
  void enough_inTheMiddleOfAPiece_cursorStaysAtTheLastOneShown() {
    var following = following(Optional.empty(), 2);
    Following.Heard heard = following.feed("id: 1\ndata: a\n\nid: 2\ndata: b\n\nid: 3\ndata: c\n\n".getBytes(UTF_8));
    assertEquals(List.of("a", "b"), heard.lines());
    assertEquals("2", following.cursor());
    assertTrue(following.isEnough());
  }

  @Test
  void otherTypes_areNotShownAndMoveTheCursor() {
    var following = following(Optional.of("b"), 2);
    Following.Heard heard = following.feed("id: 1\nevent: b\ndata: a\n\nid: 2\ndata: b\n\n".getBytes(UTF_8));
    assertEquals(List.of("a"), heard.lines());
    assertEquals("2", following.cursor());
  }

  @Test
  void newStream_beginsCleanAndKeepsTheCursor() {
    var following = following(Optional.empty(), 9);
    assertEquals(List.of(), following.feed("id: 1\ndata: a\n\nid: 2\ndata: ha".getBytes(UTF_8)).remarks());
    following.opened();
    assertEquals("1", following.cursor());
    assertEquals(List.of("b"), following.feed("data: b\n\n".getBytes(UTF_8)).lines());
    assertEquals("1", following.cursor());
  }

  @Test
  void backoff_failures_doubleFromWhatTheHubSaysToAMinute() {
    long seed = new Random().nextLong();
    var backoff = new Backoff(new Random(seed));
    backoff.begin(Duration.ofSeconds(2));
    long due = 2_000;
    for (int i = 0; i < 100; i++) {
      long pause = backoff.next().toMillis();
      assertTrue(pause >= due / 2 && pause <= due, "seed " + seed + ", attempt " + i + ": " + pause + " of " + due);
      due = Math.min(60_000, due * 2);
    }
    backoff.succeeded();
    assertTrue(backoff.next().toMillis() <= 2_000, "seed " + seed);
    backoff.begin(Duration.ZERO);
    assertEquals(Duration.ZERO, backoff.next());
  }

  private static Following following(Optional<String> type, long count) {
    return new Following(type, count, new Backoff(new Random(1)));
  }
}
