package carillon;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import carillon.harness.Eventually;
import carillon.harness.SseClient;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;

/**
 * What the README says can be typed, typed by a shell as it stands; only the port is another, because 8080 may be
 * somebody's. The blocks that run follow a comment {@code <!-- runs: … -->}. The curl lines go to one hub, in the order
 * of the page, as a reader would.
 */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class ReadmeIT {

  private static final Duration SOON = Duration.ofSeconds(30);
  private static final String DEFAULT_PORT = "8080";
  private static final String ID = "[0-9a-f]{12}-[1-9]\\d*";
  private static final String TICK = "data: \\{\"time\": ?\"[^\"]+\", ?\"epochMillis\": ?\\d+}\n\n";

  private static Path directory;
  private static List<String> lines;
  private static int port;
  private static Shell hub;

  @BeforeAll
  static void startHub() throws IOException {
    String jar = System.getProperty("carillon.jar", "target/carillon.jar");
    directory = Path.of(jar).toAbsolutePath().getParent().getParent();
    lines = Files.readAllLines(directory.resolve("README.md"));
    port = freePort();
    List<String> commands = block("<!-- runs: test, run -->", "sh");
    assertEquals(2, commands.size(), "a command to test and a command to run");
    hub = new Shell("PORT=" + port + " exec " + commands.get(1).replaceAll(" +#.*", "") + " 2>&1");
    Eventually.await(
        "the hub to listen", SOON, () -> hub.output().contains("listening on http://127.0.0.1:" + port), hub::output);
  }

  @AfterAll
  static void stopHub() {
    if (hub != null) {
      hub.stop();
    }
  }

  @Test
  @Order(1)
  void commands_firstOne_isWhatTheBuildCalls() throws IOException {
    String test = block("<!-- runs: test, run -->", "sh").get(0).replaceAll(" +#.*", "");
    assertEquals("mvn -B verify", test);
    assertTrue(Files.readAllLines(directory.resolve(".ci/run")).contains(test), ".ci/run calls another test command");
  }

  @Test
  @Order(2)
  void curlLines_inTheirOrder_doWhatTheySay() {
    List<String> curls = block("<!-- runs: curl -->", "sh");
    List<String> expected =
        List.of(
            "(?s)retry: \\d+\n: .*?\n\n(" + TICK + "){2,}.*",
            ID,
            "(?s)retry: \\d+\n: .*?\n\n.*topic: news\nid: " + ID + "\ndata: hello\n\n(.*topic: clock\n" + TICK + ")+.*",
            "(?s)\\{\"events\": ?\\[\\{.*\"data\": ?\"hello\"}],\\s*\"cursor\": ?\"" + ID + "\"}\\s*");
    assertEquals(expected.size(), curls.size(), "each curl line has an outcome here");
    for (int i = 0; i < curls.size(); i++) {
      String line = curls.get(i);
      String outcome = expected.get(i);
      try (var shell = new Shell("exec " + line.replace(":" + DEFAULT_PORT, ":" + port))) {
        Eventually.await(line, SOON, () -> shell.output().matches(outcome), () -> shell.output() + hub.output());
      }
    }
  }

  @Test
  @Order(3)
  void wireExample_sameRequest_isWhatComes() {
    String example = String.join("\n", block("<!-- wire: after the lines above -->", "http"));
    String[] parts = example.split("\n\n", 3);
    String request = parts[0].replace("\n", "\r\n") + "\r\n\r\n";
    try (var client = SseClient.to(URI.create("http://127.0.0.1:" + port), "").request(request).open()) {
      var head = client.awaitHead().text().strip().lines().toList();
      assertEquals(parts[1].lines().findFirst(), head.stream().findFirst());
      assertEquals(fields(parts[1].lines().toList()), fields(head));
      var event = client.awaitEvents(1, SOON).get(0);
      Matcher told = Pattern.compile("retry: (\\d+)\n:(.*)\n\nid: " + ID + "\ndata: (.*)\n?").matcher(parts[2]);
      assertTrue(told.matches(), parts[2]);
      assertEquals(told.group(1), Long.toString(client.retryMillis()));
      assertEquals(told.group(2), client.comments().get(0));
      assertEquals(told.group(3), event.data());
      assertEquals(List.of(), client.violations());
    }
  }

  @Test
  @Order(4)
  void settingsTable_everyRow_agreesWithTheSettingsFile() throws IOException {
    Pattern pattern = Pattern.compile("\\| `(\\w+)\\.(\\w+)` \\| `(.+?)` \\|.*");
    var rows = lines.stream().map(pattern::matcher).filter(Matcher::matches).toList();
    assertTrue(rows.size() > 5, "the table is there");
    String file = Files.readString(directory.resolve("conf/hub.yaml"));
    for (Matcher row : rows) {
      String value = row.group(2) + ": " + Pattern.quote(row.group(3));
      String setting = "(?ms)^" + row.group(1) + ":\n((  [^\n]*)?\n)*?  " + value + "$";
      assertTrue(Pattern.compile(setting).matcher(file).find(), "conf/hub.yaml says otherwise: " + row.group());
    }
  }

  @Test
  @Order(5)
  void links_toFiles_leadSomewhere() {
    var missing = new ArrayList<String>();
    Matcher links = Pattern.compile("]\\(([^)#:]+)\\)").matcher(String.join("\n", lines));
    while (links.find()) {
      if (!Files.exists(directory.resolve(links.group(1)))) {
        missing.add(links.group(1));
      }
    }
    assertEquals(List.of(), missing);
  }

  @Test
  @Order(6)
  void runningHub_terminated_endsAsTheTableSays() {
    assertEquals(143, hub.stop());
  }

  /** Header lines without the status line; their order says nothing. */
  private static Set<String> fields(List<String> head) {
    return new TreeSet<>(head.subList(1, head.size()));
  }

  /** The lines of the fenced block behind a comment. */
  private static List<String> block(String comment, String language) {
    int start = lines.indexOf(comment);
    assertTrue(start >= 0 && lines.get(start + 1).equals("```" + language), "the README has lost its block " + comment);
    List<String> rest = lines.subList(start + 2, lines.size());
    return rest.subList(0, rest.indexOf("```"));
  }

  private static int freePort() throws IOException {
    try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  /** One command line in a shell of its own, in the directory of the README; its standard output is kept. */
  private static final class Shell implements AutoCloseable {

    private final Process process;
    private final Thread collector;
    private final ByteArrayOutputStream output = new ByteArrayOutputStream(); // has a lock of its own

    Shell(String line) {
      try {
        var builder = new ProcessBuilder("sh", "-c", line).directory(directory.toFile());
        builder.environment().keySet().removeIf(name -> name.startsWith("CARILLON_"));
        process = builder.redirectError(ProcessBuilder.Redirect.DISCARD).start(); // curl's progress meter
      } catch (IOException e) {
        throw new AssertionError(e);
      }
      collector = new Thread(this::collect);
      collector.setDaemon(true);
      collector.start();
    }

    String output() {
      return output.toString(UTF_8);
    }

    /** Ends the command as a terminal would (SIGTERM) and returns its exit code. */
    int stop() {
      process.destroy();
      try {
        if (!process.waitFor(SOON.toSeconds(), TimeUnit.SECONDS)) {
          process.destroyForcibly();
          throw new AssertionError("does not end: " + output());
        }
        return process.exitValue();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new AssertionError("interrupted", e);
      }
    }

    @Override
    public void close() {
      assertTrue(Stream.of(0, 143).anyMatch(code -> code == stop()), "ended with an error: " + output());
    }

    private void collect() {
      byte[] bytes = new byte[4096];
      try (InputStream in = process.getInputStream()) {
        for (int count = in.read(bytes); count >= 0; count = in.read(bytes)) {
          output.write(bytes, 0, count);
        }
      } catch (IOException e) {
        output.writeBytes(("(" + e.getMessage() + ")").getBytes(UTF_8));
      }
    }
  }
}
