package carillon.config;

import io.vertx.core.json.JsonObject;
import java.util.Map;

/**
 * The table of settings as a JSON Schema (2020-12), by which editors check and complete {@code conf/hub.yaml}. What they
 * are told is part of the project: {@code conf/hub.schema.json}, and a test holds it to this. Any thread.
 */
final class SettingsSchema {

  private static final String RESTART = "Takes effect after a restart.";

  private SettingsSchema() {}

  /** @param descriptions of settings, by key */
  static JsonObject of(Map<String, String> descriptions) {
    var properties = new JsonObject();
    var fullKeys = new JsonObject();
    for (Setting<?> setting : Settings.ALL) {
      JsonObject schema = schema(setting, descriptions.getOrDefault(setting.key(), ""));
      int dot = setting.key().indexOf('.');
      if (dot < 0) {
        properties.put(setting.key(), schema);
        continue;
      }
      String group = setting.key().substring(0, dot);
      String name = setting.key().substring(dot + 1);
      if (!properties.containsKey(group)) {
        JsonObject empty = Schemas.group(new JsonObject());
        properties.put(group, empty.put("type", Schemas.orNothing("object")));
      }
      properties.getJsonObject(group).getJsonObject("properties").put(name, schema);
      fullKeys.put(
          "^" + group + "\\." + name + "$",
          new JsonObject().put("$ref", "#/properties/" + group + "/properties/" + name));
    }
    return new JsonObject()
        .put("$schema", "https://json-schema.org/draft/2020-12/schema")
        .put("title", "Settings of Carillon")
        .mergeIn(Schemas.group(properties))
        .put("patternProperties", fullKeys);
  }

  private static JsonObject schema(Setting<?> setting, String description) {
    JsonObject schema = setting.kind().schema();
    String restart = setting.isReloadable() ? "" : RESTART;
    schema.put("description", (description + " " + restart).strip());
    if (!setting.key().equals(Settings.HTTP_INSTANCES.key())) { // which depends on the machine
      schema.put("default", setting.fallback());
    }
    return schema;
  }
}
