package carillon.http;

import carillon.event.InvalidValueException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The parameters of a query, or of a form with the same spelling ({@code application/x-www-form-urlencoded}), in their
 * order. Immutable.
 *
 * <p>As the WHATWG URL standard reads them (section 5.1), but strictly: pairs are separated by {@code &} only,
 * {@code +} is a space, a parameter without {@code =} has the empty text, and what is not percent-encoded UTF-8 is
 * refused instead of replaced.
 *
 * @param parameters at most {@link #COUNT_MAX}
 */
record QueryText(List<Parameter> parameters) {

  /** Most parameters of one query: more than the 64 selectors of a subscription and everything else it may say. */
  static final int COUNT_MAX = 256;

  private static final QueryText EMPTY = new QueryText(List.of());

  /** One name with its value, both decoded. */
  record Parameter(String name, String value) {}

  /** Copies the list. */
  QueryText {
    parameters = List.copyOf(parameters);
  }

  /**
   * Reads the query as it was sent.
   *
   * @param query without the question mark; {@code null} when there is none
   * @throws InvalidValueException if it breaks a rule above or has too many parameters
   */
  static QueryText parse(@Nullable String query) {
    return query == null || query.isEmpty() ? EMPTY : parse("query", query);
  }

  /** Reads the body of a form; {@code what} names it in messages. */
  static QueryText parse(String what, String text) {
    List<Parameter> parameters = new ArrayList<>();
    int start = 0;
    while (start <= text.length()) {
      int ampersand = text.indexOf('&', start);
      int end = ampersand < 0 ? text.length() : ampersand;
      if (end > start) {
        if (parameters.size() == COUNT_MAX) {
          throw new InvalidValueException(what, "at most " + COUNT_MAX + " parameters", "more");
        }
        parameters.add(parameter(what, text, start, end));
      }
      start = end + 1;
    }
    return new QueryText(parameters);
  }

  /** Every value of {@code name}, in order. */
  List<String> all(String name) {
    List<String> values = new ArrayList<>();
    for (Parameter parameter : parameters) {
      if (parameter.name.equals(name)) {
        values.add(parameter.value);
      }
    }
    return values;
  }

  /**
   * The value of {@code name}, which may be said more than once only if it is always the same.
   *
   * @throws InvalidValueException if {@code name} has different values: to pick one would be a guess
   */
  Optional<String> one(String name) {
    String value = null;
    for (Parameter parameter : parameters) {
      if (parameter.name.equals(name)) {
        if (value != null && !value.equals(parameter.value)) {
          throw new InvalidValueException(name, "one value", value + " and " + parameter.value);
        }
        value = parameter.value;
      }
    }
    return Optional.ofNullable(value);
  }

  /** Whether {@code name} is there, with a value or without. */
  boolean has(String name) {
    for (Parameter parameter : parameters) {
      if (parameter.name.equals(name)) {
        return true;
      }
    }
    return false;
  }

  /**
   * This query, if it has no other names than {@code known}. A typo must not switch something off.
   *
   * @throws InvalidValueException that lists the known names
   */
  QueryText requireNames(Set<String> known) {
    for (Parameter parameter : parameters) {
      if (!known.contains(parameter.name)) {
        throw new InvalidValueException("parameter", "one of " + String.join(", ", known), parameter.name);
      }
    }
    return this;
  }

  private static Parameter parameter(String what, String text, int start, int end) {
    int equals = text.indexOf('=', start);
    if (equals < 0 || equals >= end) {
      return new Parameter(PercentText.decode(what, text, start, end, true), "");
    }
    String name = PercentText.decode(what, text, start, equals, true);
    return new Parameter(name, PercentText.decode(what, text, equals + 1, end, true));
  }
}
