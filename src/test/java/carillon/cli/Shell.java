package carillon.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/** A terminal for tests: runs a command in the test's own process and keeps what it says. */
final class Shell {

  private InputStream in = new ByteArrayInputStream(new byte[0]);
  private Map<String, String> environment = Map.of();
  private final ByteArrayOutputStream out = new ByteArrayOutputStream(); // has a lock of its own
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  Shell in(String text) {
    in = new ByteArrayInputStream(text.getBytes(UTF_8));
    return this;
  }

  Shell in(InputStream stream) {
    in = stream;
    return this;
  }

  Shell environment(String name, String value) {
    environment = Map.of(name, value);
    return this;
  }

  int run(String... words) {
    var terminal = new Terminal(in, new PrintStream(out, false, UTF_8), new PrintStream(err, true, UTF_8), environment);
    return Commands.run(List.of(words), terminal);
  }

  CompletableFuture<Integer> start(String... words) {
    var result = new CompletableFuture<Integer>();
    var thread = new Thread(
        () -> {
          try {
            result.complete(run(words));
          } catch (Throwable e) {
            result.completeExceptionally(e);
          }
        },
        "shell");
    thread.setDaemon(true);
    thread.start();
    return result;
  }

  String out() {
    return out.toString(UTF_8);
  }

  List<String> lines() {
    return out().lines().toList();
  }

  String err() {
    return err.toString(UTF_8);
  }
}
