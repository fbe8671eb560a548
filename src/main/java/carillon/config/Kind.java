package carillon.config;

import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What a setting may say, and how that becomes a value. Implementations are immutable.
 *
 * @param <T> the value
 */
@FunctionalInterface
interface Kind<T> {

  /**
   * Reads {@code raw} as it came: text from the environment and system properties, whatever YAML and JSON know from
   * files. Empty exactly when a problem was noted.
   */
  Optional<T> read(String key, @Nullable Object raw, Problems problems);

  /**
   * A kind whose problems are all of one form: {@code expected} completes "expected …"; {@code parse} answers empty for
   * anything else.
   */
  static <T> Kind<T> of(String expected, Function<Object, Optional<T>> parse) {
    return (key, raw, problems) -> {
      Optional<T> value = raw == null ? Optional.empty() : parse.apply(raw);
      if (value.isEmpty()) {
        problems.expected(key, expected, raw);
      }
      return value;
    };
  }

  /** The same kind, giving another value. */
  default <R> Kind<R> map(Function<T, R> change) {
    return (key, raw, problems) -> read(key, raw, problems).map(change);
  }
}
