package carillon.http;

import carillon.subscribe.Outlet;
import io.vertx.core.buffer.Buffer;

/**
 * Gathers what a stream would have written, until there is an answer to a poll. Takes the {@code NDJSON} rendering,
 * whose lines become the elements of a JSON array. Confined to the event loop of the connection.
 */
final class PollOutlet implements Outlet {

  private final int bytesMax;
  private final boolean waits;
  private final Runnable answerable;
  private final Buffer lines = Buffer.buffer();

  /**
   * @param bytesMax gathers until this many bytes are there
   * @param waits whether an empty answer is to wait for the first event
   * @param answerable called each time the stream rests and there is an answer
   */
  PollOutlet(int bytesMax, boolean waits, Runnable answerable) {
    this.bytesMax = bytesMax;
    this.waits = waits;
    this.answerable = answerable;
  }

  /** The events so far as a JSON array. */
  Buffer array() {
    Buffer array = Buffer.buffer(lines.length() + 2).appendByte((byte) '[');
    for (int i = 0; i < lines.length(); i++) {
      byte b = lines.getByte(i);
      if (b != '\n') {
        array.appendByte(b);
      } else if (i < lines.length() - 1) {
        array.appendByte((byte) ',');
      }
    }
    return array.appendByte((byte) ']');
  }

  @Override
  public void write(Buffer bytes) {
    lines.appendBuffer(bytes);
  }

  @Override
  public void control(Buffer bytes) {
    // an answer to a poll has neither opening nor heartbeat, and says its cursor itself
  }

  @Override
  public boolean isFull() {
    return lines.length() >= bytesMax;
  }

  @Override
  public void onDrain(Runnable drained) {
    // it never drains: it is answered
  }

  @Override
  public void rested() {
    if (!waits || lines.length() > 0) {
      answerable.run();
    }
  }

  @Override
  public void end(Buffer last) {
    answerable.run();
  }

  @Override
  public void abort() {
    answerable.run();
  }
}
