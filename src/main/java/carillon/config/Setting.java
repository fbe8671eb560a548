package carillon.config;

import java.util.Locale;

/**
 * One setting. Immutable.
 *
 * @param key group and name, as in {@code http.port}; inside a list item the name alone
 * @param kind what it may say
 * @param fallback what holds when nobody sets it, spelled as in the file
 * @param isSecret whether what it says must never be shown
 * @param isReloadable whether a change is taken over while the hub runs; otherwise at its next start
 */
record Setting<T>(String key, Kind<T> kind, Object fallback, boolean isSecret, boolean isReloadable) {

  /** What a message shows in place of a secret. */
  static final String HIDDEN = "(not shown)";

  /** A setting that may be shown. */
  Setting(String key, Kind<T> kind, Object fallback) {
    this(key, kind, fallback, false);
  }

  /** A setting that is read when the hub starts. */
  Setting(String key, Kind<T> kind, Object fallback, boolean isSecret) {
    this(key, kind, fallback, isSecret, false);
  }

  /** Checks the fallback. */
  Setting {
    var problems = new Problems();
    if (kind.read(key, fallback, problems).isEmpty()) {
      problems.conclude();
    }
  }

  /** The same, taken over while the hub runs: whoever uses it has to be told, by {@code HubVerticle}. */
  Setting<T> reloadable() {
    return new Setting<>(key, kind, fallback, isSecret, true);
  }

  /** What holds when nobody sets it. */
  T fallbackValue() {
    return kind.read(key, fallback, new Problems()).orElseThrow();
  }

  /** The name in the environment: {@code http.headBytesMax} is {@code CARILLON_HTTP_HEAD_BYTES_MAX}. */
  String environmentName() {
    String snake = key.replaceAll("([a-z0-9])([A-Z])", "$1_$2").replace('.', '_');
    return Settings.ENVIRONMENT_PREFIX + snake.toUpperCase(Locale.ROOT);
  }
}
