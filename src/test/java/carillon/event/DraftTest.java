package carillon.event;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The bounds that drafts and events share, and what becomes of a draft. */
class DraftTest {

  private static final Payload DATA = Payload.of("x");

  private static List<Topic> topics(int count) {
    return IntStream.range(0, count).mapToObj(i -> new Topic("t" + i)).toList();
  }

  private static Draft draft(List<Topic> topics, @Nullable Duration ttl, @Nullable Duration retry) {
    return new Draft(topics, null, DATA, null, ttl, retry);
  }

  private static Draft fullDraft(@Nullable Key key) {
    Duration second = Duration.ofSeconds(1);
    return new Draft(topics(2), new EventType("t"), Payload.of("x"), key, second, second.multipliedBy(2));
  }

  private static void assertRefused(String what, List<Topic> topics, @Nullable Duration ttl, @Nullable Duration retry) {
    var e = assertThrows(InvalidValueException.class, () -> draft(topics, ttl, retry));
    assertEquals(what, e.what());
    NamesTest.assertIsHarmless(e);
    assertThrows(InvalidValueException.class, () -> new Event(null, topics, null, DATA, Instant.EPOCH, ttl, retry));
  }

  @Test
  void topics_count_isOneToSixteen() {
    assertRefused("topic", List.of(), null, null);
    assertEquals(1, draft(topics(1), null, null).topics().size());
    assertEquals(16, draft(topics(16), null, null).topics().size());
    assertRefused("topic", topics(17), null, null);
  }

  @Test
  void topics_repeated_areKeptOnceInOrder() {
    var topics = new ArrayList<Topic>();
    for (String name : List.of("b", "a", "b", "c", "a")) {
      topics.add(new Topic(name));
    }
    Draft draft = draft(topics, null, null);
    assertEquals("[b, a, c]", draft.topics().toString());
    topics.clear();
    assertEquals(3, draft.topics().size());
    var many = new ArrayList<>(topics(16));
    many.addAll(topics(16));
    assertEquals(16, draft(many, null, null).topics().size());
  }

  @Test
  void topics_changedAfterwards_isRefused() {
    var topics = new ArrayList<>(topics(1));
    Draft draft = draft(topics, null, null);
    topics.add(new Topic("x"));
    assertEquals(topics(1), draft.topics());
    assertThrows(UnsupportedOperationException.class, () -> draft.topics().add(new Topic("x")));
  }

  @Test
  void ttl_outOfBounds_isRefused() {
    for (Duration ttl : List.of(Duration.ofNanos(1), Duration.ofMillis(1), Draft.TTL_MAX)) {
      assertEquals(ttl, assertDoesNotThrow(() -> draft(topics(1), ttl, null)).ttl());
    }
    Duration longest = Duration.ofSeconds(Long.MAX_VALUE);
    for (Duration ttl : List.of(Duration.ZERO, Duration.ofNanos(-1), Draft.TTL_MAX.plusNanos(1), longest)) {
      assertRefused("ttl", topics(1), ttl, null);
    }
  }

  @Test
  void retry_outOfBoundsOrBroken_isRefused() {
    for (Duration retry : List.of(Duration.ZERO, Duration.ofMillis(1), Draft.RETRY_MAX)) {
      assertEquals(retry, assertDoesNotThrow(() -> draft(topics(1), null, retry)).retry());
    }
    for (Duration retry : List.of(
        Duration.ofMillis(-1), Draft.RETRY_MAX.plusMillis(1), Duration.ofNanos(1), Duration.ofNanos(1_500_000),
        Duration.ofSeconds(Long.MAX_VALUE), Duration.ofSeconds(Long.MIN_VALUE))) {
      assertRefused("retry", topics(1), null, retry);
    }
  }

  @Test
  void hasContentOf_otherKey_isTrue() {
    Draft draft = fullDraft(new Key("1"));
    assertTrue(draft.hasContentOf(fullDraft(new Key("2"))));
    assertTrue(draft.hasContentOf(fullDraft(null)));
  }

  @Test
  void hasContentOf_anythingElseDifferent_isFalse() {
    for (EventType type : Arrays.asList(null, new EventType("u"))) {
      var typed = new Draft(topics(1), new EventType("t"), DATA, null, null, null);
      assertFalse(typed.hasContentOf(new Draft(topics(1), type, DATA, null, null, null)));
    }
    Draft draft = Draft.of(new Topic("t0"), DATA);
    assertTrue(draft.hasContentOf(draft(topics(1), null, null)));
    assertFalse(draft.hasContentOf(draft(topics(2), null, null)));
    assertFalse(draft.hasContentOf(draft(topics(1), Duration.ofSeconds(1), null)));
    assertFalse(draft.hasContentOf(draft(topics(1), null, Duration.ZERO)));
    assertFalse(draft.hasContentOf(Draft.of(new Topic("t0"), Payload.of("y"))));
    assertFalse(draft.hasContentOf(new Draft(topics(1), null, DATA, null, null, null, true)));
  }

  @Test
  void event_ofDraft_saysTheSame() {
    Draft draft = fullDraft(new Key("1"));
    var id = new EventId(1, 9);
    assertEquals(
        new Event(id, topics(2), new EventType("t"), DATA, Instant.EPOCH, Duration.ofSeconds(1), Duration.ofSeconds(2)),
        Event.of(draft, id, Instant.EPOCH));
    var secret = new Draft(topics(1), null, DATA, null, null, null, true);
    assertTrue(Event.of(secret, id, Instant.EPOCH).isPrivate());
    assertFalse(Event.of(draft, id, Instant.EPOCH).isPrivate());
    assertEquals(9, Event.of(draft, id, Instant.EPOCH).offset());
    assertFalse(Event.of(draft, id, Instant.EPOCH).isTransient());
    assertTrue(Event.of(draft, null, Instant.EPOCH).isTransient());
    assertEquals(0, Event.of(draft, null, Instant.EPOCH).offset());
  }

  @Test
  void retention_boundNotAboveZero_isRefused() {
    Duration age = Duration.ofSeconds(1);
    assertDoesNotThrow(() -> new TopicRule.Retention(Duration.ofNanos(1), 1, 1));
    assertThrows(InvalidValueException.class, () -> new TopicRule.Retention(Duration.ZERO, 1, 1));
    assertThrows(InvalidValueException.class, () -> new TopicRule.Retention(age.negated(), 1, 1));
    assertThrows(InvalidValueException.class, () -> new TopicRule.Retention(age, 0, 1));
    assertThrows(InvalidValueException.class, () -> new TopicRule.Retention(age, 1, 0));
  }
}
