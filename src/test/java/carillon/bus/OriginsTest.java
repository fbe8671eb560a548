package carillon.bus;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class OriginsTest {

  private final Origins origins = new Origins(7);

  @Test
  void otherNode_eachMessage_isNewsOnce() {
    assertTrue(origins.isNews(8, 1));
    assertFalse(origins.isNews(8, 1));
    assertTrue(origins.isNews(8, 2));
  }

  @Test
  void otherNode_messageAfterALaterOne_isNone() {
    assertTrue(origins.isNews(8, 5));
    assertFalse(origins.isNews(8, 4));
  }

  @Test
  void otherNode_messagesBetweenAreLost_isNews() {
    assertTrue(origins.isNews(8, 1));
    assertTrue(origins.isNews(8, 9));
  }

  @Test
  void ownMessages_areNone() {
    assertFalse(origins.isNews(7, 1));
  }

  @Test
  void twoNodes_countEachForItself() {
    assertTrue(origins.isNews(8, 5));
    assertTrue(origins.isNews(9, 1));
  }

  @Test
  void moreNodesThanEver_onlyTheOneSilentLongestIsForgotten() {
    assertTrue(origins.isNews(1_000_000, 5));
    for (int node = 0; node < Origins.NODES_MAX; node++) {
      assertTrue(origins.isNews(node + 10, 3));
    }
    assertFalse(origins.isNews(Origins.NODES_MAX + 9, 3));
    assertTrue(origins.isNews(1_000_000, 5), "forgotten");
  }
}
