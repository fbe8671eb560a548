package carillon.subscribe;

import carillon.event.Sight;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What a subscriber was let in with. Its rights were weighed when it came; from then on a stream only asks how much is
 * seen, and how long. Called on the event loop of the stream.
 */
public interface Pass {

  /** What is seen of private events; constant. */
  Sight sight();

  /** When it ends by itself, by the wall clock; {@code null}: never. Constant. */
  @Nullable Instant end();

  /** Whether it has not been taken back; asked by {@link Streams#review}. */
  boolean holds();
}
