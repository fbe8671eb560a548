package carillon.cli;

import carillon.bench.Bench;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** {@code bench}: {@link Bench} against a hub, with something to do when nothing is said. Immutable. */
final class LoadCommand implements Command {

  /** As fast as goes with little on the way: a figure to begin with. */
  private static final String STAGE_DEFAULT = "window=16,name=closed loop,warm=2,for=5";

  @Override
  public String name() {
    return "bench";
  }

  @Override
  public String summary() {
    return "load a hub, and measure it";
  }

  @Override
  public String usage() {
    return """
        usage: bench URL [options] [STAGE...]
        Loads the hub at URL (http://host:port) with subscribers and publishers, and prints a line for each stage and one
        of JSON at the end. Without a stage: as fast as goes with 16 events on their way. It fills the topics bench/0,
        bench/1 and so on: leave hubs alone that others rely on.

        """
        + Bench.USAGE
        + """
        exit codes: 0 fine, 1 the hub did something wrong or was not reached, 2 wrong arguments
        """;
  }

  /** The words are for {@link Bench}; it knows them. */
  @Override
  public Set<String> options() {
    return Set.of(
        "hub", "publish", "subscribe", "header", "pid", "subscribers", "topics", "pending", "sources",
        "receive-buffer", "publishers", "depth", "bytes", "batch", "batch-topic");
  }

  @Override
  public Set<String> flags() {
    return Set.of("any-publisher");
  }

  @Override
  public int run(Arguments arguments, Terminal terminal) {
    var rest = new ArrayList<>(arguments.rest());
    var words = new ArrayList<String>();
    if (!rest.isEmpty() && rest.get(0).contains("://")) {
      String url = rest.remove(0);
      if (arguments.has("hub")) {
        arguments.problem("the hub is there twice");
      } else if (!url.startsWith("http://")) {
        arguments.problem("expected a URL that begins with http://: the load speaks to the hub itself, without TLS");
      }
      words.addAll(List.of("--hub", url));
    } else if (!arguments.has("hub")) {
      arguments.problem("expected a URL such as http://127.0.0.1:8080");
    }
    arguments.requireNoProblems();
    for (String option : options()) {
      arguments.values(option).forEach(value -> words.addAll(List.of("--" + option, value)));
    }
    if (arguments.has("any-publisher")) {
      words.add("--any-publisher");
    }
    words.addAll(rest.isEmpty() ? List.of(STAGE_DEFAULT) : rest);
    try {
      return Bench.run(words, terminal.out(), terminal.err());
    } catch (UncheckedIOException e) {
      throw new FailedException(ExitCode.FAILED, ProblemText.plain(String.valueOf(e.getMessage())));
    }
  }
}
