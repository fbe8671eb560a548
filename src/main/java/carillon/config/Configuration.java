package carillon.config;

import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/**
 * What all sources together say, and which of them said it. Immutable, any thread.
 *
 * <p>It may be wrong: {@link #problems} then says all that is.
 */
public final class Configuration {

  /** What is said of a setting that no source speaks of. */
  static final String DEFAULT = "default";

  private final List<Layer> layers;
  private final JsonObject flat;
  private final HubOptions options;
  private final List<String> problems;

  /**
   * One source.
   *
   * @param name for people
   * @param flat full keys beside each other
   */
  record Layer(String name, JsonObject flat) {}

  private Configuration(List<Layer> layers, JsonObject flat, HubOptions options, List<String> problems) {
    this.layers = List.copyOf(layers);
    this.flat = flat;
    this.options = options;
    this.problems = List.copyOf(problems);
  }

  /**
   * Lays each source over those before it.
   *
   * @param unreadable what is wrong with sources that are not among {@code layers}; what settings say together is then
   *     not looked at
   */
  static Configuration of(List<Layer> layers, List<String> unreadable) {
    var flat = new JsonObject();
    layers.forEach(layer -> flat.mergeIn(layer.flat()));
    var problems = new Problems();
    HubOptions options = HubOptionsReader.read(flat, unreadable.isEmpty(), problems);
    Set<String> all = new LinkedHashSet<>(unreadable);
    all.addAll(problems.sentences());
    return new Configuration(layers, flat, options, new ArrayList<>(all));
  }

  /** What is set; where that is wrong, what holds without it. */
  public HubOptions options() {
    return options;
  }

  /** Everything that is wrong, each a sentence that begins with where it is; safe to print. */
  public List<String> problems() {
    return problems;
  }

  /** @throws InvalidConfigException with every problem, if there is any */
  public Configuration valid() {
    if (!problems.isEmpty()) {
      throw new InvalidConfigException(problems);
    }
    return this;
  }

  /** All settings with what holds for them: one line for the log. */
  public String inForce() {
    return HubOptionsReader.inForce(flat);
  }

  /**
   * All settings as a YAML file would say them, each with the source it comes from as a comment; secrets are not shown.
   */
  public String yaml() {
    return SettingsYaml.of(this, layers.stream().filter(layer -> !layer.flat().isEmpty()).map(Layer::name).toList());
  }

  /** What is said of {@code setting}, or what holds without that; as it was spelled. */
  Object said(Setting<?> setting) {
    return Objects.requireNonNullElse(flat.getValue(setting.key()), setting.fallback());
  }

  /** All sources as one, full keys beside each other. A copy. */
  JsonObject flat() {
    return flat.copy();
  }

  /** Whether a source of this name was there. */
  boolean hasLayer(String name) {
    return layers.stream().anyMatch(layer -> layer.name().equals(name));
  }

  /** The source that has the last word on {@code setting}. */
  String origin(Setting<?> setting) {
    String origin = DEFAULT;
    for (Layer layer : layers) {
      if (layer.flat().containsKey(setting.key())) {
        origin = layer.name();
      }
    }
    return origin;
  }
}
