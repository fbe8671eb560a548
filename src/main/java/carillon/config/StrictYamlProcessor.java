package carillon.config;

import io.vertx.config.spi.ConfigProcessor;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;

/**
 * Lets vertx-config read YAML files by the rules of {@link ConfigText}; found through {@link java.util.ServiceLoader}
 * by its name. Any thread.
 *
 * <p>The processor that comes with vertx-config-yaml keeps the last of two equal keys and reads YAML 1.1, where {@code
 * 0123} is 83.
 */
public final class StrictYamlProcessor implements ConfigProcessor {

  static final String NAME = "strict-yaml";

  /** For the service loader. */
  public StrictYamlProcessor() {}

  @Override
  public String name() {
    return NAME;
  }

  /**
   * Fails with {@link InvalidConfigException}. {@code path} of the store's configuration names the file in messages.
   */
  @Override
  public Future<JsonObject> process(Vertx vertx, JsonObject configuration, Buffer input) {
    try {
      String source = configuration.getString("path", "the file");
      return Future.succeededFuture(Layers.ofTree(ConfigText.yaml(source, input.getBytes())));
    } catch (InvalidConfigException e) {
      return Future.failedFuture(e);
    }
  }
}
