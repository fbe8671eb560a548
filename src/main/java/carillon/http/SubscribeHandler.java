package carillon.http;

import carillon.auth.Principal;
import carillon.auth.Rights;
import carillon.config.IpAddress;
import carillon.event.InvalidValueException;
import carillon.publish.Refusal;
import carillon.subscribe.CloseReason;
import carillon.subscribe.Pass;
import carillon.subscribe.Stream;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.RoutingContext;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.TimeUnit;

/**
 * {@code GET /events} and {@code GET /events/{selector…}}: opens a stream, or answers a poll. {@code HEAD} gets the
 * head. Confined to the event loop of its verticle.
 */
final class SubscribeHandler {

  private static final CharSequence LAST_EVENT_ID = HttpHeaders.createOptimized("last-event-id");

  private static final System.Logger LOG = System.getLogger(SubscribeHandler.class.getName());

  /** A tail that is further behind than this will not get there while a client waits. */
  private static final Duration CAUGHT_UP_MAX = Duration.ofSeconds(5);

  private final Stream.Environment environment;
  private final Outlets outlets;
  private final TryLater later;
  private final InstantSource clock;
  private final Rights rights;
  private final Gate gate;
  private final Limits limits;
  private final ClientAddress addresses;

  /**
   * @param later refuses those that cannot be served now
   * @param gate who may subscribe to what; of the same event loop
   * @param limits how many streams a client may have
   */
  SubscribeHandler(
      Stream.Environment environment,
      Outlets outlets,
      TryLater later,
      InstantSource clock,
      Rights rights,
      Gate gate,
      Limits limits) {
    this.limits = limits;
    this.addresses = new ClientAddress(limits.options());
    this.environment = environment;
    this.outlets = outlets;
    this.later = later;
    this.clock = clock;
    this.rights = rights;
    this.gate = gate;
  }

  /** Answers a request whose path is {@code /events} or begins with {@code /events/}. */
  void handle(RoutingContext routing) {
    HttpServerRequest http = routing.request();
    String path = PathText.of(http);
    SubscribeRequest asked;
    Principal who;
    Pass pass;
    try {
      who = gate.subscriber(http);
      asked =
          SubscribeRequest.read(
              PathText.isItem(path) ? PathText.topic(path) : null,
              QueryText.parse(http.query()),
              http.headers().getAll(HttpHeaders.ACCEPT),
              http.headers().getAll(LAST_EVENT_ID),
              clock.instant(),
              environment.options().waitMax());
      gate.require(who.maySubscribe(asked.selectors()), who);
      pass = GrantedPass.of(rights, who, asked.selectors());
    } catch (InvalidValueException e) {
      Problem.of(e).send(http);
      return;
    } catch (RefusedException e) {
      e.problem().send(http);
      return;
    }
    if (environment.view().isLogAway()) {
      later.logAway(http);
      return;
    }
    if (http.method().equals(HttpMethod.HEAD)) {
      prepareHead(http, asked);
      var unused = http.response().end();
      return;
    }
    IpAddress client = addresses.of(http);
    Limits.Crowd crowd = limits.enter(client, who);
    if (crowd != null) {
      later.crowded(http, crowd);
      return;
    }
    Runnable leave = () -> limits.leave(client, who);
    prepareHead(http, asked);
    if (asked.poll()) {
      poll(routing, asked, pass, leave);
    } else {
      stream(routing, asked, pass, leave);
    }
  }

  private static void prepareHead(HttpServerRequest http, SubscribeRequest asked) {
    if (asked.poll()) {
      StreamHead.prepareDocument(http.response(), asked.contentType());
    } else {
      StreamHead.prepare(http.response(), asked.contentType());
    }
  }

  private void stream(RoutingContext routing, SubscribeRequest asked, Pass pass, Runnable leave) {
    HttpServerRequest http = routing.request();
    var stream = new Stream(environment, asked.selectors(), pass, asked.rendering(), outlets.of(http));
    stream.onClose((reason, bytes) -> leave.run());
    // Not an end handler of the routing, which would keep all of the routing for as long as the stream lives.
    http.response().closeHandler(closed -> stream.close(CloseReason.CLIENT_GONE));
    AccessLog.follow(routing, stream);
    stream.open(asked.since()).onFailure(failure -> refuse(http, failure));
  }

  private void poll(RoutingContext routing, SubscribeRequest asked, Pass pass, Runnable leave) {
    new Poll(routing, asked, pass, leave).begin();
  }

  private void refuse(HttpServerRequest http, Throwable failure) {
    if (!http.response().headWritten() && !http.response().closed()) {
      LOG.log(Level.WARNING, "a subscription cannot begin: {0}", failure.getMessage());
      later.logAway(http);
    }
  }

  /**
   * One poll: a stream that is closed as soon as there is an answer. It begins when this loop has heard of everything
   * that the node knew to be acknowledged when the poll came, however far its tail is behind the log.
   */
  private final class Poll {

    private final RoutingContext routing;
    private final SubscribeRequest asked;
    private final PollOutlet outlet;
    private final Stream stream;
    private long timer = -1;
    private boolean answered;

    Poll(RoutingContext routing, SubscribeRequest asked, Pass pass, Runnable leave) {
      this.routing = routing;
      this.asked = asked;
      this.outlet = new PollOutlet(environment.options().pollBytesMax(), !asked.patience().isZero(), this::answer);
      this.stream = new Stream(environment, asked.selectors(), pass, asked.rendering(), outlet);
      stream.onClose((reason, bytes) -> leave.run());
    }

    void begin() {
      routing.addEndHandler(end -> finish());
      environment
          .view()
          .reached(environment.log().head())
          .timeout(CAUGHT_UP_MAX.toMillis(), TimeUnit.MILLISECONDS)
          .compose(caughtUp -> answered ? Future.succeededFuture() : stream.open(asked.since()))
          .onSuccess(open -> waitForEvent())
          .onFailure(
              failure -> {
                finish();
                refuse(routing.request(), failure);
              });
    }

    private void waitForEvent() {
      if (!answered && !asked.patience().isZero()) {
        timer = environment.vertx().setTimer(asked.patience().toMillis(), id -> answer());
      }
    }

    private void answer() {
      if (answered) {
        return;
      }
      if (!stream.hasBegun()) { // ended by the hub before there was a cursor to answer with
        finish();
        routing.response().headers().clear();
        Problem.of(Refusal.DRAINING).send(routing.request());
        return;
      }
      String cursor = stream.cursorId().toString();
      finish();
      if (routing.response().closed()) {
        return;
      }
      routing
          .response()
          .putHeader(LAST_EVENT_ID, cursor)
          .end(
              Buffer.buffer("{\"events\":")
                  .appendBuffer(outlet.array())
                  .appendString(",\"cursor\":\"" + cursor + "\"}\n"));
    }

    private void finish() {
      answered = true;
      environment.vertx().cancelTimer(timer);
      stream.close(CloseReason.ANSWERED);
    }
  }
}
