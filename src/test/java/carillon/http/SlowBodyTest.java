package carillon.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** Bodies that come too slowly, by a clock that the test moves. Not looking at their rate was seen to fail. */
class SlowBodyTest {

  @Test
  void body_slowerThanItHasToBe_isRefusedThoughItsTimeIsNotOver() {
    var clock = new AtomicLong();
    try (var server = new PublishServer(List.of("*"), Duration.ofHours(1), 0, clock::get);
        RawConnection slow = server.connect()) {
      slow.send("POST /events/a HTTP/1.1\r\nHost: hub\r\nExpect: 100-continue\r\nContent-Length: 500000\r\n\r\n");
      assertEquals(100, slow.head().status(), "the body is waited for from now on");
      slow.send("x".repeat(2_000));
      clock.addAndGet(BodyCollector.RATE_GRACE.toNanos());
      RawConnection.Answer refused = slow.answer();
      assertEquals(408, refused.status());
      assertTrue(refused.body().contains("request-timeout"), refused.body());
    }
  }
}
