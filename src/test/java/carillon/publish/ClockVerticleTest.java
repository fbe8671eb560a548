package carillon.publish;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import carillon.bus.BusCodecs;
import carillon.bus.Transient;
import carillon.config.ClockOptions;
import carillon.event.Event;
import carillon.event.Topic;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.junit5.VertxExtension;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(VertxExtension.class)
class ClockVerticleTest {

  private Vertx vertx;
  private BusRecorder bus;

  @BeforeEach
  void listen(Vertx vertx) throws Exception {
    this.vertx = vertx;
    BusCodecs.register(vertx.eventBus());
    bus = BusRecorder.on(vertx.getOrCreateContext());
  }

  private static ClockOptions clock(String topic, Duration interval) {
    return new ClockOptions(new Topic(topic), interval, ZoneOffset.UTC, null, null);
  }

  private String deploy(InstantSource source, ClockOptions... clocks) throws Exception {
    return vertx.deployVerticle(new ClockVerticle(List.of(clocks), source)).await(5, TimeUnit.SECONDS);
  }

  private List<Event> nextTicks() throws InterruptedException {
    return ((Transient) bus.nextMessage()).events();
  }

  @Test
  void realTime_ticks_areAlignedAndOnce() throws Exception {
    String deployment =
        deploy(InstantSource.system(), clock("fast", Duration.ofMillis(10)), clock("slow", Duration.ofMillis(50)));
    Map<String, Long> newest = new HashMap<>();
    int slow = 0;
    while (slow < 4) {
      List<Event> ticks = nextTicks();
      for (Event tick : ticks) {
        String topic = tick.topics().get(0).name();
        long millis = new JsonObject(tick.data().toString()).getLong("epochMillis");
        assertEquals(0, millis % (topic.equals("fast") ? 10 : 50));
        assertEquals(Instant.ofEpochMilli(millis), tick.time());
        Long before = newest.put(topic, millis);
        assertTrue(before == null || before < millis, topic + " " + before + " " + millis);
        slow += topic.equals("slow") ? 1 : 0;
      }
      if (ticks.get(ticks.size() - 1).topics().get(0).name().equals("slow")) {
        assertEquals(2, ticks.size(), "due at the same moment, so one message");
      }
    }
    vertx.undeploy(deployment).await(5, TimeUnit.SECONDS);
  }

  @Test
  void clockSetForward_dailyClock_ticksWithinASecondOrTwo() throws Exception {
    var now = new AtomicReference<>(Instant.parse("2026-11-20T12:00:00.500Z"));
    deploy(now::get, clock("daily", Duration.ofDays(1)));
    now.set(Instant.parse("2026-11-22T09:00:00Z"));
    List<Event> ticks = nextTicks();
    assertEquals(1, ticks.size());
    assertEquals(
        "{\"time\":\"2026-11-22T00:00:00.000Z\",\"epochMillis\":1795305600000}", ticks.get(0).data().toString());
  }

  @Test
  void noClocks_nothingRuns() throws Exception {
    String deployment = deploy(InstantSource.system());
    vertx.undeploy(deployment).await(5, TimeUnit.SECONDS);
    assertTrue(bus.hasHeardNothing());
  }
}
