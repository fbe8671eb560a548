package carillon.config;

import carillon.event.Selector;
import carillon.event.TopicRule;
import carillon.event.TopicRule.Retention;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** One item of {@code topics}. Any thread. */
final class TopicRuleReader {

  private static final Kind<Selector> MATCH = Kinds.text("a topic or a selector such as prices/**", Selector::new);
  private static final Setting<Boolean> HISTORY =
      new Setting<>("history", Kinds.word(List.of("keep", "none"), "keep"::equals), "keep");
  private static final Kind<Duration> AGE = Kinds.duration("1s", "36500d");
  private static final Kind<Integer> COUNT = Kinds.wholeNumber(1, Integer.MAX_VALUE);
  private static final Kind<Long> BYTES = Kinds.bytes("1KiB", "1048576GiB");
  private static final Setting<Boolean> SLOW_LATEST =
      new Setting<>("slow", Kinds.word(List.of("all", "latest"), "latest"::equals), "all");
  private static final List<String> RETENTION = List.of("age", "count", "bytes");
  private static final Set<String> NAMES = Set.of("match", "history", "age", "count", "bytes", "slow");

  /**
   * A group of {@code match}, which must be there, {@code history}, {@code age}, {@code count}, {@code bytes} and
   * {@code slow}.
   */
  static final Kind<TopicRule> KIND =
      ((Kind<TopicRule>) TopicRuleReader::read)
          .withSchema(
              Schemas.group(
                  new JsonObject()
                      .put("match", MATCH.schema())
                      .put("history", HISTORY.kind().schema())
                      .put("age", AGE.schema())
                      .put("count", COUNT.schema())
                      .put("bytes", BYTES.schema())
                      .put("slow", SLOW_LATEST.kind().schema()),
                  "match"));

  private TopicRuleReader() {}

  private static Optional<TopicRule> read(String key, @Nullable Object raw, Problems problems) {
    if (!(raw instanceof JsonObject item)) {
      problems.expected(key, "a rule such as {match: prices/**, age: 7d}", raw);
      return Optional.empty();
    }
    int before = problems.count();
    Fields fields = Fields.of(key + ".", item, NAMES, problems);
    if (!item.containsKey("match")) {
      problems.expected(key + ".match", "a topic or a selector such as prices/**", null);
    }
    Optional<Selector> match = fields.find("match", MATCH);
    boolean history = fields.take(HISTORY);
    var retention =
        new Retention(
            fields.find("age", AGE).orElse(Retention.ALL.age()),
            fields.find("count", COUNT).map(Integer::longValue).orElse(Retention.ALL.count()),
            fields.find("bytes", BYTES).orElse(Retention.ALL.bytes()));
    boolean latestOnly = fields.take(SLOW_LATEST);
    for (String name : RETENTION) {
      if (!history && item.containsKey(name)) {
        problems.say(key + "." + name, "expected to be absent, because history: none keeps nothing it could bound");
      }
    }
    return problems.count() == before
        ? match.map(selector -> new TopicRule(selector, history, retention, latestOnly))
        : Optional.empty();
  }
}
