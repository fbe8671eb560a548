package carillon.fault;

import carillon.event.Selectors;
import java.util.List;

/**
 * What one follower saw over all its streams, in order. Nothing is missing behind the end of the last one: it had
 * caught up when the test ended.
 *
 * @param name for the message of a violation
 */
record Following(String name, Selectors selectors, List<Stream> streams) {

  Following {
    streams = List.copyOf(streams);
  }

  /**
   * One connection.
   *
   * @param resumedAfter the cursor it was asked for with; empty: from now on
   * @param openedAt when its head had been read, by the clock of the test
   * @param firstId the first id on it, of an event or a checkpoint; empty when none came
   * @param seen the events on it, in order
   * @param gaps what {@code hub.gap} said on it
   */
  record Stream(String resumedAfter, long openedAt, String firstId, List<Seen> seen, List<String> gaps) {

    Stream {
      seen = List.copyOf(seen);
      gaps = List.copyOf(gaps);
    }
  }

  /**
   * One event as it came.
   *
   * @param topics none where the stream did not say
   */
  record Seen(String id, List<String> topics, String data) {}
}
