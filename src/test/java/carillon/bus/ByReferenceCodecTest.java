package carillon.bus;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import carillon.event.Event;
import carillon.event.Payload;
import carillon.event.Selector;
import carillon.event.Topic;
import io.vertx.core.Vertx;
import io.vertx.junit5.VertxExtension;
import io.vertx.junit5.VertxTestContext;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(VertxExtension.class)
class ByReferenceCodecTest {

  @Test
  void registered_message_arrivesAsTheObjectItIs(Vertx vertx, VertxTestContext test) {
    BusCodecs.register(vertx.eventBus());
    var event = new Event(null, List.of(new Topic("a")), null, Payload.of(""), Instant.EPOCH, null, null);
    var sent = new Transient(List.of(event));
    vertx.eventBus()
        .<Transient>localConsumer(
            Addresses.TRANSIENT,
            message -> {
              test.verify(() -> assertSame(sent, message.body()));
              test.completeNow();
            })
        .completion()
        .onComplete(test.succeeding(registered -> vertx.eventBus().publish(Addresses.TRANSIENT, sent)));
  }

  @Test
  void notRegistered_message_isRefused(Vertx vertx) {
    var message = new Transient(List.of());
    assertThrows(
        IllegalArgumentException.class, () -> vertx.eventBus().publish(Addresses.TRANSIENT, message));
  }

  @Test
  void registered_again_isAProgrammersError(Vertx vertx) {
    BusCodecs.register(vertx.eventBus());
    assertThrows(IllegalStateException.class, () -> BusCodecs.register(vertx.eventBus()));
  }

  @Test
  void bell_differentViewsAndSelectors_areDifferentAddresses() {
    assertEquals("carillon.local.bell.3.news/*", Addresses.bell(3, new Selector("news/*")));
  }
}
