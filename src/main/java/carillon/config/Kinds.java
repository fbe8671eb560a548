package carillon.config;

import carillon.event.Durations;
import carillon.event.InvalidValueException;
import io.vertx.core.json.JsonArray;
import java.time.DateTimeException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The kinds of settings there are. All of them read text too, because that is all the environment and system properties
 * have.
 */
final class Kinds {

  private static final Pattern NUMBER = Pattern.compile("0|[1-9][0-9]{0,17}");
  private static final Pattern BYTES = Pattern.compile("(0|[1-9][0-9]{0,8})(KiB|MiB|GiB)");

  private Kinds() {}

  /**
   * A whole number, both bounds included. Text is decimal without sign and leading zeros: {@code 0123} is no number.
   */
  static Kind<Integer> wholeNumber(int min, int max) {
    return Kind.<Integer>of(
        "a whole number from " + min + " to " + max,
        raw -> number(raw).filter(n -> n >= min && n <= max).map(Math::toIntExact))
        .withSchema(Schemas.number(min, max, Schemas.range(min, max)));
  }

  /** A number of bytes, as a number or as text with one of the units KiB, MiB, GiB; both bounds included. */
  static Kind<Long> bytes(String min, String max) {
    long from = size(min).orElseThrow();
    long to = size(max).orElseThrow();
    return Kind.<Long>of(
        "bytes from " + min + " to " + max + " (a whole number, or one with KiB, MiB or GiB)",
        raw -> size(raw).filter(n -> n >= from && n <= to))
        .withSchema(Schemas.bytes(from, to));
  }

  /** {@link #bytes} whose upper bound fits an {@code int}. */
  static Kind<Integer> fewBytes(String min, String max) {
    return bytes(min, max).map(Math::toIntExact);
  }

  /** A duration as {@link Durations} spells it, both bounds included. */
  static Kind<Duration> duration(String min, String max) {
    Duration from = Durations.parse(min).orElseThrow();
    Duration to = Durations.parse(max).orElseThrow();
    return Kind.<Duration>of(
        "a duration from " + min + " to " + max + " (a number with ms, s, m, h or d)",
        raw -> text(raw).flatMap(Durations::parse).filter(d -> d.compareTo(from) >= 0 && d.compareTo(to) <= 0))
        .withSchema(Schemas.duration(from, to));
  }

  /** {@code true} or {@code false}. */
  static Kind<Boolean> flag() {
    return Kind.<Boolean>of(
        "true or false",
        raw -> {
          if (raw instanceof Boolean flag) {
            return Optional.of(flag);
          }
          return raw.equals("true") || raw.equals("false") ? Optional.of(raw.equals("true")) : Optional.empty();
        })
        .withSchema(Schemas.oneOf(List.of(true, false, "true", "false")));
  }

  /** One of the words, each standing for its value. */
  static <T> Kind<T> word(List<String> words, Function<String, T> value) {
    return Kind.of(String.join(" or ", words), raw -> text(raw).filter(words::contains).map(value))
        .withSchema(Schemas.oneOf(words));
  }

  /**
   * Text that {@code parse} accepts; it refuses with {@link InvalidValueException}, or with another exception that
   * {@code expected} explains.
   */
  static <T> Kind<T> text(String expected, Function<String, T> parse) {
    Kind<T> kind =
        (key, raw, problems) -> {
          if (!(raw instanceof String text)) {
            problems.expected(key, expected, raw);
            return Optional.empty();
          }
          try {
            return Optional.of(parse.apply(text));
          } catch (InvalidValueException e) {
            problems.say(key, Objects.requireNonNull(e.getMessage()).substring(e.what().length() + 2));
          } catch (IllegalArgumentException | DateTimeException e) {
            problems.expected(key, expected, text);
          }
          return Optional.empty();
        };
    return kind.withSchema(Schemas.text(expected));
  }

  /** Text that {@code parse} accepts, and that no message repeats, whatever is wrong with it. */
  static <T> Kind<T> secret(String expected, Function<String, T> parse) {
    Kind<T> kind =
        (key, raw, problems) -> {
          try {
            if (raw instanceof String text) {
              return Optional.of(parse.apply(text));
            }
          } catch (IllegalArgumentException e) {
            // said below, without what the exception may quote
          }
          problems.say(key, "expected " + expected + ", got something else " + Setting.HIDDEN);
          return Optional.empty();
        };
    return kind.withSchema(Schemas.text(expected));
  }

  /** Like {@code kind}; empty text says nothing. */
  @SuppressWarnings("OptionalMapToOptional") // nothing was read at all, or nothing was said
  static <T> Kind<Optional<T>> optional(Kind<T> kind) {
    Kind<Optional<T>> optional =
        (key, raw, problems) ->
            "".equals(raw) ? Optional.of(Optional.empty()) : kind.read(key, raw, problems).map(Optional::of);
    return optional.withSchema(Schemas.either(Schemas.oneOf(List.of("")), kind.schema()));
  }

  /** A list; text is read as a JSON array when it begins like one, and as items between commas otherwise. */
  static <T> Kind<List<T>> list(int sizeMax, Kind<T> item) {
    Kind<List<T>> kind =
        (key, raw, problems) -> {
          Optional<JsonArray> items = items(raw);
          if (items.isEmpty() || items.get().size() > sizeMax) {
            problems.expected(key, "a list of at most " + sizeMax, raw);
            return Optional.empty();
          }
          var values = new ArrayList<T>();
          for (int i = 0; i < items.get().size(); i++) {
            item.read(key + "[" + i + "]", items.get().getValue(i), problems).ifPresent(values::add);
          }
          return values.size() == items.get().size() ? Optional.of(List.copyOf(values)) : Optional.empty();
        };
    return kind.withSchema(Schemas.list(sizeMax, item.schema()));
  }

  private static Optional<JsonArray> items(@Nullable Object raw) {
    if (raw instanceof JsonArray array) {
      return Optional.of(array);
    }
    if (!(raw instanceof String text)) {
      return Optional.empty();
    }
    if (text.startsWith("[")) {
      return ConfigText.jsonArray(text);
    }
    var array = new JsonArray();
    for (String item : text.split(",", -1)) {
      array.add(item.strip());
    }
    return Optional.of(array);
  }

  private static Optional<Long> number(Object raw) {
    if (raw instanceof Integer || raw instanceof Long) {
      return Optional.of(((Number) raw).longValue());
    }
    return text(raw).filter(text -> NUMBER.matcher(text).matches()).map(Long::parseLong);
  }

  private static Optional<Long> size(Object raw) {
    Optional<Long> plain = number(raw);
    if (plain.isPresent()) {
      return plain;
    }
    return text(raw)
        .map(BYTES::matcher)
        .filter(Matcher::matches)
        .map(bytes -> Long.parseLong(bytes.group(1)) << shift(bytes.group(2)));
  }

  private static int shift(String unit) {
    return switch (unit) {
      case "KiB" -> 10;
      case "MiB" -> 20;
      default -> 30;
    };
  }

  private static Optional<String> text(Object raw) {
    return raw instanceof String text ? Optional.of(text) : Optional.empty();
  }
}
