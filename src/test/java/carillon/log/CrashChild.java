package carillon.log;

import carillon.event.Draft;
import carillon.event.Event;
import carillon.event.Key;
import carillon.event.Payload;
import carillon.event.Selector;
import carillon.event.Topic;
import carillon.event.TopicRule;
import carillon.event.TopicRule.Retention;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * A process that appends until it is killed, and says what was acknowledged: {@code open <head>}, then
 * {@code ack <last offset>} for each group.
 */
final class CrashChild {

  /** Topic {@code kept} has no bounds; {@code churn} is cut all the time. */
  static final List<TopicRule> RULES =
      List.of(
          new TopicRule(new Selector("churn"), true, new Retention(Retention.ALL.age(), 50, Long.MAX_VALUE), false));

  private CrashChild() {}

  /** Arguments: directory, seed. */
  public static void main(String[] arguments) {
    var random = new Random(Long.parseLong(arguments[1]));
    var out = new PrintStream(System.out, true, StandardCharsets.US_ASCII);
    SqliteLog log =
        Logs.await(
            SqliteLog.open(
                SqliteOptions.in(Path.of(arguments[0])),
                RULES,
                SteadyClock.system(),
                random,
                SqliteFile::connectWriter,
                new SqliteLog.Pace(Duration.ofMillis(1), new SqliteIndexer.Pace(7, 300, 3))));
    out.println("open " + log.head());
    while (true) {
      long offset = log.head();
      var drafts = new ArrayList<Draft>();
      for (int i = 1 + random.nextInt(random.nextInt(10) == 0 ? 1_000 : 20); i > 0; i--) {
        offset++;
        drafts.add(draft(offset, random));
      }
      List<Event> events = Logs.await(log.append(drafts, Instant.now())).events();
      out.println("ack " + events.get(events.size() - 1).offset());
    }
  }

  /** An event that says its own offset, and carries it as its key. */
  private static Draft draft(long offset, Random random) {
    return new Draft(
        random.nextInt(3) == 0 ? List.of(new Topic("churn")) : List.of(new Topic("kept"), new Topic("kept/too")),
        null,
        Payload.of(offset + " " + "x".repeat(random.nextInt(300))),
        new Key("key " + offset),
        random.nextInt(10) == 0 ? Duration.ofDays(1) : null,
        null);
  }
}
