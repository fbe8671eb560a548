package carillon.http;

import carillon.auth.Principal;
import carillon.config.HttpOptions;
import carillon.event.Draft;
import carillon.event.InvalidValueException;
import carillon.event.Payload;
import carillon.publish.DraftReader;
import carillon.publish.Outcome;
import carillon.publish.PublishPort;
import com.google.errorprone.annotations.CanIgnoreReturnValue;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Publishing by HTTP. Confined to the event loop of its verticle.
 *
 * <pre>
 *   POST|PUT /events/{topic…}   the body is the data of one event, whatever its Content-Type
 *   POST /events                by Content-Type
 *       application/x-www-form-urlencoded, multipart/form-data    one event
 *       application/json                                          one event, or a batch as an array
 *       application/x-ndjson, application/jsonl                   a batch without end, see {@link BatchStream}
 * </pre>
 *
 * <p>What can be refused by the head is refused before the body is read. A single event is answered as
 * {@link PublishAnswer} draws it, as text unless the client prefers JSON; no client is refused an event because of its
 * {@code Accept}.
 *
 * <p><b>An array</b> is all or nothing as long as it is our say: if one item is malformed, the answer is the problem of
 * the first such one, with its index, and nothing is stored. After that the items are committed in order and each has
 * its own fate; see {@link BatchAnswer}.
 */
final class PublishHandler {

  /**
   * Most drafts handed in at once; a longer array goes in slices, so that one batch cannot fill the publisher's waiting
   * room.
   */
  static final int SLICE_MAX = 1000;

  private static final String JSON = BatchAnswer.JSON;
  private static final String TEXT = BatchAnswer.TEXT;
  private static final List<String> FORMATS = List.of(TEXT, JSON);

  private static final CharSequence TEXT_UTF8 = HttpHeaders.createOptimized("text/plain; charset=utf-8");
  private static final CharSequence NO_STORE = HttpHeaders.createOptimized("no-store");

  private final Vertx vertx;
  private final HttpOptions options;
  private final PublishPort port;
  private final BodyCollector bodies;
  private final Gate gate;
  private final Toll toll;

  /**
   * @param bodies how bodies are read; of the same event loop
   * @param gate who may publish what; of the same event loop
   * @param toll who may publish how fast
   */
  PublishHandler(
      Vertx vertx, HttpOptions options, PublishPort port, BodyCollector bodies, Gate gate, Toll toll) {
    this.toll = toll;
    this.vertx = vertx;
    this.options = options;
    this.port = port;
    this.bodies = bodies;
    this.gate = gate;
  }

  /** Handles {@code POST|PUT /events/{topic…}}. */
  void handleItem(HttpServerRequest request) {
    guard(
        request,
        () -> {
          Principal who = gate.publisher(request);
          RequestHead.requireReadable(request);
          DraftFields fields = DraftFields.ofItem(request).requireValid();
          gate.require(who.mayPublish(fields.topics()), who);
          toll.pay(toll.payer(request, who), 1);
          read(request, Payload.BYTES_MAX, body -> publish(request, fields.draft(Payload.ofUtf8(body))));
        });
  }

  /** Handles {@code POST /events}. */
  void handleEvents(HttpServerRequest request) {
    guard(
        request,
        () -> {
          Principal who = gate.publisher(request);
          var sender = new Sender(who, toll.payer(request, who));
          toll.requireCredit(sender.payer());
          RequestHead.requireReadable(request);
          FieldValue type = RequestHead.mediaType(request);
          DraftFields fields = DraftFields.ofEvents(request);
          int bytesMax = options.batchBytesMax();
          switch (type.value()) {
            case "application/x-www-form-urlencoded" ->
                read(request, bytesMax, body -> publishOne(request, sender, FormDraft.urlEncoded(fields, body)));
            case "multipart/form-data" -> {
              String boundary = type.parameters().getOrDefault("boundary", "");
              read(
                  request,
                  bytesMax,
                  body -> publishOne(request, sender, FormDraft.multipart(fields, body, boundary)));
            }
            case JSON -> read(request, bytesMax, body -> publishJson(request, sender, fields, body));
            case BatchStream.NDJSON, "application/jsonl" -> {
              requireNoFields(fields);
              Runnable pay = () -> toll.pay(sender.payer(), 1);
              new BatchStream(request, port, bytesMax, gate, who, pay, fields.trace()).start();
            }
            default -> throw new RefusedException(RequestHead.unsupported(type.value()));
          }
        });
  }

  /** Who publishes, and who pays for it; {@link Toll#NOBODY}. */
  private record Sender(Principal who, @Nullable Object payer) {}

  private void publishJson(HttpServerRequest request, Sender sender, DraftFields fields, byte[] body) {
    if (FormDraft.firstNonSpace(body) == '[') {
      requireNoFields(fields);
      var trace = fields.trace();
      List<Draft> drafts = DraftReader.readAll(body).stream().map(draft -> draft.tracedBy(trace)).toList();
      drafts.forEach(draft -> granted(sender.who(), draft));
      toll.pay(sender.payer(), drafts.size());
      publishAll(request, drafts, new ArrayList<>());
    } else {
      publishOne(request, sender, fields.addedTo(DraftReader.read(body)));
    }
  }

  private void publishOne(HttpServerRequest request, Sender sender, Draft draft) {
    granted(sender.who(), draft);
    toll.pay(sender.payer(), 1);
    publish(request, draft);
  }

  @CanIgnoreReturnValue
  private Draft granted(Principal who, Draft draft) {
    gate.require(who.mayPublish(draft.topics()), who);
    return draft;
  }

  private void publish(HttpServerRequest request, Draft draft) {
    port.publish(draft)
        .onComplete(
            result -> {
              Outcome outcome = result.succeeded() ? result.result() : broken(result.cause());
              HttpLog.outcome(outcome);
              answer(request, PublishAnswer.of(draft, outcome));
            });
  }

  private void answer(HttpServerRequest request, PublishAnswer answer) {
    if (answer.problem() != null) {
      answer.problem().send(request);
      return;
    }
    // Nothing we offer is acceptable: the event is stored all the same, and a text says so best.
    String format = Negotiation.best(accept(request), FORMATS).orElse(TEXT);
    Buffer body = format.equals(JSON) ? answer.json().toBuffer() : Buffer.buffer(answer.text());
    send(request, answer.status(), format, body);
  }

  /** Hands in the drafts slice by slice, each when the one before is answered: their order is the order in the log. */
  private void publishAll(HttpServerRequest request, List<Draft> drafts, List<PublishAnswer> answers) {
    if (answers.size() == drafts.size()) {
      guard(request, () -> answerAll(request, answers));
      return;
    }
    List<Draft> slice = drafts.subList(answers.size(), Math.min(answers.size() + SLICE_MAX, drafts.size()));
    port.publishAll(slice)
        .onComplete(
            result -> {
              for (int i = 0; i < slice.size(); i++) {
                Outcome outcome = result.succeeded() ? result.result().get(i) : broken(result.cause());
                HttpLog.outcome(outcome);
                answers.add(PublishAnswer.of(slice.get(i), outcome));
              }
              publishAll(request, drafts, answers);
            });
  }

  private void answerAll(HttpServerRequest request, List<PublishAnswer> answers) {
    Optional<Problem> problem = BatchAnswer.commonProblem(answers);
    if (problem.isPresent()) {
      problem.get().send(request);
      return;
    }
    String format = Negotiation.best(accept(request), BatchAnswer.FORMATS).orElse(BatchAnswer.JSON);
    send(request, BatchAnswer.status(answers), format, BatchAnswer.body(answers, format));
  }

  /** The port promises never to fail; if it does, whatever it was given may be stored. */
  static Outcome broken(Throwable failure) {
    return new Outcome.Unknown("the publisher failed: " + failure);
  }

  private static void send(HttpServerRequest request, int status, String format, Buffer body) {
    HttpServerResponse response = request.response();
    if (response.closed() || response.ended()) {
      return; // the client has left; whether it was stored, its key tells
    }
    response.setStatusCode(status);
    response
        .headers()
        .set(HttpHeaders.CONTENT_TYPE, format.equals(TEXT) ? TEXT_UTF8 : format)
        .set(HttpHeaders.CONTENT_LENGTH, Integer.toString(body.length()))
        .set(HttpHeaders.CACHE_CONTROL, NO_STORE);
    var unused = response.end(body);
  }

  private static void requireNoFields(DraftFields fields) {
    if (!fields.isEmpty()) {
      throw new RefusedException(
          Problem.of(
              ProblemCode.MALFORMED_REQUEST,
              "A batch says topic, type, key, ttl, retry and private in each of its items."));
    }
  }

  private void read(HttpServerRequest request, int bytesMax, Consumer<byte[]> whole) {
    bodies.collect(
        request,
        bytesMax,
        body -> guard(request, () -> whole.accept(body)),
        problem -> EarlyAnswer.send(vertx, request, problem));
  }

  /** Runs a step that client text can make fail, and answers if it does. */
  private void guard(HttpServerRequest request, Runnable step) {
    try {
      step.run();
    } catch (InvalidValueException e) {
      EarlyAnswer.send(vertx, request, Problem.of(e));
    } catch (RefusedException e) {
      EarlyAnswer.send(vertx, request, e.problem());
    } catch (RuntimeException e) {
      HttpLog.handlerFailed(e);
      EarlyAnswer.send(vertx, request, Problem.internal());
    }
  }

  private static List<String> accept(HttpServerRequest request) {
    return request.headers().getAll(HttpHeaders.ACCEPT);
  }
}
