package carillon.tail;

import carillon.event.Event;
import carillon.event.EventId;
import carillon.event.Payload;
import carillon.event.Topic;
import carillon.sse.Frame;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;

/** Events that say in their data which they are: {@code e7} has offset 7, {@code t3} is the third transient one. */
public final class Samples {

  /** Epoch of every logged sample. */
  public static final long EPOCH = 1;

  private Samples() {}

  /** The event at {@code offset}. */
  public static Event logged(long offset, String... topics) {
    return event(new EventId(EPOCH, offset), "e" + offset, topics);
  }

  /** The event at {@code offset} of a log that has begun anew. */
  public static Event logged(long epoch, long offset, String... topics) {
    return event(new EventId(epoch, offset), "e" + offset, topics);
  }

  /** A transient event. */
  public static Event passing(long number, String... topics) {
    return event(null, "t" + number, topics);
  }

  /** The events from {@code first} to {@code last} on topic {@code a}. */
  static List<Event> range(long first, long last) {
    return LongStream.rangeClosed(first, last).mapToObj(offset -> logged(offset, "a")).toList();
  }

  /** The frame of the event at {@code offset}, with data of {@code size} bytes. */
  static Frame frame(long offset, int size, String... topics) {
    return Frame.of(event(offset == 0 ? null : new EventId(EPOCH, offset), "x".repeat(size), topics));
  }

  private static Event event(EventId id, String data, String... topics) {
    var list = new ArrayList<Topic>();
    for (String topic : topics) {
      list.add(new Topic(topic));
    }
    return new Event(id, list, null, Payload.of(data), Instant.EPOCH, null, null);
  }
}
