package carillon.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.config.ConfigRetriever;
import io.vertx.config.ConfigRetrieverOptions;
import io.vertx.config.ConfigStoreOptions;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.junit5.VertxExtension;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

class ConfigSourcesTest {

  @TempDir private Path directory;
  private final Map<String, String> environment = new HashMap<>();
  private final Map<String, String> properties = new HashMap<>();
  private JsonObject conf = new JsonObject();

  @Test
  void sources_none_giveTheDefaults() throws Exception {
    assertEquals(HubOptionsReader.read(new JsonObject()), load());
  }

  @Test
  void sources_addedOneByOne_eachWinsOverTheOnesBefore() throws Exception {
    file("http:\n  port: 1\n");
    assertEquals(1, load().http().port());
    conf = new JsonObject().put("http", new JsonObject().put("port", 2));
    assertEquals(2, load().http().port());
    environment.put("PORT", "3");
    assertEquals(3, load().http().port());
    environment.put("http.port", "4");
    assertEquals(4, load().http().port());
    environment.put("CARILLON_HTTP_PORT", "5");
    assertEquals(5, load().http().port());
    properties.put("http.port", "6");
    assertEquals(6, load().http().port());
  }

  @Test
  void sources_anyTwo_theLaterWinsWithoutTheOnesBetween() throws Exception {
    file("http: {port: 1}");
    environment.put("CARILLON_HTTP_PORT", "5");
    assertEquals(5, load().http().port());
    properties.put("http.port", "6");
    environment.clear();
    assertEquals(6, load().http().port());
    Files.delete(yaml());
    conf = new JsonObject().put("http.port", 2);
    assertEquals(6, load().http().port());
    properties.clear();
    environment.put("PORT", "3");
    assertEquals(3, load().http().port());
    properties.put("http.port", "6");
    assertEquals(6, load().http().port());
  }

  @Test
  void sources_differentSettingsOfOneGroup_areMergedAndListsReplaced() throws Exception {
    file(
        "http: {headBytesMax: 2KiB, corsOrigins: ['https://a.example', 'https://b.example']}\n"
            + "subscribe: {retry: 5s}");
    conf =
        new JsonObject()
            .put(
                "http",
                new JsonObject()
                    .put("page", false)
                    .put("corsOrigins", List.of("https://c.example")));
    environment.put("CARILLON_CLOCKS", "[{\"topic\": \"a\"}, {\"topic\": \"b\"}]");
    properties.put("http.batchBytesMax", "1MiB");
    HubOptions options = load();
    assertEquals(2048, options.http().headBytesMax());
    assertEquals(1 << 20, options.http().batchBytesMax());
    assertEquals(List.of("https://c.example"), options.http().corsOrigins());
    assertEquals(5, options.subscribe().retry().toSeconds());
    assertEquals(2, options.clocks().size());
    assertTrue(!options.http().page());
  }

  @Test
  void environment_numberWithLeadingZero_isNotGuessedAt() {
    environment.put("PORT", "0123");
    assertEquals(
        List.of("http.port: expected a whole number from 0 to 65535, got \"0123\""), problems());
  }

  @Test
  void environment_othersVariables_areLeftAlone() throws Exception {
    environment.putAll(
        Map.of(
            "PATH",
            "/bin",
            "CARILLON_HOME",
            "x",
            "CARILLON_PORT",
            "tcp://1.2.3.4:5",
            "HTTP_PORT",
            "7",
            "http",
            "x"));
    properties.putAll(
        Map.of(
            "http.proxyHost",
            "p",
            "http.nonProxyHosts",
            "*",
            "http.keepAlive",
            "true",
            "java.home",
            "x",
            "clocks.x",
            "y"));
    assertEquals(8080, load().http().port());
  }

  @Test
  void names_mistypedAnywhere_areAllListed() throws Exception {
    file("htpp: {port: 1}\nlog: 5");
    conf =
        new JsonObject()
            .put("http", new JsonObject().put("prot", 1))
            .put("log", new JsonObject().put("engine", "x"));
    environment.put("CARILLON_HTTP_PROT", "1");
    properties.put("subscribe.hartbeat", "1s");
    assertEquals(
        List.of(
            "htpp: unknown setting",
            "log: unknown setting",
            "http.prot: unknown setting, did you mean http.port?",
            "CARILLON_HTTP_PROT: unknown setting",
            "subscribe.hartbeat: unknown setting, did you mean subscribe.heartbeat?",
            "log.engine: expected auto or sqlite or postgresql or grid or memory, got \"x\""),
        problems());
  }

  @Test
  void file_broken_failsInsteadOfStartingWithDefaults() throws Exception {
    file("http:\n  port: 1\n  port: 2\n");
    String problem = problems().get(0);
    assertTrue(
        problem.contains("hub.yaml: line 3, column 3: not valid YAML: found duplicate key port"),
        problem);
  }

  @Test
  void file_unreadable_failsInsteadOfStartingWithDefaults() throws Exception {
    Files.createDirectory(yaml());
    assertThrows(Exception.class, this::load);
  }

  @Test
  void yaml_ofWhatWasRead_meansTheSameAndSaysWhereItComesFrom() throws Exception {
    file("http: {port: 1, host: localhost}\nlog: {url: 'postgresql://me:hidden@localhost/x'}");
    conf = new JsonObject().put("topics", List.of(new JsonObject().put("match", "a/**").put("age", "1d")));
    environment.put("CARILLON_HTTP_DRAIN", "3s");
    properties.put("http.host", "127.0.0.1");
    Configuration read = sources().read().valid();
    String yaml = read.yaml();
    assertTrue(yaml.contains("  port: 1  # " + yaml()), yaml);
    assertTrue(yaml.contains("  drain: 3s  # environment"), yaml);
    assertTrue(yaml.contains("  host: \"127.0.0.1\"  # system property"), yaml);
    assertTrue(yaml.contains("  retry: 2s  # default"), yaml);
    assertTrue(yaml.contains("topics: [{\"match\":\"a/**\",\"age\":\"1d\"}]  # command line"), yaml);
    assertTrue(yaml.contains("  url: \"(not shown)\"  # ") && !yaml.contains("hidden"), yaml);
    String shown = yaml.replace("\"(not shown)\"", "'postgresql://me:hidden@localhost/x'");
    JsonObject again = ConfigText.yaml("again", shown.getBytes(StandardCharsets.UTF_8));
    assertEquals(read.options(), HubOptionsReader.read(again));
  }

  @Test
  void confFile_given_isReadAndLiesBetween() throws Exception {
    Path other = directory.resolve("other.yaml");
    Files.writeString(other, "http: {port: 2, drain: 2s, page: false}");
    file("http: {port: 1, drain: 1s, batchBytesMax: 1KiB}");
    conf = new JsonObject().put("-conf", other.toString()).put("http.port", 3);
    HubOptions options = load();
    assertEquals(List.of(3, 2L, false, 1024), List.of(
        options.http().port(),
        options.http().drain().toSeconds(),
        options.http().page(),
        options.http().batchBytesMax()));
  }

  @Test
  void file_goneSince_isAProblemAndNotTheDefaults() throws Exception {
    file("http: {port: 1}");
    Configuration before = sources().read().valid();
    Files.delete(yaml());
    assertEquals(List.of(yaml() + ": the file is gone"), sources().readAgain(before).problems());
    Files.createSymbolicLink(yaml(), directory.resolve("nowhere"));
    assertEquals(1, sources().read().problems().size());
  }

  @Test
  void sources_severalBroken_areAllListed() throws Exception {
    file("http: {port: 1}\nhttp: {port: 2}");
    Path other = directory.resolve("other.yaml");
    conf = new JsonObject().put("-conf", other.toString());
    environment.put("CARILLON_HTTP_DRAIN", "x");
    assertEquals(3, sources().read().problems().size(), sources().read().problems()::toString);
  }

  /** The order is that in which vertx-config lays stores over each other, setting by setting. */
  @Test
  @ExtendWith(VertxExtension.class)
  void sources_ofEveryKind_areLaidOverEachOtherAsVertxConfigDoes(Vertx vertx) throws Exception {
    file("http: {port: 1, host: '::1', page: false}\nclocks: []");
    conf = new JsonObject().put("http.port", 2).put("clocks", new JsonArray().add(new JsonObject().put("topic", "c")));
    environment.put("CARILLON_HTTP_PORT", "3");
    environment.put("CARILLON_HTTP_PAGE", "true");
    properties.put("http.port", "4");
    var options = new ConfigRetrieverOptions().setScanPeriod(-1);
    List.of(
            Layers.ofTree(ConfigText.ofYamlFile(yaml())),
            Layers.ofTree(conf),
            Layers.ofEnvironment(environment),
            Layers.ofSystemProperties(properties))
        .forEach(layer -> options.addStore(new ConfigStoreOptions().setType("json").setConfig(layer)));
    ConfigRetriever retriever = ConfigRetriever.create(vertx, options);
    JsonObject expected = retriever.getConfig().eventually(retriever::close).await(30, TimeUnit.SECONDS);
    assertEquals(expected, sources().read().valid().flat());
  }

  private ConfigSources sources() {
    return new ConfigSources(yaml(), conf, environment, properties);
  }

  private HubOptions load() {
    return sources().read().valid().options();
  }

  private List<String> problems() {
    return assertInstanceOf(InvalidConfigException.class, assertThrows(Exception.class, this::load))
        .problems();
  }

  private Path yaml() {
    return directory.resolve("hub.yaml");
  }

  private void file(String text) throws Exception {
    Files.writeString(yaml(), text);
  }
}
