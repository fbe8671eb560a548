package carillon.http;

import carillon.auth.Principal;
import carillon.subscribe.CloseReason;
import carillon.subscribe.Stream;
import io.vertx.core.Handler;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.RoutingContext;
import java.lang.System.Logger.Level;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * One line for each request when it has been answered, and for each stream when it ends. Confined to the event loop of
 * its verticle.
 *
 * <pre>
 *   POST /events/news 201 21 B 3 ms by writer from 192.0.2.7
 *   GET /events?topic=news&amp;access_token=… 200 10452 B 61007 ms by anybody from 192.0.2.9: client-gone
 * </pre>
 *
 * <p>The address is the client's, as far as a proxy that is named in {@code http.proxies} has said it, and that of the
 * connection otherwise; {@link ClientAddress}.
 *
 * <p>Tokens are never in it: of a query only what is known to be no secret, and no header at all. What a client has put
 * into its path is shortened here; line ends are escaped where lines are written.
 */
final class AccessLog implements Handler<RoutingContext> {

  /** By this name the lines can be kept apart from all others. */
  static final String NAME = "carillon.http.access";

  /** Longer targets are cut. */
  static final int TARGET_MAX = 512;

  private static final System.Logger LOG = System.getLogger(NAME);
  private static final String NOBODY = "anybody";

  private final LongSupplier nanos;
  private final ClientAddress addresses;
  private @Nullable Line current;

  /**
   * Writes nothing yet.
   *
   * @param nanos a clock such as {@link System#nanoTime}
   */
  AccessLog(LongSupplier nanos, ClientAddress addresses) {
    this.nanos = nanos;
    this.addresses = addresses;
  }

  /** The first handler of a route: what follows on the same stack belongs to the request. */
  @Override
  public void handle(RoutingContext routing) {
    var line = new Line(routing.request());
    routing.put(NAME, line);
    routing.addEndHandler(end -> line.write(end.succeeded() ? "" : CloseReason.CLIENT_GONE.label()));
    current = line;
    try {
      routing.next();
    } finally {
      current = null;
    }
  }

  /** The gate has found out who sent the request that is being handled. */
  void identified(Principal who) {
    Line line = current;
    if (line != null && !who.isAnonymous()) {
      line.who = who.name();
    }
  }

  /** A request has been answered without a route. */
  void answered(HttpServerRequest request, String why) {
    new Line(request).write(why);
  }

  /** Has the line of {@code routing} written when {@code stream} ends, if there is one. */
  static void follow(RoutingContext routing, Stream stream) {
    if (routing.get(NAME) instanceof Line line) {
      stream.onClose(
          (reason, bytes) -> {
            line.bytes = bytes;
            line.write(reason.label());
          });
    }
  }

  /** {@code target} of a request as it may be shown: values of a query only where they cannot be secret. */
  static String shown(String path, @Nullable String query) {
    String target = query == null ? path : path + '?' + shownQuery(query);
    return target.length() <= TARGET_MAX ? target : target.substring(0, TARGET_MAX) + "…";
  }

  private static String shownQuery(String query) {
    var shown = new StringBuilder();
    for (String pair : query.split("&", QueryText.COUNT_MAX)) {
      int equals = pair.indexOf('=');
      String name = equals < 0 ? pair : pair.substring(0, equals);
      shown.append(shown.isEmpty() ? "" : "&");
      switch (name) {
        case "topic", "since", "lastEventId", "last_event_id", "lastEventID", "format", "envelope", "poll", "wait" ->
            shown.append(pair);
        case "type", "ttl", "retry", "private" -> shown.append(pair);
        case "key", ShownToken.PARAMETER -> shown.append(name).append("=…");
        default -> shown.append('…'); // whatever it is, it is none of ours
      }
    }
    return shown.toString();
  }

  /** One request. */
  private final class Line {

    private final long sinceNanos = nanos.getAsLong();
    private final HttpServerResponse response;
    private final String method;
    private final String target;
    private final String address;
    private String who = NOBODY;
    private long bytes = -1;
    private boolean isWritten;

    Line(HttpServerRequest request) {
      this.response = request.response();
      this.method = request.method().name();
      this.target = shown(PathText.of(request), request.query());
      this.address = addresses.shown(request);
    }

    void write(String why) {
      if (isWritten) {
        return;
      }
      isWritten = true;
      Map<String, Object> fields = new LinkedHashMap<>();
      fields.put("method", method);
      fields.put("target", target);
      fields.put("status", response.getStatusCode());
      fields.put("bytes", bytes >= 0 ? bytes : response.bytesWritten());
      fields.put("millis", (nanos.getAsLong() - sinceNanos) / 1_000_000);
      fields.put("principal", who);
      fields.put("address", address);
      if (!why.isEmpty()) {
        fields.put("reason", why);
      }
      // The first is for people, the second for formatters that write objects.
      LOG.log(Level.INFO, "{0}", text(fields), fields);
    }

    private String text(Map<String, Object> fields) {
      Object reason = fields.get("reason");
      return method + ' ' + target + ' ' + fields.get("status") + ' ' + fields.get("bytes") + " B "
          + fields.get("millis") + " ms by " + who + " from " + address + (reason == null ? "" : ": " + reason);
    }
  }
}
