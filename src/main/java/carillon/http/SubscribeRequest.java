package carillon.http;

import carillon.event.Durations;
import carillon.event.InvalidValueException;
import carillon.event.Selector;
import carillon.event.Selectors;
import carillon.event.Since;
import carillon.event.SinceReader;
import carillon.sse.Rendering;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a subscriber asks for, read from its request. Immutable.
 *
 * @param selectors which topics
 * @param rendering of the events
 * @param since from where
 * @param poll the answer is one JSON document instead of a stream
 * @param patience how long an empty answer to a poll waits for the first event; zero answers at once
 */
record SubscribeRequest(Selectors selectors, Rendering rendering, Since since, boolean poll, Duration patience) {

  static final String EVENT_STREAM = "text/event-stream";
  static final String NDJSON = "application/x-ndjson";
  static final String JSON = "application/json";

  private static final List<String> CURSOR_NAMES = List.of("lastEventId", "last_event_id", "lastEventID");

  /**
   * Reads a request.
   *
   * @param pathSelector the selector in the path, if any
   * @param accept the values of {@code Accept}
   * @param lastEventIds the values of {@code Last-Event-ID}
   * @throws InvalidValueException if something is malformed
   * @throws RefusedException if the request accepts none of the types there are
   */
  static SubscribeRequest read(
      @Nullable String pathSelector,
      QueryText query,
      List<String> accept,
      List<String> lastEventIds,
      Instant now,
      Duration waitMax) {
    Selectors selectors = selectors(pathSelector, query);
    Duration patience = patience(query, waitMax);
    boolean poll = isSet(query, "poll") || query.has("wait");
    return new SubscribeRequest(
        selectors,
        rendering(selectors, poll, query, accept),
        since(query, lastEventIds, poll, patience, now),
        poll,
        patience);
  }

  /** The type of the answer. */
  String contentType() {
    return poll ? JSON : rendering.isEventStream() ? EVENT_STREAM : NDJSON;
  }

  private static Selectors selectors(@Nullable String pathSelector, QueryText query) {
    var selectors = new ArrayList<Selector>();
    if (pathSelector != null) {
      selectors.add(new Selector(pathSelector));
    }
    query.all("topic").forEach(text -> selectors.add(new Selector(text)));
    return Selectors.of(selectors);
  }

  private static Rendering rendering(Selectors selectors, boolean poll, QueryText query, List<String> accept) {
    String type = type(poll, query.one("format"), accept);
    Rendering envelope = envelope(query);
    if (poll || type.equals(NDJSON)) {
      return Rendering.NDJSON;
    }
    return envelope != null ? envelope : selectors.isMany() ? Rendering.EVENTS_WITH_TOPICS : Rendering.EVENTS;
  }

  private static String type(boolean poll, Optional<String> format, List<String> accept) {
    List<String> offered = poll ? List.of(JSON) : List.of(EVENT_STREAM, NDJSON);
    if (format.isPresent()) {
      String named =
          switch (format.get()) {
            case "sse", EVENT_STREAM -> EVENT_STREAM;
            case "ndjson", NDJSON -> NDJSON;
            case "json", JSON -> JSON;
            default -> throw new InvalidValueException("format", "sse, ndjson or json", format.get());
          };
      if (!offered.contains(named)) {
        throw new InvalidValueException(
            "format", poll ? "json for a poll" : "sse or ndjson for a stream", format.get());
      }
      return named;
    }
    return Negotiation.best(accept, offered)
        .orElseThrow(() -> new RefusedException(notAcceptable(offered)));
  }

  private static Problem notAcceptable(List<String> offered) {
    return Problem.of(ProblemCode.NOT_ACCEPTABLE, "what there is: " + String.join(", ", offered));
  }

  private static @Nullable Rendering envelope(QueryText query) {
    String envelope = query.one("envelope").orElse(null);
    if (envelope == null) {
      return null;
    }
    return switch (envelope) {
      case "json" -> Rendering.ENVELOPE;
      case "untyped" -> Rendering.ENVELOPE_UNTYPED;
      default -> throw new InvalidValueException("envelope", "json or untyped", envelope);
    };
  }

  private static Duration patience(QueryText query, Duration waitMax) {
    Optional<String> text = query.one("wait");
    if (text.isEmpty()) {
      return Duration.ZERO;
    }
    Duration patience =
        Durations.parse(text.get())
            .orElseThrow(() -> new InvalidValueException("wait", "a duration such as 25s", text.get()));
    return patience.compareTo(waitMax) > 0 ? waitMax : patience;
  }

  /** The header wins: it is what a reconnecting browser updates, while the address stays as the page wrote it. */
  private static Since since(QueryText query, List<String> lastEventIds, boolean poll, Duration patience, Instant now) {
    if (lastEventIds.stream().distinct().count() > 1) {
      throw new InvalidValueException("Last-Event-ID", "one value", lastEventIds.size() + " different ones");
    }
    if (!lastEventIds.isEmpty() && !lastEventIds.get(0).isEmpty()) {
      return SinceReader.ofLastEventId(lastEventIds.get(0));
    }
    for (String name : CURSOR_NAMES) {
      Optional<String> cursor = query.one(name);
      if (cursor.isPresent() && !cursor.get().isEmpty()) {
        return SinceReader.ofLastEventId(cursor.get());
      }
    }
    Optional<String> since = query.one("since");
    if (since.isPresent()) {
      return SinceReader.parse(since.get(), now);
    }
    return poll && patience.isZero() ? new Since.All() : new Since.Now();
  }

  private static boolean isSet(QueryText query, String name) {
    Optional<String> text = query.one(name);
    if (text.isEmpty()) {
      return false;
    }
    return switch (text.get()) {
      case "", "1", "true" -> true;
      case "0", "false" -> false;
      default -> throw new InvalidValueException(name, "nothing, 1, true, 0 or false", text.get());
    };
  }
}
