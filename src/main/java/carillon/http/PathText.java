package carillon.http;

import io.vertx.core.http.HttpServerRequest;
import java.util.Objects;

/**
 * The topic in the path of {@code /events/{topic…}} and {@code /topics/{topic…}}, read from the path as it was sent. Any thread.
 *
 * <p>Never from a normalized path: that would turn {@code /events/a/../b} into the topic {@code b}, which nobody named.
 * Here {@code ..}, spelled as it may be, reaches the rules of the topic and is refused. {@code %2F} is a slash like any
 * other: topics are texts, and the segments are a matter of the text. {@code +} is a plus.
 */
final class PathText {

  /** The collection of all events. */
  static final String EVENTS = "/events";

  private static final String ITEM_PREFIX = EVENTS + "/";
  private static final String TOPIC_PREFIX = "/topics/";

  private PathText() {}

  /** The raw path of {@code request}; empty, which names nothing, when its target has none. */
  static String of(HttpServerRequest request) {
    return Objects.requireNonNullElse(request.path(), "");
  }

  /** Whether {@code path} is the collection of all events. */
  static boolean isEvents(String path) {
    return path.equals(EVENTS);
  }

  /** Whether {@code path} names a topic, a valid one or not. */
  static boolean isItem(String path) {
    return path.startsWith(ITEM_PREFIX);
  }

  /** Whether {@code path} asks about a topic, a valid one or not. */
  static boolean isAboutTopic(String path) {
    return path.startsWith(TOPIC_PREFIX);
  }

  /**
   * The text after {@code /events/} or {@code /topics/}, decoded. Not yet a topic: to become one it must pass the rules
   * of one.
   *
   * @param path the raw path, for which {@link #isItem} or {@link #isAboutTopic} holds
   * @throws carillon.event.InvalidValueException if it is not percent-encoded UTF-8
   */
  static String topic(String path) {
    int from = isAboutTopic(path) ? TOPIC_PREFIX.length() : ITEM_PREFIX.length();
    return PercentText.decode("topic", path, from, path.length(), false);
  }
}
