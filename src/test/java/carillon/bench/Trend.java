package carillon.bench;

import java.util.List;

/**
 * Whether something that is looked at again and again grows. Immutable.
 *
 * <p>A straight line is laid through the values (least squares). They grow if two things hold: the line climbs by more
 * than {@value #ERRORS} of its own standard errors, so that it is no noise, and by more than {@link #SHARE} of the mean
 * within the whole run, so that it matters. Whoever falls is flat: things settle. The errors of values that follow each
 * other are not independent, which is why it takes {@value #ERRORS} and not 2.
 *
 * @param mean of all values
 * @param noise the standard deviation of the values around the line
 * @param growth of the line from the first value to the last
 * @param error the standard error of that growth
 */
record Trend(double mean, double noise, double growth, double error) {

  /** Beyond so many errors it is no accident. */
  static final int ERRORS = 4;

  /** Below this share of the mean nobody would mind. */
  static final double SHARE = 0.05;

  /** Fewer values say nothing. */
  static final int VALUES_MIN = 5;

  /** The trend of {@code values}, which lie equally far apart. */
  static Trend of(List<Double> values) {
    int n = values.size();
    double mean = values.stream().mapToDouble(value -> value).average().orElse(0);
    if (n < VALUES_MIN) {
      return new Trend(mean, Double.NaN, Double.NaN, Double.NaN);
    }
    double middle = (n - 1) / 2.0;
    double spread = 0;
    double together = 0;
    for (int i = 0; i < n; i++) {
      spread += (i - middle) * (i - middle);
      together += (i - middle) * (values.get(i) - mean);
    }
    double slope = together / spread;
    double squares = 0;
    for (int i = 0; i < n; i++) {
      double off = values.get(i) - mean - slope * (i - middle);
      squares += off * off;
    }
    double noise = Math.sqrt(squares / (n - 2));
    return new Trend(mean, noise, slope * (n - 1), noise / Math.sqrt(spread) * (n - 1));
  }

  /** Whether there were enough values to say anything. */
  boolean isKnown() {
    return !Double.isNaN(growth);
  }

  /** Whether it does not grow. */
  boolean isFlat() {
    return isKnown() && (growth <= ERRORS * error || growth <= SHARE * mean);
  }
}
