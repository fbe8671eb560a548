package carillon.publish;

import carillon.event.EventId;
import carillon.log.Appended;
import carillon.meter.Distribution;
import carillon.meter.Metric;
import carillon.meter.Readings;
import java.util.EnumMap;
import java.util.Map;

/** What the publisher has done and how long it took. Confined to the event loop of the publisher. */
final class PublishCounts {

  private final OutcomeCounts outcomes = new OutcomeCounts();
  private final Distribution latency = new Distribution(Metric.PUBLISH_LATENCY);
  private final Distribution wait = new Distribution(Metric.PUBLISH_WAIT);
  private final Distribution commit = new Distribution(Metric.PUBLISH_COMMIT);
  private final Distribution sync = new Distribution(Metric.PUBLISH_SYNC);
  private final Distribution groups = new Distribution(Metric.PUBLISH_GROUP);

  /** A draft was refused before it waited. */
  void refused(Outcome outcome) {
    outcomes.count(outcome);
  }

  /** The log is asked to commit a group. */
  void begins(Group group, long nowNanos) {
    for (Waiting entry : group.entries()) {
      wait.record(nowNanos - entry.sinceNanos());
    }
    groups.record(group.logged().size());
  }

  /** The log has committed, and knows, or does not, how long its disk took. */
  void committed(long tookNanos, long syncNanos) {
    commit.record(tookNanos);
    if (syncNanos != Appended.UNKNOWN) {
      sync.record(syncNanos);
    }
  }

  /** A draft that waited is answered. */
  void settled(Waiting entry, Outcome outcome, long nowNanos) {
    outcomes.count(outcome);
    latency.record(nowNanos - entry.sinceNanos());
  }

  void measure(Readings readings) {
    outcomes.measure(readings);
    readings.add(Metric.PUBLISH_LATENCY, latency);
    readings.add(Metric.PUBLISH_WAIT, wait);
    readings.add(Metric.PUBLISH_COMMIT, commit);
    readings.add(Metric.PUBLISH_SYNC, sync);
    readings.add(Metric.PUBLISH_GROUP, groups);
  }

  /** How often each outcome. */
  static final class OutcomeCounts implements Outcome.Cases<Outcome> {

    private final Map<Refusal, Long> refused = new EnumMap<>(Refusal.class);
    private long stored;
    private long duplicate;
    private long passedOn;
    private long unknown;

    void count(Outcome outcome) {
      var unused = outcome.fold(this);
    }

    @Override
    public Outcome accepted(Outcome.Accepted accepted) {
      EventId id = accepted.id();
      if (id == null) {
        passedOn++;
      } else if (accepted.duplicate()) {
        duplicate++;
      } else {
        stored++;
      }
      return accepted;
    }

    @Override
    public Outcome refused(Outcome.Refused outcome) {
      refused.merge(outcome.reason(), 1L, Long::sum);
      return outcome;
    }

    @Override
    public Outcome unknown(Outcome.Unknown outcome) {
      unknown++;
      return outcome;
    }

    void measure(Readings readings) {
      readings.add(Metric.PUBLISHED_EVENTS, "stored", stored);
      readings.add(Metric.PUBLISHED_EVENTS, "duplicate", duplicate);
      readings.add(Metric.PUBLISHED_EVENTS, "transient", passedOn);
      readings.add(Metric.PUBLISHED_EVENTS, Outcome.Unknown.LABEL, unknown);
      for (Refusal refusal : Refusal.values()) {
        readings.add(Metric.PUBLISHED_EVENTS, refusal.label(), refused.getOrDefault(refusal, 0L));
      }
    }
  }
}
