package carillon.publish;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import carillon.event.Draft;
import carillon.event.EventType;
import carillon.event.Payload;
import carillon.event.Selector;
import carillon.event.Topic;
import carillon.event.TopicRule;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class HistoryRulesTest {

  private static TopicRule rule(String selector, boolean history) {
    return new TopicRule(new Selector(selector), history, TopicRule.Retention.ALL, false);
  }

  private static Draft draft(String... topics) {
    return new Draft(Stream.of(topics).map(Topic::new).toList(), null, Payload.of(""), null, null, null);
  }

  @Test
  void noRules_anyDraft_isLogged() {
    assertTrue(new HistoryRules(List.of()).isLogged(draft("a")));
  }

  @Test
  void rules_theFirstThatMatchesHolds() {
    var rules = new HistoryRules(List.of(rule("prices/audit", true), rule("prices/**", false), rule("**", true)));
    assertTrue(rules.isLogged(draft("prices/audit")));
    assertFalse(rules.isLogged(draft("prices/eur")));
    assertTrue(rules.isLogged(draft("news")));
  }

  @Test
  void rules_topicThatNoneMatches_isLogged() {
    assertTrue(new HistoryRules(List.of(rule("prices/*", false))).isLogged(draft("prices/eur/usd")));
  }

  @Test
  void rules_oneTopicWithHistory_isEnough() {
    var rules = new HistoryRules(List.of(rule("prices/**", false)));
    assertTrue(rules.isLogged(draft("prices/eur", "news")));
    assertFalse(rules.isLogged(draft("prices/eur", "prices/usd")));
  }

  @Test
  void admission_theHubsOwnNames_areRefused() {
    assertEquals(Optional.of(Refusal.TOPIC_RESERVED), Admission.refusalOf(draft("news", "hub/status")));
    assertEquals(Optional.empty(), Admission.refusalOf(draft("hub", "hubble/x", "a/hub/b")));
    assertEquals(Optional.of(Refusal.TYPE_RESERVED), Admission.refusalOf(typed("hub.gap")));
    assertEquals(Optional.empty(), Admission.refusalOf(typed("hubbub")));
  }

  private static Draft typed(String type) {
    return new Draft(List.of(new Topic("a")), new EventType(type), Payload.of(""), null, null, null);
  }
}
