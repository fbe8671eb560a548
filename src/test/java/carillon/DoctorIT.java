package carillon;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import carillon.harness.HubProcess;
import carillon.harness.Nginx;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * {@code java -jar carillon.jar doctor} and its sisters as processes, at a hub behind a real nginx: one set up by the
 * project's recipe, and ones that somebody has spoilt.
 */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
final class DoctorIT {

  private static final long PATIENCE_SECONDS = 120;

  @TempDir private static Path directory;
  private static HubProcess hub;
  private static int proxies;

  @BeforeAll
  static void start() throws IOException {
    hub =
        HubProcess.setup()
            .directory(Files.createDirectory(directory.resolve("hub")))
            .with("subscribe.heartbeat", "2s")
            .start();
  }

  @AfterAll
  static void stop() {
    hub.close();
  }

  @Test
  void recipe_asItStands_nothingFailsForWhoTrustsIt() throws Exception {
    try (Nginx nginx = nginx(recipe -> recipe)) {
      Result stranger = run("", "doctor", nginx.uri().toString());
      assertEquals(1, stranger.code(), stranger.toString());
      assertTrue(stranger.out().contains("FAIL  tls"), stranger.toString());
      assertTrue(!stranger.out().contains("stream"), "a token is not shown to somebody who may be anybody");
      Map<String, String> verdicts = doctor(nginx, 0);
      for (String check : List.of(
          "reach", "tls", "http", "stream", "compression", "events", "clock", "resume", "cors", "heartbeat")) {
        assertEquals("ok", verdicts.get(check), verdicts::toString);
      }
    }
  }

  /**
   * This nginx passes on what it buffers as it comes; what it gathers is what it compresses, for those who allow it:
   * every browser, and not curl.
   */
  @Test
  void buffering_forCompression_isFound() throws Exception {
    try (Nginx nginx =
        nginx(
            recipe ->
                changed(
                    changed(recipe, "proxy_buffering off;", "proxy_buffering on; proxy_ignore_headers X-Accel-Buffering;"),
                    "gzip off;", "gzip on; gzip_types text/event-stream; gzip_min_length 1;"))) {
      Map<String, String> verdicts = doctor(nginx, 1);
      assertEquals("fail", verdicts.get("compression"), verdicts::toString);
      assertTrue(verdicts.get("compression advice").contains("proxy_buffering off"), verdicts::toString);
      assertEquals("ok", verdicts.get("resume"), verdicts::toString);
    }
  }

  @Test
  void timeout_shorterThanTheHeartbeat_isFound() throws Exception {
    try (Nginx nginx = nginx(recipe -> changed(recipe, "proxy_read_timeout 75s;", "proxy_read_timeout 1s;"))) {
      Map<String, String> verdicts = doctor(nginx, 1);
      assertEquals("fail", verdicts.get("heartbeat"), verdicts::toString);
      assertTrue(verdicts.get("heartbeat advice").contains("proxy_read_timeout"), verdicts::toString);
    }
  }

  @Test
  void publishAndSubscribe_throughTheProxy_areEachOthersInverse() throws Exception {
    try (Nginx nginx = nginx(recipe -> recipe)) {
      String url = nginx.uri().toString();
      String ca = nginx.certificate().toString();
      Result published = run("a\nb\nc\n", "publish", url, "news", "--lines", "--ca", ca);
      assertEquals(0, published.code(), published.toString());
      Result followed = run("", "subscribe", url, "news", "--since", "all", "--count", "3", "--ca", ca);
      assertEquals(0, followed.code(), followed.toString());
      List<JsonObject> events = followed.out().lines().map(JsonObject::new).toList();
      assertEquals(List.of("a", "b", "c"), events.stream().map(event -> event.getString("data")).toList());
      assertEquals(
          published.out().lines().toList(), events.stream().map(event -> event.getString("id")).toList());
    }
  }

  private static Nginx nginx(UnaryOperator<String> change) throws IOException {
    return Nginx.before(hub.port(), Files.createDirectory(directory.resolve("nginx" + ++proxies)), change);
  }

  private static String changed(String recipe, String from, String to) {
    assertTrue(recipe.contains(from), "the recipe has lost " + from);
    return recipe.replace(from, to);
  }

  /** What it says of each check, and under its name with "advice" what to do. */
  private static Map<String, String> doctor(Nginx nginx, int expected) throws Exception {
    Result result =
        run("", "doctor", nginx.uri().toString(), "--ca", nginx.certificate().toString(), "--json", "--wait", "60s",
            "--patience", "10s");
    assertEquals(expected, result.code(), () -> result + nginx.evidence());
    var verdicts = new TreeMap<String, String>();
    for (Object each : new JsonObject(result.out()).getJsonArray("checks")) {
      var check = (JsonObject) each;
      verdicts.put(check.getString("check"), check.getString("verdict"));
      verdicts.put(check.getString("check") + " advice", check.getString("advice", ""));
      verdicts.put(check.getString("check") + " found", check.getString("found"));
    }
    return verdicts;
  }

  private record Result(int code, String out, String err) {}

  private static Result run(String in, String... words) throws Exception {
    var command = new ArrayList<String>();
    command.add(Path.of(System.getProperty("carillon.java", System.getProperty("java.home")), "bin", "java").toString());
    String jar = System.getProperty("carillon.jar", "target/carillon.jar");
    command.addAll(List.of("-XX:TieredStopAtLevel=1", "-jar", Path.of(jar).toAbsolutePath().toString()));
    command.addAll(List.of(words));
    Path out = directory.resolve("out");
    Path err = directory.resolve("err");
    Path input = Files.writeString(directory.resolve("in"), in, UTF_8);
    Process process =
        new ProcessBuilder(command)
            .redirectInput(input.toFile())
            .redirectOutput(out.toFile())
            .redirectError(err.toFile())
            .start();
    if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
      process.destroyForcibly();
      throw new AssertionError("does not end: " + Files.readString(out) + Files.readString(err));
    }
    return new Result(process.exitValue(), Files.readString(out), Files.readString(err));
  }
}
