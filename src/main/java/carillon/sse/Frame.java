package carillon.sse;

import carillon.event.Event;
import io.vertx.core.buffer.Buffer;
import org.jspecify.annotations.Nullable;

/**
 * The bytes of one event, encoded once per node and shared by all subscribers. Immutable to its readers; any thread.
 *
 * <pre>
 *   topic: news                  ┐ only in EVENTS_WITH_TOPICS
 *   id: 00c4f1a90b7e-1042        ┐
 *   event: greeting              │ EVENTS
 *   retry: 1500                  │
 *   data: first line             │
 *   data: second line            │
 *                                ┘
 * </pre>
 */
public final class Frame {

  /*
   * Fields of an event block have no order, so the topic lines go first and both event-stream renderings are one array:
   * with topics it is read from 0, without them from `bareStart`; an envelope takes the lines up to `dataStart`,
   * without the type those up to `typeStart` and from `typeEnd` on, and its own data. The JSON renderings are rare and
   * made when first asked for; two loops that ask at once both make the same bytes, and one of the two results stays.
   * That race is harmless: the array is complete before it is published through the volatile field.
   */

  private static final byte[] ENVELOPE_END = {'\n', '\n'};

  /**
   * Objects and array headers of a frame and its event, rounded up. Measured on HotSpot 17 with compressed references:
   * 250 bytes with id, time, ttl and retry, 110 more with a type and a JSON rendering.
   */
  private static final int OBJECTS_BYTES = 384;

  /** The objects of each topic. */
  private static final int TOPIC_BYTES = 64;

  private final Event event;
  private final byte[] block;
  private final int bareStart;
  private final int typeStart;
  private final int typeEnd;
  private final int dataStart;
  private final int jsonBytesMax;
  private volatile byte @Nullable [] json;

  private Frame(Event event, FrameEncoder encoder) {
    this.event = event;
    this.block = encoder.block();
    this.bareStart = encoder.bareStart();
    this.typeStart = encoder.typeStart();
    this.typeEnd = encoder.typeEnd();
    this.dataStart = encoder.dataStart();
    this.jsonBytesMax = encoder.jsonBytesMax();
  }

  /** Encodes {@code event}. Never fails; costs one pass over the data and one copy of it. */
  public static Frame of(Event event) {
    return new Frame(event, new FrameEncoder(event));
  }

  /** What the bytes say. */
  public Event event() {
    return event;
  }

  /** Length in bytes: exactly what {@link #appendTo} appends. */
  public int size(Rendering rendering) {
    return switch (rendering) {
      case EVENTS -> block.length - bareStart;
      case EVENTS_WITH_TOPICS -> block.length;
      case ENVELOPE -> dataStart - bareStart + envelopeDataSize();
      case ENVELOPE_UNTYPED -> dataStart - bareStart - (typeEnd - typeStart) + envelopeDataSize();
      case NDJSON -> json().length + 1;
    };
  }

  /**
   * What this frame and its event hold in memory at the most, in bytes, for whoever keeps a bounded number of them.
   * Constant over the life of the frame: the JSON rendering is counted whether it has been made or not.
   */
  public int memorySize() {
    int textBytesMax = 2 * dataStart; // the topics, type and id again, as strings of up to two bytes for one
    return OBJECTS_BYTES
        + TOPIC_BYTES * event.topics().size()
        + textBytesMax
        + event.data().size()
        + block.length
        + jsonBytesMax;
  }

  /** Appends exactly {@link #size} bytes to {@code out}. */
  public void appendTo(Buffer out, Rendering rendering) {
    switch (rendering) {
      case EVENTS -> out.appendBytes(block, bareStart, block.length - bareStart);
      case EVENTS_WITH_TOPICS -> out.appendBytes(block);
      case ENVELOPE -> appendEnvelopeData(out.appendBytes(block, bareStart, dataStart - bareStart));
      case ENVELOPE_UNTYPED ->
          appendEnvelopeData(
              out.appendBytes(block, bareStart, typeStart - bareStart)
                  .appendBytes(block, typeEnd, dataStart - typeEnd));
      case NDJSON -> out.appendBytes(json()).appendByte((byte) '\n');
    }
  }

  private int envelopeDataSize() {
    return FrameEncoder.DATA_NAME.length + json().length + ENVELOPE_END.length;
  }

  private void appendEnvelopeData(Buffer out) {
    out.appendBytes(FrameEncoder.DATA_NAME).appendBytes(json()).appendBytes(ENVELOPE_END);
  }

  private byte[] json() {
    byte[] made = json;
    if (made == null) {
      made = FrameEncoder.json(event);
      json = made;
    }
    return made;
  }
}
