package carillon.publish;

import static carillon.publish.PortUser.await;
import static carillon.publish.SampleDrafts.draft;
import static carillon.publish.SampleDrafts.keyed;
import static carillon.publish.SampleDrafts.numbered;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import carillon.bus.Addresses;
import carillon.bus.BusCodecs;
import carillon.bus.Committed;
import carillon.config.PublishOptions;
import carillon.event.Draft;
import carillon.event.Event;
import carillon.event.EventId;
import carillon.event.EventType;
import carillon.event.Payload;
import carillon.event.Selector;
import carillon.event.Topic;
import carillon.event.TopicRule;
import carillon.harness.Eventually;
import carillon.log.LogException;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The publisher on a real event bus, with a log that answers as told. */
class PublisherVerticleTest {

  private static final Duration PATIENCE = Duration.ofSeconds(10);
  private static final Instant NOW = Instant.parse("2026-11-20T12:00:00Z");
  private static final PublishOptions OPTIONS = new PublishOptions(4, 1000, 20, 5000);
  private static final TopicRule NO_HISTORY =
      new TopicRule(new Selector("live/**"), false, TopicRule.Retention.ALL, false);
  private static final Outcome TRANSIENT = new Outcome.Accepted(null, false);

  private static Vertx vertx;

  private final ScriptedLog log = new ScriptedLog();
  private Context tailsLoop;
  private BusRecorder bus;
  private PortUser port;
  private String deployment;

  @BeforeAll
  static void startVertx() {
    vertx = Vertx.vertx();
    BusCodecs.register(vertx.eventBus());
    PublishCodecs.register(vertx.eventBus());
  }

  @AfterAll
  static void stopVertx() throws Exception {
    vertx.close().await(5, TimeUnit.SECONDS);
  }

  @BeforeEach
  void deploy() throws Exception {
    tailsLoop = vertx.getOrCreateContext();
    bus = BusRecorder.on(tailsLoop);
    var publisher = new PublisherVerticle(log, OPTIONS, List.of(NO_HISTORY), InstantSource.fixed(NOW));
    deployment = vertx.deployVerticle(publisher).await(5, TimeUnit.SECONDS);
    port = new PortUser(vertx, OPTIONS);
  }

  @AfterEach
  void undeploy() throws Exception {
    log.releaseAll();
    if (vertx.deploymentIDs().contains(deployment)) {
      vertx.undeploy(deployment).await(5, TimeUnit.SECONDS);
    }
    bus.close();
    assertTrue(log.callers().size() <= 1, "confined to one event loop");
  }

  private static Outcome accepted(long offset) {
    return new Outcome.Accepted(new EventId(ScriptedLog.EPOCH, offset), false);
  }

  private static Outcome refused(Refusal reason) {
    return new Outcome.Refused(reason);
  }

  /** Hands in drafts as one message of a port; from this thread, so that order of messages is order of calls. */
  private static Future<List<Outcome>> send(Draft... drafts) {
    return vertx.eventBus()
        .<Outcomes>request(Addresses.DRAFTS, new Drafts(List.of(drafts)))
        .map(reply -> reply.body().list());
  }

  /** Returns when the publisher has taken everything that was sent before. */
  private static void arrived() throws Exception {
    assertEquals(List.of(refused(Refusal.TOPIC_RESERVED)), await(send(draft("hub/x", ""))));
  }

  private void awaitHeld(int count) {
    Eventually.await(count + " held groups", PATIENCE, () -> log.heldCount() == count);
  }

  @Test
  void draft_committed_isAnnouncedAndAnswered() throws Exception {
    assertEquals(accepted(1), await(port.publish(draft("news", "hello"))));
    var committed = assertInstanceOf(Committed.class, bus.nextMessage());
    assertEquals(ScriptedLog.EPOCH, committed.epoch());
    assertEquals(List.of(Event.of(draft("news", "hello"), new EventId(ScriptedLog.EPOCH, 1), NOW)), committed.events());
  }

  @Test
  void draft_answered_hasBeenAnnouncedBefore() throws Exception {
    var port = new PortUser(tailsLoop, OPTIONS); // one loop, so that order of arrival is order of sending
    boolean heardNothing =
        await(port.inOneTurn(each -> each.publish(draft("news", "hello")).map(outcome -> bus.hasHeardNothing())));
    assertFalse(heardNothing);
  }

  @Test
  void draft_notYetCommitted_isNeitherAnnouncedNorAnswered() throws Exception {
    log.hold();
    Future<Outcome> outcome = port.publish(draft("news", "hello"));
    awaitHeld(1);
    arrived();
    assertFalse(outcome.isComplete());
    assertTrue(bus.hasHeardNothing());
    log.release();
    assertEquals(accepted(1), await(outcome));
    assertEquals("committed[hello]", bus.next());
  }

  @Test
  void whileOneGroupIsInFlight_whatArrives_isTheNextGroup() throws Exception {
    log.hold();
    List<Future<List<Outcome>>> outcomes = List.of(send(draft("a", "1")), send(draft("a", "2")), send(draft("a", "3")));
    arrived();
    assertEquals(List.of(List.of(draft("a", "1"))), log.groups());
    log.release();
    awaitHeld(1);
    assertEquals(List.of(draft("a", "2"), draft("a", "3")), log.groups().get(1));
    assertFalse(outcomes.get(1).isComplete());
    log.release();
    assertEquals(List.of(accepted(3)), await(outcomes.get(2)));
  }

  @Test
  void batchLargerThanAGroup_isSplit_andAnsweredWithAllOutcomes() throws Exception {
    List<Outcome> outcomes = await(port.publishAll(numbered("a", 10)));
    assertEquals(IntStream.rangeClosed(1, 10).mapToObj(PublisherVerticleTest::accepted).toList(), outcomes);
    assertEquals(List.of(4, 4, 2), log.groups().stream().map(List::size).toList());
    assertEquals("committed[0, 1, 2, 3]", bus.next());
    assertEquals("committed[4, 5, 6, 7]", bus.next());
    assertEquals("committed[8, 9]", bus.next());
  }

  @Test
  void sameKey_isADuplicate_andWithOtherContentAConflict() throws Exception {
    var drafts = List.of(keyed("a", "1", "k"), keyed("a", "1", "k"), keyed("a", "2", "k"), draft("a", "3"));
    List<Outcome> outcomes = await(port.publishAll(drafts));
    assertEquals(
        List.of(
            accepted(1),
            new Outcome.Accepted(new EventId(ScriptedLog.EPOCH, 1), true),
            refused(Refusal.KEY_CONFLICT),
            accepted(2)),
        outcomes);
    assertEquals("committed[1, 3]", bus.next());
  }

  @Test
  void topicWithoutHistory_isAnnouncedAndNeverLogged() throws Exception {
    assertEquals(TRANSIENT, await(port.publish(keyed("live/prices", "1", "k"))));
    assertEquals("transient[1]", bus.next());
    assertEquals(List.of(), log.groups());
  }

  @Test
  void oneTopicOfManyWithHistory_isLogged() throws Exception {
    var both = new Draft(List.of(new Topic("live/x"), new Topic("news")), null, Payload.of("1"), null, null, null);
    assertEquals(accepted(1), await(port.publish(both)));
    assertEquals("committed[1]", bus.next());
  }

  @Test
  void mixed_isAnnouncedInThePublishersOrder() throws Exception {
    var drafts = List.of(
        draft("live/a", "t1"), draft("a", "l1"), draft("live/a", "t2"), draft("a", "l2"), draft("live/a", "t3"));
    assertEquals(List.of(TRANSIENT, accepted(1), TRANSIENT, accepted(2), TRANSIENT), await(port.publishAll(drafts)));
    assertEquals("transient[t1]", bus.next());
    assertEquals("committed[l1]", bus.next());
    assertEquals("transient[t2]", bus.next());
    assertEquals("committed[l2]", bus.next());
    assertEquals("transient[t3]", bus.next());
    assertEquals(1, log.groups().size());
  }

  @Test
  void logIsBusy_transientWithNothingBeforeIt_waitsForTheGroupInFlight() throws Exception {
    log.hold();
    Future<Outcome> logged = port.publish(draft("a", "l"));
    awaitHeld(1);
    Future<Outcome> after = port.publish(draft("live/a", "t"));
    log.releaseAll();
    await(Future.all(logged, after));
    assertEquals("committed[l]", bus.next());
    assertEquals("transient[t]", bus.next());
  }

  @Test
  void hubsOwnNames_areRefused_andTheRestOfTheBatchIsNot() throws Exception {
    var typed = new Draft(List.of(new Topic("a")), new EventType("hub.gap"), Payload.of(""), null, null, null);
    assertEquals(
        List.of(refused(Refusal.TOPIC_RESERVED), accepted(1), refused(Refusal.TYPE_RESERVED)),
        await(port.publishAll(List.of(draft("hub/status", ""), draft("a", "1"), typed))));
  }

  @Test
  void logFails_outcome_saysWhatIsKnown_andItRecovers() throws Exception {
    Map<LogException.Reason, Outcome> expected = Map.of(
        LogException.Reason.FULL, refused(Refusal.LOG_FULL),
        LogException.Reason.UNAVAILABLE, refused(Refusal.LOG_UNAVAILABLE),
        LogException.Reason.CLOSED, refused(Refusal.LOG_UNAVAILABLE),
        LogException.Reason.IN_DOUBT, new Outcome.Unknown("as the test says"));
    assertEquals(LogException.Reason.values().length, expected.size());
    for (var each : expected.entrySet()) {
      log.failWith(each.getKey());
      assertEquals(each.getValue(), await(port.publish(draft("a", "lost"))));
    }
    log.failWith(null);
    assertEquals(accepted(1), await(port.publish(draft("a", "kept"))));
    assertEquals("committed[kept]", bus.next());
  }

  @Test
  void logFails_transientBehindIt_isDeliveredAllTheSame() throws Exception {
    log.failWith(LogException.Reason.FULL);
    assertEquals(
        List.of(refused(Refusal.LOG_FULL), TRANSIENT),
        await(port.publishAll(List.of(draft("a", "l"), draft("live/a", "t")))));
    assertEquals("transient[t]", bus.next());
  }

  @Test
  void logBreaksItsContract_outcome_isUnknown() throws Exception {
    log.breakDown(false);
    assertInstanceOf(Outcome.Unknown.class, await(port.publish(draft("a", ""))));
    log.breakDown(true);
    assertInstanceOf(Outcome.Unknown.class, await(port.publish(draft("a", ""))));
    log.failWith(null);
    assertEquals(accepted(1), await(port.publish(draft("a", ""))));
  }

  @Test
  void moreThanTheBoundWaits_isRefusedAsAWhole_andTheRestIsNot() throws Exception {
    log.hold();
    Future<List<Outcome>> inFlight = send(draft("a", "0"));
    Future<List<Outcome>> waiting = send(numbered("a", 19).toArray(Draft[]::new));
    assertEquals(Collections.nCopies(2, refused(Refusal.OVERLOADED)), await(send(draft("a", ""), draft("live/a", ""))));
    Future<List<Outcome>> last = send(draft("a", "last"));
    assertEquals(List.of(refused(Refusal.OVERLOADED)), await(send(draft("a", ""))));
    log.releaseAll();
    assertEquals(List.of(accepted(1)), await(inFlight));
    assertEquals(accepted(20), await(waiting).get(18));
    assertEquals(List.of(accepted(21)), await(last));
  }

  @Test
  void manyPorts_eachOnesOrder_isTheLogsOrder() throws Exception {
    long seed = System.nanoTime();
    var random = new Random(seed);
    var ports = IntStream.range(0, 4).mapToObj(i -> new PortUser(vertx, OPTIONS)).toList();
    var futures = new ArrayList<Future<?>>();
    var expected = new HashMap<String, List<String>>();
    for (int round = 0; round < 200; round++) {
      int which = random.nextInt(ports.size());
      String data = Integer.toString(round);
      List<Draft> batch = Collections.nCopies(1 + random.nextInt(3), draft("port/" + which, data));
      batch.forEach(each -> expected.computeIfAbsent("port/" + which, none -> new ArrayList<>()).add(data));
      futures.add(ports.get(which).publishAll(batch));
      if (futures.size() == 4) { // below the bound, so that nothing is refused
        await(Future.all(futures));
        futures.clear();
      }
    }
    await(Future.all(futures));
    var stored = new HashMap<String, List<String>>();
    for (List<Draft> group : log.groups()) {
      for (Draft each : group) {
        stored.computeIfAbsent(each.topics().get(0).name(), none -> new ArrayList<>()).add(each.data().toString());
      }
    }
    assertEquals(expected, stored, "seed " + seed);
    long announced = 0;
    while (announced < expected.values().stream().mapToInt(List::size).sum()) {
      for (Event event : ((Committed) bus.nextMessage()).events()) {
        assertEquals(++announced, event.offset(), "seed " + seed);
      }
    }
  }

  @Test
  void undeployed_whatWaits_isCommittedAndAnswered_andNewOnesAreRefused() throws Exception {
    log.hold();
    Future<List<Outcome>> inFlight = send(draft("a", "1"));
    Future<List<Outcome>> waiting = send(draft("a", "2"));
    arrived();
    Future<Void> undeployed = vertx.undeploy(deployment);
    awaitDraining();
    assertFalse(undeployed.isComplete());
    log.releaseAll();
    assertEquals(List.of(accepted(1)), await(inFlight));
    assertEquals(List.of(accepted(2)), await(waiting));
    await(undeployed);
    assertEquals(refused(Refusal.DRAINING), await(port.publish(draft("a", "4"))));
  }

  @Test
  void undeployed_logNeverAnswers_isGivenUp() throws Exception {
    vertx.undeploy(deployment).await(5, TimeUnit.SECONDS);
    var impatient = new PublisherVerticle(log, OPTIONS, List.of(), InstantSource.fixed(NOW), Duration.ofMillis(20));
    String id = vertx.deployVerticle(impatient).await(5, TimeUnit.SECONDS);
    log.hold();
    Future<List<Outcome>> inFlight = send(draft("a", "1"));
    Future<List<Outcome>> waiting = send(draft("a", "2"));
    arrived();
    await(vertx.undeploy(id));
    assertInstanceOf(Outcome.Unknown.class, await(inFlight).get(0));
    assertEquals(List.of(refused(Refusal.DRAINING)), await(waiting));
    log.releaseAll();
    assertTrue(bus.hasHeardNothing());
  }

  /** A batch beyond every bound is refused either way, so asking leaves nothing behind. */
  private static void awaitDraining() {
    Draft[] tooMany = numbered("a", OPTIONS.waitingEventsMax() + 1).toArray(Draft[]::new);
    var draining = Collections.nCopies(tooMany.length, refused(Refusal.DRAINING));
    Eventually.await("draining", PATIENCE, () -> {
      try {
        return await(send(tooMany)).equals(draining);
      } catch (TimeoutException e) {
        throw new AssertionError(e);
      }
    });
  }

  @Test
  void request_jsonObject_isAnsweredWithTheId() throws Exception {
    var topics = new JsonArray().add("a").add("b");
    assertEquals(
        new JsonObject()
            .put("id", new EventId(ScriptedLog.EPOCH, 1).toString())
            .put("topics", topics)
            .put("duplicate", false),
        request(new JsonObject().put("topic", topics).put("data", new JsonObject().put("x", 1))));
    assertEquals("committed[{\"x\":1}]", bus.next());
  }

  @Test
  void request_topicWithoutHistory_isAnsweredWithoutId() throws Exception {
    assertEquals(
        new JsonObject().put("topics", new JsonArray().add("live/a")).put("duplicate", false),
        request(new JsonObject().put("topic", "live/a")));
  }

  @Test
  void request_sameKey_isADuplicate() throws Exception {
    var request = new JsonObject().put("topic", "a").put("key", "k");
    assertEquals(false, request(request).getBoolean("duplicate"));
    assertEquals(true, request(request).getBoolean("duplicate"));
    requireFailure(409, "key-conflict", request.copy().put("data", "other"));
  }

  @Test
  void request_wrong_failsWithTheStatusOfHttp() throws Exception {
    requireFailure(
        400, "invalid-topic: topic: expected at least one character, got \"\"", new JsonObject().put("topic", ""));
    requireFailure(400, "malformed-request: json: expected a JSON object, got \"String\"", "news");
    requireFailure(400, "malformed-request: json: expected a JSON object, got \"nothing\"", null);
    requireFailure(403, "topic-reserved", new JsonObject().put("topic", "hub/x"));
    requireFailure(
        413,
        "payload-too-large: data: expected at most 1048576 bytes, got 1048577",
        new JsonObject().put("topic", "a").put("data", "x".repeat(Payload.BYTES_MAX + 1)));
  }

  @Test
  void request_logFails_failsWithTheStatusOfHttp() throws Exception {
    var request = new JsonObject().put("topic", "a");
    log.failWith(LogException.Reason.FULL);
    requireFailure(507, "log-full", request);
    log.failWith(LogException.Reason.UNAVAILABLE);
    requireFailure(503, "log-unavailable", request);
    log.failWith(LogException.Reason.IN_DOUBT);
    requireFailure(504, "outcome-unknown", request);
  }

  private static JsonObject request(Object body) throws Exception {
    return vertx.eventBus().<JsonObject>request(Addresses.PUBLISH, body).await(5, TimeUnit.SECONDS).body();
  }

  private static void requireFailure(int status, String message, Object body) {
    var failure = assertThrows(ReplyException.class, () -> request(body));
    assertEquals(status + " " + message, failure.failureCode() + " " + failure.getMessage());
  }
}
