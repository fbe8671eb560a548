package carillon.sse;

import carillon.event.EventId;
import carillon.event.GapReason;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * The frames that are not events of a publisher: what the hub itself has to say on a stream. None of them carries a
 * topic, and only the checkpoint carries an id, so none of the others moves a client's cursor.
 *
 * <pre>
 *                event stream                          NDJSON
 *   opening      retry: 2000                           nothing: the head says it all
 *                : carillon
 *
 *   heartbeat    : heartbeat                           {"type":"hub.heartbeat"}
 *
 *   checkpoint   id: 00c4f1a90b7e-1042                 {"id":"00c4f1a90b7e-1042","type":"hub.heartbeat"}
 *
 *   gap          event: hub.gap                        {"type":"hub.gap","data":"{\"reason\":\"expired\", …}"}
 *                data: {"reason":"expired", …}
 *
 *   expiring     event: hub.token-expiring             {"type":"hub.token-expiring","data":"{\"expiresAt\": …}"}
 *                data: {"expiresAt":"2026-01-31T…Z"}
 *
 *   closing      retry: 3120                           {"type":"hub.closing","retry":3120,"data":"{\"reason\": …}"}
 *                event: hub.closing
 *                data: {"reason":"draining"}
 * </pre>
 *
 * <p>Each of them is complete in itself and leaves the stream between two blocks. An envelope is for publishers' events
 * only: in {@link Rendering#ENVELOPE} these frames look as in {@link Rendering#EVENTS}. In NDJSON {@code data} is text
 * as in every other line.
 *
 * <p>Any thread. A buffer may be written to any number of streams. Its bytes must not be set; appending is allowed to
 * whoever has not shared it.
 */
public final class ControlFrames {

  /** Most characters of a client's own text that are said back to it. */
  public static final int REQUESTED_LENGTH_MAX = 128;

  private static final Buffer HEARTBEAT = Buffer.buffer(": heartbeat\n");
  private static final Buffer HEARTBEAT_LINE = Buffer.buffer("{\"type\":\"hub.heartbeat\"}\n");

  private ControlFrames() {}

  /**
   * What a stream begins with: the reconnection time, and a comment so that proxies have something to pass on.
   *
   * @param retry whole milliseconds, not negative
   */
  public static Buffer opening(Rendering rendering, Duration retry) {
    return rendering.isEventStream()
        ? Buffer.buffer("retry: " + requireRetry(retry).toMillis() + "\n: carillon\n\n")
        : Buffer.buffer();
  }

  /**
   * What keeps a silent stream alive. In an event stream one comment line without a blank line: it ends nothing that is
   * open.
   */
  public static Buffer heartbeat(Rendering rendering) {
    // A slice shares the bytes; appending to it moves it elsewhere and leaves the constant as it is.
    return (rendering.isEventStream() ? HEARTBEAT : HEARTBEAT_LINE).slice();
  }

  /** What moves the client's cursor to {@code id} and fires no event (WHATWG HTML 9.2.6: a block without data). */
  public static Buffer checkpoint(Rendering rendering, EventId id) {
    return rendering.isEventStream()
        ? Buffer.buffer("id: " + id + "\n\n")
        : line(new JsonObject().put("id", id.toString()).put("type", "hub.heartbeat"));
  }

  /**
   * What tells a client that history between its cursor and what comes next is missing. A checkpoint behind it, or the
   * next event, moves the cursor, so that the same loss is told once.
   *
   * @param requested the cursor the client came with, as it came: hostile text is escaped, and cut at {@link
   *     #REQUESTED_LENGTH_MAX}
   * @param oldest the oldest event that is kept; {@code null} when none is
   * @param newest the newest event that is kept; {@code null} when none is
   */
  public static Buffer gap(
      Rendering rendering, GapReason reason, String requested, @Nullable EventId oldest, @Nullable EventId newest) {
    var data = new JsonObject()
        .put("reason", reason.label())
        .put("requested", shortened(requested))
        .put("oldest", oldest == null ? null : oldest.toString())
        .put("newest", newest == null ? null : newest.toString());
    return rendering.isEventStream()
        ? Buffer.buffer("event: hub.gap\ndata: " + data.encode() + "\n\n")
        : line(new JsonObject().put("type", "hub.gap").put("data", data.encode()));
  }

  /** What tells a client that its token will have expired at {@code end}, and this stream with it. */
  public static Buffer tokenExpiring(Rendering rendering, Instant end) {
    String data = new JsonObject().put("expiresAt", end.toString()).encode();
    return rendering.isEventStream()
        ? Buffer.buffer("event: hub.token-expiring\ndata: " + data + "\n\n")
        : line(new JsonObject().put("type", "hub.token-expiring").put("data", data));
  }

  /**
   * The last frame of a stream that the hub ends.
   *
   * @param reason the label of the reason, for programs
   * @param retry when to come back: whole milliseconds, not negative
   */
  public static Buffer closing(Rendering rendering, String reason, Duration retry) {
    long retryMillis = requireRetry(retry).toMillis();
    String data = new JsonObject().put("reason", reason).encode();
    return rendering.isEventStream()
        ? Buffer.buffer("retry: " + retryMillis + "\nevent: hub.closing\ndata: " + data + "\n\n")
        : line(new JsonObject().put("type", "hub.closing").put("retry", retryMillis).put("data", data));
  }

  private static Buffer line(JsonObject json) {
    return Buffer.buffer(json.encode() + '\n');
  }

  private static Duration requireRetry(Duration retry) {
    if (retry.isNegative()) {
      throw new IllegalArgumentException("retry: expected 0 or more, got " + retry);
    }
    return retry;
  }

  private static String shortened(String text) {
    if (text.length() <= REQUESTED_LENGTH_MAX) {
      return text;
    }
    boolean isBetweenCharacters = !Character.isHighSurrogate(text.charAt(REQUESTED_LENGTH_MAX - 1));
    return text.substring(0, isBetweenCharacters ? REQUESTED_LENGTH_MAX : REQUESTED_LENGTH_MAX - 1) + '…';
  }
}
