package carillon.http;

import carillon.auth.Principal;
import carillon.event.Draft;
import carillon.event.InvalidValueException;
import carillon.event.TraceParent;
import carillon.publish.DraftReader;
import carillon.publish.Outcome;
import carillon.publish.PublishPort;
import io.vertx.core.AsyncResult;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.HttpVersion;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One request that publishes line by line: NDJSON in, NDJSON out, one line for each, in order, while both go on.
 * Confined to the event loop of its request.
 *
 * <p>The status is always 200, because it is said before the first outcome is known; each line says its own. A line
 * that is no draft is answered with its problem and the next ones go on: they were sent without waiting for it, and a
 * feed that runs for a day must not end over one bad line. For the same reason the body as a whole has no bound; a line
 * has one.
 *
 * <p>When the client leaves, what it sent in whole lines up to the group in flight is stored, and the rest is not.
 */
final class BatchStream {

  /*
   * Back-pressure, from right to left: the publisher has one group of this stream at a time; the next one gathers here
   * meanwhile, and when enough has gathered the request is paused. Answers are written whether or not the client reads
   * them, up to a bound high enough for clients that send everything before they read anything.
   *
   *    request ──pause── lines waiting ── group in flight ── publisher
   *    response ◀── answers waiting ◀────────┘
   */

  /** The media type of both directions. */
  static final String NDJSON = "application/x-ndjson";

  /** Most drafts in flight. */
  static final int GROUP_EVENTS_MAX = PublishHandler.SLICE_MAX;

  /** A group takes no further line beyond this many bytes. */
  static final int GROUP_BYTES_MAX = 4 << 20;

  /** Beyond this many bytes of waiting lines the request is paused. */
  static final int WAITING_BYTES_MAX = 1 << 20;

  /** Beyond this many bytes of answers that the client has not taken, nothing more is published: some 40,000 lines. */
  static final int ANSWER_BYTES_MAX = 4 << 20;

  private final HttpServerRequest request;
  private final HttpServerResponse response;
  private final PublishPort port;
  private final Lines lines;
  private final int lineBytesMax;
  private final Gate gate;
  private final Principal let;
  private final Runnable pay;
  private final @Nullable TraceParent trace;

  // Confined to the event loop.
  private boolean isInFlight;
  private boolean isPaused;
  private boolean hasAllLines;
  private boolean isOver;
  private int answerBytesWaiting;

  /**
   * @param let who was let in; asked again for each line, because a batch may last longer than a token
   * @param pay pays for one line, or throws {@link RefusedException}
   * @param trace that all of it is part of, if any
   */
  BatchStream(
      HttpServerRequest request,
      PublishPort port,
      int lineBytesMax,
      Gate gate,
      Principal let,
      Runnable pay,
      @Nullable TraceParent trace) {
    this.pay = pay;
    this.trace = trace;
    this.request = request;
    this.response = request.response();
    this.port = port;
    this.lines = new Lines(lineBytesMax);
    this.lineBytesMax = lineBytesMax;
    this.gate = gate;
    this.let = let;
  }

  /** What became of a line: a draft on its way, or the answer right away. */
  private record Item(Optional<Draft> draft, Optional<PublishAnswer> answer) {}

  void start() {
    request
        .handler(
            chunk -> {
              lines.feed(chunk.getBytes());
              step();
            })
        .endHandler(
            end -> {
              lines.end();
              hasAllLines = true;
              step();
            })
        .exceptionHandler(failure -> isOver = true);
    response
        .setChunked(request.version() == HttpVersion.HTTP_1_1)
        .putHeader("content-type", NDJSON)
        .putHeader("cache-control", "no-store")
        .putHeader("x-accel-buffering", "no")
        .putHeader("x-content-type-options", "nosniff");
    if (request.version() == HttpVersion.HTTP_1_0) {
      response.putHeader("connection", "close"); // the end of the connection is the end of the body
    }
    if (Expectation.of(request) == Expectation.CONTINUE) {
      var unused = response.writeContinue();
    }
  }

  /** Does what can be done now; called whenever something has changed. */
  private void step() {
    while (!isOver && !isInFlight && answerBytesWaiting <= ANSWER_BYTES_MAX) {
      List<Item> group = nextGroup();
      if (group.isEmpty()) {
        if (hasAllLines) {
          isOver = true;
          var unused = response.end();
        }
        break;
      }
      publish(group);
    }
    regulate();
  }

  private List<Item> nextGroup() {
    List<Item> group = new ArrayList<>();
    int bytes = 0;
    while (group.size() < GROUP_EVENTS_MAX && bytes < GROUP_BYTES_MAX) {
      Optional<Lines.Line> line = lines.next();
      if (line.isEmpty()) {
        break;
      }
      bytes += line.get().bytes().length;
      group.add(item(line.get()));
    }
    return group;
  }

  private Item item(Lines.Line line) {
    if (line.isTooLong()) {
      String detail = "A line may have at most " + lineBytesMax + " bytes.";
      Problem problem = Problem.of(ProblemCode.PAYLOAD_TOO_LARGE, detail);
      return new Item(Optional.empty(), Optional.of(PublishAnswer.of(problem)));
    }
    try {
      Draft draft = DraftReader.read(line.bytes()).tracedBy(trace);
      Principal who = gate.still(let);
      gate.require(who.mayPublish(draft.topics()), who);
      pay.run();
      return new Item(Optional.of(draft), Optional.empty());
    } catch (InvalidValueException e) {
      return new Item(Optional.empty(), Optional.of(PublishAnswer.of(Problem.of(e))));
    } catch (RefusedException e) {
      return new Item(Optional.empty(), Optional.of(PublishAnswer.of(e.problem())));
    }
  }

  private void publish(List<Item> group) {
    List<Draft> drafts = group.stream().flatMap(item -> item.draft().stream()).toList();
    if (drafts.isEmpty()) {
      answer(group, List.of());
      return;
    }
    isInFlight = true;
    port.publishAll(drafts)
        .onComplete(
            result -> {
              isInFlight = false;
              answer(group, outcomes(result, drafts.size()));
              step();
            });
  }

  private static List<Outcome> outcomes(AsyncResult<List<Outcome>> result, int count) {
    List<Outcome> outcomes =
        result.succeeded() ? result.result() : Collections.nCopies(count, PublishHandler.broken(result.cause()));
    outcomes.forEach(HttpLog::outcome);
    return outcomes;
  }

  private void answer(List<Item> group, List<Outcome> outcomes) {
    if (isOver || response.closed()) {
      isOver = true;
      return;
    }
    Buffer text = Buffer.buffer();
    int next = 0;
    for (Item item : group) {
      PublishAnswer answer =
          item.draft().isPresent()
              ? PublishAnswer.of(item.draft().get(), outcomes.get(next++))
              : item.answer().orElseThrow();
      text.appendBuffer(answer.json().toBuffer()).appendString("\n");
    }
    int bytes = text.length();
    answerBytesWaiting += bytes;
    response
        .write(text)
        .onComplete(
            written -> {
              answerBytesWaiting -= bytes;
              step();
            });
  }

  private void regulate() {
    boolean isFull = lines.bytesWaiting() > WAITING_BYTES_MAX || lines.linesWaiting() > GROUP_EVENTS_MAX;
    if (isFull == isPaused || hasAllLines || isOver || request.isEnded()) {
      return;
    }
    isPaused = isFull;
    if (isFull) {
      request.pause();
    } else {
      request.resume();
    }
  }
}
