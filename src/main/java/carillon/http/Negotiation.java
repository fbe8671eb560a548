package carillon.http;

import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Which of the offered media types a client wants (RFC 9110, section 12.5.1). Any thread.
 *
 * <p>For each offer the most specific range that matches it decides: a type before {@code type/*} before
 * {@code *}{@code /*}. A quality of 0 excludes. Parameters other than {@code q} are not looked at: everything we offer
 * exists in one form. Ranges that are malformed are left out; if nothing is left, the client has not said anything.
 */
final class Negotiation {

  /** RFC 9110, section 12.4.2; without the zero before the point as well, as the JDK's own client sends it. */
  private static final Pattern QUALITY = Pattern.compile("0?\\.[0-9]{1,3}|0\\.?|1(\\.0{0,3})?");

  private static final int EXACT = 2;
  private static final int SUBTYPES = 1;
  private static final int ANYTHING = 0;

  private Negotiation() {}

  /**
   * The offer with the highest quality. Among equals the one that was asked for most specifically, then the one the
   * client named first ({@code application/json, text/plain} is how libraries say that they prefer JSON), then the
   * first offered.
   *
   * @param accept the values of all {@code Accept} fields
   * @param offered in our order of preference, not empty, in lower case, without parameters
   * @return empty if the client accepts none of them
   */
  static Optional<String> best(List<String> accept, List<String> offered) {
    if (accept.isEmpty() || (accept.size() == 1 && accept.get(0).equals("*/*"))) {
      return Optional.of(offered.get(0));
    }
    List<FieldValue> ranges =
        accept.stream()
            .flatMap(field -> FieldValue.parseList(field).stream())
            .filter(Negotiation::isRange)
            .toList();
    if (ranges.isEmpty()) {
      return Optional.of(offered.get(0));
    }
    String best = null;
    Match bestMatch = Match.NONE;
    for (String offer : offered) {
      Match match = match(offer, ranges);
      if (match.isBetterThan(bestMatch)) {
        best = offer;
        bestMatch = match;
      }
    }
    return Optional.ofNullable(best);
  }

  /**
   * Whether a client takes gzip. One that does not name it gets the plain form.
   *
   * @param acceptEncoding the values of all {@code Accept-Encoding} fields
   */
  static boolean takesGzip(List<String> acceptEncoding) {
    return acceptEncoding.stream()
        .flatMap(field -> FieldValue.parseList(field).stream())
        .anyMatch(coding -> coding.value().equals("gzip") && quality(coding) > 0);
  }

  private static Match match(String offer, List<FieldValue> ranges) {
    Match best = Match.NONE;
    for (int i = 0; i < ranges.size(); i++) {
      int specificity = specificity(offer, ranges.get(i).value());
      if (specificity > best.specificity) {
        best = new Match(quality(ranges.get(i)), specificity, i);
      }
    }
    return best;
  }

  /** How exactly {@code range} names {@code offer}; below {@link #ANYTHING} if it does not. */
  private static int specificity(String offer, String range) {
    if (range.equals(offer)) {
      return EXACT;
    }
    if (isAnything(range)) {
      return ANYTHING;
    }
    int slash = offer.indexOf('/');
    return range.endsWith("/*") && range.length() == slash + 2 && range.regionMatches(0, offer, 0, slash + 1)
        ? SUBTYPES
        : ANYTHING - 1;
  }

  private static boolean isRange(FieldValue range) {
    String value = range.value();
    int slash = value.indexOf('/');
    boolean isType = slash > 0 && slash < value.length() - 1 && !value.startsWith("*/");
    return (isType || isAnything(value)) && quality(range) >= 0;
  }

  /** A lone asterisk is what the JDK's own client sends as well. */
  private static boolean isAnything(String range) {
    return range.equals("*/*") || range.equals("*");
  }

  /** Quality in thousandths, 1000 when it is not said; below 0 if it is malformed. */
  private static int quality(FieldValue range) {
    String text = range.parameters().getOrDefault("q", "1");
    if (!QUALITY.matcher(text).matches()) {
      return -1;
    }
    int thousandths = text.startsWith("1") ? 1000 : 0;
    int digit = 100;
    for (int i = text.indexOf('.') + 1; i > 0 && i < text.length(); i++) {
      thousandths += (text.charAt(i) - '0') * digit;
      digit /= 10;
    }
    return thousandths;
  }

  /**
   * How well an offer is liked.
   *
   * @param quality in thousandths
   * @param specificity of the range that decided
   * @param place of that range in the client's list
   */
  private record Match(int quality, int specificity, int place) {

    static final Match NONE = new Match(0, ANYTHING - 1, Integer.MAX_VALUE);

    boolean isBetterThan(Match other) {
      if (quality != other.quality) {
        return quality > other.quality;
      }
      if (quality == 0) {
        return false;
      }
      return specificity != other.specificity ? specificity > other.specificity : place < other.place;
    }
  }
}
