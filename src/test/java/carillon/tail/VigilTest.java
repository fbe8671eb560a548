package carillon.tail;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import carillon.config.TailOptions;
import carillon.event.Selector;
import carillon.event.Selectors;
import carillon.event.Sight;
import carillon.event.Topic;
import carillon.sse.Frame;
import carillon.sse.Rendering;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/**
 * Broken on purpose, and caught: a sweep that does not spare what is touched, or puts to sleep at once; nobody rung, or
 * everybody always; a late bell that rouses nobody; the one that takes a place not told of it, or passed over;
 * somebody asked who has left; an epoch of which only sleepers hear, or only the others.
 */
class VigilTest {

  private final RecentFrames recent = new RecentFrames(new TailOptions(100, 1 << 20), 1, 0);
  private final SelectorIndex index = new SelectorIndex();
  private final Vigil vigil = new Vigil();
  private final List<String> rung = new ArrayList<>();
  private final List<String> asked = new ArrayList<>();
  private final List<String> sent = new ArrayList<>();
  private long offset;

  @Test
  void asleep_news_isRungAndAskedOnce() {
    Sleeper one = follow(interest("a"), "one");
    arrive("a");
    ring();
    assertEquals(List.of("a"), rung);
    vigil.answer();
    assertEquals(List.of(), asked, "nobody has heard the bell yet");
    assertTrue(vigil.wake(one), "the answer was before its bell");
    vigil.answer();
    vigil.answer();
    assertEquals(List.of("one"), asked);
  }

  @Test
  void asleep_bellBeforeTheAnswer_isAskedOnceWithTheOthers() {
    Sleeper one = follow(interest("a"), "one");
    arrive("a");
    ring();
    assertFalse(vigil.wake(one));
    assertFalse(vigil.wake(one), "rung twice");
    vigil.answer();
    assertEquals(List.of("one"), asked);
  }

  @Test
  void awake_news_isAskedAndNotRung() {
    wakeAndAsk(follow(interest("a"), "one"));
    arrive("a");
    ring();
    vigil.answer();
    assertEquals(List.of(), rung);
    assertEquals(List.of("one"), asked);
  }

  @Test
  void awake_newsBySeveralSelectors_isAskedOnce() {
    wakeAndAsk(follow(interest("a", "b"), "one"));
    arrive("a");
    arrive("b");
    ring();
    vigil.answer();
    assertEquals(List.of("one"), asked);
  }

  @Test
  void someAsleep_news_theyAreRungAndTheOthersAskedAnyway() {
    Interest interest = interest("a");
    wakeAndAsk(follow(interest, "one"));
    Sleeper late = follow(interest, "late");
    arrive("a");
    ring();
    vigil.answer();
    assertEquals(List.of("a"), rung);
    assertEquals(List.of("one"), asked);
    assertTrue(vigil.wake(late));
    vigil.answer();
    assertEquals(List.of("one", "late"), asked);
  }

  @Test
  void sweep_noNewsSinceTheLast_fallsAsleep() {
    Sleeper one = follow(interest("a"), "one");
    wakeAndAsk(one);
    vigil.sweep();
    assertTrue(one.isAwake(), "there was news before the sweep");
    assertTrue(vigil.isAnybodyAwake());
    vigil.sweep();
    assertFalse(one.isAwake());
    assertFalse(vigil.isAnybodyAwake());
    arrive("a");
    ring();
    assertEquals(List.of("a"), rung);
  }

  @Test
  void sweep_newsThatIsNotAnsweredYet_letsNobodySleep() {
    wakeAndAsk(follow(interest("a"), "one"));
    vigil.sweep();
    arrive("a");
    vigil.sweep();
    vigil.sweep();
    ring();
    vigil.sweep();
    vigil.answer();
    assertEquals(List.of("one"), asked);
  }

  @Test
  void left_newsAndBells_areNotForIt() {
    Interest interest = interest("a");
    Sleeper one = follow(interest, "one");
    wakeAndAsk(one);
    arrive("a");
    leave(one);
    assertFalse(vigil.isAnybodyAwake());
    ring();
    vigil.answer();
    assertFalse(vigil.wake(one));
    Sleeper two = follow(interest, "two");
    assertTrue(vigil.wake(two));
    leave(two);
    vigil.answer();
    assertEquals(List.of(), asked);
  }

  @Test
  void asked_someLeaveThemselvesAndOthers_allOthersAreAskedOnce() {
    Interest interest = interest("a");
    List<Sleeper> crowd = IntStream.range(0, 10).mapToObj(i -> follow(interest, "" + i)).toList();
    wakeAndAsk(crowd.toArray(Sleeper[]::new));
    crowd.get(9).then = () -> leave(crowd.get(9));
    crowd.get(5).then = () -> leave(crowd.get(5));
    crowd.get(6).then = () -> leave(crowd.get(2));
    crowd.get(0).then = () -> leave(crowd.get(0));
    arrive("a");
    ring();
    vigil.answer();
    assertEquals(Set.of("0", "1", "3", "4", "5", "6", "7", "8", "9"), new HashSet<>(asked));
    assertTrue(asked.size() <= 10, "once each; who takes the place of another may be asked again: " + asked);
    asked.clear();
    arrive("a");
    ring();
    vigil.answer();
    assertEquals(Set.of("1", "3", "4", "6", "7", "8"), new HashSet<>(asked));
    assertEquals(6, asked.size());
  }

  @Test
  void asked_aCrowd_everybodyIsAskedAndThenSends() {
    Interest interest = interest("a");
    List<Sleeper> crowd = IntStream.range(0, 1_000).mapToObj(i -> follow(interest, "" + i)).toList();
    wakeAndAsk(crowd.toArray(Sleeper[]::new));
    crowd.get(500).then = () -> leave(crowd.get(500));
    arrive("a");
    ring();
    vigil.answer();
    assertEquals(1_000, asked.size());
    assertEquals(asked, sent);
    Sleeper late = follow(interest, "late");
    vigil.wake(late);
    vigil.answer();
    assertEquals("late", sent.get(1_000));
  }

  @Test
  void oneFails_theOthersAreAskedAndItIsTold() {
    Interest interest = interest("a");
    List<Sleeper> crowd = IntStream.range(0, 3).mapToObj(i -> follow(interest, "" + i)).toList();
    wakeAndAsk(crowd.toArray(Sleeper[]::new));
    var failure = new IllegalStateException("on purpose");
    crowd.get(1).then =
        () -> {
          throw failure;
        };
    arrive("a");
    ring();
    assertSame(failure, assertThrows(IllegalStateException.class, vigil::answer));
    assertEquals(Set.of("0", "1", "2"), new HashSet<>(asked));
    assertEquals(asked, sent);
    assertFalse(interest.touched, "settled all the same");
  }

  @Test
  void stirred_everybodyIsReached() {
    Interest interest = interest("a", "b");
    wakeAndAsk(follow(interest, "one"));
    Sleeper two = follow(interest, "two");
    vigil.stir(interest, index);
    assertTrue(vigil.hasNews());
    ring();
    assertEquals(Set.of("a", "b"), Set.copyOf(rung));
    assertFalse(vigil.wake(two));
    vigil.answer();
    assertEquals(Set.of("one", "two"), Set.copyOf(asked));
  }

  @Test
  void awake_manyJoinAndLeaveInAnyOrder() {
    long seed = new Random().nextLong();
    var random = new Random(seed);
    var awake = new Awake();
    var handful = new Handful();
    var all = IntStream.range(0, 50).mapToObj(i -> new Sleeper("" + i)).toList();
    var expected = new HashSet<String>();
    for (int step = 0; step < 3_000; step++) {
      Sleeper one = all.get(random.nextInt(all.size()));
      if (one.isAwake()) {
        awake.remove(one);
        expected.remove(one.name);
        assertThrows(RuntimeException.class, () -> awake.remove(one));
      } else {
        awake.add(one);
        expected.add(one.name);
      }
      asked.clear();
      awake.ask(handful);
      assertEquals(null, handful.end());
      assertEquals(expected, new HashSet<>(asked), "seed " + seed);
      assertEquals(expected.size(), asked.size(), "seed " + seed);
    }
    awake.clear();
    assertTrue(awake.isEmpty());
    assertTrue(all.stream().noneMatch(Listener::isAwake));
  }

  private Interest interest(String... selectors) {
    var interest =
        new Interest(Selectors.of(selectors), Sight.ALL, Rendering.EVENTS, recent, LatestOnly.NOTHING);
    for (Selector selector : interest.selectors.list()) {
      index.add(selector, selector.text()).interests.add(interest);
    }
    return interest;
  }

  private Sleeper follow(Interest interest, String name) {
    var sleeper = new Sleeper(name);
    interest.subscriptions++;
    sleeper.interest = interest;
    return sleeper;
  }

  private void leave(Sleeper sleeper) {
    vigil.leave(sleeper);
    if (sleeper.isFollowing()) {
      sleeper.interest().subscriptions--;
      sleeper.interest = null;
    }
  }

  private void wakeAndAsk(Sleeper... sleepers) {
    for (Sleeper sleeper : sleepers) {
      vigil.wake(sleeper);
    }
    vigil.answer();
    asked.clear();
    sent.clear();
  }

  private void arrive(String topic) {
    Frame frame = Samples.frame(++offset, 10, topic);
    recent.append(frame);
    Consumer<SelectorIndex.Entry> matched = entry -> vigil.matched(entry, recent.head(), frame);
    index.match(new Topic(topic), matched);
    assertTrue(vigil.hasNews());
  }

  private void ring() {
    vigil.ring(entry -> rung.add(entry.selector.text()));
    assertFalse(vigil.hasNews());
  }

  private final class Sleeper extends Listener {
    private final String name;
    private Runnable then = () -> {};

    Sleeper(String name) {
      this.name = name;
    }

    @Override
    protected void ask() {
      asked.add(name);
      then.run();
    }

    @Override
    protected void send() {
      sent.add(name);
    }
  }
}
