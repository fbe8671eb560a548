package carillon.http;

import carillon.config.IpAddress;
import carillon.event.Draft;
import carillon.publish.Outcome;
import carillon.publish.PublishPort;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPipeline;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.impl.Http1xServerConnection;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What the {@link PublishLane}s of one event loop share: the port, the answers, and the turn in which they are written.
 * Confined to that event loop.
 *
 * <p>The one class of the publishing half that knows the inside of Vert.x: how to get at the channel of a connection,
 * and what its handlers are called. There is no other way: what the public interface shows of a pipelined request is
 * its turn.
 */
final class PublishLanes {

  /** The encoder of the server's responses; answers that are bytes already are written below it. */
  static final String ENCODER = "httpEncoder";

  /** The handler that is the server. */
  static final String SERVER = "handler";

  private static final String LANE = "publishLane";

  private final PublishPort port;
  private final StrictTransport strict;
  private final BooleanSupplier isOpen;
  private final Executor turns;
  private final Toll toll;
  private final Consumer<String> refused;

  private int unansweredMax;
  private AnswerBytes answers;
  private List<PublishLane> touched = new ArrayList<>();

  /**
   * @param port the one the ordinary way uses as well, so that both share its bounds
   * @param unansweredMax publishes of one connection that wait for their answers; 0 for none, and no lanes
   * @param strict what every answer says, on the ordinary way as well
   * @param cors the rule that also holds on the ordinary way
   * @param isOpen whether anybody may publish now without being asked anything; otherwise every request goes the
   *     ordinary way, which asks, or says why not
   * @param turns runs a task on the event loop when what is being done is done
   * @param toll the one the ordinary way uses as well
   * @param refused is told the code of each problem that is answered
   */
  PublishLanes(
      PublishPort port,
      int unansweredMax,
      StrictTransport strict,
      Cors cors,
      BooleanSupplier isOpen,
      Executor turns,
      Toll toll,
      Consumer<String> refused) {
    this.toll = toll;
    this.refused = refused;
    this.port = port;
    this.strict = strict;
    this.unansweredMax = unansweredMax;
    this.answers = new AnswerBytes(strict, cors);
    this.isOpen = isOpen;
    this.turns = turns;
  }

  /** From now on another bound holds; 0 gives connections that come no lane, and those that have one may use it. */
  void change(int fresh, Cors cors) {
    unansweredMax = fresh;
    answers = new AnswerBytes(strict, cors);
  }

  /** Gives {@code connection} a lane, if it is one that takes its requests in order. */
  void open(HttpConnection connection) {
    if (unansweredMax > 0 && connection instanceof Http1xServerConnection http1) {
      IpAddress peer = ClientAddress.ofPeer(connection.remoteAddress());
      if (toll.isOnePayer(peer)) { // behind a proxy the head of each request says who it is
        ChannelHandlerContext server = http1.channelHandlerContext();
        open(server.pipeline(), toll.payerOf(peer));
      }
    }
  }

  /**
   * The same for a pipeline with the handlers {@link #ENCODER} and {@link #SERVER}.
   *
   * @param payer who pays for what is published over it
   */
  void open(ChannelPipeline pipeline, @Nullable Object payer) {
    pipeline.addBefore(SERVER, LANE, new PublishLane(this, payer));
  }

  boolean isOpen() {
    return isOpen.getAsBoolean();
  }

  /** Whether {@code payer} can pay for one more event; then it has. */
  boolean isPaid(@Nullable Object payer) {
    return toll.isPaid(payer);
  }

  /** Gives back one event: it is published on the ordinary way, and paid for there. */
  void giveBack(@Nullable Object payer) {
    toll.giveBack(payer);
  }

  int unansweredMax() {
    return Math.max(1, unansweredMax);
  }

  /** Whether the port has so much to do that a connection should not add to it before its last is answered. */
  boolean isBusy() {
    return port.isBusy();
  }

  /** Hands in {@code draft}. */
  void publish(Draft draft, Consumer<PublishAnswer> answered) {
    try {
      port.publish(draft)
          .onComplete(
              result -> {
                Outcome outcome = result.succeeded() ? result.result() : PublishHandler.broken(result.cause());
                HttpLog.outcome(outcome);
                PublishAnswer answer = PublishAnswer.of(draft, outcome);
                if (answer.problem() != null) {
                  refused.accept(answer.problem().code());
                }
                answered.accept(answer);
              });
    } catch (RuntimeException e) {
      HttpLog.handlerFailed(e);
      answered.accept(PublishAnswer.of(Problem.internal()));
    }
  }

  /** Appends the bytes of an answer. */
  void append(ByteBuf out, PublishAnswer answer, String format) {
    answers.append(out, answer, format);
  }

  /** Runs {@code task} when what is being done is done, never in the middle of it. */
  void later(Runnable task) {
    turns.execute(task);
  }

  /** Has {@code lane} flushed at the end of this turn. */
  void touch(PublishLane lane) {
    if (lane.wasTouched()) {
      return;
    }
    if (touched.isEmpty()) {
      later(this::flush);
    }
    touched.add(lane);
  }

  private void flush() {
    List<PublishLane> now = touched;
    touched = new ArrayList<>(now.size());
    for (PublishLane lane : now) {
      try {
        lane.flush();
      } catch (RuntimeException e) {
        HttpLog.handlerFailed(e); // the others are none the worse for it
      }
    }
  }
}
