package carillon.config;

import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Brings every source of settings into one form: full keys beside each other, {@code {"http.port": 9000}}. Any thread.
 *
 * <p>In that form laying one source over another is a plain merge, nothing wrong in a lower layer hides behind a higher
 * one, and a name that is no setting is still there when {@link HubOptionsReader} looks for such names.
 */
final class Layers {

  /** What a host gives to a process that shall listen on a port; weaker than our own names. */
  private static final String PORT = "PORT";

  /** System properties of the JDK whose names begin like one of our groups. */
  private static final Set<String> JDK_PROPERTIES =
      Set.of(
          "http.agent",
          "http.keepAlive",
          "http.keepAliveCache",
          "http.maxConnections",
          "http.maxRedirects",
          "http.nonProxyHosts",
          "http.proxyHost",
          "http.proxyPassword",
          "http.proxyPort",
          "http.proxyUser",
          "http.strictPostRedirect");

  private static final List<String> JDK_PREFIXES = List.of("http.auth.", "http.keepAlive.");

  private Layers() {}

  /**
   * Flattens a file or {@code -conf}. A group may be empty, and a setting may stand in its group or be written with its
   * full key.
   *
   * @throws InvalidConfigException if a setting is there in both spellings
   */
  static JsonObject ofTree(JsonObject tree) {
    var flat = new JsonObject();
    var problems = new Problems();
    for (String name : tree.fieldNames()) {
      Object value = tree.getValue(name);
      if (!Settings.GROUPS.contains(name)) {
        put(flat, name, value, problems);
      } else if (value instanceof JsonObject group) {
        group.fieldNames().forEach(child -> put(flat, name + "." + child, group.getValue(child), problems));
      } else if (value != null) {
        put(flat, name, value, problems);
      }
    }
    problems.conclude();
    return flat;
  }

  /**
   * Picks our settings out of the environment, as text. The prefixed names win over literal keys, which win over {@code
   * PORT}. Variables that begin like one of our groups and are no setting are kept under their own name, so that they
   * are found.
   */
  static JsonObject ofEnvironment(Map<String, String> environment) {
    var flat = new JsonObject();
    putIfPresent(flat, Settings.HTTP_PORT.key(), environment.get(PORT));
    Settings.ALL.forEach(setting -> putIfPresent(flat, setting.key(), environment.get(setting.key())));
    Settings.ALL.forEach(setting -> putIfPresent(flat, setting.key(), environment.get(setting.environmentName())));
    Set<String> known = Set.copyOf(Settings.ALL.stream().map(Setting::environmentName).toList());
    environment.keySet().stream()
        .filter(name -> beginsLikeGroup(name) && !known.contains(name))
        .sorted()
        .forEach(name -> flat.put(name, environment.get(name)));
    return flat;
  }

  /**
   * Picks our settings out of the system properties, as text. Properties that begin like one of our groups and are
   * neither a setting nor the JDK's are kept, so that they are found.
   */
  static JsonObject ofSystemProperties(Map<String, String> properties) {
    var flat = new JsonObject();
    properties.keySet().stream()
        .filter(name -> Settings.BY_KEY.containsKey(name) || (groupOf(name).isPresent() && !isOfJdk(name)))
        .sorted()
        .forEach(name -> flat.put(name, properties.get(name)));
    return flat;
  }

  private static void put(JsonObject flat, String key, @Nullable Object value, Problems problems) {
    if (flat.containsKey(key)) {
      problems.say(key, "expected once, got it in its group and by its full key");
    }
    flat.put(key, value);
  }

  private static void putIfPresent(JsonObject flat, String key, @Nullable String value) {
    if (value != null) {
      flat.put(key, value);
    }
  }

  private static Optional<String> groupOf(String name) {
    int dot = name.indexOf('.');
    return dot < 0 ? Optional.empty() : Optional.of(name.substring(0, dot)).filter(Settings.GROUPS::contains);
  }

  private static boolean beginsLikeGroup(String variable) {
    return Settings.GROUPS.stream()
        .anyMatch(group -> variable.startsWith(Settings.ENVIRONMENT_PREFIX + group.toUpperCase(Locale.ROOT) + "_"));
  }

  private static boolean isOfJdk(String name) {
    return JDK_PROPERTIES.contains(name) || JDK_PREFIXES.stream().anyMatch(name::startsWith);
  }
}
