package carillon.config;

import carillon.event.InvalidValueException;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.DumperOptions;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.nodes.Tag;
import org.yaml.snakeyaml.representer.Representer;
import org.yaml.snakeyaml.resolver.Resolver;

/**
 * Reads configuration text strictly: well-formed UTF-8, one document, a group at the top, no key twice. Any thread.
 *
 * <p>YAML is read by the core rules of YAML 1.2: {@code 0123}, {@code 12:30}, {@code yes} and {@code 2026-01-01} are
 * text, not an octal number, minutes, a truth or a date. Messages give the place and never quote values, which may be
 * secrets.
 */
public final class ConfigText {

  /** Longest text, in bytes. */
  private static final int BYTES_MAX = 1 << 20;

  private static final int DEPTH_MAX = 20;

  private static final JsonFactory STRICT_JSON =
      JsonFactory.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build();

  private ConfigText() {}

  /**
   * Reads what stands behind {@code -conf}: JSON if it begins like JSON, the path of a file otherwise. A file is JSON
   * if it begins like it or is named so, and YAML otherwise. Blocks on the file: not for an event loop.
   *
   * @param option as the user wrote it, for messages
   * @throws InvalidConfigException with one problem, if there is nothing to read or it breaks a rule above
   */
  public static JsonObject ofArgument(String option, String argument) {
    if (beginsLikeJson(argument)) {
      return json(option, argument);
    }
    String source = shown(argument);
    if (argument.isBlank()) {
      throw refused(option, "expected a file or JSON, got nothing");
    }
    String text = utf8(source, bytes(option, argument));
    return beginsLikeJson(text) || argument.endsWith(".json") ? json(source, text) : yaml(source, text);
  }

  /** Whether what stands behind {@code -conf} is the path of a file. */
  public static boolean isFile(String argument) {
    return !beginsLikeJson(argument);
  }

  /**
   * Reads a file that is YAML however it begins. Blocks: not for an event loop.
   *
   * @throws InvalidConfigException with one problem, if it cannot be read or breaks a rule above
   */
  static JsonObject ofYamlFile(Path file) {
    String source = shown(file.toString());
    return yaml(source, utf8(source, bytes(source, file.toString())));
  }

  private static String shown(String path) {
    String quoted = InvalidValueException.shown(path);
    return quoted.substring(1, quoted.length() - 1);
  }

  private static byte[] bytes(String option, String file) {
    String source = shown(file);
    try {
      Path path = Path.of(file);
      if (Files.isDirectory(path)) {
        throw refused(option, "expected a file or JSON, got the directory " + source);
      }
      if (Files.size(path) > BYTES_MAX) {
        throw refused(source, "expected at most " + BYTES_MAX + " bytes, got " + Files.size(path));
      }
      return Files.readAllBytes(path);
    } catch (NoSuchFileException | InvalidPathException e) {
      throw refused(source, "no such file");
    } catch (IOException e) {
      throw refused(source, "the file cannot be read (" + e.getClass().getSimpleName() + ")");
    }
  }

  /** @throws InvalidConfigException with one problem, if {@code bytes} break a rule of this class */
  static JsonObject yaml(String source, byte[] bytes) {
    if (bytes.length > BYTES_MAX) {
      throw refused(source, "expected at most " + BYTES_MAX + " bytes, got " + bytes.length);
    }
    return yaml(source, utf8(source, bytes));
  }

  /** The array that {@code text} holds; empty if it holds anything else. */
  static Optional<JsonArray> jsonArray(String text) {
    try {
      requireNoDuplicates("", text);
      return Optional.of(new JsonArray(text));
    } catch (DecodeException | InvalidConfigException e) {
      return Optional.empty();
    }
  }

  /** The object that {@code text} holds; empty if it holds anything else. */
  static Optional<JsonObject> jsonObject(String text) {
    try {
      return Optional.of(json("", text));
    } catch (InvalidConfigException e) {
      return Optional.empty();
    }
  }

  private static JsonObject json(String source, String text) {
    requireNoDuplicates(source, text);
    try {
      return new JsonObject(text);
    } catch (DecodeException | ClassCastException e) {
      throw refused(source, "expected one JSON object");
    }
  }

  /** The JSON codec behind {@link JsonObject} keeps the last of two equal keys; here that is a mistake. */
  private static void requireNoDuplicates(String source, String text) {
    try (JsonParser parser = STRICT_JSON.createParser(text)) {
      while (parser.nextToken() != null) {
        if (parser.getParsingContext().getNestingDepth() > DEPTH_MAX) {
          throw refused(source, "expected at most " + DEPTH_MAX + " levels");
        }
      }
    } catch (JsonProcessingException e) {
      String message = e.getOriginalMessage();
      boolean duplicate = message.startsWith("Duplicate field");
      String place =
          Optional.ofNullable(e.getLocation())
              .map(at -> "line " + at.getLineNr() + ", column " + at.getColumnNr() + ": ")
              .orElse("");
      throw refused(source, place + (duplicate ? oneLine(message) : "not valid JSON"));
    } catch (IOException e) {
      throw new AssertionError("text in memory", e);
    }
  }

  private static JsonObject yaml(String source, String text) {
    var limits = new LoaderOptions();
    limits.setAllowDuplicateKeys(false);
    limits.setNestingDepthLimit(DEPTH_MAX);
    limits.setMaxAliasesForCollections(0); // also keeps a collection from holding itself
    limits.setCodePointLimit(BYTES_MAX);
    var style = new DumperOptions();
    var yaml = new Yaml(new SafeConstructor(limits), new Representer(style), style, limits, new CoreResolver());
    try {
      Object root = yaml.load(text);
      if (!(root instanceof Map<?, ?> map)) {
        throw refused(source, "expected groups of settings, got " + (root == null ? "nothing" : "something else"));
      }
      return new JsonObject(group(source, map));
    } catch (MarkedYAMLException e) {
      var mark = e.getProblemMark();
      String place = mark == null ? "" : "line " + (mark.getLine() + 1) + ", column " + (mark.getColumn() + 1) + ": ";
      throw refused(source, place + "not valid YAML: " + oneLine(String.valueOf(e.getProblem())));
    } catch (YAMLException e) {
      throw refused(source, "not valid YAML: " + oneLine(String.valueOf(e.getMessage())));
    }
  }

  private static Map<String, Object> group(String source, Map<?, ?> map) {
    var group = new LinkedHashMap<String, Object>();
    map.forEach(
        (key, value) -> {
          if (!(key instanceof String name)) {
            throw refused(source, "expected text as the name of a setting, got " + Problems.shown(key));
          }
          group.put(name, value(source, value));
        });
    return group;
  }

  private static @Nullable Object value(String source, @Nullable Object value) {
    if (value instanceof Map<?, ?> map) {
      return group(source, map);
    }
    if (value instanceof List<?> list) {
      var items = new ArrayList<@Nullable Object>();
      list.forEach(item -> items.add(value(source, item)));
      return items;
    }
    boolean plain = value == null || value instanceof String || value instanceof Number || value instanceof Boolean;
    if (!plain) {
      throw refused(source, "expected text, numbers, true, false, groups and lists, got another YAML type");
    }
    return value;
  }

  private static String utf8(String source, byte[] bytes) {
    try {
      String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
      return text.startsWith("\uFEFF") ? text.substring(1) : text;
    } catch (CharacterCodingException e) {
      throw refused(source, "expected well-formed UTF-8");
    }
  }

  private static boolean beginsLikeJson(String text) {
    String start = text.stripLeading();
    return start.startsWith("{") || start.startsWith("[");
  }

  private static String oneLine(String text) {
    String shown = text.lines().findFirst().orElse("").replaceAll("[^ -~]", "?");
    return shown.substring(0, Math.min(120, shown.length()));
  }

  private static InvalidConfigException refused(String source, String problem) {
    return new InvalidConfigException(List.of(source + ": " + problem));
  }

  /** YAML 1.2's core schema (section 10.3.2) without octal and hexadecimal numbers, infinities and not-a-number. */
  private static final class CoreResolver extends Resolver {

    private static final Pattern FLAG = Pattern.compile("true|True|TRUE|false|False|FALSE");
    private static final Pattern WHOLE = Pattern.compile("0|-?[1-9][0-9]*");
    private static final Pattern FRACTION = Pattern.compile("-?(0|[1-9][0-9]*)(\\.[0-9]+)?([eE][-+]?[0-9]{1,3})?");
    private static final Pattern NOTHING = Pattern.compile("~|null|Null|NULL|");

    @Override
    protected void addImplicitResolvers() {
      addImplicitResolver(Tag.BOOL, FLAG, "tTfF");
      addImplicitResolver(Tag.INT, WHOLE, "-0123456789");
      addImplicitResolver(Tag.FLOAT, FRACTION, "-0123456789");
      addImplicitResolver(Tag.NULL, NOTHING, "~nN\0");
    }
  }
}
