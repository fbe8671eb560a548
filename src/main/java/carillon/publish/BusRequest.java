package carillon.publish;

import carillon.event.Draft;
import carillon.event.InvalidValueException;
import carillon.event.TraceParent;
import io.vertx.core.eventbus.Message;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;

/**
 * A request of another verticle: a JSON object as in {@code POST /events}, answered with the same statuses and codes as
 * over HTTP. On the event loop of the publisher.
 *
 * <pre>
 *   {"topic": "news", "data": "hello"}   →   {"id": "00c4f1a90b7e-1042", "topics": ["news"], "duplicate": false}
 *   {"topic": ""}                        →   failure 400 "invalid-topic: topic: expected at least one …"
 * </pre>
 *
 * <p>The answer about a transient event has no {@code id}.
 */
final class BusRequest {

  private static final int STATUS_INVALID = 400;
  private static final int STATUS_TOO_LARGE = 413;

  private BusRequest() {}

  /** @throws InvalidValueException if the message is no draft */
  static Draft read(Message<Object> message) {
    if (message.body() instanceof JsonObject json) {
      Draft draft = DraftReader.read(json.toBuffer().getBytes());
      return draft.tracedBy(TraceParent.of(message.headers().getAll(TraceParent.NAME)).orElse(null));
    }
    Object body = message.body();
    String came = body == null ? "nothing" : body.getClass().getSimpleName();
    throw new InvalidValueException("json", "a JSON object", came);
  }

  static void refuse(Message<Object> message, InvalidValueException reason) {
    if (reason.isTooLarge()) {
      message.fail(STATUS_TOO_LARGE, "payload-too-large: " + reason.getMessage());
    } else {
      String code = reason.what().equals("json") ? "malformed-request" : "invalid-" + reason.what();
      message.fail(STATUS_INVALID, code + ": " + reason.getMessage());
    }
  }

  static void answer(Message<Object> message, Draft draft, Outcome outcome) {
    outcome.fold(
        new Outcome.Cases<Runnable>() {
          @Override
          public Runnable accepted(Outcome.Accepted accepted) {
            return () -> message.reply(receipt(draft, accepted));
          }

          @Override
          public Runnable refused(Outcome.Refused refused) {
            return () -> message.fail(refused.reason().status(), refused.reason().label());
          }

          @Override
          public Runnable unknown(Outcome.Unknown unknown) {
            return () -> message.fail(Outcome.Unknown.STATUS, Outcome.Unknown.LABEL);
          }
        }).run();
  }

  private static JsonObject receipt(Draft draft, Outcome.Accepted accepted) {
    var receipt = new JsonObject();
    var id = accepted.id();
    if (id != null) {
      receipt.put("id", id.toString());
    }
    var topics = new JsonArray();
    draft.topics().forEach(topic -> topics.add(topic.name()));
    return receipt.put("topics", topics).put("duplicate", accepted.duplicate());
  }
}
