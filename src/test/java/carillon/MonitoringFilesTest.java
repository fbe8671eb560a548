package carillon;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import carillon.harness.Eventually;
import carillon.harness.Http;
import carillon.meter.Metric;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

/**
 * Holds {@code conf/grafana-dashboard.json} and {@code conf/alerts.yaml} to the scrape of a real hub: every metric,
 * label and value of a label that they name is there.
 */
class MonitoringFilesTest {

  private static final Path DASHBOARD = Path.of("conf", "grafana-dashboard.json");
  private static final Path ALERTS = Path.of("conf", "alerts.yaml");

  /** What Prometheus itself adds to a scrape, and what Grafana fills in. */
  private static final Set<String> METRICS_OF_PROMETHEUS = Set.of("up");

  private static final Set<String> LABELS_OF_PROMETHEUS = Set.of("job", "instance");

  private static final Set<String> WORDS = Set.of("by", "without", "on", "and", "or", "unless", "bool", "offset", "e");

  private static final Pattern MATCHERS = Pattern.compile("([a-z_]+)\\{([^}]*)}");
  private static final Pattern MATCHER = Pattern.compile("([a-z_]+)(=~|!=|!~|=)\"([^\"]*)\"");
  private static final Pattern GROUPING = Pattern.compile("\\b(?:by|without|on) \\(([^)]*)\\)");
  private static final Pattern NAME = Pattern.compile("[a-zA-Z_][a-zA-Z0-9_]*(?!\\w|\\s*\\()");

  private static Vertx vertx;
  private static String scrape;

  @BeforeAll
  static void scrape() throws Exception {
    vertx = Vertx.vertx();
    var verticle = new HubVerticle();
    var config =
        new JsonObject()
            .put("http", new JsonObject().put("port", 0).put("instances", 1))
            .put("log", new JsonObject().put("engine", "memory"));
    vertx.deployVerticle(verticle, new DeploymentOptions().setConfig(config)).await(60, SECONDS);
    URI hub = URI.create("http://127.0.0.1:" + verticle.port());
    System.gc(); // figures of collections are there when there has been one
    Eventually.await(
        "a collection",
        Duration.ofSeconds(30),
        () -> {
          scrape = Http.get(hub, "/metrics").text();
          return scrape.contains("jvm_gc_pause_seconds_sum");
        });
  }

  @AfterAll
  static void stop() throws Exception {
    vertx.close().await(60, SECONDS);
  }

  @Test
  void dashboard_everythingItNames_isScraped() throws Exception {
    List<String> expressions = dashboard();
    assertTrue(expressions.size() > 20, "the panels are there");
    expressions.forEach(MonitoringFilesTest::check);
  }

  @Test
  void dashboard_everyFigureOfOurs_isOnIt() throws Exception {
    String all = String.join("\n", dashboard());
    for (Metric metric : Metric.values()) {
      assertTrue(all.contains(metric.title()), "nobody looks at " + metric.title());
    }
  }

  @Test
  void alerts_everythingTheyName_isScraped() throws Exception {
    List<String> expressions = alerts();
    assertTrue(expressions.size() > 10, "the rules are there");
    expressions.forEach(MonitoringFilesTest::check);
  }

  /** The test itself must be able to fail. */
  @Test
  void expression_namesWhatIsNotThere_isNoticed() {
    for (String wrong :
        List.of(
            "carillon_stream_open",
            "rate(carillon_streams_closed_total{cause=\"stuck\"}[5m])",
            "rate(carillon_streams_closed_total{reason=\"stucked\"}[5m])",
            "rate(carillon_streams_closed_total{reason=~\"stuck|gone\"}[5m])",
            "sum by (why) (carillon_streams_closed_total)",
            "carillon_streams_open{reason=\"stuck\"}",
            "carillon_publish_latency_bucket")) {
      assertThrows(AssertionError.class, () -> check(wrong), wrong);
    }
    check("histogram_quantile(0.99, sum by (instance, le) (rate(carillon_publish_latency_seconds_bucket[5m]))) > 1e3");
  }

  private static List<String> dashboard() throws Exception {
    var expressions = new ArrayList<String>();
    for (Object panel : new JsonObject(Files.readString(DASHBOARD)).getJsonArray("panels")) {
      JsonArray targets = ((JsonObject) panel).getJsonArray("targets", new JsonArray());
      targets.forEach(target -> expressions.add(((JsonObject) target).getString("expr")));
    }
    return expressions;
  }

  private static List<String> alerts() throws Exception {
    Map<String, Object> file = new Yaml(new SafeConstructor(new LoaderOptions())).load(Files.readString(ALERTS));
    var expressions = new ArrayList<String>();
    for (Object group : new JsonObject(file).getJsonArray("groups")) {
      for (Object each : ((JsonObject) group).getJsonArray("rules")) {
        var rule = (JsonObject) each;
        assertFalse(rule.getString("alert").isEmpty());
        assertTrue(Set.of("page", "ticket").contains(rule.getJsonObject("labels").getString("severity")));
        expressions.add(rule.getString("expr"));
      }
    }
    return expressions;
  }

  private static void check(String expression) {
    Matcher matchers = MATCHERS.matcher(expression);
    while (matchers.find()) {
      checkMatchers(expression, matchers.group(1), matchers.group(2));
    }
    Matcher groupings = GROUPING.matcher(expression);
    while (groupings.find()) {
      for (String label : groupings.group(1).split(",\\s*")) {
        assertTrue(
            LABELS_OF_PROMETHEUS.contains(label) || scrape.matches("(?s).*[{,]" + label + "=\".*"),
            "no label " + label + " for " + expression);
      }
    }
    String bare = expression.replaceAll("\\{[^}]*}", "").replaceAll("\\[[^]]*]", "");
    bare = GROUPING.matcher(bare).replaceAll("");
    var names = new TreeSet<String>();
    Matcher name = NAME.matcher(bare);
    while (name.find()) {
      if (!WORDS.contains(name.group())) {
        names.add(name.group());
      }
    }
    names.removeAll(METRICS_OF_PROMETHEUS);
    names.removeIf(word -> word.matches("e\\d+"));
    Set<String> missing = names.stream().filter(metric -> lines(metric).isEmpty()).collect(Collectors.toSet());
    assertEquals(Set.of(), missing, "not in a scrape, of " + expression);
  }

  private static void checkMatchers(String expression, String metric, String text) {
    if (METRICS_OF_PROMETHEUS.contains(metric)) {
      return;
    }
    Matcher matcher = MATCHER.matcher(text);
    int found = 0;
    while (matcher.find()) {
      found++;
      if (LABELS_OF_PROMETHEUS.contains(matcher.group(1))) {
        continue;
      }
      for (String value : matcher.group(3).split("\\|")) {
        String label = matcher.group(1) + "=\"" + value + "\"";
        assertTrue(lines(metric).stream().anyMatch(line -> line.contains(label)), "no " + label + " for " + expression);
      }
    }
    assertTrue(found > 0, "no matchers in " + expression);
  }

  private static List<String> lines(String metric) {
    return scrape
        .lines()
        .filter(line -> line.startsWith(metric + " ") || line.startsWith(metric + "{"))
        .toList();
  }
}
