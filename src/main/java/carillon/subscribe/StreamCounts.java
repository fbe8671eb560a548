package carillon.subscribe;

import carillon.event.GapReason;
import carillon.meter.Metric;
import carillon.meter.Readings;
import carillon.tail.Answer;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;

/** What the streams of one event loop have come to and been given. Confined to that loop. */
final class StreamCounts {

  /** Who is not let in has no stream that could end, and counts as refused. */
  private static final Set<CloseReason> ENDS = EnumSet.complementOf(EnumSet.of(CloseReason.TOO_MANY_STREAMS));

  private final Map<CloseReason, Long> closed = new EnumMap<>(CloseReason.class);
  private final Map<GapReason, Long> gaps = new EnumMap<>(GapReason.class);
  private long opened;
  private long events;
  private long bytes;
  private long answers;
  private long pages;

  void opened() {
    opened++;
  }

  void closed(CloseReason reason) {
    closed.merge(reason, 1L, Long::sum);
  }

  void told(GapReason reason) {
    gaps.merge(reason, 1L, Long::sum);
  }

  /** A subscriber was given what the recent frames hold. */
  void answered(Answer answer) {
    answers++;
    events += answer.frames();
    bytes += answer.bytes().length();
  }

  /** A subscriber was given what the log holds. */
  void read(int pageEvents, int pageBytes) {
    pages++;
    events += pageEvents;
    bytes += pageBytes;
  }

  void measure(Readings readings) {
    readings.add(Metric.STREAMS_OPENED, opened);
    for (CloseReason reason : ENDS) {
      readings.add(Metric.STREAMS_CLOSED, reason.label(), closed.getOrDefault(reason, 0L));
    }
    for (GapReason reason : GapReason.values()) {
      readings.add(Metric.GAPS, reason.label(), gaps.getOrDefault(reason, 0L));
    }
    readings.add(Metric.DELIVERED_EVENTS, events);
    readings.add(Metric.DELIVERED_BYTES, bytes);
    readings.add(Metric.READS, "recent", answers);
    readings.add(Metric.READS, "log", pages);
  }
}
