package carillon.bench;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.PrintStream;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The command that loads a server from a terminal: reads its arguments, runs the stages, prints a table and at the end
 * one line of JSON. Confined to the thread that calls it.
 */
public final class Bench {

  /** How a command line is written. */
  public static final String USAGE =
      """
      usage: bench [options] STAGE...
        --hub URL            http://127.0.0.1:8080
        --publish PATH       /events/bench/%d       where to POST; %d is the number of a topic
        --subscribe PATH     /events/bench/%d       where to GET an event stream
        --header 'N: V'      a header of each POST; may be repeated
        --pid N,N            the server's processes, for what they use
        --subscribers N      1000
        --topics N           1
        --pending N          512                    streams that are being opened at once
        --sources N          1                      loopback addresses to connect from; more than 28,000 streams need 2
        --receive-buffer N   the system's           bytes, for each stream
        --publishers N       1                      connections
        --depth N            64                     requests under way on each
        --any-publisher      no                     a topic may use any connection; order is not kept
        --bytes N            128                    of data, at least 64
        --batch N            1                      events in one request, posted as a JSON array
        --batch-topic NAME   bench/%d
      stages, one after the other: KIND[,name=TEXT][,warm=SECONDS][,for=SECONDS][,stalled=SHARE], where KIND is
        window=N             closed loop: N events on their way at the most
        rate=N, rate=N%      open loop: N events per second, or a share of what the first stage reached
        flood                as fast as the publishers can
        idle                 nothing
        storm=N              everybody leaves, N events are published under each topic, everybody comes back
      """;

  private static final Duration STORM_PATIENCE = Duration.ofSeconds(100);
  private static final int OK = 0;
  private static final int FAULTY = 1;
  private static final int USAGE_ERROR = 2;

  private Bench() {}

  /**
   * Runs a command line.
   *
   * @return the exit code: 0, 1 when the server did something wrong, 2 when the arguments are
   */
  public static int run(List<String> arguments, PrintStream out, PrintStream err) {
    LoadOptions options;
    List<Map<String, String>> stages = new ArrayList<>();
    try {
      options = options(arguments, stages);
    } catch (IllegalArgumentException e) {
      err.println("bench: " + e.getMessage());
      err.print(USAGE);
      return USAGE_ERROR;
    }
    var report = new JsonArray();
    boolean isFaulty = false;
    double first = 0;
    try (Load load = Load.open(options)) {
      for (Map<String, String> stage : stages) {
        if (stage.containsKey("storm")) {
          StormResult result =
              load.storm(stage.getOrDefault("name", "storm"), integer(stage, "storm"), STORM_PATIENCE, () -> {});
          out.println(line(result));
          report.add(result.toJson());
          isFaulty |= !result.faults().isNone();
        } else {
          StageResult result = load.run(stage(stage, first));
          first = first == 0 ? result.published() / result.seconds() : first;
          out.println(line(result));
          report.add(result.toJson());
          isFaulty |= !result.faults().isNone();
        }
      }
    } catch (IllegalStateException e) {
      err.println("bench: " + e.getMessage());
      return FAULTY;
    }
    out.println(new JsonObject().put("hub", options.server().uri().toString()).put("stages", report).encode());
    return isFaulty ? FAULTY : OK;
  }

  /** A stage as a line of a table. */
  public static String line(StageResult result) {
    return String.format(
        Locale.ROOT,
        "%-28s %,12.0f deliveries/s %,10.0f accepted/s  p50 %8.2f  p99 %8.2f  max %8.2f ms  cpu %6.2f us/delivery%s",
        result.name(), result.deliveriesPerSecond(), result.acknowledgedPerSecond(), result.latencyP50(),
        result.latencyP99(), result.latencyMax(), result.cpuMicrosPerDelivery(), faults(result.faults()));
  }

  /** A storm as a line of a table. */
  public static String line(StormResult result) {
    return String.format(
        Locale.ROOT,
        "%-28s %,12.0f deliveries/s  %,d back in %.2f s, each %,d behind  p50 %.0f  p99 %.0f ms  cpu %.2f s%s",
        result.name(), result.deliveriesPerSecond(), result.subscribers(), result.seconds(), result.behind(),
        result.caughtUpP50(), result.caughtUpP99(), result.serverCpuSeconds(), faults(result.faults()));
  }

  private static String faults(StageResult.Faults faults) {
    return faults.isNone() ? "" : "  " + faults;
  }

  private static LoadOptions options(List<String> arguments, List<Map<String, String>> stages) {
    Map<String, String> given = new HashMap<>();
    List<String> headers = new ArrayList<>();
    for (int i = 0; i < arguments.size(); i++) {
      String argument = arguments.get(i);
      if (!argument.startsWith("--")) {
        stages.add(fields(argument));
      } else if (argument.equals("--any-publisher")) {
        given.put(argument, "");
      } else if (i + 1 == arguments.size()) {
        throw new IllegalArgumentException(argument + " lacks its value");
      } else if (argument.equals("--header")) {
        headers.add(arguments.get(++i));
      } else if (!USAGE.contains(argument + " ")) {
        throw new IllegalArgumentException("unknown option " + argument);
      } else {
        given.put(argument, arguments.get(++i));
      }
    }
    if (stages.isEmpty()) {
      throw new IllegalArgumentException("no stage");
    }
    for (Map<String, String> fields : stages) {
      var unused = fields.containsKey("storm") ? integer(fields, "storm") : stage(fields, 1); // for the checks
    }
    List<Long> pids = new ArrayList<>();
    for (String pid : given.getOrDefault("--pid", "").split(",", -1)) {
      if (!pid.isEmpty()) {
        pids.add(Long.parseLong(pid));
      }
    }
    return new LoadOptions(
        new LoadOptions.Server(
            URI.create(given.getOrDefault("--hub", "http://127.0.0.1:8080")),
            given.getOrDefault("--publish", "/events/bench/%d"),
            given.getOrDefault("--subscribe", "/events/bench/%d"),
            headers,
            pids),
        integer(given, "--topics", 1),
        new LoadOptions.Subscribing(
            integer(given, "--subscribers", 1_000),
            integer(given, "--pending", 512),
            integer(given, "--sources", 1),
            integer(given, "--receive-buffer", 0)),
        new LoadOptions.Publishing(
            integer(given, "--publishers", 1),
            integer(given, "--depth", 64),
            integer(given, "--bytes", 128),
            integer(given, "--batch", 1),
            given.getOrDefault("--batch-topic", "bench/%d"),
            given.containsKey("--any-publisher")));
  }

  private static Map<String, String> fields(String text) {
    Map<String, String> fields = new HashMap<>();
    for (String field : text.split(",", -1)) {
      int equals = field.indexOf('=');
      fields.put(equals < 0 ? field : field.substring(0, equals), equals < 0 ? "" : field.substring(equals + 1));
    }
    return fields;
  }

  private static Stage stage(Map<String, String> fields, double first) {
    Pace pace;
    if (fields.containsKey("window")) {
      pace = new Pace.Window(integer(fields, "window"));
    } else if (fields.containsKey("rate")) {
      String rate = fields.get("rate");
      pace = new Pace.Rate(
          rate.endsWith("%")
              ? first * Double.parseDouble(rate.substring(0, rate.length() - 1)) / 100
              : Double.parseDouble(rate));
    } else if (fields.containsKey("flood")) {
      pace = new Pace.Flood();
    } else if (fields.containsKey("idle")) {
      pace = new Pace.Idle();
    } else {
      throw new IllegalArgumentException("a stage is window, rate, flood, idle or storm, got " + fields);
    }
    return new Stage(
        fields.getOrDefault("name", pace.toString()),
        pace,
        seconds(fields.getOrDefault("warm", "1")),
        seconds(fields.getOrDefault("for", "3")),
        Double.parseDouble(fields.getOrDefault("stalled", "0")));
  }

  private static Duration seconds(String text) {
    return Duration.ofMillis((long) (Double.parseDouble(text) * 1_000));
  }

  private static int integer(Map<String, String> fields, String name) {
    return Integer.parseInt(fields.getOrDefault(name, ""));
  }

  private static int integer(Map<String, String> given, String name, int otherwise) {
    return given.containsKey(name) ? integer(given, name) : otherwise;
  }
}
