package carillon.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import org.junit.jupiter.api.Test;

class RevisionTest {

  private static final Configuration DEFAULTS = configuration(new JsonObject());

  @Test
  void equalSettings_otherSources_areTheSame() {
    Revision revision = Revision.of(DEFAULTS, DEFAULTS, configuration(new JsonObject().put("http.port", 8080)));
    assertInstanceOf(Revision.Same.class, revision);
  }

  @Test
  void reloadableAndOther_changed_areSaidAndOnlyTheFirstIsInForce() {
    var fresh = configuration(new JsonObject().put("http.port", 1).put("subscribe.retry", "5s"));
    Revision.Changed changed = assertInstanceOf(Revision.Changed.class, Revision.of(DEFAULTS, DEFAULTS, fresh));
    assertEquals(
        List.of("takes effect after a restart: http.port: 8080 -> 1", "subscribe.retry: 2s -> 5s"), changed.lines());
    assertEquals(1, changed.laterCount());
    assertEquals(8080, changed.inForce().options().http().port());
    assertEquals(5, changed.inForce().options().subscribe().retry().toSeconds());
  }

  @Test
  void needsRestart_readBefore_isNotSaidAgain() {
    var seen = configuration(new JsonObject().put("http.port", 1));
    assertInstanceOf(Revision.Same.class, Revision.of(DEFAULTS, seen, seen));
    var fresh = configuration(new JsonObject().put("http.port", 1).put("http.page", false));
    Revision.Changed changed = assertInstanceOf(Revision.Changed.class, Revision.of(DEFAULTS, seen, fresh));
    assertEquals(List.of("http.page: true -> false"), changed.lines());
    assertEquals(8080, changed.inForce().options().http().port());
  }

  @Test
  void broken_inItself_saysEverything() {
    var fresh = configuration(new JsonObject().put("http.prot", 1).put("http.page", "x"));
    Revision.Broken broken = assertInstanceOf(Revision.Broken.class, Revision.of(DEFAULTS, DEFAULTS, fresh));
    assertEquals(fresh.problems(), broken.problems());
    assertEquals(2, broken.problems().size());
  }

  @Test
  void broken_withWhatNeedsARestart_saysSo() {
    var fresh = configuration(new JsonObject().put("http.idleTimeout", "1h").put("subscribe.waitMax", "30m"));
    Revision.Broken broken = assertInstanceOf(Revision.Broken.class, Revision.of(DEFAULTS, DEFAULTS, fresh));
    assertEquals(
        List.of(
            "http.idleTimeout: expected more than subscribe.waitMax (30m), got 75s; with what needs a restart as it is"),
        broken.problems());
  }

  @Test
  void lists_changed_showWhatDiffersOnly() {
    var before = configuration(new JsonObject().put("http.corsOrigins", List.of("https://a.example", "https://b.example")));
    var after = configuration(new JsonObject().put("http.corsOrigins", List.of("https://b.example", "https://c.example")));
    Revision.Changed changed = assertInstanceOf(Revision.Changed.class, Revision.of(before, before, after));
    assertEquals(List.of("http.corsOrigins: - \"https://a.example\" + \"https://c.example\""), changed.lines());
  }

  @Test
  void secrets_changed_areNotShown() {
    String secret = "a secret of more than thirty-two bytes, really";
    var fresh =
        configuration(
            new JsonObject()
                .put("auth.jwtSecret", secret)
                .put("auth.anonymous", new JsonObject().put("publish", new JsonArray().add("a")))
                .put("log.url", "postgresql://me:hidden@localhost/x"));
    Revision.Changed changed = assertInstanceOf(Revision.Changed.class, Revision.of(DEFAULTS, DEFAULTS, fresh));
    String lines = String.join("\n", changed.lines());
    assertFalse(lines.contains(secret) || lines.contains("hidden"), lines);
    assertEquals(3, changed.lines().size(), lines);
  }

  private static Configuration configuration(JsonObject flat) {
    return Configuration.of(List.of(new Configuration.Layer("test", Layers.ofTree(flat))), List.of());
  }
}
