package carillon.publish;

import carillon.meter.Metric;
import carillon.meter.Readings;

/**
 * What a node has counted by now, as far as its status says it. Immutable.
 *
 * @param streams open ones, long polls included
 * @param events taken in since the node started: stored, or passed on without history
 * @param deliveries events handed to streams since the node started
 * @param isDraining whether it has begun to send its subscribers away
 */
public record Figures(long streams, long events, long deliveries, boolean isDraining) {

  /** Those among {@code readings} of the publisher and of all loops. */
  public static Figures of(Readings readings, boolean isDraining) {
    return new Figures(
        value(readings, Metric.STREAMS_OPEN, ""),
        value(readings, Metric.PUBLISHED_EVENTS, "stored") + value(readings, Metric.PUBLISHED_EVENTS, "transient"),
        value(readings, Metric.DELIVERED_EVENTS, ""),
        isDraining);
  }

  private static long value(Readings readings, Metric metric, String label) {
    return readings.values(metric).getOrDefault(label, 0L);
  }
}
