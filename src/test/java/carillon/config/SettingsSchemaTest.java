package carillon.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.json.schema.Draft;
import io.vertx.json.schema.JsonSchema;
import io.vertx.json.schema.JsonSchemaOptions;
import io.vertx.json.schema.OutputFormat;
import io.vertx.json.schema.Validator;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * {@code conf/hub.schema.json} is what the table of settings says, and what it says to an editor is what the hub says.
 *
 * <p>With {@code -Dcarillon.schema=write} it is written instead of compared.
 */
class SettingsSchemaTest {

  private static final Path FILE = Path.of("conf", "hub.schema.json");
  private static final Pattern YAML_IN_THE_README = Pattern.compile("(?s)```yaml\n(.*?)```");
  private static final int RANDOM_ROUNDS = 60;

  private static final JsonObject SCHEMA = SettingsSchema.of(descriptions());
  private static final Validator VALIDATOR = validator(SCHEMA);

  @Test
  void file_isWhatTheTableSays() throws Exception {
    String text = SCHEMA.encodePrettily() + "\n";
    if ("write".equals(System.getProperty("carillon.schema"))) {
      Files.writeString(FILE, text);
    }
    assertEquals(text, Files.readString(FILE), "run this test with -Dcarillon.schema=write, and commit the file");
  }

  @Test
  void everySetting_hasADescription() {
    Map<String, String> descriptions = descriptions();
    Settings.BY_KEY.keySet().forEach(key -> assertTrue(descriptions.containsKey(key), key));
  }

  @Test
  void hubYaml_itself_isValidAndNamesTheSchema() throws Exception {
    String text = Files.readString(Path.of("conf", "hub.yaml"));
    assertTrue(text.startsWith("# yaml-language-server: $schema=" + FILE.getFileName() + "\n"));
    assertTrue(isValid(ConfigText.yaml("hub.yaml", text.getBytes(StandardCharsets.UTF_8))));
  }

  @Test
  void examples_ofTheReadme_areValidForBoth() throws Exception {
    var examples = YAML_IN_THE_README.matcher(Files.readString(Path.of("README.md"))).results().toList();
    assertFalse(examples.isEmpty());
    for (var example : examples) {
      JsonObject tree = ConfigText.yaml("README.md", example.group(1).getBytes(StandardCharsets.UTF_8));
      assertTrue(isValid(tree), example.group(1));
      assertTrue(problems(tree).isEmpty(), example.group(1));
    }
  }

  /** Whatever is said of any setting, both take it or both refuse it, where type and bounds are all there is to say. */
  @Test
  void values_ofEveryKind_areJudgedAlike() {
    long seed = System.nanoTime();
    System.out.println("SettingsSchemaTest.values seed " + seed);
    var random = new Random(seed);
    for (Setting<?> setting : Settings.ALL) {
      Validator validator = validator(setting.kind().schema()); // of it alone, which is much faster
      for (Object value : values(setting, random)) {
        boolean taken = setting.kind().read(setting.key(), value, new Problems()).isPresent();
        boolean valid = isValid(validator, value);
        String what = setting.key() + ": " + value + " is taken by the hub: " + taken + ", by the schema: " + valid;
        if (value instanceof String && isFreeText(setting.kind().schema())) {
          assertTrue(valid || !taken || isList(setting), what);
        } else {
          assertEquals(taken, valid, what);
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{htpp: {port: 1}}",
        "{http: {prot: 1}}",
        "{http.prot: 1}",
        "{http.port: 70000}",
        "{http: 5}",
        "{topics: [{match: a, agee: 1d}]}",
        "{topics: [{age: 1d}]}",
        "{topics: [{match: a, age: 1}]}",
        "{topics: [{match: a, count: 0}]}",
        "{topics: [a]}",
        "{clocks: [{topic: a, interval: 5ms}]}",
        "{clocks: [{interval: 5s}]}",
        "{clocks: [{topic: a, zome: UTC}]}",
        "{auth: {anonymous: {publsh: []}}}",
        "{auth: {anonymous: never}}",
        "{auth: {keys: [{name: a}]}}",
        "{auth: {keys: [{name: a b, sha256: x}]}}",
        "{auth: {keys: [{name: a, sha256: x, expirse: x}]}}",
      })
  void mistakes_ofTypeBoundsAndName_areRefusedByBoth(String yaml) {
    JsonObject tree = ConfigText.yaml("test", yaml.getBytes(StandardCharsets.UTF_8));
    assertFalse(problems(tree).isEmpty(), yaml);
    assertFalse(isValid(tree), yaml);
  }

  private static List<Object> values(Setting<?> setting, Random random) {
    var values = new ArrayList<Object>(List.of(setting.fallback(), true, false, "true", 1.5, -1, 0, 1, "", "x", " 1"));
    values.addAll(List.of(new JsonObject(), new JsonObject().put("x", 1), new JsonArray().add(1), "0", "01", "-1"));
    for (Object bound : bounds(setting)) {
      long at = ((Number) bound).longValue();
      for (long near : new long[] {at - 1, at, at + 1}) {
        values.add(near);
        values.add(Long.toString(near));
        for (int shift : new int[] {10, 20, 30}) {
          String unit = List.of("KiB", "MiB", "GiB").get(shift / 10 - 1);
          values.add((near >> shift) + unit);
          values.add(((near >> shift) + 1) + unit);
        }
      }
    }
    for (int i = 0; i < RANDOM_ROUNDS; i++) {
      long number = random.nextLong(1L << random.nextInt(1, 44));
      values.add(number);
      String text = i % 9 == 0 ? "0" + number : Long.toString(number);
      values.add(text + List.of("ms", "s", "m", "h", "d", "KiB", "MiB", "GiB", "KB", " s", "").get(random.nextInt(11)));
    }
    for (String duration : List.of("0s", "99ms", "100ms", "999ms", "1s", "60s", "61s", "10m", "11m", "601s", "600s")) {
      values.add(duration);
    }
    values.addAll(List.of("24h", "25h", "1d", "2d", "86400s", "86401s", "86400000ms", "86400001ms", "3600001ms", "1h"));
    return values;
  }

  private static List<Object> bounds(Setting<?> setting) {
    JsonObject schema = setting.kind().schema();
    return schema.containsKey("minimum")
        ? List.of(schema.getValue("minimum"), schema.getValue("maximum"))
        : List.of(1L, 1_000L, 1L << 20);
  }

  private static boolean isList(Setting<?> setting) {
    return "array".equals(setting.kind().schema().getValue("type"))
        || setting.equals(Settings.AUTH_ANONYMOUS); // which may be text in the environment, too
  }

  /** Whether the schema leaves something to the reader: text without a pattern, perhaps inside. */
  private static boolean isFreeText(JsonObject schema) {
    boolean isText = "string".equals(schema.getValue("type")) && !schema.containsKey("pattern");
    boolean isInside =
        schema.getJsonArray("anyOf", new JsonArray()).stream().anyMatch(one -> isFreeText((JsonObject) one));
    return isText || isInside || "array".equals(schema.getValue("type"));
  }

  private static boolean isValid(JsonObject tree) {
    return isValid(VALIDATOR, tree);
  }

  private static boolean isValid(Validator validator, Object value) {
    return Boolean.TRUE.equals(validator.validate(value).getValid());
  }

  private static Validator validator(JsonObject schema) {
    return Validator.create(
        JsonSchema.of(schema),
        new JsonSchemaOptions()
            .setBaseUri("https://carillon.example")
            .setDraft(Draft.DRAFT202012)
            .setOutputFormat(OutputFormat.Flag));
  }

  private static List<String> problems(JsonObject tree) {
    return Configuration.of(List.of(new Configuration.Layer("test", Layers.ofTree(tree))), List.of()).problems();
  }

  /** What {@code conf/hub.yaml} says above each setting. */
  private static Map<String, String> descriptions() {
    var descriptions = new HashMap<String, String>();
    try {
      var comment = new StringBuilder();
      String group = "";
      for (String line : Files.readAllLines(Path.of("conf", "hub.yaml"))) {
        var setting = Pattern.compile("( {2})?#?([a-zA-Z0-9]+):( .*)?").matcher(line);
        if (line.strip().startsWith("# ")) {
          comment.append(line.strip().substring(1).strip()).append(' ');
        } else if (setting.matches()) {
          group = setting.group(1) == null ? setting.group(2) : group;
          String key = setting.group(1) == null ? group : group + "." + setting.group(2);
          descriptions.put(key, comment.toString().replaceAll(" +", " ").strip());
          comment.setLength(0);
        } else {
          comment.setLength(0);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return descriptions;
  }
}
