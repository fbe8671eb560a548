package carillon.tail;

import static carillon.tail.Samples.frame;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import carillon.config.TailOptions;
import carillon.event.Event;
import carillon.event.Selector;
import carillon.event.Selectors;
import carillon.event.Sight;
import carillon.sse.Frame;
import carillon.sse.Rendering;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class InterestTest {

  private static final Rendering EVENTS = Rendering.EVENTS;
  private static final int PLENTY = 1 << 20;

  @Test
  void fresh_head_isAnsweredWithNothing() {
    var world = new World(8);
    world.arrive(1, "a").arrive(2, "b");
    Interest interest = world.follow("a");
    Answer answer = interest.after(2, 0, PLENTY);
    assertNothingUpTo(2, answer);
  }

  @Test
  void fresh_positionBeforeTheFollowing_isAnsweredFromTheRecentFrames() {
    var world = new World(8);
    world.arrive(1, "a").arrive(2, "b").arrive(3, "a");
    world.follow("a");
    world.assertAnswersAll("");
  }

  @Test
  void quiet_othersArrive_movesCursorAndPositionAlong() {
    var world = new World(4);
    Interest interest = world.follow("a");
    for (int offset = 1; offset <= 100; offset++) {
      world.arrive(offset, "b");
    }
    assertTrue(interest.reaches(0));
    Answer answer = interest.after(0, 0, PLENTY);
    assertNothingUpTo(100, answer);
  }

  @Test
  void pending_frameMatchesBySeveralSelectors_isAnsweredOnce() {
    var world = new World(8);
    Interest interest = world.follow("a", "b", "*");
    world.arrive(1, "a", "b");
    assertEquals(1, interest.after(0, 0, PLENTY).frames());
    world.assertAnswersAll("");
  }

  /** From the pending frames and from the recent ones alike. */
  @Test
  void privateFrame_isAnsweredToWhomItIsGrantedOnly() {
    var topics = Selectors.of("a", "b");
    var recent = new RecentFrames(new TailOptions(8, 1 << 20), 1, 0);
    Interest nobody = new Interest(topics, Sight.PUBLIC, EVENTS, recent, LatestOnly.NOTHING);
    Sight ofA = Sight.of(topics, List.of(new Selector("a")));
    Interest some = new Interest(topics, ofA, EVENTS, recent, LatestOnly.NOTHING);
    Interest all = new Interest(topics, Sight.ALL, EVENTS, recent, LatestOnly.NOTHING);
    List<Frame> frames = List.of(frame(1, 3, "a"), secret(2, "a"), secret(3, "b"), frame(4, 3, "b"));
    for (Frame frame : frames) {
      recent.append(frame);
      boolean isPublic = !frame.event().isPrivate();
      assertEquals(isPublic, nobody.offer(recent.head(), frame));
      assertEquals(isPublic || frame.event().offset() == 2, some.offer(recent.head(), frame));
      assertTrue(all.offer(recent.head(), frame));
    }
    for (int round = 0; round < 2; round++) {
      assertEquals(List.of(2, 4L), answered(nobody));
      assertEquals(List.of(3, 4L), answered(some));
      assertEquals(List.of(4, 4L), answered(all));
      List.of(nobody, some, all).forEach(Interest::settle);
    }
  }

  private static List<Number> answered(Interest interest) {
    Answer answer = interest.after(0, 0, PLENTY);
    return List.of(answer.frames(), answer.cursor());
  }

  private static Frame secret(long offset, String topic) {
    Event event = frame(offset, 3, topic).event();
    return Frame.of(
        new Event(event.id(), event.topics(), null, event.data(), event.time(), null, null, true));
  }

  @Test
  void pending_frameLargerThanAPiece_comesAlone() {
    var world = new World(8);
    Interest interest = world.follow("a");
    world.arrive(frame(1, 10, "a")).arrive(frame(2, 5_000, "a")).arrive(frame(3, 10, "a"));
    for (int from = 0; from < 3; from++) {
      assertEquals(from + 1, interest.after(from, 0, 50).to());
    }
    interest.settle();
    for (int from = 0; from < 3; from++) {
      assertEquals(from + 1, interest.after(from, 0, 50).to());
    }
  }

  @Test
  void pending_equalQuestions_getTheSameBuffer() {
    var world = new World(16);
    Interest interest = world.follow("a");
    world.arrive(1, "a").arrive(2, "b").arrive(3, "b").arrive(4, "a").arrive(5, "b");
    Buffer bytes = interest.after(1, 0, PLENTY).bytes();
    assertSame(bytes, interest.after(1, 0, PLENTY).bytes());
    assertSame(bytes, interest.after(2, 0, PLENTY).bytes(), "between the same two frames");
    assertSame(bytes, interest.after(3, 0, PLENTY).bytes(), "between the same two frames");
    assertNotSame(bytes, interest.after(0, 0, PLENTY).bytes());
    assertSame(bytes, interest.after(1, 0, PLENTY).bytes(), "several questions are remembered");
  }

  @Test
  void settled_equalQuestions_getTheSameBuffer() {
    var world = new World(16);
    Interest interest = world.follow("a");
    world.arrive(1, "a").arrive(2, "a");
    interest.settle();
    assertSame(interest.after(0, 0, PLENTY).bytes(), interest.after(0, 0, PLENTY).bytes());
    assertSame(interest.after(1, 0, PLENTY).bytes(), interest.after(1, 0, PLENTY).bytes());
  }

  @Test
  void chunk_askedForByAll_isFramedOnce() {
    var world = new World(16);
    Interest interest = world.follow("a");
    world.arrive(1, "a");
    ByteBuf chunk = chunk(interest, 0);
    assertSame(chunk, chunk(interest, 0));
    assertEquals(interest.after(0, 0, PLENTY).bytes().length() + "99\r\n\r\n".length(), chunk.readableBytes());
    interest.settle();
  }

  /** A chunk that is forgotten without being released is memory that never comes back. */
  @Test
  void chunks_ofForgottenAnswers_areReleased() {
    var world = new World(16);
    Interest interest = world.follow("a");
    List<ByteBuf> chunks = new ArrayList<>();
    for (int offset = 1; offset <= 6; offset++) {
      world.arrive(offset, "a");
    }
    for (int from = 0; from < 6; from++) {
      chunks.add(chunk(interest, from));
    }
    assertEquals(List.of(0, 0, 1, 1, 1, 1), references(chunks), "newer ones took their place");
    interest.settle();
    assertEquals(List.of(0, 0, 0, 0, 0, 0), references(chunks), "settled");

    ByteBuf fromRecent = chunk(interest, 3);
    interest.forgetAnswers();
    assertEquals(0, fromRecent.refCnt());
    world.arrive(7, "a");
    ByteBuf pending = chunk(interest, 6);
    interest.beginAnew();
    assertEquals(0, pending.refCnt());
  }

  private static ByteBuf chunk(Interest interest, long from) {
    return interest.after(from, 0, PLENTY).chunk(UnpooledByteBufAllocator.DEFAULT);
  }

  private static List<Integer> references(List<ByteBuf> chunks) {
    return chunks.stream().map(ByteBuf::refCnt).toList();
  }

  @Test
  void answered_moreArrives_restFollowsTheSharedAnswer() {
    var world = new World(16);
    Interest interest = world.follow("a");
    world.arrive(1, "a");
    Answer first = interest.after(0, 0, PLENTY);
    world.arrive(2, "a");
    assertSame(first, interest.after(0, 0, PLENTY));
    assertEquals(2, interest.after(first.to(), 0, PLENTY).lastOffset());
    world.assertAnswersAll("");
  }

  @Test
  void pending_moreThanTheRecentFramesHold_isAnsweredInFull() {
    var world = new World(4);
    Interest interest = world.follow("a");
    for (int offset = 1; offset <= 50; offset++) {
      world.arrive(offset, offset % 3 == 0 ? "b" : "a");
    }
    assertTrue(interest.reaches(0));
    world.assertAnswersAll("");
    interest.settle();
    assertFalse(interest.reaches(0));
    assertTrue(interest.reaches(46));
    world.assertAnswersAll("");
  }

  @Test
  void settled_quietForLong_stillReachesWhoeverHasTheLastMatch() {
    var world = new World(4);
    Interest interest = world.follow("a");
    world.arrive(1, "a").arrive(2, "b");
    interest.settle();
    for (int offset = 3; offset <= 20; offset++) {
      world.arrive(offset, "b");
    }
    assertTrue(interest.reaches(1));
    assertTrue(interest.after(1, 0, PLENTY).isEmpty());
    assertFalse(interest.reaches(0));
  }

  @Test
  void settled_answersOfBefore_areLetGo() {
    var world = new World(4);
    Interest interest = world.follow("a");
    world.arrive(1, "a");
    Buffer bytes = interest.after(0, 0, PLENTY).bytes();
    interest.settle();
    assertNotSame(bytes, interest.after(0, 0, PLENTY).bytes());
  }

  @Test
  void settled_framesThatCameSinceTheBell_areStillAnswered() {
    var world = new World(16);
    Interest interest = world.follow("a");
    world.arrive(1, "a");
    assertEquals(1, interest.after(0, 0, PLENTY).to());
    world.arrive(2, "a");
    interest.settle(); // whoever was answered up to 1 has not been rung for 2 yet
    assertEquals(2, interest.after(1, 0, PLENTY).lastOffset());
    world.assertAnswersAll("");
  }

  @Test
  void joinedLater_framesThatPassed_areAnsweredWithoutTheTransientOnes() {
    var world = new World(16);
    Interest interest = world.follow("a");
    world.arrive(1, "a").arrive(0, "a").arrive(2, "a").arrive(0, "a").arrive(3, "b").arrive(0, "a");
    assertEquals(2, interest.after(0, 5, PLENTY).frames());
    assertEquals(5, interest.after(0, 5, PLENTY).to());
    assertEquals(1, interest.after(5, 5, PLENTY).frames());
    assertEquals(5, interest.after(0, 0, PLENTY).frames());
    Buffer bytes = interest.after(0, 5, PLENTY).bytes();
    assertSame(bytes, interest.after(0, 6, PLENTY).bytes(), "joined later: begins with the same");
    assertEquals(3, interest.after(0, 3, PLENTY).to(), "joined earlier: has its own");
  }

  @Test
  void joinedLater_nothingMatched_looksOnlyOnce() {
    var world = new World(16);
    Interest interest = world.follow("a");
    world.arrive(1, "b").arrive(2, "b");
    assertSame(interest.after(0, 2, PLENTY), interest.after(0, 2, PLENTY));
  }

  @Test
  void pending_recentFramesBeginAnew_reachesNothingFromBefore() {
    var world = new World(16);
    Interest interest = world.follow("a");
    world.arrive(1, "a").arrive(2, "b");
    assertEquals(1, interest.after(0, 0, PLENTY).frames());
    world.recent.beginAnew(7);
    interest.beginAnew();
    for (long from = 0; from <= 2; from++) {
      assertFalse(interest.reaches(from), "from " + from);
    }
    assertTrue(interest.after(3, 0, PLENTY).isEmpty());
    world.recent.append(frame(8, 8, "a"));
    interest.offer(4, frame(8, 8, "a"));
    assertEquals(8, interest.after(3, 0, PLENTY).lastOffset());
  }

  @Test
  void anything_settledAtAnyMoment_answersLikeAFilterOverAllFrames() {
    String[][] selections = {
      {"a"}, {"*"}, {"**"}, {"a", "b"}, {"a/*", "b"}, {"a/**", "a"}, {"c"}, {"a", "*", "a/b", "**"}
    };
    String[][] topics = {{"a"}, {"b"}, {"a/b"}, {"a/b/c"}, {"a", "b"}, {"hub/x"}, {"b", "a/b", "a"}};
    for (long seed = 0; seed < 30; seed++) {
      var random = new SplittableRandom(seed);
      var world = new World(1 + random.nextInt(20));
      long offset = 0;
      Interest interest = null;
      for (int i = 0; i < 40; i++) {
        switch (random.nextInt(interest == null ? 5 : 8)) {
          case 0 -> world.arrive(frame(0, random.nextInt(40), topics[random.nextInt(topics.length)]));
          case 4 -> {
            if (interest == null) {
              interest = world.follow(selections[random.nextInt(selections.length)]);
            }
          }
          case 5 -> interest.settle();
          case 6 -> world.assertAnswersAll("seed " + seed);
          default -> world.arrive(frame(++offset, random.nextInt(40), topics[random.nextInt(topics.length)]));
        }
      }
      if (interest != null) {
        world.assertAnswersAll("seed " + seed);
      }
    }
  }

  private static void assertNothingUpTo(long position, Answer answer) {
    assertTrue(answer.isEmpty());
    assertEquals(0, answer.bytes().length());
    assertEquals(position, answer.to());
    assertEquals(position, answer.cursor());
    assertEquals(0, answer.lastOffset());
  }

  /** Recent frames, one interest in them, and every frame there ever was. */
  private static final class World {
    final List<Frame> all = new ArrayList<>();
    final RecentFrames recent;
    Interest interest;

    World(int framesMax) {
      recent = new RecentFrames(new TailOptions(framesMax, 1L << 40), 1, 0);
    }

    Interest follow(String... selectors) {
      interest = new Interest(Selectors.of(selectors), Sight.PUBLIC, EVENTS, recent, LatestOnly.NOTHING);
      return interest;
    }

    World arrive(long offset, String... topics) {
      return arrive(frame(offset, 8, topics));
    }

    World arrive(Frame frame) {
      all.add(frame);
      recent.append(frame);
      if (interest != null) {
        for (var selector : interest.selectors.list()) {
          frame.event().topics().stream().filter(selector::matches).forEach(topic -> interest.offer(all.size(), frame));
        }
      }
      return this;
    }

    /** Asks from every position that is reached, in pieces of every kind, and follows each chain to the head. */
    void assertAnswersAll(String message) {
      for (long from = 0; from <= all.size(); from++) {
        assertTrue(interest.reaches(from) || from < recent.first() - 1, message);
        if (interest.reaches(from)) {
          for (int bytesMax : new int[] {1, 60, PLENTY}) {
            assertChain(from, 0, bytesMax, message + " from " + from + " by " + bytesMax);
            if (from >= recent.first() - 1) {
              for (long joined : new long[] {all.size(), (from + all.size()) / 2}) {
                String joining = " joined " + joined + " from " + from + " by " + bytesMax;
                assertChain(from, joined, bytesMax, message + joining);
              }
            }
          }
        }
      }
    }

    private void assertChain(long from, long joined, int bytesMax, String message) {
      Buffer bytes = Buffer.buffer();
      int frames = 0;
      long at = from;
      do {
        Answer answer = interest.after(at, joined, bytesMax);
        assertTrue(at >= joined || answer.to() <= joined, message);
        assertTrue(answer.to() > at || at == all.size(), message);
        // An answer is shared by all who ask the same; who asked first may have wanted larger pieces.
        assertPiece(at, joined, answer, message);
        if (!answer.isEmpty()) {
          assertSame(answer.bytes(), interest.after(at, joined, bytesMax).bytes(), message);
        }
        bytes.appendBuffer(answer.bytes());
        frames += answer.frames();
        at = answer.to();
      } while (at < all.size());
      assertEquals(expected(from, all.size(), joined), bytes, message);
      assertEquals(wanted(from, all.size(), joined).size(), frames, message);
    }

    private void assertPiece(long from, long joined, Answer answer, String message) {
      assertEquals(expected(from, answer.to(), joined), answer.bytes(), message);
      long lastOffset = 0;
      long cursor = 0;
      for (int i = 0; i < answer.to(); i++) {
        long offset = all.get(i).event().offset();
        cursor = Math.max(cursor, offset);
        lastOffset = i >= from && matches(all.get(i)) ? Math.max(lastOffset, offset) : lastOffset;
      }
      assertEquals(lastOffset, answer.lastOffset(), message);
      // Beyond the recent frames nobody knows the offset of a position any more: then the cursor may lag, never lead.
      long cursorMin = answer.to() >= recent.first() - 1 ? cursor : lastOffset;
      assertTrue(cursorMin <= answer.cursor() && answer.cursor() <= cursor, message);
    }

    private boolean matches(Frame frame) {
      return interest.selectors.matches(frame.event().topics());
    }

    private List<Frame> wanted(long from, long to, long joined) {
      var wanted = new ArrayList<Frame>();
      for (long position = from + 1; position <= to; position++) {
        Frame frame = all.get((int) position - 1);
        if (matches(frame) && (position > joined || !frame.event().isTransient())) {
          wanted.add(frame);
        }
      }
      return wanted;
    }

    private Buffer expected(long from, long to, long joined) {
      Buffer bytes = Buffer.buffer();
      wanted(from, to, joined).forEach(frame -> frame.appendTo(bytes, EVENTS));
      return bytes;
    }
  }
}
