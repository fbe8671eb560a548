package carillon.meter;

import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The figures of one moment, of one loop or of the whole hub. Confined to one thread at a time: whoever has written
 * them hands them over and forgets them.
 */
public final class Readings {

  private static final String NO_LABEL = "";

  private final Map<Metric, Map<String, Long>> numbers = new EnumMap<>(Metric.class);
  private final Map<Metric, Distribution> distributions = new EnumMap<>(Metric.class);

  /** Adds {@code value} to what is there of {@code metric}, which has no label. */
  public void add(Metric metric, long value) {
    add(metric, NO_LABEL, value);
  }

  /** Adds {@code value} to what is there of {@code metric} under {@code label}. */
  public void add(Metric metric, String label, long value) {
    numbers.computeIfAbsent(metric, first -> new TreeMap<>()).merge(label, value, Long::sum);
  }

  /** Adds what {@code distribution} has seen to what is there of {@code metric}. */
  public void add(Metric metric, Distribution distribution) {
    Distribution there = distributions.get(metric);
    if (there == null) {
      distributions.put(metric, distribution.copy());
    } else {
      there.add(distribution);
    }
  }

  /** Adds all figures of {@code other}: what loops count is of the hub together. */
  public void addAll(Readings other) {
    other.numbers.forEach((metric, labels) -> labels.forEach((label, value) -> add(metric, label, value)));
    other.distributions.forEach(this::add);
  }

  /** The numbers there are. */
  public Set<Metric> numbers() {
    return Collections.unmodifiableSet(numbers.keySet());
  }

  /** The values of a number by the text of its label, which is empty for a metric without one. */
  public Map<String, Long> values(Metric metric) {
    return Collections.unmodifiableMap(numbers.getOrDefault(metric, Map.of()));
  }

  /** The distribution of a histogram, if it is there. */
  public @Nullable Distribution distribution(Metric metric) {
    return distributions.get(metric);
  }
}
