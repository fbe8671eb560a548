package carillon.log;

import static carillon.log.EventLog.Reading.EVERYTHING;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.fail;

import carillon.event.Draft;
import carillon.event.Event;
import carillon.event.EventType;
import carillon.event.Key;
import carillon.event.Payload;
import carillon.event.Selectors;
import carillon.event.Topic;
import carillon.event.TraceParent;
import carillon.log.EventLog.Limit;
import carillon.log.EventLog.Reading;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Words for tests of logs. */
final class Logs {

  static final Limit WIDE = new Limit(100_000, 1 << 30);

  private static final long PATIENCE_SECONDS = 30;

  private Logs() {}

  static <T> T await(CompletionStage<T> stage) {
    try {
      return stage.toCompletableFuture().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof LogException failure) {
        throw failure;
      }
      return fail(e);
    } catch (InterruptedException | TimeoutException e) {
      return fail(e);
    }
  }

  /** Why {@code stage} fails; the failure itself must be a {@link LogException}, not something wrapped around one. */
  static LogException.Reason failure(CompletionStage<?> stage) {
    try {
      stage.toCompletableFuture().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
      return fail("expected a failure");
    } catch (ExecutionException e) {
      return assertInstanceOf(LogException.class, e.getCause()).reason();
    } catch (InterruptedException | TimeoutException e) {
      return fail(e);
    }
  }

  static Draft draft(String topic, String data) {
    return Draft.of(new Topic(topic), Payload.of(data));
  }

  static Draft keyed(String key, String topic, String data) {
    return new Draft(List.of(new Topic(topic)), null, Payload.of(data), new Key(key), null, null);
  }

  static Draft lasting(Duration ttl, String topic, String data) {
    return new Draft(List.of(new Topic(topic)), null, Payload.of(data), null, ttl, null);
  }

  static Draft shared(String data, String... topics) {
    return new Draft(Stream.of(topics).map(Topic::new).toList(), null, Payload.of(data), null, null, null);
  }

  /** The same, private. */
  static Draft secret(Draft draft) {
    return new Draft(
        draft.topics(), draft.type(), draft.data(), draft.key(), draft.ttl(), draft.retry(), true);
  }

  static Draft full(
      List<String> topics,
      @Nullable String type,
      String data,
      @Nullable String key,
      @Nullable Duration ttl,
      @Nullable Duration retry) {
    return new Draft(
        topics.stream().map(Topic::new).toList(),
        type == null ? null : new EventType(type),
        Payload.of(data),
        key == null ? null : new Key(key),
        ttl,
        retry)
        .tracedBy(new TraceParent("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"));
  }

  static List<Long> offsets(Page page) {
    return page.events().stream().map(Event::offset).toList();
  }

  static List<String> data(Page page) {
    return page.events().stream().map(event -> event.data().toString()).toList();
  }

  /** Everything that matches, page by page; checks of every page that it goes on and is in order. */
  static List<Event> readAll(EventLog log, long after, Selectors selectors, Limit limit) {
    return readAll(log, after, selectors, limit, EVERYTHING);
  }

  /** The same for either way of reading. */
  static List<Event> readAll(EventLog log, long after, Selectors selectors, Limit limit, Reading reading) {
    var events = new ArrayList<Event>();
    long cursor = after;
    while (cursor < log.head()) {
      Page page = await(log.read(cursor, selectors, limit, reading));
      long last = cursor;
      for (Event event : page.events()) {
        if (event.offset() <= last || !selectors.matches(event.topics())) {
          fail("after " + last + " came " + event.id() + " of " + event.topics());
        }
        last = event.offset();
      }
      if (page.upTo() < last || page.upTo() <= cursor) {
        fail("the page after " + cursor + " with events up to " + last + " says it is complete up to " + page.upTo());
      }
      events.addAll(page.events());
      cursor = page.upTo();
    }
    return events;
  }
}
