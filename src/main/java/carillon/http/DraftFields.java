package carillon.http;

import carillon.event.Draft;
import carillon.event.InvalidValueException;
import carillon.event.Payload;
import carillon.event.Topic;
import carillon.event.TraceParent;
import carillon.publish.DraftReader;
import io.netty.util.AsciiString;
import io.vertx.core.http.HttpServerRequest;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a publish says about its event besides the data, wherever it says it. Confined to one thread.
 *
 * <pre>
 *   topic   path, query, form                              any number, all of them hold
 *   type    X-Type, Type, query, form
 *   key     Idempotency-Key, X-Key, Key, query, form
 *   ttl     X-TTL, TTL, query, form                        seconds or a duration
 *   retry   X-Retry, Retry, query, form                    milliseconds or a duration
 *   private X-Private, Private, query, form                true, 1 or on; false, 0 or off
 *   trace   traceparent                                    if it is a good one
 * </pre>
 *
 * <p>There is no order of precedence. Saying the same thing twice is fine; saying two different things is refused,
 * because whichever we picked, half of the publishers would have meant the other. Empty text says nothing: a form sends
 * the fields that nobody filled in.
 */
final class DraftFields {

  /** Every name, as queries and forms spell them. */
  static final Set<String> NAMES = names("topic", "type", "key", "ttl", "retry", "private");

  /** The gate has seen to the token, where a query may hold one, and is not of interest here. */
  private static final Set<String> NAMES_IN_QUERY =
      names("topic", "type", "key", "ttl", "retry", "private", ShownToken.PARAMETER);

  private static final Payload EMPTY = Payload.of("");

  private final List<Topic> topics = new ArrayList<>(1);
  private @Nullable String type;
  private @Nullable String key;
  private @Nullable String ttl;
  private @Nullable String retry;
  private @Nullable Boolean isPrivate;
  private final List<String> traces = new ArrayList<>(0);

  /**
   * What the head of a request to {@code /events} says, by headers and query.
   *
   * @throws InvalidValueException if it contradicts itself or is malformed, or the query holds anything else
   */
  static DraftFields ofEvents(HttpServerRequest request) {
    return new DraftFields().addHead(request);
  }

  /** What the head of a request to {@code /events/{topic…}} says: the topic of the path comes first. */
  static DraftFields ofItem(HttpServerRequest request) {
    return ofTopic(PathText.of(request)).addHead(request);
  }

  /** What the path of a request to {@code /events/{topic…}} says, and nothing else yet. */
  static DraftFields ofTopic(String path) {
    var fields = new DraftFields();
    fields.topics.add(new Topic(PathText.topic(path)));
    return fields;
  }

  private DraftFields addHead(HttpServerRequest request) {
    for (Map.Entry<String, String> field : request.headers()) {
      boolean unused = takesHeader(field.getKey(), field.getValue());
    }
    String query = request.query();
    if (query != null) {
      for (QueryText.Parameter parameter : QueryText.parse(query).requireNames(NAMES_IN_QUERY).parameters()) {
        if (!parameter.name().equals(ShownToken.PARAMETER)) {
          add(parameter.name(), parameter.value());
        }
      }
    }
    return this;
  }

  /**
   * Adds what one header says, if it is one of ours.
   *
   * @return whether it is
   * @throws InvalidValueException if it is not UTF-8 or contradicts what has been said
   */
  boolean takesHeader(CharSequence name, String value) {
    if (name.length() == TraceParent.NAME.length() && is(TraceParent.NAME, name)) {
      traces.add(value);
      return true;
    }
    String field = fieldOf(name);
    if (field != null && !value.isEmpty()) {
      add(field, PercentText.decodeHeader(field, value));
    }
    return field != null;
  }

  /** Adds what one field says. */
  void add(String name, String value) {
    if (value.isEmpty()) {
      return;
    }
    switch (name) {
      case "topic" -> topics.add(new Topic(value));
      case "type" -> type = agreed(name, type, value);
      case "key" -> key = agreed(name, key, value);
      case "ttl" -> ttl = agreed(name, ttl, value);
      case "retry" -> retry = agreed(name, retry, value);
      case "private" -> isPrivate = agreed(name, isPrivate, flag(value));
      default -> throw new IllegalArgumentException("field: expected one of " + NAMES + ", got " + name);
    }
  }

  /** The topics so far. */
  List<Topic> topics() {
    return List.copyOf(topics);
  }

  /** Whether nothing is said at all. */
  boolean isEmpty() {
    return topics.isEmpty() && !hasOptions();
  }

  /** Refuses what no data could make valid, so that it is refused before the data is read. */
  DraftFields requireValid() {
    if (hasOptions()) {
      Objects.requireNonNull(draft(EMPTY));
    }
    return this;
  }

  /**
   * The draft with {@code data}.
   *
   * @throws InvalidValueException if a field breaks its rules
   */
  Draft draft(Payload data) {
    return DraftReader.of(topics, type, data, key, ttl, retry, isPrivate != null && isPrivate).tracedBy(trace());
  }

  /**
   * {@code draft}, whose body has fields of its own, with these added to them.
   *
   * @throws InvalidValueException if the two contradict each other
   */
  Draft addedTo(Draft draft) {
    if (isEmpty()) {
      return draft.tracedBy(trace());
    }
    var allTopics = new ArrayList<>(draft.topics());
    allTopics.addAll(topics);
    Draft said = DraftReader.of(allTopics, type, draft.data(), key, ttl, retry, false);
    Boolean agreedPrivate = agreed("private", draft.isPrivate() ? Boolean.TRUE : null, isPrivate);
    return new Draft(
        said.topics(),
        agreed("type", draft.type(), said.type()),
        draft.data(),
        agreed("key", draft.key(), said.key()),
        agreed("ttl", draft.ttl(), said.ttl()),
        agreed("retry", draft.retry(), said.retry()),
        agreedPrivate != null && agreedPrivate,
        trace());
  }

  /** The trace that the request is part of: that of all its events. */
  @Nullable TraceParent trace() {
    return traces.isEmpty() ? null : TraceParent.of(traces).orElse(null);
  }

  private boolean hasOptions() {
    return type != null || key != null || ttl != null || retry != null || isPrivate != null;
  }

  private static boolean flag(String value) {
    return switch (value) {
      case "true", "1", "on" -> true;
      case "false", "0", "off" -> false;
      default -> throw new InvalidValueException("private", "true or false", value);
    };
  }

  /** What a header is about; asked of every header of every publish, so by length first. */
  private static @Nullable String fieldOf(CharSequence name) {
    return switch (name.length()) {
      case 3 -> is("key", name) ? "key" : is("ttl", name) ? "ttl" : null;
      case 4 -> is("type", name) ? "type" : null;
      case 5 -> is("x-key", name) ? "key" : is("x-ttl", name) ? "ttl" : is("retry", name) ? "retry" : null;
      case 6 -> is("x-type", name) ? "type" : null;
      case 7 -> is("x-retry", name) ? "retry" : is("private", name) ? "private" : null;
      case 9 -> is("x-private", name) ? "private" : null;
      case 15 -> is("idempotency-key", name) ? "key" : null;
      default -> null;
    };
  }

  private static boolean is(String lowerCase, CharSequence name) {
    return AsciiString.contentEqualsIgnoreCase(lowerCase, name);
  }

  private static <T> @Nullable T agreed(String name, @Nullable T said, @Nullable T saidToo) {
    if (said != null && saidToo != null && !said.equals(saidToo)) {
      throw new InvalidValueException(name, "one value", said + " and " + saidToo);
    }
    return said == null ? saidToo : said;
  }

  private static Set<String> names(String... names) {
    return Collections.unmodifiableSet(new LinkedHashSet<>(List.of(names)));
  }
}
