package carillon.http;

import carillon.auth.Principal;
import carillon.bus.Addresses;
import carillon.config.HubOptions;
import carillon.event.EventId;
import carillon.event.InvalidValueException;
import carillon.event.Selector;
import carillon.event.Selectors;
import carillon.event.Topic;
import carillon.event.TopicRule;
import carillon.log.EventLog;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.Message;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.ArrayList;
import java.util.List;

/**
 * {@code GET /topics/{topic…}}: how a topic is kept, and how many listen to it on this node. Whoever asks has to have the
 * right to subscribe to it, and is told nothing of any other; nor whether there ever was an event: the answer for a
 * topic that nobody has heard of looks the same. Confined to the event loop of its verticle.
 */
final class TopicHandler {

  private static final String ALLOW = "GET, HEAD, OPTIONS";

  /** For an answer of another loop, in milliseconds; one that has ended has nobody. */
  private static final DeliveryOptions PATIENCE = new DeliveryOptions().setLocalOnly(true).setSendTimeout(2_000);

  private final Vertx vertx;
  private final HubOptions options;
  private final EventLog log;
  private final Gate gate;

  private TopicHandler(Vertx vertx, HubOptions options, EventLog log, Gate gate) {
    this.vertx = vertx;
    this.options = options;
    this.log = log;
    this.gate = gate;
  }

  /** Adds the route, which looks at the raw path as that of events does. */
  static void mount(Router router, Vertx vertx, HubOptions options, EventLog log, Gate gate) {
    var handler = new TopicHandler(vertx, options, log, gate);
    router.route().handler(handler::route);
  }

  private void route(RoutingContext routing) {
    HttpServerRequest request = routing.request();
    HttpMethod method = request.method();
    if (!PathText.isAboutTopic(PathText.of(request))) {
      routing.next();
    } else if (method.equals(HttpMethod.GET) || method.equals(HttpMethod.HEAD)) {
      handle(request);
    } else if (method.equals(HttpMethod.OPTIONS)) {
      var unused = request.response().setStatusCode(204).putHeader("allow", ALLOW).end();
    } else {
      EarlyAnswer.send(vertx, request, Problem.methodNotAllowed(ALLOW));
    }
  }

  private void handle(HttpServerRequest request) {
    Topic topic;
    try {
      Principal who = gate.subscriber(request);
      topic = new Topic(PathText.topic(PathText.of(request)));
      gate.require(who.maySubscribe(Selectors.of(List.of(Selector.exactly(topic)))), who);
    } catch (InvalidValueException e) {
      Problem.of(e).send(request);
      return;
    } catch (RefusedException e) {
      e.problem().send(request);
      return;
    }
    audience(topic) // a loop without answer has none
        .<Void>map(
            subscribers -> {
              answer(request, topic, subscribers);
              return null;
            })
        .onFailure(
            failure -> {
              HttpLog.handlerFailed(failure);
              Problem.internal().send(request);
            });
  }

  /** All loops together; each is asked over the event bus, for what it holds is its own. */
  private Future<Integer> audience(Topic topic) {
    var asked = new ArrayList<Future<Integer>>();
    for (int view = 0; view < options.http().instances(); view++) {
      asked.add(
          vertx.eventBus()
              .<Integer>request(Addresses.audience(view), topic.name(), PATIENCE)
              .map(Message::body)
              .otherwise(0));
    }
    return Future.all(asked).map(all -> all.<Integer>list().stream().mapToInt(Integer::intValue).sum());
  }

  private void answer(HttpServerRequest request, Topic topic, int subscribers) {
    var response = request.response();
    if (response.closed()) {
      return;
    }
    StreamHead.prepareDocument(response, SubscribeRequest.JSON);
    var body = json(topic, subscribers).toBuffer().appendString("\n");
    var unused =
        request.method().equals(HttpMethod.HEAD)
            ? response.putHeader("content-length", Integer.toString(body.length())).end()
            : response.end(body);
  }

  private JsonObject json(Topic topic, int subscribers) {
    var json = new JsonObject().put("topic", topic.name()).put("subscribers", subscribers);
    var rule = TopicRule.first(options.topics(), topic);
    boolean isKept = !topic.isReserved() && rule.map(TopicRule::history).orElse(true);
    json.put("history", isKept ? "keep" : "none");
    if (!isKept) {
      return json;
    }
    TopicRule.Retention retention = rule.map(TopicRule::retention).orElse(TopicRule.Retention.ALL);
    var all = TopicRule.Retention.ALL;
    if (retention.age().compareTo(all.age()) < 0) {
      json.put("ageSeconds", retention.age().toSeconds());
    }
    if (retention.count() < all.count()) {
      json.put("count", retention.count());
    }
    if (retention.bytes() < all.bytes()) {
      json.put("bytes", retention.bytes());
    }
    json.put("slow", rule.map(TopicRule::latestOnly).orElse(false) ? "latest" : "all");
    long oldest = log.oldest();
    long head = log.head();
    if (oldest <= head) { // of the log, as every subscriber may come to hear; an offset too early only asks for less
      json.put("oldest", new EventId(log.epoch(), oldest).toString());
      json.put("newest", new EventId(log.epoch(), head).toString());
    }
    return json;
  }
}
