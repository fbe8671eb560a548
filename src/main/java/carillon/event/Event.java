package carillon.event;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An immutable fact. With an id it is in the log and is delivered exactly once to every stream that wants one of its
 * topics; without one it is transient (a tick, a topic without history): delivered to whoever listens now.
 *
 * @param id its place in the log; {@code null} when it is transient
 * @param topics 1 to 16 topics, in the publisher's order, none twice
 * @param type what kind of event, if any
 * @param data the payload
 * @param time when the hub accepted it
 * @param ttl how long history keeps it at the most, counted from {@code time}, if the publisher said so
 * @param retry reconnection time that subscribers are told with it, if the publisher said so
 * @param isPrivate whether only those may see it whose grant names one of its topics; see {@link Sight}
 * @param trace that its publish was part of, if any
 */
public record Event(
    @Nullable EventId id,
    List<Topic> topics,
    @Nullable EventType type,
    Payload data,
    Instant time,
    @Nullable Duration ttl,
    @Nullable Duration retry,
    boolean isPrivate,
    @Nullable TraceParent trace) {

  /** @throws InvalidValueException if a value is out of the bounds of {@link Draft} */
  public Event {
    topics = Topics.require(topics);
    Draft.requireTtl(ttl);
    Draft.requireRetry(retry);
  }

  /** An event that is part of no trace. */
  public Event(
      @Nullable EventId id,
      List<Topic> topics,
      @Nullable EventType type,
      Payload data,
      Instant time,
      @Nullable Duration ttl,
      @Nullable Duration retry,
      boolean isPrivate) {
    this(id, topics, type, data, time, ttl, retry, isPrivate, null);
  }

  /** An event that is not private. */
  public Event(
      @Nullable EventId id,
      List<Topic> topics,
      @Nullable EventType type,
      Payload data,
      Instant time,
      @Nullable Duration ttl,
      @Nullable Duration retry) {
    this(id, topics, type, data, time, ttl, retry, false, null);
  }

  /**
   * The event that {@code draft} becomes when it is accepted at {@code time} under {@code id}; {@code null} makes it
   * transient.
   */
  public static Event of(Draft draft, @Nullable EventId id, Instant time) {
    return new Event(
        id,
        draft.topics(),
        draft.type(),
        draft.data(),
        time,
        draft.ttl(),
        draft.retry(),
        draft.isPrivate(),
        draft.trace());
  }

  /** Whether it is delivered to whoever listens now and never in the log. */
  public boolean isTransient() {
    return id == null;
  }

  /** Its offset in the log, from 1; 0 when it is transient. */
  public long offset() {
    return id == null ? 0 : id.offset();
  }
}
