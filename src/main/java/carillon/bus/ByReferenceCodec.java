package carillon.bus;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.EventBus;
import io.vertx.core.eventbus.MessageCodec;

/**
 * Hands an immutable message over as the object it is. For messages that never leave their node. Any thread.
 *
 * @param <T> the message, an immutable type
 */
public final class ByReferenceCodec<T> implements MessageCodec<T, T> {

  private final Class<T> type;

  private ByReferenceCodec(Class<T> type) {
    this.type = type;
  }

  /** Lets {@code eventBus} carry messages of {@code type}. Once for each type and event bus. */
  public static <T> void register(EventBus eventBus, Class<T> type) {
    eventBus.registerDefaultCodec(type, new ByReferenceCodec<>(type));
  }

  @Override
  public T transform(T message) {
    return message;
  }

  @Override
  public void encodeToWire(Buffer buffer, T message) {
    throw new UnsupportedOperationException(type.getName() + " stays on its node");
  }

  @Override
  public T decodeFromWire(int position, Buffer buffer) {
    throw new UnsupportedOperationException(type.getName() + " stays on its node");
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
