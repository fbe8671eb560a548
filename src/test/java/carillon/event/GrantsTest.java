package carillon.event;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Instant;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What grants allow, and what is seen of private events by them. */
class GrantsTest {

  private static List<Selector> selectors(String... texts) {
    return Arrays.stream(texts).map(Selector::new).toList();
  }

  private static Event event(boolean isPrivate, String... topics) {
    List<Topic> list = Arrays.stream(topics).map(Topic::new).toList();
    return new Event(null, list, null, Payload.of(""), Instant.EPOCH, null, null, isPrivate);
  }

  @Test
  void publish_matchingTopics_areAllowed() {
    var grants = new Grants(selectors("orders/**", "news"), List.of());
    assertTrue(grants.allowsPublish(new Topic("orders/1/paid")));
    assertTrue(grants.allowsPublish(new Topic("news")));
    assertFalse(grants.allowsPublish(new Topic("orders")));
    assertFalse(grants.allowsPublish(new Topic("news/a")));
    assertFalse(grants.allowsSubscribe(new Selector("news")));
  }

  @Test
  void subscribe_wildcardBeyondTheGrant_isNotAllowed() {
    var grants = new Grants(List.of(), selectors("news/*", "a/*", "a/*/**"));
    assertTrue(grants.allowsSubscribe(new Selector("news/*")));
    assertTrue(grants.allowsSubscribe(new Selector("news/sport")));
    for (String beyond : List.of("news/**", "news", "*/sport", "**", "*", "news/sport/*")) {
      assertFalse(grants.allowsSubscribe(new Selector(beyond)), beyond);
    }
    assertFalse(grants.allowsSubscribe(new Selector("a/**")), "together they would, but no one of them does");
    assertFalse(grants.allowsPublish(new Topic("news/sport")));
  }

  @Test
  void constants_everythingAndNothing() {
    for (String text : List.of("a", "**", "hub/a", "hub/**", "*/a")) {
      assertTrue(Grants.ALL.allowsSubscribe(new Selector(text)), text);
      assertFalse(Grants.NONE.allowsSubscribe(new Selector(text)), text);
    }
    assertTrue(Grants.ALL.allowsPublish(new Topic("hub/a")));
    assertFalse(Grants.NONE.allowsPublish(new Topic("a")));
  }

  @Test
  void tooMany_areRefused() {
    List<Selector> many = Collections.nCopies(65, new Selector("a"));
    assertThrows(InvalidValueException.class, () -> new Grants(many, List.of()));
    assertThrows(InvalidValueException.class, () -> new Grants(List.of(), many));
  }

  @Test
  void sight_nothingGranted_isPublic() {
    Selectors asked = Selectors.of("a");
    assertSame(Sight.PUBLIC, Sight.of(asked, List.of()));
    assertTrue(Sight.PUBLIC.sees(event(false, "a"), asked));
    assertFalse(Sight.PUBLIC.sees(event(true, "a"), asked));
  }

  @Test
  void sight_everythingAskedIsGranted_isAll() {
    assertSame(Sight.ALL, Sight.of(Selectors.of("a/1", "b/*"), selectors("a/*", "b/**")));
    assertTrue(Sight.ALL.sees(event(true, "x"), Selectors.of("**")));
  }

  /** The topic that is asked for has to be the one that is granted: both by different topics is not enough. */
  @Test
  void sight_partGranted_needsOneTopicThatIsAskedForAndGranted() {
    Selectors asked = Selectors.of("a/*", "b");
    Sight sight = Sight.of(asked, selectors("a/1", "c"));
    assertTrue(sight.sees(event(false, "b"), asked));
    assertTrue(sight.sees(event(true, "a/1"), asked));
    assertTrue(sight.sees(event(true, "b", "a/1"), asked));
    assertFalse(sight.sees(event(true, "a/2"), asked));
    assertFalse(sight.sees(event(true, "b"), asked));
    assertFalse(sight.sees(event(true, "b", "c"), asked), "b is asked for, c is granted");
    assertFalse(sight.isAll());
  }

  @Test
  void sight_equalGrants_areEqual() {
    Selectors asked = Selectors.of("**");
    assertEquals(Sight.of(asked, selectors("a", "b")), Sight.of(asked, selectors("b", "a")));
    assertEquals(Sight.of(asked, selectors("a", "b")).hashCode(), Sight.of(asked, selectors("b", "a")).hashCode());
    assertNotEquals(Sight.of(asked, selectors("a")), Sight.of(asked, selectors("b")));
    assertNotEquals(Sight.PUBLIC, Sight.ALL);
    assertNotEquals(Sight.PUBLIC, Sight.of(asked, selectors("a")));
    assertNotEquals(Sight.of(asked, selectors("a")), Sight.PUBLIC);
    assertNotEquals(Sight.PUBLIC, "public");
    assertEquals(
        "public all [a]", Sight.PUBLIC + " " + Sight.ALL + " " + Sight.of(asked, selectors("a")));
  }
}
