package carillon.cli;

import carillon.event.InvalidValueException;
import carillon.event.Topic;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;

/** {@code publish}: one event, or one for each line of standard input. Immutable; a run is {@link Run}. */
final class PublishCommand implements Command {

  /** Most events and bytes in a request: what a group of the hub takes by default. */
  private static final int BATCH_EVENTS_MAX = 256;

  private static final int BATCH_BYTES_MAX = 1 << 20;

  /** A hub with its default settings takes no more; a little beyond it is refused by the hub, in its own words. */
  private static final int DATA_BYTES_MAX = (1 << 20) + 1;

  private static final Duration ANSWER_PATIENCE = Duration.ofSeconds(30);
  private static final Duration GIVE_UP_DEFAULT = Duration.ofMinutes(1);

  @Override
  public String name() {
    return "publish";
  }

  @Override
  public String summary() {
    return "publish an event, or one for each line of standard input";
  }

  @Override
  public String usage() {
    return """
        usage: publish URL TOPIC [DATA|-] [options]
               publish URL TOPIC --lines [options]
               publish URL [TOPIC] --ndjson [options]
        Publishes DATA, or else all of standard input, as one event, and prints its id ("-" under a topic without history,
        where events have none).

          --lines            each line of standard input is the data of an event
          --ndjson           each line of standard input is an event, {"topic", "data", "type", "key", "ttl", "retry",
                             "private"}; what it does not say is taken from the command line
          --type TYPE        the type of the events
          --key KEY          their key: the same key is stored once. Without it each event gets a random one, so that it
                             can be sent again when an answer is lost. Not with --lines and --ndjson
          --ttl TIME         kept no longer than this (10m)
          --retry TIME       what subscribers are told to wait before they come back (2s)
          --private          only for those with a grant of their own
          --json             print the hub's whole answer for each event instead of the id
          --give-up TIME     how long to try again what is not known to be stored, or cannot be now; 1m
        """
        + HubAccess.USAGE
        + """
        Lines are published as they come, many in one request when they come fast, and in their order; only one that the
        hub was too busy for, and that is tried again, may come behind others of its request.
        exit codes: 0 all stored, or delivered where there is no history; 1 some refused, and not stored; 2 wrong
        arguments; 3 the hub was not reached, or its answer was lost: some may be stored or not
        """;
  }

  @Override
  public Set<String> options() {
    var options = new HashSet<>(HubAccess.OPTIONS);
    options.addAll(Set.of("type", "key", "ttl", "retry", "give-up"));
    return options;
  }

  @Override
  public Set<String> flags() {
    return Set.of("lines", "ndjson", "private", "json");
  }

  @Override
  public int run(Arguments arguments, Terminal terminal) {
    var words = new ArrayList<>(arguments.rest());
    Optional<String> url = arguments.value("url").or(() -> next(words));
    Optional<String> topic = next(words);
    Optional<String> data = next(words);
    boolean hasLines = arguments.has("lines") || arguments.has("ndjson");
    Optional<HubAccess> access = HubAccess.of(arguments, url, terminal.environment());
    topic.ifPresent(name -> requireTopic(name, arguments));
    if (topic.isEmpty() && !arguments.has("ndjson")) {
      arguments.problem("expected a topic");
    }
    if (!words.isEmpty()) {
      arguments.problem("expected the data as one word, got also " + InvalidValueException.shown(words.get(0)));
    }
    if (arguments.has("lines") && arguments.has("ndjson")) {
      arguments.problem("--lines and --ndjson do not go together");
    }
    if (hasLines && data.isPresent()) {
      arguments.problem("with --lines and --ndjson the data comes from standard input");
    }
    if (hasLines && arguments.has("key")) {
      arguments.problem("--key is for one event; with --ndjson each line may have its own");
    }
    JsonObject fields = fields(arguments);
    Duration giveUp =
        arguments.duration("give-up", Duration.ZERO, Duration.ofDays(1)).orElse(GIVE_UP_DEFAULT);
    arguments.requireNoProblems();
    access.orElseThrow().warnOfTokenInTheClear(terminal);
    var drafting = new Drafting(topic, fields, randomText());
    var run = new Run(access.orElseThrow(), terminal, giveUp, arguments.has("json"));
    if (!hasLines) {
      var batch = new Batch();
      batch.add(1, drafting.ofData(data.filter(text -> !text.equals("-")).map(PublishCommand::bytes)
          .orElseGet(() -> all(terminal))));
      run.publish(batch);
      return run.exitCode();
    }
    return lines(LineFeed.of(terminal.in()), drafting, arguments.has("ndjson"), run, terminal);
  }

  private static int lines(LineFeed feed, Drafting drafting, boolean isJson, Run run, Terminal terminal) {
    int line = 0;
    while (true) {
      List<byte[]> lines = feed.take(BATCH_EVENTS_MAX, BATCH_BYTES_MAX);
      if (lines.isEmpty()) {
        return run.exitCode();
      }
      var batch = new Batch();
      for (byte[] bytes : lines) {
        line++;
        if (isJson && new String(bytes, StandardCharsets.UTF_8).isBlank()) {
          continue;
        }
        try {
          batch.add(line, isJson ? drafting.ofJson(bytes) : drafting.ofData(bytes));
        } catch (InvalidValueException e) {
          run.refused(line, String.valueOf(e.getMessage()));
        }
      }
      run.publish(batch);
      if (run.exitCode() == ExitCode.UNREACHED) {
        terminal.err().println("carillon publish: ended behind line " + line + "; later lines were not sent");
        return ExitCode.UNREACHED;
      }
    }
  }

  private static Optional<String> next(List<String> words) {
    return words.isEmpty() ? Optional.empty() : Optional.of(words.remove(0));
  }

  private static void requireTopic(String name, Arguments arguments) {
    try {
      var unused = new Topic(name);
    } catch (InvalidValueException e) {
      arguments.problem(String.valueOf(e.getMessage()));
    }
  }

  private static JsonObject fields(Arguments arguments) {
    var fields = new JsonObject();
    arguments.value("type").ifPresent(type -> fields.put("type", type));
    arguments.value("key").ifPresent(key -> fields.put("key", key));
    arguments.duration("ttl", Duration.ofSeconds(1), Duration.ofDays(36_500))
        .ifPresent(ttl -> fields.put("ttl", ttl.toMillis() + "ms"));
    arguments.duration("retry", Duration.ZERO, Duration.ofDays(1))
        .ifPresent(retry -> fields.put("retry", retry.toMillis()));
    if (arguments.has("private")) {
      fields.put("private", true);
    }
    return fields;
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static byte[] all(Terminal terminal) {
    try {
      return terminal.in().readNBytes(DATA_BYTES_MAX);
    } catch (IOException e) {
      throw new FailedException(ExitCode.FAILED, "cannot read standard input: " + e.getMessage());
    }
  }

  private static String randomText() {
    byte[] bytes = new byte[12];
    new SecureRandom().nextBytes(bytes);
    return HexFormat.of().formatHex(bytes);
  }

  /** Publishes batch after batch and remembers the worst that happened. Confined to the thread of the command. */
  private static final class Run {

    private final HubAccess access;
    private final Terminal terminal;
    private final Duration giveUp;
    private final boolean isJson;
    private int exitCode = ExitCode.OK;

    Run(HubAccess access, Terminal terminal, Duration giveUp, boolean isJson) {
      this.access = access;
      this.terminal = terminal;
      this.giveUp = giveUp;
      this.isJson = isJson;
    }

    int exitCode() {
      return exitCode;
    }

    /** Sends until all is known or the time is up, then prints. Goes on when nobody reads that: events matter more. */
    void publish(Batch batch) {
      var backoff = new Backoff(new SecureRandom());
      long begin = System.nanoTime();
      while (!batch.open().isEmpty()) {
        send(batch);
        if (batch.open().isEmpty()) {
          break;
        }
        Duration pause = backoff.next();
        if (Duration.ofNanos(System.nanoTime() - begin).plus(pause).compareTo(giveUp) > 0) {
          break;
        }
        terminal.err().println(
            "carillon publish: " + batch.open().get(0).trouble() + "; again in " + pause.toMillis() + " ms");
        LockSupport.parkNanos(pause.toNanos());
        if (Thread.currentThread().isInterrupted()) {
          break;
        }
      }
      print(batch);
    }

    private void send(Batch batch) {
      HttpRequest request =
          access.request("/events")
              .header("Content-Type", "application/x-ndjson")
              .header("Accept", "application/x-ndjson")
              .POST(BodyPublishers.ofByteArray(batch.body()))
              .build();
      try {
        HttpResponse<byte[]> response = access.send(request, BodyHandlers.ofByteArray(), ANSWER_PATIENCE);
        String form = response.headers().firstValue("content-type").orElse("");
        if (response.statusCode() == 200 && form.startsWith("application/x-ndjson")) {
          batch.answered(new String(response.body(), StandardCharsets.UTF_8));
        } else if (response.statusCode() < 300) {
          batch.answered(400, "no hub at " + access.hub() + " but " + ProblemText.plain(form));
        } else {
          batch.answered(response.statusCode(), ProblemText.of(response.statusCode(), response.body()));
        }
      } catch (IOException e) {
        batch.lost(HubAccess.said(e));
      }
    }

    private void print(Batch batch) {
      for (Batch.Item item : batch.items()) {
        JsonObject answer = item.answer();
        if (answer != null) {
          terminal.out().println(isJson ? answer.encode() : answer.getString("id", "-"));
        } else if (item.isRefused()) {
          refused(item.line(), item.trouble());
        } else {
          exitCode = ExitCode.UNREACHED;
          terminal.err().println("carillon publish: line " + item.line() + " may be stored or not: " + item.trouble());
        }
      }
      terminal.out().flush();
    }

    void refused(int line, String why) {
      exitCode = Math.max(exitCode, ExitCode.FAILED);
      terminal.err().println("carillon publish: line " + line + " is refused: " + why);
    }
  }
}
