package carillon.bus;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import carillon.event.Event;
import carillon.event.Payload;
import carillon.event.Selector;
import carillon.event.Topic;
import io.vertx.core.Vertx;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ByReferenceCodecTest {

  private final Vertx vertx = Vertx.vertx();

  @AfterEach
  void stopVertx() throws Exception {
    vertx.close().await(5, TimeUnit.SECONDS);
  }

  @Test
  void registered_message_arrivesAsTheObjectItIs() throws Exception {
    BusCodecs.register(vertx.eventBus());
    var received = new CompletableFuture<Transient>();
    vertx.eventBus().<Transient>localConsumer(Addresses.TRANSIENT, message -> received.complete(message.body()))
        .completion().await(5, TimeUnit.SECONDS);
    var event = new Event(null, List.of(new Topic("a")), null, Payload.of(""), Instant.EPOCH, null, null);
    var sent = new Transient(List.of(event));
    vertx.eventBus().publish(Addresses.TRANSIENT, sent);
    assertSame(sent, received.get(5, TimeUnit.SECONDS));
  }

  @Test
  void notRegistered_message_isRefused() {
    var message = new Transient(List.of());
    assertThrows(
        IllegalArgumentException.class, () -> vertx.eventBus().publish(Addresses.TRANSIENT, message));
  }

  @Test
  void registered_again_isAProgrammersError() {
    BusCodecs.register(vertx.eventBus());
    assertThrows(IllegalStateException.class, () -> BusCodecs.register(vertx.eventBus()));
  }

  @Test
  void bell_differentViewsAndSelectors_areDifferentAddresses() {
    assertEquals("carillon.local.bell.3.news/*", Addresses.bell(3, new Selector("news/*")));
  }
}
