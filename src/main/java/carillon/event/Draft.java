package carillon.event;

import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * An event before it has an id: what a publisher hands in. Immutable.
 *
 * @param topics 1 to 16 topics, in the publisher's order, none twice
 * @param type what kind of event, if any
 * @param data the payload
 * @param key the publisher's own mark, if any
 * @param ttl how long history keeps the event at the most, above zero; {@code null}: as long as the topic's retention
 *     says
 * @param retry reconnection time that subscribers are told with this event, 0 to {@link #RETRY_MAX}, whole milliseconds
 * @param isPrivate whether only those may see it whose grant names one of its topics; see {@link Sight}
 * @param trace that the publish was part of, if any
 */
public record Draft(
    List<Topic> topics,
    @Nullable EventType type,
    Payload data,
    @Nullable Key key,
    @Nullable Duration ttl,
    @Nullable Duration retry,
    boolean isPrivate,
    @Nullable TraceParent trace) {

  /** Longest reconnection time that may be told to subscribers. */
  public static final Duration RETRY_MAX = Duration.ofDays(1);

  /** Longest time to live; more would be no bound at all. */
  public static final Duration TTL_MAX = Duration.ofDays(3650);

  /** @throws InvalidValueException if a value is out of the bounds above */
  public Draft {
    topics = Topics.require(topics);
    requireTtl(ttl);
    requireRetry(retry);
  }

  /** A draft that is part of no trace. */
  public Draft(
      List<Topic> topics,
      @Nullable EventType type,
      Payload data,
      @Nullable Key key,
      @Nullable Duration ttl,
      @Nullable Duration retry,
      boolean isPrivate) {
    this(topics, type, data, key, ttl, retry, isPrivate, null);
  }

  /** A draft that is not private. */
  public Draft(
      List<Topic> topics,
      @Nullable EventType type,
      Payload data,
      @Nullable Key key,
      @Nullable Duration ttl,
      @Nullable Duration retry) {
    this(topics, type, data, key, ttl, retry, false, null);
  }

  /** A draft with nothing but a topic and its data. */
  public static Draft of(Topic topic, Payload data) {
    return new Draft(List.of(topic), null, data, null, null, null);
  }

  /** The same as part of a trace, or of none. */
  public Draft tracedBy(@Nullable TraceParent by) {
    return Objects.equals(trace, by) ? this : new Draft(topics, type, data, key, ttl, retry, isPrivate, by);
  }

  /**
   * Whether {@code other} says the same: equal in everything but the key, and the trace, which is another one when
   * somebody tries again.
   */
  public boolean hasContentOf(Draft other) {
    return topics.equals(other.topics)
        && Objects.equals(type, other.type)
        && data.equals(other.data)
        && Objects.equals(ttl, other.ttl)
        && Objects.equals(retry, other.retry)
        && isPrivate == other.isPrivate;
  }

  static void requireTtl(@Nullable Duration ttl) {
    if (ttl != null && (ttl.isNegative() || ttl.isZero() || ttl.compareTo(TTL_MAX) > 0)) {
      String expected = "more than zero and at most " + TTL_MAX.toDays() + " days";
      throw new InvalidValueException("ttl", expected, ttl.toString());
    }
  }

  static void requireRetry(@Nullable Duration retry) {
    if (retry != null
        && (retry.isNegative() || retry.compareTo(RETRY_MAX) > 0 || retry.toNanosPart() % 1_000_000 != 0)) {
      String expected = "whole milliseconds from 0 to " + RETRY_MAX.toMillis();
      throw new InvalidValueException("retry", expected, retry.toString());
    }
  }
}
