package carillon.publish;

import carillon.event.Draft;
import carillon.event.Key;
import carillon.event.Payload;
import carillon.event.Topic;
import java.util.List;
import java.util.stream.IntStream;

/** Drafts for tests. */
final class SampleDrafts {

  private SampleDrafts() {}

  static Draft draft(String topic, String data) {
    return Draft.of(new Topic(topic), Payload.of(data));
  }

  static Draft keyed(String topic, String data, String key) {
    return new Draft(List.of(new Topic(topic)), null, Payload.of(data), new Key(key), null, null);
  }

  /** {@code count} drafts whose data is their number, from 0. */
  static List<Draft> numbered(String topic, int count) {
    return IntStream.range(0, count).mapToObj(i -> draft(topic, Integer.toString(i))).toList();
  }
}
