package carillon.http;

import carillon.meter.Metric;
import carillon.meter.Readings;
import carillon.publish.Refusal;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import java.util.HashMap;
import java.util.Map;

/**
 * How often requests of one event loop were refused, by code. Confined to that loop; found by whoever refuses in the
 * context of the verticle, because problems are sent from everywhere.
 */
final class RefusalCounts {

  private final Map<String, Long> byCode = new HashMap<>();

  RefusalCounts() {
    for (ProblemCode code : ProblemCode.values()) {
      byCode.put(code.label(), 0L);
    }
    for (Refusal refusal : Refusal.values()) {
      byCode.put(refusal.label(), 0L);
    }
  }

  /** Makes these the counts of {@code context}. */
  void begin(Context context) {
    context.put(RefusalCounts.class, this);
  }

  /** A request was refused with {@code code}: counts it, where somebody counts. */
  static void refused(String code) {
    Context context = Vertx.currentContext();
    if (context != null && context.get(RefusalCounts.class) instanceof RefusalCounts counts) {
      counts.count(code);
    }
  }

  /** Codes are those of the enumerations and no others, so this cannot grow. */
  void count(String code) {
    byCode.computeIfPresent(code, (same, count) -> count + 1);
  }

  void measure(Readings readings) {
    byCode.forEach((code, count) -> readings.add(Metric.REFUSALS, code, count));
  }
}
