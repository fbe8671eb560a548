package carillon.bus;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import carillon.event.Event;
import carillon.event.EventId;
import carillon.event.EventType;
import carillon.event.Payload;
import carillon.event.Topic;
import carillon.event.TraceParent;
import io.vertx.core.buffer.Buffer;
import java.lang.reflect.RecordComponent;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What goes over the wire, and what comes and must not be believed.
 *
 * <p>Broken on purpose, and caught: a length that is not checked; a count that is believed before it is looked at; a
 * longer spelling of a number taken; the rest of a message ignored; the sign of a time lost; a field not written.
 */
class WireFormatTest {

  private static final long EPOCH = 0xc4f1_a90b_7eL;
  private static final int PREFIX = 7; // whatever stands before a message in its buffer
  private static final int RUNS = 400;

  @Test
  void everyField_ofAnEvent_isCarried() {
    List<String> fields = Arrays.stream(Event.class.getRecordComponents()).map(RecordComponent::getName).toList();
    assertEquals(
        List.of("id", "topics", "type", "data", "time", "ttl", "retry", "isPrivate", "trace"),
        fields,
        "an event has another field: WireFormat has to carry it, or other nodes show the event without it");
  }

  @Test
  void committed_whateverItHolds_comesAsItWas() {
    for (long seed = 0; seed < RUNS; seed++) {
      var random = new SplittableRandom(seed);
      Committed sent = committed(random, 1 + random.nextInt(random.nextInt(8) == 0 ? 300 : 4));
      Buffer wire = written(sent);
      assertEquals(sent, WireFormat.committed(PREFIX, wire), "seed " + seed);
    }
  }

  @Test
  void passing_whateverItHolds_comesAsItWas() {
    for (long seed = 0; seed < RUNS; seed++) {
      var random = new SplittableRandom(seed);
      var sent = new Passing(random.nextLong(), 1 + random.nextLong(Long.MAX_VALUE), events(random, 3, 0));
      Buffer wire = prefix();
      WireFormat.write(wire, sent);
      assertEquals(sent, WireFormat.passing(PREFIX, wire), "seed " + seed);
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 127, 128, 1L << 35, Long.MAX_VALUE})
  void reached_anyOffset_comesAsItWas(long offset) {
    var sent = new Reached(EventId.EPOCH_MAX, offset);
    Buffer wire = prefix();
    WireFormat.write(wire, sent);
    assertEquals(sent, WireFormat.reached(PREFIX, wire));
  }

  @Test
  void committed_largestEvent_comesAsItWas() {
    var topics = IntStream.range(0, 16).mapToObj(i -> new Topic("t".repeat(250) + "/" + (i + 10))).toList();
    var event =
        new Event(
            new EventId(EventId.EPOCH_MAX, Long.MAX_VALUE - 1),
            topics,
            new EventType("t".repeat(255)),
            Payload.of("x".repeat(Payload.BYTES_MAX)),
            Instant.ofEpochSecond(-5, 999_999_999),
            Duration.ofDays(3650),
            Duration.ofDays(1));
    var sent = new Committed(EventId.EPOCH_MAX, List.of(event));
    assertEquals(sent, WireFormat.committed(PREFIX, written(sent)));
  }

  @Test
  void committed_smallEvents_costLittleMoreThanTheirData() {
    List<Event> events = new ArrayList<>();
    for (int i = 1; i <= 1_000; i++) {
      var id = new EventId(EPOCH, i);
      var time = Instant.ofEpochMilli(1_795_174_680_000L + i);
      events.add(new Event(id, List.of(new Topic("news")), null, Payload.of("x".repeat(200)), time, null, null));
    }
    int bytes = written(new Committed(EPOCH, events)).length();
    assertTrue(bytes < 1_000 * 222, () -> bytes + " bytes for a thousand events of 200");
  }

  /** Whatever is missing at the end is missed: nothing shorter is a message. */
  @Test
  void committed_cutAnywhere_isRefused() {
    Buffer whole = written(committed(new SplittableRandom(7), 5));
    for (int end = PREFIX; end < whole.length(); end++) {
      Buffer cut = whole.getBuffer(0, end);
      assertThrows(WireFormatException.class, () -> WireFormat.committed(PREFIX, cut));
    }
  }

  /** The same with a length that fits: the inside is cut. */
  @Test
  void committed_cutAnywhereWithItsLengthCorrected_isRefused() {
    Buffer whole = written(committed(new SplittableRandom(7), 5));
    for (int end = PREFIX + Integer.BYTES; end < whole.length(); end++) {
      Buffer cut = whole.getBuffer(0, end).copy();
      cut.setInt(PREFIX, end - PREFIX - Integer.BYTES);
      assertThrows(WireFormatException.class, () -> WireFormat.committed(PREFIX, cut));
    }
  }

  @Test
  void committed_anythingBehindIt_isRefused() {
    Buffer longer = written(committed(new SplittableRandom(7), 5)).appendByte((byte) 0);
    longer.setInt(PREFIX, longer.length() - PREFIX - Integer.BYTES);
    assertThrows(WireFormatException.class, () -> WireFormat.committed(PREFIX, longer));
  }

  /** A node of another version, while all are being rolled over. */
  @Test
  void committed_otherVersion_isRefusedByName() {
    Buffer wire = written(committed(new SplittableRandom(7), 5));
    wire.setByte(PREFIX + Integer.BYTES, (byte) 2);
    var refused = assertThrows(WireFormatException.class, () -> WireFormat.committed(PREFIX, wire));
    assertEquals("version: expected 1, got 2", refused.getMessage());
  }

  /** A few bytes that claim to be many events must not reserve room for them. */
  @Test
  void committed_moreEventsThanBytes_isRefusedBeforeItIsBelieved() {
    Buffer wire = Buffer.buffer().appendInt(13).appendByte((byte) 1).appendLong(EPOCH);
    wire.appendByte((byte) 0x80).appendByte((byte) 0x80).appendByte((byte) 4).appendByte((byte) 1); // 65,536 events
    var refused = assertThrows(WireFormatException.class, () -> WireFormat.committed(0, wire));
    assertEquals("events: got 65536 in 1 bytes", refused.getMessage());
  }

  @ParameterizedTest
  @ValueSource(ints = {Integer.MIN_VALUE, -1, 0, Integer.MAX_VALUE})
  void anything_lengthThatCannotBe_isRefused(int length) {
    Buffer wire = written(committed(new SplittableRandom(7), 1));
    wire.setInt(PREFIX, length);
    assertThrows(WireFormatException.class, () -> WireFormat.committed(PREFIX, wire));
  }

  /** One message has one spelling: 0x80 0x00 is no way to say 0. */
  @Test
  void reached_numberSpelledLonger_isRefused() {
    Buffer wire = Buffer.buffer().appendInt(11).appendByte((byte) 1).appendLong(EPOCH);
    wire.appendByte((byte) 0x81).appendByte((byte) 0);
    assertThrows(WireFormatException.class, () -> WireFormat.reached(0, wire));
  }

  /** Bits turned over anywhere: refused, or another event that keeps every rule; never anything else. */
  @Test
  void anything_damaged_isRefusedOrAnotherValidMessage() {
    int refused = 0;
    for (long seed = 0; seed < 20 * RUNS; seed++) {
      var random = new SplittableRandom(seed);
      Buffer wire = written(committed(random, 1 + random.nextInt(4)));
      for (int damages = 1 + random.nextInt(3); damages > 0; damages--) {
        int at = PREFIX + random.nextInt(wire.length() - PREFIX);
        wire.setByte(at, (byte) (wire.getByte(at) ^ 1 << random.nextInt(8)));
      }
      try {
        Committed read = WireFormat.committed(PREFIX, wire);
        Buffer again = written(read);
        assertEquals(wire.getBuffer(0, again.length()), again, "seed " + seed + ": two spellings of one message");
      } catch (WireFormatException e) {
        refused++;
      } catch (RuntimeException e) {
        fail("seed " + seed, e);
      }
    }
    assertTrue(refused > 2 * RUNS, "damage is noticed where it can be: " + refused);
  }

  @Test
  void anything_noise_isRefused() {
    for (long seed = 0; seed < 20 * RUNS; seed++) {
      var random = new SplittableRandom(seed);
      var noise = new byte[random.nextInt(60)];
      random.nextBytes(noise);
      Buffer wire = Buffer.buffer().appendInt(noise.length + 1).appendByte((byte) 1).appendBytes(noise);
      for (var reader : List.<Runnable>of(
          () -> WireFormat.committed(0, wire), () -> WireFormat.passing(0, wire), () -> WireFormat.reached(0, wire))) {
        try {
          reader.run();
        } catch (WireFormatException e) {
          // as it should be; by chance the smallest of them may even be a message
        } catch (RuntimeException e) {
          fail("seed " + seed, e);
        }
      }
    }
  }

  private static Buffer prefix() {
    return Buffer.buffer("x".repeat(PREFIX));
  }

  private static Buffer written(Committed group) {
    Buffer wire = prefix();
    WireFormat.write(wire, group);
    return wire;
  }

  private static Committed committed(RandomGenerator random, int count) {
    return new Committed(EPOCH, events(random, count, 1 + random.nextLong(1L << random.nextInt(1, 62))));
  }

  private static TraceParent trace(RandomGenerator random) {
    return new TraceParent(
        String.format("00-%032x-%016x-0%d", random.nextLong(1, 99), random.nextLong(1, 99), random.nextInt(4)));
  }

  private static List<Event> events(RandomGenerator random, int count, long first) {
    var events = new ArrayList<Event>();
    for (int i = 0; i < count; i++) {
      var id = first == 0 ? null : new EventId(EPOCH, first + i);
      var topics = new ArrayList<Topic>();
      for (int topic = 1 + random.nextInt(4); topic > 0; topic--) {
        topics.add(new Topic("zürich/" + topic + "x".repeat(random.nextInt(40))));
      }
      events.add(
          new Event(
              id,
              topics,
              random.nextBoolean() ? null : new EventType("type " + random.nextInt(1000)),
              Payload.of("d\u0000é\n".repeat(random.nextInt(50))),
              Instant.ofEpochSecond(random.nextLong(-9, 1L << 33), random.nextInt(1_000_000_000)),
              random.nextBoolean() ? null : Duration.ofNanos(1 + random.nextLong(1L << 50)),
              random.nextBoolean() ? null : Duration.ofMillis(random.nextInt(86_400_000)),
              random.nextBoolean(),
              random.nextBoolean() ? null : trace(random)));
    }
    return events;
  }
}
