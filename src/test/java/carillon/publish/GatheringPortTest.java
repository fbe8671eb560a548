package carillon.publish;

import static carillon.publish.SampleDrafts.draft;
import static carillon.publish.SampleDrafts.numbered;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import carillon.bus.Addresses;
import carillon.bus.BusCodecs;
import carillon.bus.Transient;
import carillon.config.PublishOptions;
import carillon.event.Draft;
import carillon.event.EventId;
import carillon.event.Selector;
import carillon.event.TopicRule;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.MessageConsumer;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.eventbus.ReplyFailure;
import io.vertx.junit5.VertxExtension;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The port against a publisher that answers by hand. */
@ExtendWith(VertxExtension.class)
class GatheringPortTest {

  private static final PublishOptions OPTIONS = new PublishOptions(10, 100, 10, 100);

  private static final TopicRule NO_HISTORY =
      new TopicRule(new Selector("passing/**"), false, TopicRule.Retention.ALL, false);

  private static Vertx vertx;

  private final BlockingQueue<Message<Drafts>> received = new LinkedBlockingQueue<>();
  private MessageConsumer<Drafts> publisher;
  private PortUser port;

  @BeforeAll
  static void startVertx(Vertx shared) {
    vertx = shared;
    PublishCodecs.register(vertx.eventBus());
    BusCodecs.register(vertx.eventBus());
  }

  @BeforeEach
  void listen() throws Exception {
    publisher = vertx.eventBus().localConsumer(Addresses.DRAFTS, received::add);
    publisher.completion().await(5, TimeUnit.SECONDS);
    port = new PortUser(vertx, OPTIONS);
  }

  @AfterEach
  void unlisten() throws Exception {
    publisher.unregister().await(5, TimeUnit.SECONDS);
  }

  private Message<Drafts> nextMessage() throws InterruptedException {
    Message<Drafts> message = received.poll(5, TimeUnit.SECONDS);
    assertTrue(message != null, "no message within 5 s");
    return message;
  }

  private static Outcome accepted(long offset) {
    return new Outcome.Accepted(new EventId(1, offset), false);
  }

  private static Outcome refused(Refusal reason) {
    return new Outcome.Refused(reason);
  }

  private static void answer(Message<Drafts> message, Outcome... outcomes) {
    message.reply(new Outcomes(List.of(outcomes)));
  }

  @Test
  void oneTurn_severalCalls_areOneMessageInOrder() throws Exception {
    Draft first = draft("a", "1");
    List<Draft> batch = numbered("b", 2);
    Draft last = draft("c", "3");
    var outcomes = new ArrayList<Object>();
    Future<Void> done = port.inOneTurn(each -> {
      var calls = List.of(
          each.publish(first).onSuccess(outcomes::add),
          each.publishAll(batch).onSuccess(outcomes::add),
          each.publish(last).onSuccess(outcomes::add));
      return Future.all(calls).mapEmpty();
    });
    Message<Drafts> message = nextMessage();
    assertEquals(List.of(first, batch.get(0), batch.get(1), last), message.body().list());
    answer(message, accepted(1), accepted(2), refused(Refusal.KEY_CONFLICT), accepted(3));
    PortUser.await(done);
    assertEquals(List.of(accepted(1), List.of(accepted(2), refused(Refusal.KEY_CONFLICT)), accepted(3)), outcomes);
    assertTrue(received.isEmpty());
  }

  @Test
  void transient_withNothingBeforeIt_needsNoPublisher() throws Exception {
    var seen = new LinkedBlockingQueue<Transient>();
    MessageConsumer<Transient> tail =
        vertx.eventBus().localConsumer(Addresses.TRANSIENT, message -> seen.add(message.body()));
    tail.completion().await(5, TimeUnit.SECONDS);
    port = new PortUser(vertx.getOrCreateContext(), OPTIONS, List.of(NO_HISTORY));
    assertEquals(new Outcome.Accepted(null, false), PortUser.await(port.publish(draft("passing/a", "1"))));
    assertEquals("1", seen.poll(5, TimeUnit.SECONDS).events().get(0).data().toString());
    assertEquals(refused(Refusal.OVERLOADED), PortUser.await(port.publish(draft("passing/a", "x".repeat(101)))));
    Future<Outcome> logged = port.publish(draft("a", "2"));
    Message<Drafts> message = nextMessage();
    assertEquals(List.of(draft("a", "2")), message.body().list());
    // behind one that is on its way it takes the same way, or it would overtake it
    Future<Outcome> behind = port.publish(draft("passing/a", "3"));
    Message<Drafts> next = nextMessage();
    assertEquals(List.of(draft("passing/a", "3")), next.body().list());
    answer(message, accepted(1));
    answer(next, new Outcome.Accepted(null, false));
    assertEquals(accepted(1), PortUser.await(logged));
    assertEquals(new Outcome.Accepted(null, false), PortUser.await(behind));
    assertEquals(new Outcome.Accepted(null, false), PortUser.await(port.publish(draft("passing/a", "4"))));
    assertEquals("4", seen.poll(5, TimeUnit.SECONDS).events().get(0).data().toString());
    assertTrue(received.isEmpty());
    tail.unregister().await(5, TimeUnit.SECONDS);
  }

  @Test
  void transient_inATurnWithLoggedOnes_keepsItsPlace() throws Exception {
    var seen = new LinkedBlockingQueue<Transient>();
    MessageConsumer<Transient> tail =
        vertx.eventBus().localConsumer(Addresses.TRANSIENT, message -> seen.add(message.body()));
    tail.completion().await(5, TimeUnit.SECONDS);
    port = new PortUser(vertx.getOrCreateContext(), OPTIONS, List.of(NO_HISTORY));
    Future<Void> done = port.inOneTurn(each -> {
      var calls = List.of(
          each.publish(draft("passing/a", "1")),
          each.publish(draft("a", "2")),
          each.publish(draft("passing/a", "3")));
      return Future.all(calls).mapEmpty();
    });
    Message<Drafts> message = nextMessage();
    assertEquals(List.of(draft("a", "2"), draft("passing/a", "3")), message.body().list());
    Transient first = seen.poll(5, TimeUnit.SECONDS);
    assertEquals(List.of("1"), first.events().stream().map(event -> event.data().toString()).toList());
    answer(message, accepted(1), new Outcome.Accepted(null, false));
    PortUser.await(done);
    tail.unregister().await(5, TimeUnit.SECONDS);
  }

  @Test
  void busy_isSaid_whenHalfOfTheRoomIsTaken() throws Exception {
    assertEquals(false, PortUser.await(port.inOneTurn(each -> Future.succeededFuture(each.isBusy()))));
    Future<List<Outcome>> taken = port.publishAll(numbered("a", 6));
    Message<Drafts> message = nextMessage();
    assertEquals(true, PortUser.await(port.inOneTurn(each -> Future.succeededFuture(each.isBusy()))));
    answer(message, Collections.nCopies(6, accepted(1)).toArray(Outcome[]::new));
    PortUser.await(taken);
    assertEquals(false, PortUser.await(port.inOneTurn(each -> Future.succeededFuture(each.isBusy()))));
  }

  @Test
  void twoTurns_unanswered_areTwoMessagesInOrder() throws Exception {
    Future<Outcome> first = port.publish(draft("a", "1"));
    Message<Drafts> firstMessage = nextMessage();
    Future<Outcome> second = port.publish(draft("a", "2"));
    Message<Drafts> secondMessage = nextMessage();
    answer(secondMessage, accepted(2));
    assertEquals(accepted(2), PortUser.await(second));
    answer(firstMessage, accepted(1));
    assertEquals(accepted(1), PortUser.await(first));
  }

  @Test
  void emptyBatch_isAnsweredWithoutAMessage() throws Exception {
    assertEquals(List.of(), PortUser.await(port.publishAll(List.of())));
    assertTrue(received.isEmpty());
  }

  @Test
  void unansweredAtTheBound_oneMore_isRefused_andRoomReturnsWithTheAnswer() throws Exception {
    Future<List<Outcome>> ten = port.publishAll(numbered("a", 10));
    assertEquals(refused(Refusal.OVERLOADED), PortUser.await(port.publish(draft("a", ""))));
    answer(nextMessage(), Collections.nCopies(10, accepted(1)).toArray(Outcome[]::new));
    PortUser.await(ten);
    Future<Outcome> next = port.publish(draft("a", ""));
    answer(nextMessage(), accepted(2));
    assertEquals(accepted(2), PortUser.await(next));
  }

  @Test
  void unansweredBytesAtTheBound_oneMore_isRefused() throws Exception {
    Future<Outcome> large = port.publish(draft("a", "x".repeat(100)));
    assertEquals(refused(Refusal.OVERLOADED), PortUser.await(port.publish(draft("a", "x"))));
    answer(nextMessage(), accepted(1));
    PortUser.await(large);
  }

  @Test
  void batchBeyondTheBound_isRefusedAsAWhole() throws Exception {
    List<Outcome> outcomes = PortUser.await(port.publishAll(numbered("a", 11)));
    assertEquals(Collections.nCopies(11, refused(Refusal.OVERLOADED)), outcomes);
    assertTrue(received.isEmpty());
  }

  @Test
  void answered_callerHandsInTheNext_findsRoom() throws Exception {
    Future<List<Outcome>> second = port.inOneTurn(
        each -> each.publishAll(numbered("a", 10)).compose(outcomes -> each.publishAll(numbered("b", 10))));
    var ten = Collections.nCopies(10, accepted(1)).toArray(Outcome[]::new);
    answer(nextMessage(), ten);
    answer(nextMessage(), ten);
    assertEquals(List.of(ten), PortUser.await(second));
  }

  @Test
  void publisherFails_outcome_isUnknown() throws Exception {
    Future<List<Outcome>> outcomes = port.publishAll(numbered("a", 2));
    nextMessage().fail(500, "broken");
    for (Outcome outcome : PortUser.await(outcomes)) {
      assertInstanceOf(Outcome.Unknown.class, outcome);
    }
  }

  @Test
  void publisherDoesNotAnswerInTime_outcome_isUnknown() throws Exception {
    Future<Outcome> outcome = port.publish(draft("a", ""));
    nextMessage().reply(new ReplyException(ReplyFailure.TIMEOUT, "as after the timeout"));
    assertInstanceOf(Outcome.Unknown.class, PortUser.await(outcome));
  }

  @Test
  void noPublisher_outcome_isRefused() throws Exception {
    publisher.unregister().await(5, TimeUnit.SECONDS);
    assertEquals(refused(Refusal.DRAINING), PortUser.await(port.publish(draft("a", ""))));
  }

  @Test
  void oneCallerThrows_theOthers_areAnsweredAndItIsReported() throws Exception {
    var mistake = new IllegalStateException("a caller's mistake");
    var reported = new CompletableFuture<Throwable>();
    Future<Outcome> second = port.inOneTurn(each -> {
      Vertx.currentContext().exceptionHandler(reported::complete);
      each.publish(draft("a", "1")).onComplete(outcome -> {
        throw mistake;
      });
      return each.publish(draft("a", "2"));
    });
    answer(nextMessage(), accepted(1), accepted(2));
    assertEquals(accepted(2), PortUser.await(second));
    assertSame(mistake, reported.get(5, TimeUnit.SECONDS));
  }
}
