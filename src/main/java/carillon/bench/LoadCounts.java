package carillon.bench;

import java.util.List;

/**
 * What a {@link Load} has sent, got and seen go wrong since it was opened, and what is still owed to it. Confined to
 * its thread, but for {@link #latencies}.
 */
final class LoadCounts {

  /*
   * `owed` counts one for each event and each subscriber that is to get it, `delivered` those that came; their
   * difference, in events, is what a closed loop keeps below its window.
   */
  private final List<Long> pids;
  private final long[] publishedOf;
  private final int[] readersOf;

  /** From when an event was due until it was here. */
  final Latencies latencies = new Latencies();

  /** From a request until its answer was here. */
  final Latencies answers = new Latencies();

  /** What events say about each other. */
  final NumberedEvents.Tally tally = new NumberedEvents.Tally();

  int opened;
  long published;
  long acknowledged;
  long refused;
  long lost;
  long stalls;
  long delivered;
  long late;
  private long owed;

  /**
   * @param topics how many
   * @param pids of the server
   */
  LoadCounts(int topics, List<Long> pids) {
    this.pids = pids;
    this.publishedOf = new long[topics];
    this.readersOf = new int[topics];
  }

  /** The number of the newest event of a topic, 0 for none. */
  long publishedOf(int topic) {
    return publishedOf[topic];
  }

  /** So many events of a topic are on their way: whoever reads it is owed them. */
  void published(int topic, int events) {
    publishedOf[topic] += events;
    published += events;
    owed += (long) readersOf[topic] * events;
  }

  /** So many more read a topic from now on, or so many fewer. */
  void reads(int topic, int more) {
    readersOf[topic] += more;
  }

  /** Deliveries that have not come yet. */
  long owed() {
    return owed - delivered;
  }

  /** Whatever has not come is given up. */
  void forgive() {
    owed = delivered;
  }

  /** Events that have not come to everybody, on the average. */
  long outstanding() {
    int readers = Math.max(1, opened / publishedOf.length);
    return Math.floorDiv(owed() + readers - 1, (long) readers);
  }

  /** Memory of the server now, in bytes. */
  long residentBytes() {
    return ProcessUsage.of(pids).residentBytes();
  }

  /** Where all of it stands now: where a stage or a part of it begins or ends. */
  Mark mark() {
    return new Mark();
  }

  /** Where everything stood at one time. */
  final class Mark {
    private final long nanos = System.nanoTime();
    private final double serverCpu = ProcessUsage.of(pids).cpuSeconds();
    private final double ownCpu = ProcessUsage.ofSelf().cpuSeconds();
    private final double machineCpu = ProcessUsage.machineCpuSeconds();
    private final long publishedNow = published;
    private final long acknowledgedNow = acknowledged;
    private final long deliveredNow = delivered;
    private final long missing = tally.missing;
    private final long doubled = tally.doubled;
    private final long reordered = tally.reordered;
    private final long gaps = tally.gaps;
    private final long refusedNow = refused;
    private final long lostNow = lost;
    private final long stallsNow = stalls;
    private final double latencyP50 = latencies.millis(0.5);
    private final double latencyP99 = latencies.millis(0.99);
    private final double latencyMax = latencies.millis(1);
    private final double answerP50 = answers.millis(0.5);
    private final double answerP99 = answers.millis(0.99);

    private Mark() {}

    /** Deliveries up to here. */
    long delivered() {
      return deliveredNow;
    }

    /** What lies between two marks; faults are counted until now, so that those of what came late are in it. */
    StageResult until(Mark to, String name, long residentBefore, long residentMax, long undelivered) {
      double seconds = (to.nanos - nanos) / 1e9;
      double foreign = (to.machineCpu - machineCpu - (to.serverCpu - serverCpu) - (to.ownCpu - ownCpu)) / seconds;
      return new StageResult(name, seconds, opened, to.publishedNow - publishedNow,
          to.acknowledgedNow - acknowledgedNow, to.deliveredNow - deliveredNow, to.latencyP50, to.latencyP99,
          to.latencyMax, to.answerP50, to.answerP99, to.serverCpu - serverCpu, to.ownCpu - ownCpu,
          Math.max(0, foreign), residentBefore, residentMax, late,
          new StageResult.Faults(tally.missing - missing, tally.doubled - doubled, tally.reordered - reordered,
              tally.gaps - gaps, undelivered, refused - refusedNow, lost - lostNow, stalls - stallsNow));
    }
  }
}
