package carillon.config;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * JSON Schemas (2020-12) of what may stand in a file, for the {@link Kinds} of settings. Numbers may be text there, too,
 * as everywhere; a list has to be a list. Any thread.
 */
final class Schemas {

  /*
   * Bounds of text can only be said as patterns. A range of whole numbers becomes one by its digits:
   *
   *   1 to 365      [1-9] | [1-9][0-9] | [1-2][0-9]{2} | 3([0-5][0-9] | 6[0-5])
   */

  private static final long NUMBER_MAX = 999_999_999_999L; // the longest number of a duration

  private Schemas() {}

  /** A whole number within bounds, or text that {@code pattern} describes. */
  static JsonObject number(long min, long max, String pattern) {
    return new JsonObject()
        .put("type", new JsonArray().add("integer").add("string"))
        .put("minimum", min)
        .put("maximum", max)
        .put("pattern", "^(" + pattern + ")$");
  }

  /** Bytes within bounds, as a number or with a unit. */
  static JsonObject bytes(long min, long max) {
    var patterns = new ArrayList<String>(List.of(range(min, max)));
    addUnit(patterns, min, max, 1L << 10, "KiB", 999_999_999);
    addUnit(patterns, min, max, 1L << 20, "MiB", 999_999_999);
    addUnit(patterns, min, max, 1L << 30, "GiB", 999_999_999);
    return number(min, max, String.join("|", patterns));
  }

  /** A duration within bounds. */
  static JsonObject duration(Duration min, Duration max) {
    var patterns = new ArrayList<String>();
    long from = min.toMillis();
    long to = max.toMillis();
    addUnit(patterns, from, to, 1, "ms", NUMBER_MAX);
    addUnit(patterns, from, to, 1_000, "s", NUMBER_MAX);
    addUnit(patterns, from, to, 60_000, "m", NUMBER_MAX);
    addUnit(patterns, from, to, 3_600_000, "h", NUMBER_MAX);
    addUnit(patterns, from, to, 86_400_000, "d", NUMBER_MAX);
    return new JsonObject().put("type", "string").put("pattern", "^(" + String.join("|", patterns) + ")$");
  }

  /** Text, of which a reader is told what it has to be. */
  static JsonObject text(String expected) {
    return new JsonObject().put("type", "string").put("description", "Expected " + expected + ".");
  }

  /** Any of these values. */
  static JsonObject oneOf(List<?> values) {
    return new JsonObject().put("enum", new JsonArray(new ArrayList<>(values)));
  }

  /** What either of two describes. */
  static JsonObject either(JsonObject one, JsonObject other) {
    return new JsonObject().put("anyOf", new JsonArray().add(one).add(other));
  }

  /** A list of what {@code item} describes. */
  static JsonObject list(int sizeMax, JsonObject item) {
    return new JsonObject().put("type", "array").put("maxItems", sizeMax).put("items", item);
  }

  /** A group of nothing but {@code properties}. */
  static JsonObject group(JsonObject properties, String... required) {
    JsonObject group =
        new JsonObject().put("type", "object").put("properties", properties).put("additionalProperties", false);
    return required.length == 0 ? group : group.put("required", new JsonArray(List.of(required)));
  }

  /** A type, or nothing at all, as a group in YAML of which everything is commented out. */
  static JsonArray orNothing(String type) {
    return new JsonArray().add(type).add("null");
  }

  private static void addUnit(List<String> patterns, long min, long max, long size, String unit, long numberMax) {
    long from = Math.floorDiv(min + size - 1, size);
    long to = Math.min(Math.floorDiv(max, size), numberMax);
    if (from <= to) {
      patterns.add("(" + range(from, to) + ")" + unit);
    }
  }

  /** A pattern of the whole numbers from {@code min} to {@code max}, without leading zeros. */
  static String range(long min, long max) {
    var patterns = new ArrayList<String>();
    long first = min;
    while (first <= max) {
      String low = Long.toString(first);
      String nines = "9".repeat(low.length());
      long last = Math.min(max, Long.parseLong(nines));
      patterns.add(sameLength(low, Long.toString(last)));
      first = last + 1;
    }
    return String.join("|", patterns);
  }

  private static String sameLength(String low, String high) {
    if (low.isEmpty()) {
      return "";
    }
    int rest = low.length() - 1;
    if (low.equals("0".repeat(low.length())) && high.equals("9".repeat(high.length()))) {
      return digits(low.length());
    }
    char from = low.charAt(0);
    char to = high.charAt(0);
    if (from == to) {
      return from + grouped(sameLength(low.substring(1), high.substring(1)));
    }
    var patterns = new ArrayList<String>();
    if (!low.substring(1).equals("0".repeat(rest))) {
      patterns.add(from + grouped(sameLength(low.substring(1), "9".repeat(rest))));
      from++;
    }
    boolean endsEarly = !high.substring(1).equals("9".repeat(rest));
    char full = endsEarly ? (char) (to - 1) : to;
    if (from <= full) {
      patterns.add((from == full ? String.valueOf(from) : "[" + from + "-" + full + "]") + digits(rest));
    }
    if (endsEarly) {
      patterns.add(to + grouped(sameLength("0".repeat(rest), high.substring(1))));
    }
    return String.join("|", patterns);
  }

  private static String digits(int count) {
    return count == 0 ? "" : count == 1 ? "[0-9]" : "[0-9]{" + count + "}";
  }

  private static String grouped(String pattern) {
    return pattern.contains("|") ? "(" + pattern + ")" : pattern;
  }
}
