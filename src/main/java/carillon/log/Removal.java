package carillon.log;

import carillon.event.Topic;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * One small step of retention: which events leave which topics, and which are gone by that. Decided first, carried out
 * by {@link SqliteSweep} afterwards. Confined to the log thread.
 */
final class Removal {

  /**
   * An event that may be removed.
   *
   * @param offset its place
   * @param topics all its topics, also those it has left
   * @param bytes of data
   * @param expires time in milliseconds under which its ttl is noted, 0 without a ttl
   */
  record Candidate(long offset, List<Topic> topics, long bytes, long expires) {}

  /** What leaves one topic. */
  static final class Leaving {
    private final List<Long> single = new ArrayList<>();
    private long events;
    private long bytes;
    private long cutUpTo;

    /** How many events leave. */
    long events() {
      return events;
    }

    /** How many bytes of data leave. */
    long bytes() {
      return bytes;
    }

    /** Everything up to here leaves; 0 when nothing leaves in this way. */
    long cutUpTo() {
      return cutUpTo;
    }

    /** What leaves beside that. */
    List<Long> single() {
      return single;
    }
  }

  private final Function<Topic, @Nullable TopicState> topics;
  private final Map<TopicState, Leaving> leaving = new LinkedHashMap<>();
  private final Map<Long, Candidate> gone = new LinkedHashMap<>();
  private final Map<Long, Candidate> candidates = new LinkedHashMap<>();

  /** @param topics those that the index knows */
  Removal(Function<Topic, @Nullable TopicState> topics) {
    this.topics = topics;
  }

  /** The ttl of an event has passed: it leaves every topic it is still in. */
  void expire(Candidate event) {
    for (Topic name : event.topics()) {
      TopicState topic = topics.apply(name);
      if (topic != null && !hasLeft(topic, event.offset())) {
        count(topic, event).single.add(event.offset());
      }
    }
    gone.put(event.offset(), event);
  }

  /** An event leaves a topic that everything before it has left or leaves. It may have left already. */
  void cut(TopicState topic, Candidate event) {
    if (gone.containsKey(event.offset()) || hasLeft(topic, event.offset())) {
      return;
    }
    Leaving of = count(topic, event);
    of.cutUpTo = event.offset();
    candidates.put(event.offset(), event);
  }

  /** Finds the events that are in no topic any more. Called once, when everything that leaves has been said. */
  void conclude() {
    for (Candidate event : candidates.values()) {
      if (event.topics().stream().allMatch(name -> hasLeft(topics.apply(name), event.offset()))) {
        gone.put(event.offset(), event);
      }
    }
  }

  /** How many events {@code topic} will have left. */
  long eventsLeft(TopicState topic) {
    Leaving of = leaving.get(topic);
    return topic.events - (of == null ? 0 : of.events);
  }

  /** How many bytes {@code topic} will have left. */
  long bytesLeft(TopicState topic) {
    Leaving of = leaving.get(topic);
    return topic.bytes - (of == null ? 0 : of.bytes);
  }

  /** What leaves each topic. */
  Map<TopicState, Leaving> leaving() {
    return leaving;
  }

  /** Events that are gone. */
  Iterable<Candidate> gone() {
    return gone.values();
  }

  /** Whether there is nothing to carry out. */
  boolean isEmpty() {
    return leaving.isEmpty() && gone.isEmpty();
  }

  private boolean hasLeft(@Nullable TopicState topic, long offset) {
    if (topic == null) {
      return true; // forgotten, so it has no events
    }
    Leaving of = leaving.get(topic);
    return offset <= topic.cutUpTo || (of != null && offset <= of.cutUpTo);
  }

  private Leaving count(TopicState topic, Candidate event) {
    Leaving of = leaving.computeIfAbsent(topic, any -> new Leaving());
    of.events++;
    of.bytes += event.bytes();
    return of;
  }
}
