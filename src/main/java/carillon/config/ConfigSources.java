package carillon.config;

import io.vertx.core.json.JsonObject;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.stream.Collectors;

/**
 * Where the settings of a process are. One order, later wins, setting by setting (a list is one setting):
 *
 * <pre>
 *   built-in defaults
 *   conf/hub.yaml in the working directory, if it is there
 *   the file behind -conf
 *   the command line: JSON behind -conf, -instances, and whatever else a deployment is configured with
 *   environment: PORT, then http.port, then CARILLON_HTTP_PORT
 *   system properties: -Dhttp.port=…
 * </pre>
 *
 * <p>The files are read whenever they are asked for, by their names, so that a file, or a link in its path, may be
 * replaced while the hub runs; everything else is as it was when the process started. Immutable, any thread; what reads
 * blocks on files, so it is not for an event loop.
 */
public final class ConfigSources {

  /** In the configuration of a deployment: the path of the file that {@code -conf} names. No setting begins so. */
  public static final String CONF_FILE = "-conf";

  private static final Path FILE = Path.of("conf", "hub.yaml");

  private final Path file;
  private final Optional<String> confFile;
  private final JsonObject given;
  private final Map<String, String> environment;
  private final Map<String, String> systemProperties;

  ConfigSources(
      Path file, JsonObject deployment, Map<String, String> environment, Map<String, String> systemProperties) {
    this.file = file;
    this.confFile = deployment.getValue(CONF_FILE) instanceof String path ? Optional.of(path) : Optional.empty();
    this.given = deployment.copy();
    this.given.remove(CONF_FILE);
    this.environment = Map.copyOf(environment);
    this.systemProperties = Map.copyOf(systemProperties);
  }

  /**
   * Those of this process.
   *
   * @param deployment with which the hub was deployed: settings, and under {@link #CONF_FILE} perhaps a file of them
   */
  public static ConfigSources ofProcess(JsonObject deployment) {
    Properties properties = System.getProperties();
    Map<String, String> texts =
        properties.stringPropertyNames().stream()
            .collect(Collectors.toMap(name -> name, name -> properties.getProperty(name, "")));
    return new ConfigSources(FILE, deployment, System.getenv(), texts);
  }

  /** The files that may hold settings, there or not. */
  public List<Path> files() {
    return confFile.map(path -> List.of(file, Path.of(path))).orElse(List.of(file));
  }

  /** Reads everything. What is wrong, with the sources or with what they say, is in the answer. */
  public Configuration read() {
    return read(new ArrayList<>());
  }

  /**
   * Reads everything once more. A file that was there and is not any more is a problem: a hub does not go back to its
   * defaults because somebody is just about to replace a file.
   */
  public Configuration readAgain(Configuration before) {
    var problems = new ArrayList<String>();
    if (!hasFile() && before.hasLayer(file.toString())) {
      problems.add(file + ": the file is gone");
    }
    return read(problems);
  }

  private Configuration read(List<String> problems) {
    var layers = new ArrayList<Configuration.Layer>();
    if (hasFile()) {
      add(layers, problems, file.toString(), () -> Layers.ofTree(ConfigText.ofYamlFile(file)));
    }
    confFile.ifPresent(
        path -> add(layers, problems, path, () -> Layers.ofTree(ConfigText.ofArgument(CONF_FILE, path))));
    add(layers, problems, "command line", () -> Layers.ofTree(given));
    add(layers, problems, "environment", () -> Layers.ofEnvironment(environment));
    add(layers, problems, "system property", () -> Layers.ofSystemProperties(systemProperties));
    return Configuration.of(layers, problems);
  }

  /** Whether {@code conf/hub.yaml} is there, even as a link that leads nowhere. */
  private boolean hasFile() {
    return Files.exists(file, LinkOption.NOFOLLOW_LINKS);
  }

  private static void add(List<Configuration.Layer> layers, List<String> problems, String name, Reading reading) {
    try {
      layers.add(new Configuration.Layer(name, reading.read()));
    } catch (InvalidConfigException e) {
      problems.addAll(e.problems());
    }
  }

  /** One source, flat. */
  private interface Reading {
    JsonObject read();
  }
}
