package carillon.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import carillon.HubVerticle;
import carillon.harness.Http;
import carillon.publish.Refusal;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

/**
 * Holds {@code /openapi.yaml} to what the hub really answers, both ways: whatever it answers here is described, and
 * whatever is described is provoked here, but for the faults in {@link #NOT_PROVOKED}. A status, a media type, a field
 * or a code too many or too few was each seen to fail.
 */
class OpenApiTest {

  /** Faults of the world, which other tests bring about. */
  private static final Set<String> NOT_PROVOKED = Set.of("408", "429", "500", "503", "504", "507");

  private static final String KNOWN = "Authorization: Bearer somebody-with-a-key-of-some-length";
  private static final String KEY_SHA256 =
      "5f829d6785bd58208fddf1a9748b7c22aa123fcb745b03c8c0dc0511bdf8dd07";
  private static final String STRANGER = "Authorization: Bearer of-nothing-the-hub-knows-of";

  private static final String FORM = "Content-Type: application/x-www-form-urlencoded";
  private static final String JSON = "Content-Type: application/json";
  private static final String NDJSON = "Content-Type: application/x-ndjson";
  private static final String WANTS_JSON = "Accept: application/json";
  private static final String WANTS_STREAM = "Accept: text/event-stream";

  private static Vertx vertx;
  private static URI hub;
  private static JsonObject description;

  /** One request to a described path, and the status it is to be answered with. */
  private record Ask(int status, String method, String path, String target, String body, List<String> headers) {}

  @BeforeAll
  static void start() throws Exception {
    vertx = Vertx.vertx();
    var verticle = new HubVerticle();
    var config =
        new JsonObject()
            .put("http", new JsonObject().put("port", 0).put("instances", 1))
            .put("log", new JsonObject().put("engine", "memory"))
            .put("auth", rights())
            .put(
                "topics",
                new JsonArray().add(new JsonObject().put("match", "passing/**").put("history", "none")));
    vertx.deployVerticle(verticle, new DeploymentOptions().setConfig(config)).await(30, SECONDS);
    hub = URI.create("http://127.0.0.1:" + verticle.port());
    try (InputStream yaml = OpenApiTest.class.getResourceAsStream("/web/openapi.yaml")) {
      Map<String, Object> read = new Yaml(new SafeConstructor(new LoaderOptions())).load(yaml);
      description = new JsonObject(read);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  /** Everybody may do everything, but under {@code hub/}, where not even the holder of the one key may. */
  private static JsonObject rights() {
    var everything = new JsonArray().add("**");
    var key = new JsonObject().put("name", "somebody").put("sha256", KEY_SHA256);
    return new JsonObject()
        .put("anonymous", new JsonObject().put("publish", everything).put("subscribe", everything))
        .put("keys", new JsonArray().add(key));
  }

  @AfterAll
  static void stop() throws Exception {
    vertx.close().await(30, SECONDS);
  }

  @Test
  void answers_toEveryAsk_areDescribed_andAllThatIsDescribedIsAnswered() {
    var provoked = new TreeSet<String>();
    for (Ask ask : asks()) {
      Http.Response answer = answer(ask);
      String what = ask.method() + " " + ask.path();
      assertEquals(ask.status(), answer.status(), ask + " " + answer.text());
      provoked.add(what + " " + ask.status());
      JsonObject response = response(ask);
      String type = answer.head().field("content-type").map(field -> field.replaceFirst(";.*", "")).orElse("");
      JsonObject content = response.getJsonObject("content", new JsonObject());
      if (answer.text().isEmpty() && content.isEmpty()) {
        continue;
      }
      assertTrue(content.containsKey(type), what + " " + ask.status() + " is answered as " + type);
      if (type.endsWith("json") && !type.endsWith("ndjson")) {
        checkBody(answer.text(), content.getJsonObject(type).getJsonObject("schema"));
      }
    }
    assertEquals(described(), provoked);
  }

  @Test
  void methods_notDescribed_areRefusedByTheOnesThatAre() {
    for (String path : description.getJsonObject("paths").fieldNames()) {
      Set<String> described = methods(path);
      String target = path.replace("{topic}", "news");
      Http.Response refused = Http.exchange(hub, "DELETE", target, new byte[0]);
      assertEquals(405, refused.status(), path);
      Set<String> allowed =
          Arrays.stream(refused.head().field("allow").orElse("").split(", ")).collect(Collectors.toSet());
      allowed.removeAll(Set.of("HEAD", "OPTIONS"));
      assertEquals(described, allowed, path);
    }
  }

  @Test
  void codes_describedOnes_areAllThereAre() {
    Set<String> there =
        Stream.concat(
                Arrays.stream(ProblemCode.values()).map(ProblemCode::label),
                Arrays.stream(Refusal.values()).map(Refusal::label))
            .collect(Collectors.toCollection(TreeSet::new));
    JsonObject code = resolved("#/components/schemas/Problem").getJsonObject("properties").getJsonObject("code");
    Set<String> described =
        code.getJsonArray("enum").stream().map(Object::toString).collect(Collectors.toCollection(TreeSet::new));
    assertEquals(there, described);
  }

  /** The page for people says the same as the description for programs. */
  @Test
  void docs_everyCodeAndParameter_isThere() {
    String docs = Http.get(hub, "/docs").text();
    JsonObject problem = resolved("#/components/schemas/Problem").getJsonObject("properties").getJsonObject("code");
    for (Object code : problem.getJsonArray("enum")) {
      assertTrue(docs.contains("<code>" + code + "</code>"), "the docs do not know the code " + code);
    }
    JsonObject parameters = description.getJsonObject("components").getJsonObject("parameters");
    for (String name : parameters.fieldNames()) {
      String spelling = parameters.getJsonObject(name).getString("name");
      assertTrue(docs.contains("<code>" + spelling), "the docs do not know the parameter " + spelling);
    }
    for (String path : description.getJsonObject("paths").fieldNames()) {
      assertTrue(docs.contains(path.replace("{topic}", "{topic…}")), "the docs do not know " + path);
    }
  }

  private static List<Ask> asks() {
    var asks = new ArrayList<Ask>();
    for (String[] each : new String[][] {{"/events", "/events?topic=a&"}, {"/events/{topic}", "/events/a?"}}) {
      String path = each[0];
      String target = each[1];
      asks.add(ask(200, "GET", path, target + "poll", ""));
      asks.add(ask(200, "GET", path, target + "wait=1ms", ""));
      asks.add(ask(200, "GET", path, target, "", WANTS_STREAM));
      asks.add(ask(200, "GET", path, target + "format=ndjson", ""));
      asks.add(ask(400, "GET", path, target + "since=sometimes", ""));
      asks.add(ask(401, "GET", path, target, "", STRANGER));
      asks.add(ask(403, "GET", path, target.replace("a", "hub/a"), "", KNOWN));
      asks.add(ask(406, "GET", path, target, "", "Accept: image/png"));
      asks.add(ask(414, "GET", path, target + "x=" + "x".repeat(20_000), ""));
      asks.add(ask(431, "GET", path, target, "", "X: " + "x".repeat(20_000)));
    }
    asks.add(ask(200, "GET", "/topics/{topic}", "/topics/a", ""));
    asks.add(ask(400, "GET", "/topics/{topic}", "/topics/a/*", ""));
    asks.add(ask(401, "GET", "/topics/{topic}", "/topics/a", "", STRANGER));
    asks.add(ask(403, "GET", "/topics/{topic}", "/topics/hub/a", "", KNOWN));
    asks.add(ask(414, "GET", "/topics/{topic}", "/topics/a?x=" + "x".repeat(20_000), ""));
    asks.add(ask(431, "GET", "/topics/{topic}", "/topics/a", "", "X: " + "x".repeat(20_000)));
    for (String method : List.of("POST", "PUT")) {
      String path = "/events/{topic}";
      asks.add(ask(201, method, path, "/events/a", method));
      asks.add(ask(201, method, path, "/events/a?key=" + method, method, WANTS_JSON));
      asks.add(ask(200, method, path, "/events/a?key=" + method, method));
      asks.add(ask(200, method, path, "/events/a?key=" + method, method, WANTS_JSON));
      asks.add(ask(202, method, path, "/events/passing/a", "gone"));
      asks.add(ask(202, method, path, "/events/passing/a", "gone", WANTS_JSON));
      asks.add(ask(400, method, path, "/events/a/*", "x"));
      asks.add(ask(401, method, path, "/events/a", "x", STRANGER));
      asks.add(ask(403, method, path, "/events/hub/a", "x", KNOWN));
      asks.add(ask(409, method, path, "/events/a?key=" + method, "other"));
      asks.add(ask(413, method, path, "/events/a", "x".repeat((1 << 20) + 1)));
      asks.add(ask(414, method, path, "/events/a?x=" + "x".repeat(20_000), "x"));
      asks.add(ask(415, method, path, "/events/a", "x", "Content-Encoding: gzip"));
      asks.add(ask(417, method, path, "/events/a", "x", "Expect: more"));
      asks.add(ask(431, method, path, "/events/a", "x", "X: " + "x".repeat(20_000)));
    }
    String path = "/events";
    asks.add(ask(201, "POST", path, path, "topic=a&data=x", FORM));
    asks.add(ask(201, "POST", path, path, "{\"topic\":\"a\",\"key\":\"k\",\"data\":1}", JSON, WANTS_JSON));
    asks.add(ask(201, "POST", path, path, "[{\"topic\":[\"a\",\"b\"],\"data\":1}]", JSON));
    asks.add(ask(200, "POST", path, path, "{\"topic\":\"a\",\"key\":\"k\",\"data\":1}", JSON));
    asks.add(ask(200, "POST", path, path, "{\"topic\":\"a\"}\n", NDJSON));
    asks.add(ask(200, "POST", path, path, "[]", JSON));
    asks.add(ask(202, "POST", path, path, "topic=passing/a&data=x", FORM));
    asks.add(ask(202, "POST", path, path, "[{\"topic\":\"passing/a\",\"data\":1}]", JSON));
    asks.add(ask(207, "POST", path, path, "[{\"topic\":\"a\",\"data\":1},{\"topic\":\"a\",\"type\":\"hub.a\"}]", JSON));
    asks.add(ask(400, "POST", path, path, "{", JSON));
    asks.add(ask(401, "POST", path, path, "topic=a", FORM, STRANGER));
    asks.add(ask(403, "POST", path, path, "topic=a&type=hub.gap", FORM));
    asks.add(ask(409, "POST", path, path, "topic=a&key=k&data=other", FORM));
    asks.add(ask(413, "POST", path, path, "topic=a&data=" + "x".repeat((1 << 20) + 1), FORM));
    asks.add(ask(414, "POST", path, path + "?x=" + "x".repeat(20_000), "topic=a", FORM));
    asks.add(ask(415, "POST", path, path, "x", "Content-Type: image/png"));
    asks.add(ask(417, "POST", path, path, "topic=a", FORM, "Expect: more"));
    asks.add(ask(431, "POST", path, path, "topic=a", FORM, "X: " + "x".repeat(20_000)));
    asks.add(ask(200, "GET", "/health/live", "/health/live", ""));
    asks.add(ask(200, "GET", "/health/ready", "/health/ready", ""));
    asks.add(ask(200, "GET", "/metrics", "/metrics", ""));
    asks.add(ask(200, "GET", "/metrics", "/metrics", "", "Accept: application/openmetrics-text"));
    asks.add(ask(401, "GET", "/metrics", "/metrics", "", STRANGER));
    asks.add(ask(403, "GET", "/metrics", "/metrics", "", KNOWN));
    for (String file : List.of("/", "/docs", "/carillon.js", "/carillon.d.ts", "/openapi.yaml")) {
      asks.add(ask(200, "GET", file, file, ""));
      String etag = Http.get(hub, file).head().field("etag").orElseThrow();
      asks.add(ask(304, "GET", file, file, "", "If-None-Match: " + etag));
    }
    return asks;
  }

  private static Ask ask(int status, String method, String path, String target, String body, String... headers) {
    return new Ask(status, method, path, target, body, List.of(headers));
  }

  /** A stream has no end, so of that only the head is looked at. */
  private static Http.Response answer(Ask ask) {
    boolean isStream =
        ask.status() == 200 && (ask.headers().contains(WANTS_STREAM) || ask.target().contains("format=ndjson"));
    String method = isStream ? "HEAD" : ask.method();
    return Http.exchange(hub, method, ask.target(), ask.body().getBytes(UTF_8), ask.headers().toArray(String[]::new));
  }

  private static JsonObject response(Ask ask) {
    JsonObject operation =
        description.getJsonObject("paths").getJsonObject(ask.path()).getJsonObject(
            ask.method().toLowerCase(Locale.ROOT));
    JsonObject response = operation.getJsonObject("responses").getJsonObject(Integer.toString(ask.status()));
    assertTrue(response != null, ask.method() + " " + ask.path() + " is not described to answer " + ask.status());
    return followed(response);
  }

  private static Set<String> described() {
    var described = new TreeSet<String>();
    JsonObject paths = description.getJsonObject("paths");
    for (String path : paths.fieldNames()) {
      for (String method : methods(path)) {
        JsonObject operation = paths.getJsonObject(path).getJsonObject(method.toLowerCase(Locale.ROOT));
        operation.getJsonObject("responses").fieldNames().stream()
            .filter(status -> !NOT_PROVOKED.contains(status))
            .forEach(status -> described.add(method + " " + path + " " + status));
      }
    }
    return described;
  }

  private static Set<String> methods(String path) {
    return description.getJsonObject("paths").getJsonObject(path).fieldNames().stream()
        .filter(name -> Set.of("get", "post", "put", "delete", "patch").contains(name))
        .map(name -> name.toUpperCase(Locale.ROOT))
        .collect(Collectors.toSet());
  }

  /** Whether a body has the fields its schema asks for, and no others. */
  private static void checkBody(String text, JsonObject schema) {
    JsonObject followed = followed(schema);
    if (text.strip().startsWith("[")) {
      JsonObject array =
          followed.containsKey("oneOf") ? followed.getJsonArray("oneOf").getJsonObject(1) : followed;
      for (Object item : new JsonArray(text)) {
        checkObject((JsonObject) item, array.getJsonObject("items"));
      }
    } else {
      checkObject(
          new JsonObject(text),
          followed.containsKey("oneOf") ? followed.getJsonArray("oneOf").getJsonObject(0) : followed);
    }
  }

  private static void checkObject(JsonObject object, JsonObject schema) {
    JsonObject followed = followed(schema);
    if (followed.containsKey("oneOf")) {
      int which = object.containsKey("error") ? 1 : 0;
      checkObject(object, followed.getJsonArray("oneOf").getJsonObject(which));
      return;
    }
    JsonObject properties = followed.getJsonObject("properties");
    assertTrue(properties.fieldNames().containsAll(object.fieldNames()), object + " has fields that are not described");
    for (Object required : followed.getJsonArray("required")) {
      assertTrue(object.containsKey((String) required), object + " lacks " + required);
    }
    for (String name : properties.fieldNames()) {
      JsonObject property = followed(properties.getJsonObject(name));
      if (property.containsKey("properties") && object.containsKey(name)) {
        checkObject(object.getJsonObject(name), property);
      } else if ("array".equals(property.getValue("type")) && object.getValue(name) instanceof JsonArray items) {
        items.stream()
            .filter(JsonObject.class::isInstance)
            .forEach(item -> checkObject((JsonObject) item, property.getJsonObject("items")));
      }
    }
  }

  private static JsonObject followed(JsonObject schema) {
    String reference = schema.getString("$ref");
    return reference == null ? schema : resolved(reference);
  }

  private static JsonObject resolved(String reference) {
    JsonObject at = description;
    for (String name : reference.substring(2).split("/")) {
      at = at.getJsonObject(name);
      assertTrue(at != null, reference + " leads nowhere");
    }
    return at;
  }
}
