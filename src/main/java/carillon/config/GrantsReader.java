package carillon.config;

import carillon.event.Grants;
import carillon.event.Selector;
import carillon.event.Selectors;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What somebody may do, as a group of {@code publish} and {@code subscribe}. Any thread. */
final class GrantsReader {

  static final Setting<List<Selector>> PUBLISH = new Setting<>("publish", selectors(), new JsonArray());
  static final Setting<List<Selector>> SUBSCRIBE = new Setting<>("subscribe", selectors(), new JsonArray());

  /** The word that leaves it to whether anybody is known; empty then. */
  static final String AUTO = "auto";

  /** What may be said of those who show nothing: {@value #AUTO}, or a group. */
  static final Kind<Optional<Grants>> ANONYMOUS =
      ((Kind<Optional<Grants>>) GrantsReader::anonymous)
          .withSchema(
              Schemas.either(
                  Schemas.oneOf(List.of(AUTO)),
                  Schemas.group(
                      new JsonObject()
                          .put("publish", PUBLISH.kind().schema())
                          .put("subscribe", SUBSCRIBE.kind().schema()))));

  private static final Set<String> NAMES = Set.of(PUBLISH.key(), SUBSCRIBE.key());

  private GrantsReader() {}

  private static Kind<List<Selector>> selectors() {
    return Kinds.list(
        Selectors.COUNT_MAX, Kinds.text("a topic or a selector such as \"orders/**\"", Selector::new));
  }

  static Grants grants(Fields fields) {
    return new Grants(fields.take(PUBLISH), fields.take(SUBSCRIBE));
  }

  private static Optional<Optional<Grants>> anonymous(String key, @Nullable Object raw, Problems problems) {
    if (AUTO.equals(raw)) {
      return Optional.of(Optional.empty());
    }
    Optional<JsonObject> group =
        raw instanceof JsonObject object
            ? Optional.of(object)
            : raw instanceof String text ? ConfigText.jsonObject(text) : Optional.empty();
    if (group.isEmpty()) {
      problems.expected(key, "auto, or a group such as {publish: [], subscribe: [\"news/**\"]}", raw);
      return Optional.empty();
    }
    int before = problems.count();
    Grants grants = grants(Fields.of(key + ".", group.get(), NAMES, problems));
    return problems.count() == before ? Optional.of(Optional.of(grants)) : Optional.empty();
  }
}
