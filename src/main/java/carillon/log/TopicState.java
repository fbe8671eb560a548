package carillon.log;

import carillon.event.Topic;
import carillon.event.TopicRule.Retention;

/**
 * What the sqlite engine knows of one topic without looking into the file. The log thread writes, before readers can
 * notice; readers see the three offsets, each a volatile of its own, and nothing else.
 */
final class TopicState {

  final long id;
  final Topic topic;
  final Retention retention;
  final boolean latestOnly;

  /** The newest event of the topic that was ever put into the index, whether it is still kept or not. */
  volatile long newest;

  /** Every event up to here has left the topic. */
  volatile long cutUpTo;

  /** The largest offset that has left the topic: {@link #cutUpTo}, or that of an event whose ttl has passed. */
  volatile long removedUpTo;

  // Confined to the log thread: what the index holds of this topic.
  long events;
  long bytes;
  boolean isOverfullNoted;
  boolean isEmptiedNoted;

  TopicState(long id, Topic topic, Retention retention, boolean latestOnly) {
    this.id = id;
    this.topic = topic;
    this.retention = retention;
    this.latestOnly = latestOnly;
  }

  /** A bound on count or bytes never takes a topic's newest event. */
  boolean isOverfull() {
    return isTooMuch(events, bytes);
  }

  /** Whether so many events would be too many. */
  boolean isTooMuch(long count, long size) {
    return count > 1 && (count > retention.count() || size > retention.bytes());
  }
}
