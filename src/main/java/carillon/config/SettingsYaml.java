package carillon.config;

import io.vertx.core.json.Json;
import java.util.List;
import java.util.regex.Pattern;

/** Writes a configuration as a file that means the same, with a comment behind each value. Any thread. */
final class SettingsYaml {

  /** What is itself without quotes: no number, no truth, nothing that begins something else in YAML. */
  private static final Pattern PLAIN =
      Pattern.compile("(?!(?i:true|false|null)$)[a-zA-Z/][A-Za-z0-9_./-]*|[0-9]+(ms|s|m|h|d|KiB|MiB|GiB)");

  private SettingsYaml() {}

  /** @param sources the names of those that say anything, the weakest first */
  static String of(Configuration configuration, List<String> sources) {
    var yaml = new StringBuilder("# The settings in force, each with where it comes from; later wins: ");
    yaml.append(Configuration.DEFAULT);
    sources.forEach(source -> yaml.append(", ").append(comment(source)));
    yaml.append('\n');
    String group = "";
    for (Setting<?> setting : Settings.ALL) {
      int dot = setting.key().indexOf('.');
      String in = setting.key().substring(0, Math.max(0, dot));
      if (!in.isEmpty() && !in.equals(group)) {
        yaml.append(in).append(":\n");
      }
      group = in;
      yaml.append(in.isEmpty() ? "" : "  ").append(setting.key().substring(dot + 1)).append(": ");
      yaml.append(value(setting, configuration.said(setting)));
      yaml.append("  # ").append(comment(configuration.origin(setting))).append('\n');
    }
    return yaml.toString();
  }

  private static String value(Setting<?> setting, Object value) {
    if (setting.isSecret() && !value.equals(setting.fallback())) {
      return Json.encode(Setting.HIDDEN);
    }
    boolean isPlain = value instanceof String text && PLAIN.matcher(text).matches();
    return isPlain ? value.toString() : Json.encode(value); // what is JSON is YAML, too
  }

  /** Names of files may hold anything but what ends a comment. */
  private static String comment(String text) {
    return text.replaceAll("\\p{Cntrl}", "?");
  }
}
