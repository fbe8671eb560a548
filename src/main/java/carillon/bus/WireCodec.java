package carillon.bus;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.EventBus;
import io.vertx.core.eventbus.MessageCodec;
import java.util.function.BiConsumer;
import java.util.function.BiFunction;

/**
 * Hands an immutable message over as the object it is inside a node, and as bytes between nodes. Any thread.
 *
 * <p>Vert.x decodes when a consumer asks for the body: what {@link WireFormat} refuses fails there, and not the
 * connection to the other node.
 *
 * @param <T> the message, an immutable type
 */
final class WireCodec<T> implements MessageCodec<T, T> {

  private final Class<T> type;
  private final BiConsumer<Buffer, T> writer;
  private final BiFunction<Integer, Buffer, T> reader;

  private WireCodec(Class<T> type, BiConsumer<Buffer, T> writer, BiFunction<Integer, Buffer, T> reader) {
    this.type = type;
    this.writer = writer;
    this.reader = reader;
  }

  /** Lets {@code eventBus} carry messages of {@code type}. Once for each type and event bus. */
  static <T> void register(
      EventBus eventBus, Class<T> type, BiConsumer<Buffer, T> writer, BiFunction<Integer, Buffer, T> reader) {
    eventBus.registerDefaultCodec(type, new WireCodec<>(type, writer, reader));
  }

  @Override
  public T transform(T message) {
    return message;
  }

  @Override
  public void encodeToWire(Buffer buffer, T message) {
    writer.accept(buffer, message);
  }

  @Override
  public T decodeFromWire(int position, Buffer buffer) {
    return reader.apply(position, buffer);
  }

  @Override
  public String name() {
    return "carillon." + type.getSimpleName();
  }

  @Override
  public byte systemCodecID() {
    return -1;
  }
}
