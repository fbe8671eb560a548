package carillon.meter;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Every figure the hub shows of itself. Those of the Java machine are beside it, under the names that Micrometer gives
 * them. Immutable, any thread.
 */
public enum Metric {
  /** Streams that are open, long polls among them. */
  STREAMS_OPEN(Kind.GAUGE, "carillon_streams_open", "Open streams, long polls included."),
  /** Streams that are served from the log; one whose client takes nothing is found out within a heartbeat. */
  STREAMS_CATCHING_UP(
      Kind.GAUGE,
      "carillon_streams_catching_up",
      "Open streams that are further back than the recent frames and served from the log."),
  /** Streams opened so far. */
  STREAMS_OPENED(Kind.COUNTER, "carillon_streams_opened_total", "Streams and polls that were let in."),
  /** Streams ended so far. */
  STREAMS_CLOSED(
      Kind.COUNTER, "carillon_streams_closed_total", "Streams and polls that have ended, by reason.", "reason"),
  /** Events handed to subscribers. */
  DELIVERED_EVENTS(
      Kind.COUNTER,
      "carillon_delivered_events_total",
      "Events handed to subscribers: once for each event and subscriber."),
  /** Bytes handed to subscribers. */
  DELIVERED_BYTES(Kind.COUNTER, "carillon_delivered_bytes_total", "Bytes of frames handed to subscribers."),
  /** From commit to the last live subscriber of a loop. */
  DELIVERY_LATENCY(
      Kind.HISTOGRAM,
      "carillon_delivery_latency_seconds",
      "From the commit of a group, or its arrival from another node, until a loop has written it to the last subscriber"
          + " that keeps up; once for each group and loop.",
      Scale.TIME),
  /** Where subscribers were served from. */
  READS(
      Kind.COUNTER,
      "carillon_reads_total",
      "Times a subscriber was served, from the recent frames or from the log.",
      "source"),
  /** Gaps told. */
  GAPS(Kind.COUNTER, "carillon_gaps_total", "Losses that subscribers were told of by hub.gap, by reason.", "reason"),
  /** Drafts by what became of them. */
  PUBLISHED_EVENTS(
      Kind.COUNTER,
      "carillon_published_events_total",
      "Drafts that reached the publisher, by what became of them.",
      "outcome"),
  /** From the publisher's hands to its answer. */
  PUBLISH_LATENCY(
      Kind.HISTOGRAM,
      "carillon_publish_latency_seconds",
      "From the arrival of a draft at the publisher until it is answered.",
      Scale.TIME),
  /** How long drafts wait for their group. */
  PUBLISH_WAIT(
      Kind.HISTOGRAM,
      "carillon_publish_wait_seconds",
      "The part of it that a draft waits for the group before its own.",
      Scale.TIME),
  /** How long the log takes. */
  PUBLISH_COMMIT(
      Kind.HISTOGRAM,
      "carillon_publish_commit_seconds",
      "How long the log takes to commit a group, an fsync or its like included.",
      Scale.TIME),
  /** How long the disk takes. */
  PUBLISH_SYNC(
      Kind.HISTOGRAM,
      "carillon_publish_sync_seconds",
      "The part of it that SQLite's COMMIT takes: the group is written to the write-ahead log, and fsync is called. Other"
          + " engines count nothing here.",
      Scale.TIME),
  /** How many drafts are committed together. */
  PUBLISH_GROUP(
      Kind.HISTOGRAM, "carillon_publish_group_events", "How many drafts are committed together.", Scale.COUNT),
  /** Drafts that wait. */
  PUBLISH_WAITING(Kind.GAUGE, "carillon_publish_waiting_events", "Drafts that wait for their group."),
  /** Requests refused. */
  REFUSALS(
      Kind.COUNTER, "carillon_refusals_total", "Requests that were refused, by the code of the problem.", "code"),
  /** How far the tail is behind the log, in events. */
  TAIL_LAG_EVENTS(
      Kind.GAUGE,
      "carillon_tail_lag_events",
      "Events that are in the log, as far as this node knows, and not yet in its tail."),
  /** How far the tail is behind the log, in time. */
  TAIL_LAG(Kind.GAUGE, "carillon_tail_lag_seconds", "For how long the tail has been behind the log.", Scale.TIME),
  /** Frames kept ready. */
  RECENT_FRAMES(Kind.GAUGE, "carillon_recent_frames", "Frames that the tail keeps ready to be sent."),
  /** Offset of the newest event. */
  LOG_NEWEST(Kind.GAUGE, "carillon_log_newest_offset", "Offset of the newest event of the log."),
  /** Offset of the oldest event. */
  LOG_OLDEST(Kind.GAUGE, "carillon_log_oldest_offset", "Offset of the oldest event that the log keeps."),
  /** Size of the log. */
  LOG_BYTES(Kind.GAUGE, "carillon_log_bytes", "What the log takes of its disk or memory, where the engine can tell."),
  /** How late the loops are. */
  LOOP_DELAY(
      Kind.HISTOGRAM,
      "carillon_event_loop_delay_seconds",
      "How much later than asked for a timer runs on an event loop of the hub.",
      Scale.TIME),
  /** Nodes of the cluster. */
  CLUSTER_NODES(
      Kind.GAUGE, "carillon_cluster_nodes", "Nodes of the cluster that this one sees, itself included; 1 without one.");

  private final Kind kind;
  private final String title;
  private final String help;
  private final @Nullable String label;
  private final Scale scale;

  Metric(Kind kind, String title, String help) {
    this(kind, title, help, null, Scale.COUNT);
  }

  Metric(Kind kind, String title, String help, String label) {
    this(kind, title, help, label, Scale.COUNT);
  }

  Metric(Kind kind, String title, String help, Scale scale) {
    this(kind, title, help, null, scale);
  }

  Metric(Kind kind, String title, String help, @Nullable String label, Scale scale) {
    this.kind = kind;
    this.title = title;
    this.help = help;
    this.label = label;
    this.scale = scale;
  }

  /** What it is to Prometheus. */
  public Kind kind() {
    return kind;
  }

  /** The name in a scrape. */
  public String title() {
    return title;
  }

  /** A sentence for people. */
  public String help() {
    return help;
  }

  /** The name of its one label. */
  public Optional<String> label() {
    return Optional.ofNullable(label);
  }

  /** What it is counted in here, and shown in there. */
  public Scale scale() {
    return scale;
  }

  /** What a figure is. */
  public enum Kind {
    /** Only grows, until the hub starts again. */
    COUNTER,
    /** Goes up and down. */
    GAUGE,
    /** How often which size. */
    HISTOGRAM
  }

  /** What a figure is counted in, and the bounds between which sizes are not told apart. */
  public enum Scale {
    /** Counted and shown as it is; sizes by powers of two. */
    COUNT(1, new long[] {1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1_024, 2_048, 4_096, 16_384, 65_536}),
    /** Counted in nanoseconds, shown in seconds; from 50 µs to 30 s. */
    TIME(
        1e9,
        new long[] {
          50_000,
          100_000,
          250_000,
          500_000,
          1_000_000,
          2_500_000,
          5_000_000,
          10_000_000,
          25_000_000,
          50_000_000,
          100_000_000,
          250_000_000,
          500_000_000,
          1_000_000_000,
          2_500_000_000L,
          5_000_000_000L,
          10_000_000_000L,
          30_000_000_000L
        });

    private final double unit;
    @SuppressWarnings("ImmutableEnumChecker") // nobody writes it
    private final long[] bounds;

    Scale(double unit, long[] bounds) {
      this.unit = unit;
      this.bounds = bounds;
    }

    /** {@code value} as it is shown. */
    public double shown(double value) {
      return value / unit;
    }

    /** How many bounds there are. */
    public int size() {
      return bounds.length;
    }

    /** The bound with this index, itself included below; ascending. */
    public long bound(int index) {
      return bounds[index];
    }

    /** The index of the smallest bound that is no smaller than {@code value}; {@link #size()} beyond the largest. */
    int indexOf(long value) {
      int low = 0;
      int high = bounds.length;
      while (low < high) {
        int middle = (low + high) >>> 1;
        if (bounds[middle] < value) {
          low = middle + 1;
        } else {
          high = middle;
        }
      }
      return low;
    }
  }
}
