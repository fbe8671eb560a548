package carillon.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import carillon.event.InvalidValueException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PathTextTest {

  @Test
  void paths_areTheCollectionOrAnItemOrNothing() {
    assertTrue(PathText.isEvents("/events"));
    assertTrue(PathText.isItem("/events/"));
    assertTrue(PathText.isItem("/events/a/b"));
    for (String other : new String[] {"", "/", "/event", "/eventsx", "/Events", "//events", "/%65vents", "/x/events"}) {
      assertFalse(PathText.isEvents(other) || PathText.isItem(other), other);
    }
  }

  @ParameterizedTest
  @CsvSource({"/events/a, a", "/events/a/b, a/b", "/events/a%2Fb, a/b", "/events/a+b, a+b", "/events/a/../b, a/../b",
      "/events/, ''", "/events//, /", "/events/%2e%2E, .."})
  void item_topic_isTheTextAsItWasMeant(String path, String topic) {
    assertEquals(topic, PathText.topic(path));
  }

  @Test
  void malformed_topic_isRefusedAsTheTopic() {
    assertEquals("topic", assertThrows(InvalidValueException.class, () -> PathText.topic("/events/%")).what());
  }
}
