package carillon.cli;

import carillon.event.Selector;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URLEncoder;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;

/** {@code subscribe}: follows topics across whatever breaks, one JSON object a line. Immutable; its run is not. */
final class SubscribeCommand implements Command {

  private static final Duration SILENCE_DEFAULT = Duration.ofSeconds(45);
  private static final Duration DAY = Duration.ofDays(1);
  private static final int BODY_BYTES_MAX = 8 * 1024;

  @Override
  public String name() {
    return "subscribe";
  }

  @Override
  public String summary() {
    return "follow topics, one JSON object a line";
  }

  @Override
  public String usage() {
    return """
        usage: subscribe URL SELECTOR... [options]
        Follows topics and prints each event as one line of JSON, {"id", "topics", "type", "time", "data"}, as it comes. A
        stream that breaks, falls silent or is ended by the hub is opened again where it broke: no event is missed or
        repeated. What happens besides, and hub.gap where history is missing, is said on standard error.

          --since FROM       begin there: an id, all, a duration back (10m), a time (RFC 3339) or last:N; else with what
                             comes from now on
          --count N          end after so many events
          --for TIME         end after this time (10s)
          --type TYPE        show events of this type only
          --silence TIME     a stream on which nothing comes for so long, not even a heartbeat, is opened again; 45s
          --give-up TIME     end when there has been no stream for so long; without it, never
          --quiet            say nothing but what ends it
        """
        + HubAccess.USAGE
        + """
        exit codes: 0 done, or whoever read the lines has gone; 1 refused, such as for lack of a grant; 2 wrong arguments;
        3 given up; 4 the time of --for was over before there were --count events
        """;
  }

  @Override
  public Set<String> options() {
    var options = new HashSet<>(HubAccess.OPTIONS);
    options.addAll(Set.of("since", "count", "for", "type", "silence", "give-up"));
    return options;
  }

  @Override
  public Set<String> flags() {
    return Set.of("quiet");
  }

  @Override
  public int run(Arguments arguments, Terminal terminal) {
    var selectors = new ArrayList<>(arguments.rest());
    Optional<String> url = arguments.value("url");
    if (url.isEmpty() && !selectors.isEmpty()) {
      url = Optional.of(selectors.remove(0));
    }
    Optional<HubAccess> access = HubAccess.of(arguments, url, terminal.environment());
    if (selectors.isEmpty()) {
      arguments.problem("expected a selector, such as news or builds/**");
    }
    selectors.forEach(selector -> requireSelector(selector, arguments));
    long count = arguments.number("count", 1, Long.MAX_VALUE).orElse(Long.MAX_VALUE);
    Optional<Duration> time = arguments.duration("for", Duration.ofMillis(1), Duration.ofDays(365));
    Duration silence =
        arguments.duration("silence", Duration.ofSeconds(1), DAY).orElse(SILENCE_DEFAULT);
    Optional<Duration> giveUp = arguments.duration("give-up", Duration.ofMillis(1), DAY);
    Optional<String> type = arguments.value("type");
    Optional<String> since = arguments.value("since");
    arguments.requireNoProblems();
    var backoff = new Backoff(new SecureRandom());
    access.orElseThrow().warnOfTokenInTheClear(terminal);
    return new Run(
            access.orElseThrow(), terminal, selectors, since, new Following(type, count, backoff), backoff, silence,
            time, giveUp, arguments.has("count"), arguments.has("quiet"))
        .run();
  }

  private static void requireSelector(String text, Arguments arguments) {
    try {
      var unused = new Selector(text);
    } catch (IllegalArgumentException e) {
      arguments.problem(String.valueOf(e.getMessage()));
    }
  }

  /** One run: opens, takes, opens again. Confined to the thread of the command. */
  private static final class Run {

    private final HubAccess access;
    private final Terminal terminal;
    private final List<String> selectors;
    private final Optional<String> since;
    private final Following following;
    private final Backoff backoff;
    private final Duration silence;
    private final boolean isQuiet;
    private final boolean hasCount;
    private final long endNanos;
    private final boolean hasEnd;
    private final Optional<Duration> giveUp;
    private long withoutStreamSince = System.nanoTime();

    Run(
        HubAccess access, Terminal terminal, List<String> selectors, Optional<String> since, Following following,
        Backoff backoff, Duration silence, Optional<Duration> time, Optional<Duration> giveUp, boolean hasCount,
        boolean isQuiet) {
      this.access = access;
      this.terminal = terminal;
      this.selectors = selectors;
      this.since = since;
      this.following = following;
      this.backoff = backoff;
      this.silence = silence;
      this.isQuiet = isQuiet;
      this.giveUp = giveUp;
      this.hasCount = hasCount;
      hasEnd = time.isPresent();
      endNanos = System.nanoTime() + time.orElse(Duration.ZERO).toNanos();
    }

    int run() {
      while (true) {
        Optional<Integer> code = stream();
        if (code.isPresent()) {
          return code.get();
        }
        Duration pause = backoff.next();
        if (giveUp.isPresent() && sinceStream().plus(pause).compareTo(giveUp.get()) > 0) {
          throw new FailedException(ExitCode.UNREACHED, "given up" + whereToGoOn());
        }
        remark("again in " + pause.toMillis() + " ms" + whereToGoOn());
        code = pause(pause);
        if (code.isPresent()) {
          return code.get();
        }
      }
    }

    private String whereToGoOn() {
      return following.cursor().isEmpty() ? "" : " after " + following.cursor();
    }

    private Duration sinceStream() {
      return Duration.ofNanos(System.nanoTime() - withoutStreamSince);
    }

    /** One attempt; the exit code, if it was the last. */
    private Optional<Integer> stream() {
      HttpRequest.Builder request = access.request(target()).header("Accept", "text/event-stream");
      if (!following.cursor().isEmpty()) {
        request.header("Last-Event-ID", following.cursor());
      }
      HttpResponse<Inflow> response;
      try {
        response = access.send(request.build(), head -> new Inflow(), least(silence));
      } catch (IOException e) {
        if (isTimeUp()) {
          return Optional.of(timeUp());
        }
        remark("no stream from " + access.hub() + ": " + HubAccess.said(e));
        return Optional.empty();
      }
      try (Inflow body = response.body()) {
        String form = response.headers().firstValue("content-type").orElse("");
        if (response.statusCode() == 200 && form.startsWith("text/event-stream")) {
          remark("following" + whereToGoOn());
          return follow(body);
        }
        refused(response, body, form);
        return Optional.empty();
      }
    }

    private String target() {
      var target = new StringBuilder("/events?envelope=json");
      selectors.forEach(selector -> target.append("&topic=").append(encoded(selector)));
      if (following.cursor().isEmpty()) {
        since.ifPresent(from -> target.append("&since=").append(encoded(from)));
      }
      return target.toString();
    }

    /** A refusal that will be the same the next time ends it; others pass. */
    private void refused(HttpResponse<Inflow> response, Inflow body, String form) {
      int status = response.statusCode();
      byte[] text = start(body);
      if (status == 204) {
        throw new FailedException(ExitCode.FAILED, "204: the hub wants us not to come back");
      }
      if (status == 200) {
        throw new FailedException(
            ExitCode.FAILED, "no event stream at " + access.hub() + " but " + ProblemText.plain(form));
      }
      if (status < 500 && status != 429 && status != 408) {
        throw new FailedException(ExitCode.FAILED, ProblemText.of(status, text));
      }
      response.headers().firstValue("retry-after").filter(after -> after.matches("[0-9]{1,4}"))
          .ifPresent(after -> backoff.begin(Duration.ofSeconds(Long.parseLong(after))));
      remark(ProblemText.of(status, text));
    }

    private byte[] start(Inflow body) {
      var text = new ByteArrayOutputStream();
      long until = System.nanoTime() + Duration.ofSeconds(5).toNanos();
      while (text.size() < BODY_BYTES_MAX) {
        Inflow.Taken taken = body.take(Duration.ofNanos(until - System.nanoTime()));
        text.writeBytes(taken.bytes().getBytes());
        if (taken.isOver() || taken.isSilence()) {
          break;
        }
      }
      return text.toByteArray();
    }

    private Optional<Integer> follow(Inflow body) {
      following.opened();
      try {
        while (true) {
          Inflow.Taken taken = body.take(least(silence));
          if (!print(following.feed(taken.bytes().getBytes()))) {
            return Optional.of(ExitCode.OK); // whoever read us has gone, and that is how it is done
          }
          if (following.isEnough()) {
            return Optional.of(ExitCode.OK);
          }
          if (isTimeUp()) {
            return Optional.of(timeUp());
          }
          if (taken.isOver()) {
            remark("the stream has ended" + (taken.failure() == null ? "" : ": " + HubAccess.said(taken.failure())));
            return Optional.empty();
          }
          if (taken.isSilence()) {
            remark("nothing for " + silence.toSeconds() + " s, not even a heartbeat");
            return Optional.empty();
          }
        }
      } finally {
        withoutStreamSince = System.nanoTime();
      }
    }

    /** Prints, each event by itself; whether somebody still reads. */
    private boolean print(Following.Heard heard) {
      heard.remarks().forEach(this::remark);
      for (String line : heard.lines()) {
        byte[] bytes = (line + '\n').getBytes(StandardCharsets.UTF_8);
        terminal.out().write(bytes, 0, bytes.length);
        if (terminal.out().checkError()) { // flushes
          return false;
        }
      }
      return !terminal.out().checkError();
    }

    private Optional<Integer> pause(Duration pause) {
      long until = System.nanoTime() + least(pause).toNanos();
      for (long left = until - System.nanoTime(); left > 0; left = until - System.nanoTime()) {
        LockSupport.parkNanos(left);
        if (Thread.interrupted()) {
          return Optional.of(ExitCode.OK);
        }
      }
      return isTimeUp() ? Optional.of(timeUp()) : Optional.empty();
    }

    private Duration least(Duration patience) {
      Duration left = Duration.ofNanos(Math.max(0, endNanos - System.nanoTime()));
      return hasEnd && left.compareTo(patience) < 0 ? left : patience;
    }

    private boolean isTimeUp() {
      return hasEnd && System.nanoTime() - endNanos >= 0;
    }

    private int timeUp() {
      return hasCount && !following.isEnough() ? ExitCode.TIME_UP : ExitCode.OK;
    }

    private void remark(String text) {
      if (!isQuiet) {
        terminal.err().println("carillon subscribe: " + text);
      }
    }

    private static String encoded(String text) {
      return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }
  }
}
