package carillon.log;

import carillon.event.Topic;
import carillon.event.TopicRule.Retention;

/**
 * What the sqlite engine knows of one topic without looking into the file. The log thread writes, before readers can
 * notice; readers see the volatiles, each by itself, and nothing else.
 */
final class TopicState {

  final long id;
  final Topic topic;
  /** The newest event of the topic that was ever put into the index, whether it is still kept or not. */
  volatile long newest;

  /** Every event up to here has left the topic. */
  volatile long cutUpTo;

  /** The largest offset that has left the topic: {@link #cutUpTo}, or that of an event whose ttl has passed. */
  volatile long removedUpTo;

  /** Whether who catches up wants only the newest event. Changes with the rules, whatever a read is at. */
  volatile boolean latestOnly;

  // Confined to the log thread: what may be deleted, and what the index holds of this topic.
  Retention retention;
  long events;
  long bytes;
  boolean isOverfullNoted;
  boolean isEmptiedNoted;

  TopicState(long id, Topic topic, Retentions retentions) {
    this.id = id;
    this.topic = topic;
    this.retention = retentions.of(topic);
    this.latestOnly = retentions.isLatestOnly(topic);
  }

  /** Other rules hold from now on. */
  void change(Retentions retentions) {
    retention = retentions.of(topic);
    latestOnly = retentions.isLatestOnly(topic);
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
