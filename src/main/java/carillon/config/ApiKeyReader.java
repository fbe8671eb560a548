package carillon.config;

import carillon.event.Grants;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** One item of {@code auth.keys}, and the file that {@code auth.keysFile} names. Any thread. */
public final class ApiKeyReader {

  /** Most keys of one list. */
  static final int COUNT_MAX = 10_000;

  private static final Pattern NAME_TEXT = Pattern.compile("[A-Za-z0-9._@-]{1,80}");
  private static final Pattern SHA256_TEXT = Pattern.compile("[0-9a-f]{64}");
  private static final Kind<String> NAME =
      Kind.<String>of(
          "1 to 80 letters, digits, and . _ @ -",
          raw ->
              raw instanceof String text && NAME_TEXT.matcher(text).matches()
                  ? Optional.of(text)
                  : Optional.<String>empty())
          .withSchema(Schemas.text("1 to 80 letters, digits, and . _ @ -").put("pattern", "^" + NAME_TEXT + "$"));

  // What stands here by mistake may be the key itself.
  private static final Kind<String> SHA256 =
      Kinds.secret(
          "the SHA-256 of the key, 64 hexadecimal digits in lower case",
          ApiKeyReader::sha256);
  private static final Kind<Instant> EXPIRES =
      Kinds.text("a time such as 2030-12-31T00:00:00Z", Instant::parse);
  /**
   * A group of {@code name} and {@code sha256}, which must be there, {@code publish}, {@code subscribe} and
   * {@code expires}.
   */
  static final Kind<ApiKeyOptions> KIND =
      ((Kind<ApiKeyOptions>) ApiKeyReader::read)
          .withSchema(
              Schemas.group(
                  new JsonObject()
                      .put("name", NAME.schema())
                      .put("sha256", SHA256.schema())
                      .put("publish", GrantsReader.PUBLISH.kind().schema())
                      .put("subscribe", GrantsReader.SUBSCRIBE.kind().schema())
                      .put("expires", EXPIRES.schema()),
                  "name",
                  "sha256"));

  /** The list of them, in which no key and no name stands twice. */
  static final Kind<List<ApiKeyOptions>> LIST =
      ((Kind<List<ApiKeyOptions>>)
              (key, raw, problems) ->
                  Kinds.list(COUNT_MAX, KIND).read(key, raw, problems).flatMap(keys -> distinct(key, keys, problems)))
          .withSchema(Schemas.list(COUNT_MAX, KIND.schema()));

  private static final Setting<List<ApiKeyOptions>> KEYS = new Setting<>("keys", LIST, new JsonArray());
  private static final Set<String> NAMES = Set.of("name", "sha256", "publish", "subscribe", "expires");

  private ApiKeyReader() {}

  /**
   * Reads a keys file: YAML with the one list {@code keys}.
   *
   * @param source names the file in messages
   * @throws InvalidConfigException with every problem there is; none of them shows a key
   */
  public static List<ApiKeyOptions> file(String source, byte[] yaml) {
    var problems = new Problems();
    JsonObject content = ConfigText.yaml(source, yaml);
    Fields fields = Fields.of("", content, Set.of(KEYS.key()), problems);
    if (!content.containsKey(KEYS.key())) {
      problems.expected(KEYS.key(), "a list of keys", null);
    }
    List<ApiKeyOptions> keys = fields.take(KEYS);
    try {
      problems.conclude();
    } catch (InvalidConfigException e) {
      throw new InvalidConfigException(e.problems().stream().map(problem -> source + ": " + problem).toList());
    }
    return keys;
  }

  private static String sha256(String text) {
    if (!SHA256_TEXT.matcher(text).matches()) {
      throw new IllegalArgumentException("no SHA-256");
    }
    return text;
  }

  private static Optional<ApiKeyOptions> read(String key, @Nullable Object raw, Problems problems) {
    if (!(raw instanceof JsonObject item)) {
      problems.say(key, "expected a key such as {name: orders, sha256: …, publish: [\"orders/**\"]}");
      return Optional.empty();
    }
    int before = problems.count();
    Fields fields = Fields.of(key + ".", item, NAMES, problems);
    for (String name : List.of("name", "sha256")) {
      if (!item.containsKey(name)) {
        problems.say(key + "." + name, "expected to be there");
      }
    }
    Optional<String> name = fields.find("name", NAME);
    Optional<String> sha256 = fields.find("sha256", SHA256);
    Grants grants = GrantsReader.grants(fields);
    Optional<Instant> expires = fields.find("expires", EXPIRES);
    return problems.count() == before
        ? Optional.of(new ApiKeyOptions(name.orElseThrow(), sha256.orElseThrow(), grants, expires.orElse(null)))
        : Optional.empty();
  }

  private static Optional<List<ApiKeyOptions>> distinct(String key, List<ApiKeyOptions> keys, Problems problems) {
    int before = problems.count();
    Set<String> names = new HashSet<>();
    Set<String> digests = new HashSet<>();
    for (int i = 0; i < keys.size(); i++) {
      if (!names.add(keys.get(i).name())) {
        problems.say(key + "[" + i + "].name", "expected a name of its own, got " + keys.get(i).name() + " again");
      }
      if (!digests.add(keys.get(i).sha256())) {
        problems.say(key + "[" + i + "].sha256", "expected a key of its own, got one that stands above");
      }
    }
    return problems.count() == before ? Optional.of(keys) : Optional.empty();
  }
}
