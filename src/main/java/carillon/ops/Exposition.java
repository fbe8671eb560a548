package carillon.ops;

import carillon.meter.Distribution;
import carillon.meter.Metric;
import carillon.meter.Readings;
import io.micrometer.core.instrument.Clock;
import io.micrometer.core.instrument.binder.MeterBinder;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.FileDescriptorMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.ClassicHistogramBuckets;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.CounterSnapshot.CounterDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot.HistogramDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Turns readings into the text of a scrape, with the figures of the Java machine beside them. Blocks for some
 * milliseconds, for it asks the system; any thread but an event loop, one at a time.
 */
final class Exposition implements AutoCloseable {

  /*
   * The hub's own figures do not go through the meters of Micrometer: those are counted by whoever has them, without
   * anything shared between threads, and are only read here. Micrometer has the figures of the Java machine, and the
   * registry of Prometheus below it puts both into one text.
   */
  /** The format if nobody asks for OpenMetrics. */
  static final String PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8";

  /** The other one. */
  static final String OPEN_METRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8";

  private final JvmGcMetrics collections = new JvmGcMetrics();
  private @Nullable PrometheusMeterRegistry registry;
  private MetricSnapshots ours = new MetricSnapshots();

  /** Makes everything ready, which takes a while; the first scrape does it otherwise. */
  synchronized PrometheusMeterRegistry begin() {
    PrometheusMeterRegistry begun = registry;
    if (begun != null) {
      return begun;
    }
    var collectors = new PrometheusRegistry();
    collectors.register((MultiCollector) () -> ours);
    var made = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT, collectors, Clock.SYSTEM);
    List<MeterBinder> machine =
        List.of(
            new JvmMemoryMetrics(),
            collections,
            new JvmThreadMetrics(),
            new FileDescriptorMetrics(),
            new ProcessorMetrics(),
            new UptimeMetrics());
    machine.forEach(binder -> binder.bindTo(made));
    registry = made;
    return made;
  }

  /**
   * The text of one scrape.
   *
   * @param format {@link #PROMETHEUS} or {@link #OPEN_METRICS}
   */
  synchronized String text(Readings readings, String format) {
    ours = snapshots(readings);
    return begin().scrape(format);
  }

  private static MetricSnapshots snapshots(Readings readings) {
    var snapshots = new ArrayList<MetricSnapshot>();
    for (Metric metric : Metric.values()) {
      Distribution distribution = readings.distribution(metric);
      if (distribution != null) {
        snapshots.add(histogram(metric, distribution));
      } else if (readings.numbers().contains(metric)) {
        snapshots.add(
            metric.kind() == Metric.Kind.COUNTER
                ? counter(metric, readings.values(metric))
                : gauge(metric, readings.values(metric)));
      }
    }
    return new MetricSnapshots(snapshots);
  }

  private static MetricSnapshot counter(Metric metric, Map<String, Long> values) {
    var counter = CounterSnapshot.builder().name(metric.title().replaceFirst("_total$", "")).help(metric.help());
    values.forEach(
        (label, value) ->
            counter.dataPoint(
                CounterDataPointSnapshot.builder()
                    .labels(labels(metric, label))
                    .value(metric.scale().shown(value))
                    .build()));
    return counter.build();
  }

  private static MetricSnapshot gauge(Metric metric, Map<String, Long> values) {
    var gauge = GaugeSnapshot.builder().name(metric.title()).help(metric.help());
    values.forEach(
        (label, value) ->
            gauge.dataPoint(
                GaugeDataPointSnapshot.builder()
                    .labels(labels(metric, label))
                    .value(metric.scale().shown(value))
                    .build()));
    return gauge.build();
  }

  private static MetricSnapshot histogram(Metric metric, Distribution distribution) {
    Metric.Scale scale = metric.scale();
    var buckets = ClassicHistogramBuckets.builder();
    for (int i = 0; i < scale.size(); i++) {
      buckets.bucket(scale.shown((double) scale.bound(i)), distribution.count(i));
    }
    buckets.bucket(Double.POSITIVE_INFINITY, distribution.count(scale.size()));
    return HistogramSnapshot.builder()
        .name(metric.title())
        .help(metric.help())
        .dataPoint(
            HistogramDataPointSnapshot.builder()
                .classicHistogramBuckets(buckets.build())
                .sum(scale.shown((double) distribution.sum()))
                .build())
        .build();
  }

  private static Labels labels(Metric metric, String value) {
    return metric.label().map(label -> Labels.of(label, value)).orElse(Labels.EMPTY);
  }

  @Override
  public synchronized void close() {
    collections.close();
    if (registry != null) {
      registry.close();
    }
  }
}
