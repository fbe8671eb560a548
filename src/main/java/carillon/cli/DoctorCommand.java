package carillon.cli;

import carillon.event.InvalidValueException;
import carillon.event.Topic;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** {@code doctor}: looks at a deployed hub from where its clients are. Immutable. */
final class DoctorCommand implements Command {

  private static final String TOPIC_DEFAULT = "carillon/doctor";
  private static final Duration WAIT_DEFAULT = Duration.ofSeconds(20);
  private static final Duration PATIENCE_DEFAULT = Duration.ofSeconds(5);
  private static final String ORIGIN_DEFAULT = "https://example.org";

  @Override
  public String name() {
    return "doctor";
  }

  @Override
  public String summary() {
    return "find out whether a deployed hub works, from outside";
  }

  @Override
  public String usage() {
    return """
        usage: doctor URL [options]
        Looks at a hub the way its clients do, through whatever stands before it, and says what works and what to do:
          reach        the address answers
          tls          the certificate is trusted, and for how long
          http         the version of HTTP
          stream       an event stream opens, and nobody keeps it back
          compression  nobody compresses it on its way to a browser
          events       three small events are published, and arrive
          clock        the hub's clock and this one agree
          resume       a client that comes back gets exactly what it missed
          cors         pages of another origin may use it
          heartbeat    silence is filled, and nobody cuts a silent stream

          --topic TOPIC      where to publish, and what to follow; carillon/doctor. Events there end after a minute. Without
                             a grant to publish, what needs one is left out
          --wait TIME        how long to wait for each of two heartbeats on a silent stream; 20s
          --idle TIME        watch the silent stream for so long in any case, to see whether it is cut
          --patience TIME    how long anything else may take; 5s
          --origin ORIGIN    the origin to ask for in cors; https://example.org
          --json             the same as one JSON object
        """
        + HubAccess.USAGE
        + """
        exit codes: 0 nothing fails, though there may be warnings; 1 something fails; 2 wrong arguments
        """;
  }

  @Override
  public Set<String> options() {
    var options = new HashSet<>(HubAccess.OPTIONS);
    options.addAll(Set.of("topic", "wait", "idle", "patience", "origin"));
    return options;
  }

  @Override
  public Set<String> flags() {
    return Set.of("json");
  }

  @Override
  public int run(Arguments arguments, Terminal terminal) {
    var words = new ArrayList<>(arguments.rest());
    Optional<String> url = arguments.value("url");
    if (url.isEmpty() && !words.isEmpty()) {
      url = Optional.of(words.remove(0));
    }
    Optional<HubAccess> access = HubAccess.of(arguments, url, terminal.environment());
    if (!words.isEmpty()) {
      arguments.problem("expected one URL, got also " + InvalidValueException.shown(words.get(0)));
    }
    String topic = arguments.value("topic").orElse(TOPIC_DEFAULT);
    try {
      var unused = new Topic(topic);
    } catch (InvalidValueException e) {
      arguments.problem(String.valueOf(e.getMessage()));
    }
    Duration wait = arguments.duration("wait", Duration.ofSeconds(1), Duration.ofHours(1)).orElse(WAIT_DEFAULT);
    Duration idle = arguments.duration("idle", Duration.ZERO, Duration.ofHours(1)).orElse(Duration.ZERO);
    Duration patience =
        arguments.duration("patience", Duration.ofMillis(100), Duration.ofMinutes(5)).orElse(PATIENCE_DEFAULT);
    String origin = arguments.value("origin").orElse(ORIGIN_DEFAULT);
    if (!origin.matches("https?://[A-Za-z0-9.:\\[\\]-]+")) {
      arguments.problem("--origin: expected one such as https://example.org");
    }
    arguments.requireNoProblems();
    access.orElseThrow().warnOfTokenInTheClear(terminal);
    boolean isJson = arguments.has("json");
    var findings = new ArrayList<Finding>();
    new Doctor(access.orElseThrow(), topic, wait, idle, patience, origin)
        .look(
            finding -> {
              findings.add(finding);
              if (!isJson) {
                terminal.out().println(finding.text());
                terminal.out().flush();
              }
            });
    boolean isFine = findings.stream().noneMatch(finding -> finding.verdict() == Finding.Verdict.FAIL);
    if (isJson) {
      var checks = new JsonArray(findings.stream().map(Finding::toJson).toList());
      var report = new JsonObject().put("hub", access.orElseThrow().hub().toString());
      terminal.out().println(report.put("verdict", isFine ? "ok" : "fail").put("checks", checks).encodePrettily());
    } else {
      terminal.out().println(summary(findings));
    }
    return isFine ? ExitCode.OK : ExitCode.FAILED;
  }

  private static String summary(List<Finding> findings) {
    var text = new StringBuilder();
    for (Finding.Verdict verdict : Finding.Verdict.values()) {
      long count = findings.stream().filter(finding -> finding.verdict() == verdict).count();
      String name = verdict == Finding.Verdict.SKIPPED ? "left out" : verdict.label();
      text.append(text.isEmpty() ? "" : ", ").append(count).append(' ').append(name);
    }
    return text.toString();
  }
}
