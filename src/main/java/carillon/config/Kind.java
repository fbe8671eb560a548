package carillon.config;

import io.vertx.core.json.JsonObject;
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

  /**
   * The same for programs: a JSON Schema of what may stand in a file. It refuses what has the wrong type, is out of
   * bounds or has a name that is not known; it may accept what {@link #read} refuses for another reason.
   */
  default JsonObject schema() {
    return new JsonObject();
  }

  /** The same kind, with a schema. */
  default Kind<T> withSchema(JsonObject schema) {
    Kind<T> plain = this;
    return new Kind<>() {
      @Override
      public Optional<T> read(String key, @Nullable Object raw, Problems problems) {
        return plain.read(key, raw, problems);
      }

      @Override
      public JsonObject schema() {
        return schema.copy();
      }
    };
  }

  /** The same kind, giving another value. */
  default <R> Kind<R> map(Function<T, R> change) {
    Kind<R> changed = (key, raw, problems) -> read(key, raw, problems).map(change);
    return changed.withSchema(schema());
  }
}
