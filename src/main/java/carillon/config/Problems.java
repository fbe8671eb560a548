package carillon.config;

import carillon.event.InvalidValueException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What is wrong with a configuration, gathered while it is read. Confined to one reading. */
final class Problems {

  private static final Pattern PLAIN_KEY = Pattern.compile("[A-Za-z0-9_.\\[\\]-]{1,80}");

  private final List<String> sentences = new ArrayList<>();
  private final Set<String> keys = new HashSet<>();

  /** Notes that {@code key} should have said something else. */
  void expected(String key, String expected, @Nullable Object actual) {
    say(key, "expected " + expected + ", got " + shown(actual));
  }

  /** Notes {@code what} about {@code key}; the key may be hostile, the rest must not be. */
  void say(String key, String what) {
    keys.add(key);
    sentences.add((PLAIN_KEY.matcher(key).matches() ? key : InvalidValueException.shown(key)) + ": " + what);
  }

  /** How many there are so far. */
  int count() {
    return sentences.size();
  }

  /** Whether nothing was noted about {@code key} itself. */
  boolean isGood(String key) {
    return !keys.contains(key);
  }

  /** All of them, in the order they were noted. */
  List<String> sentences() {
    return List.copyOf(sentences);
  }

  /** @throws InvalidConfigException with every problem, if there is any */
  void conclude() {
    if (!sentences.isEmpty()) {
      throw new InvalidConfigException(sentences);
    }
  }

  /** A value as a message may show it: scalars shortened and escaped, of anything larger only what it is. */
  static String shown(@Nullable Object value) {
    if (value == null) {
      return "nothing";
    }
    if (value instanceof JsonObject) {
      return "a group";
    }
    if (value instanceof JsonArray) {
      return "a list";
    }
    String text = value.toString();
    boolean bare = (value instanceof Number || value instanceof Boolean) && text.length() <= 40;
    return bare ? text : InvalidValueException.shown(text);
  }
}
