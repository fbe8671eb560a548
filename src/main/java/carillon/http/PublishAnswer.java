package carillon.http;

import carillon.event.Draft;
import carillon.event.EventId;
import carillon.event.Topic;
import carillon.publish.Outcome;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a publisher is told about one draft. Immutable.
 *
 * <pre>
 *   stored                 201   00c4f1a90b7e-1042   {"id":"00c4f1a90b7e-1042","topics":["news"],"duplicate":false}
 *   stored before          200   the first id        … "duplicate":true
 *   without history        202   no text             {"topics":["news"],"duplicate":false}
 *   refused, unknown             a problem           {"error":{"title":…,"status":503,"code":"overloaded","detail":…}}
 * </pre>
 *
 * <p>202 is the one success that is not <i>stored</i>: an event of a topic without history has gone to whoever
 * listened, and there is no id to come back to.
 *
 * @param status what the answer is, or would be if it stood alone
 * @param topics of the draft; none when there is a problem
 * @param id of the event; {@code null} when it has none
 * @param duplicate whether it was stored before
 * @param problem why not, if so
 */
record PublishAnswer(
    int status, List<Topic> topics, @Nullable EventId id, boolean duplicate, @Nullable Problem problem) {

  /** The answer for {@code outcome}. */
  static PublishAnswer of(Draft draft, Outcome outcome) {
    return outcome.fold(
        new Outcome.Cases<>() {
          @Override
          public PublishAnswer accepted(Outcome.Accepted accepted) {
            int status = accepted.id() == null ? 202 : accepted.duplicate() ? 200 : 201;
            return new PublishAnswer(status, draft.topics(), accepted.id(), accepted.duplicate(), null);
          }

          @Override
          public PublishAnswer refused(Outcome.Refused refused) {
            return PublishAnswer.of(Problem.of(refused.reason()));
          }

          @Override
          public PublishAnswer unknown(Outcome.Unknown unknown) {
            return PublishAnswer.of(Problem.outcomeUnknown());
          }
        });
  }

  /** The answer for what was not even a draft, or is not known to be an event. */
  static PublishAnswer of(Problem problem) {
    return new PublishAnswer(problem.status(), List.of(), null, false, problem);
  }

  /** The answer as plain text: the id, nothing, or the code of the problem. */
  String text() {
    if (problem != null) {
      return problem.code();
    }
    return id == null ? "" : id.toString();
  }

  /** The answer as an object, or as one item of a batch. */
  JsonObject json() {
    var json = new JsonObject();
    if (problem != null) {
      return json.put("error", problem.toJson());
    }
    if (id != null) {
      json.put("id", id.toString());
    }
    var names = new JsonArray();
    topics.forEach(topic -> names.add(topic.name()));
    return json.put("topics", names).put("duplicate", duplicate);
  }
}
