package carillon.publish;

import static org.junit.jupiter.api.Assertions.assertNotNull;

import carillon.bus.Addresses;
import carillon.bus.Committed;
import carillon.bus.Transient;
import carillon.event.Event;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.MessageConsumer;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** Hears what is announced on a node, in the order it arrives, as a tail on one event loop would. */
final class BusRecorder {

  private final BlockingQueue<Object> heard = new LinkedBlockingQueue<>();
  private final List<MessageConsumer<?>> consumers;

  private BusRecorder(Vertx vertx) {
    consumers = List.of(
        vertx.eventBus().<Committed>localConsumer(Addresses.COMMITTED, message -> heard.add(message.body())),
        vertx.eventBus().<Transient>localConsumer(Addresses.TRANSIENT, message -> heard.add(message.body())));
  }

  /** Listens on an event loop; returns when it is registered. */
  static BusRecorder on(Context context) throws Exception {
    var recorder = new CompletableFuture<BusRecorder>();
    context.runOnContext(onLoop -> {
      var made = new BusRecorder(context.owner());
      made.consumers.get(0).completion()
          .compose(done -> made.consumers.get(1).completion())
          .onComplete(done -> recorder.complete(made), recorder::completeExceptionally);
    });
    return recorder.get(5, TimeUnit.SECONDS);
  }

  /** The next message as text: {@code committed[data …]} or {@code transient[data …]}. */
  String next() throws InterruptedException {
    Object message = nextMessage();
    return message instanceof Committed committed
        ? "committed" + dataOf(committed.events())
        : "transient" + dataOf(((Transient) message).events());
  }

  Object nextMessage() throws InterruptedException {
    Object message = heard.poll(5, TimeUnit.SECONDS);
    assertNotNull(message, "nothing was announced within 5 s");
    return message;
  }

  boolean hasHeardNothing() {
    return heard.isEmpty();
  }

  void close() {
    consumers.forEach(consumer -> consumer.unregister().onFailure(Throwable::printStackTrace));
  }

  private static List<String> dataOf(List<Event> events) {
    return events.stream().map(event -> event.data().toString()).toList();
  }
}
