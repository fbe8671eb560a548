package carillon.tail;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import carillon.config.TailOptions;
import carillon.event.Selector;
import carillon.event.Selectors;
import carillon.event.Sight;
import carillon.sse.Rendering;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Broken on purpose, and caught: the one that takes a place not told of it; the wrong selector's place used. */
class FollowersTest {

  private static final RecentFrames RECENT = new RecentFrames(new TailOptions(8, 1 << 20), 1, 0);

  @Test
  void one_joinsAndLeaves_leavesNothing() {
    var followers = new Followers(new Selector("a"));
    Interest interest = interest("a");
    followers.add(interest);
    assertSame(interest, followers.get(0));
    followers.remove(interest);
    assertTrue(followers.isEmpty());
    assertThrows(IndexOutOfBoundsException.class, () -> followers.get(0));
    assertThrows(RuntimeException.class, () -> followers.remove(interest));
  }

  @Test
  void stranger_leaves_isRefused() {
    var followers = new Followers(new Selector("a"));
    followers.add(interest("a"));
    assertThrows(IllegalArgumentException.class, () -> followers.remove(interest("a")));
    assertEquals(1, followers.size());
  }

  @Test
  void many_ofManySelectors_joinAndLeaveInAnyOrder() {
    long seed = new Random().nextLong();
    var random = new Random(seed);
    List<String> names = List.of("a", "b", "c", "d/*", "e/**");
    List<Followers> all = names.stream().map(name -> new Followers(new Selector(name))).toList();
    List<Set<Interest>> expected = names.stream().<Set<Interest>>map(name -> new HashSet<>()).toList();
    var joined = new ArrayList<Interest>();
    int leaves = 0;
    for (int step = 0; step < 2_000; step++) {
      if (!joined.isEmpty() && random.nextInt(5) < (step < 1_000 ? 2 : 3)) {
        leaves++;
        Interest gone = joined.remove(random.nextInt(joined.size()));
        each(names, gone, i -> {
          all.get(i).remove(gone);
          expected.get(i).remove(gone);
        });
      } else {
        var some = new ArrayList<>(names);
        Collections.shuffle(some, random);
        Interest one = interest(some.subList(0, 1 + random.nextInt(names.size())).toArray(String[]::new));
        joined.add(one);
        each(names, one, i -> {
          all.get(i).add(one);
          expected.get(i).add(one);
        });
      }
      for (int i = 0; i < names.size(); i++) {
        Followers followers = all.get(i);
        Set<Interest> found = new HashSet<>();
        IntStream.range(0, followers.size()).forEach(place -> found.add(followers.get(place)));
        assertEquals(expected.get(i), found, "seed " + seed);
        assertEquals(found.size(), followers.size(), "seed " + seed);
      }
    }
    // Two chances in five of a leave in each of the first 1,000 steps: 100 of them are certain for all purposes.
    assertTrue(leaves > 100, leaves + " leaves, seed " + seed);
    assertEquals(2_000 - 2 * leaves, joined.size(), "seed " + seed);
  }

  private static void each(List<String> names, Interest interest, IntConsumer action) {
    for (Selector selector : interest.selectors.list()) {
      action.accept(names.indexOf(selector.text()));
    }
  }

  private static Interest interest(String... selectors) {
    return new Interest(Selectors.of(selectors), Sight.ALL, Rendering.EVENTS, RECENT, LatestOnly.NOTHING);
  }
}
