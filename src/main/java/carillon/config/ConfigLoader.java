package carillon.config;

import io.vertx.config.ConfigRetriever;
import io.vertx.config.ConfigRetrieverOptions;
import io.vertx.config.ConfigStoreOptions;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.util.Map;
import java.util.Properties;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/**
 * Finds the settings wherever they are. One order, later wins, setting by setting (a list is one setting):
 *
 * <pre>
 *   built-in defaults
 *   conf/hub.yaml in the working directory, if it is there
 *   -conf, which arrives as the deployment's configuration
 *   environment: PORT, then http.port, then CARILLON_HTTP_PORT
 *   system properties: -Dhttp.port=…
 * </pre>
 *
 * Any thread.
 */
public final class ConfigLoader {

  private static final Logger LOG = System.getLogger(ConfigLoader.class.getName());
  private static final Path FILE = Path.of("conf", "hub.yaml");

  private ConfigLoader() {}

  /**
   * Reads all sources once, checks the result as a whole and logs the settings in force.
   *
   * <p>The future fails with {@link InvalidConfigException}, which lists every problem, and with whatever kept {@code
   * conf/hub.yaml} from being read if it is there.
   *
   * @param deploymentConfig what {@code -conf} said; empty if it was not given
   * @param logging is told how to log before the first line
   */
  public static Future<HubOptions> load(Vertx vertx, JsonObject deploymentConfig, Consumer<LoggingOptions> logging) {
    Properties properties = System.getProperties();
    Map<String, String> texts =
        properties.stringPropertyNames().stream()
            .collect(Collectors.toMap(name -> name, name -> properties.getProperty(name, "")));
    return load(vertx, FILE.toAbsolutePath(), deploymentConfig, System.getenv(), texts, logging);
  }

  static Future<HubOptions> load(
      Vertx vertx,
      Path file,
      JsonObject deploymentConfig,
      Map<String, String> environment,
      Map<String, String> systemProperties,
      Consumer<LoggingOptions> logging) {
    return vertx
        .fileSystem()
        .exists(file.toString())
        .compose(
            exists -> {
              var options = new ConfigRetrieverOptions().setScanPeriod(-1); // read once, never again
              if (exists) {
                options.addStore(yamlFile(file));
              }
              return merged(
                  vertx,
                  options
                      .addStore(values(Layers.ofTree(deploymentConfig)))
                      .addStore(values(Layers.ofEnvironment(environment)))
                      .addStore(values(Layers.ofSystemProperties(systemProperties))));
            })
        .map(
            settings -> {
              HubOptions options = HubOptionsReader.read(settings);
              logging.accept(options.logging());
              LOG.log(Level.INFO, "settings in force: {0}", HubOptionsReader.inForce(settings));
              return options;
            });
  }

  private static Future<JsonObject> merged(Vertx vertx, ConfigRetrieverOptions options) {
    var retriever = ConfigRetriever.create(vertx, options);
    return retriever.getConfig().eventually(retriever::close);
  }

  private static ConfigStoreOptions yamlFile(Path file) {
    return new ConfigStoreOptions()
        .setType("file")
        .setFormat(StrictYamlProcessor.NAME)
        .setConfig(new JsonObject().put("path", file.toString()));
  }

  private static ConfigStoreOptions values(JsonObject flat) {
    return new ConfigStoreOptions().setType("json").setConfig(flat);
  }
}
