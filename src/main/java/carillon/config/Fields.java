package carillon.config;

import io.vertx.core.json.JsonObject;
import java.util.Optional;
import java.util.Set;

/** The settings of the hub, or of one item of a list, as they came. Confined to one reading. */
final class Fields {

  private final String path;
  private final JsonObject fields;
  private final Problems problems;

  /** @param path what stands before each name: empty, or {@code clocks[0].} */
  private Fields(String path, JsonObject fields, Problems problems) {
    this.path = path;
    this.fields = fields;
    this.problems = problems;
  }

  /** Takes {@code fields} for reading and notes every name that is not one of {@code known}. */
  static Fields of(String path, JsonObject fields, Set<String> known, Problems problems) {
    for (String name : fields.fieldNames()) {
      if (!known.contains(name)) {
        String hint = Nearest.to(name, known).map(near -> ", did you mean " + path + near + "?").orElse("");
        problems.say(path + name, "unknown setting" + hint);
      }
    }
    return new Fields(path, fields, problems);
  }

  /**
   * What {@code setting} says; its fallback if it says nothing, and also, with a problem noted, if it says something
   * wrong.
   */
  <T> T take(Setting<T> setting) {
    if (!fields.containsKey(setting.key())) {
      return setting.fallbackValue();
    }
    return find(setting.key(), setting.kind()).orElseGet(setting::fallbackValue);
  }

  /** What {@code name} says; empty if it says nothing, and also, with a problem noted, if it says something wrong. */
  <T> Optional<T> find(String name, Kind<T> kind) {
    return fields.containsKey(name) ? kind.read(path + name, fields.getValue(name), problems) : Optional.empty();
  }
}
