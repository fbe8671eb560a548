package carillon.log;

import carillon.event.Key;
import java.time.Duration;
import java.time.Instant;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The keys a log remembers: those of the last {@link #AGE}, and at least the last {@value #COUNT_MIN}. Confined to the
 * lock of its log.
 *
 * <p>The window is bounded by what can be published with keys in {@link #AGE}; an entry costs some 250 bytes, by
 * estimate.
 */
final class KeyWindow {

  /** A key is remembered for at least this long. */
  static final Duration AGE = Duration.ofMinutes(10);

  /** At least this many keys are remembered, however old they are. */
  static final int COUNT_MIN = 100_000;

  /** Most keys forgotten in one step; more than a step adds, so that the window shrinks while publishing goes on. */
  private static final int STEP_BEYOND_ADDED = 1_000;

  private record Entry(KnownKey known, Instant time) {}

  private final Map<Key, Entry> oldestFirst = new LinkedHashMap<>();

  /** What is remembered of {@code key}, if anything. */
  @Nullable KnownKey find(Key key) {
    Entry entry = oldestFirst.get(key);
    return entry == null ? null : entry.known();
  }

  /**
   * Remembers new keys and forgets some that are outside the window.
   *
   * @param time of the events the keys belong to
   * @param now by the clock that history ages by
   */
  void remember(Map<Key, KnownKey> keys, Instant time, Instant now) {
    keys.forEach((key, known) -> oldestFirst.put(key, new Entry(known, time)));
    Instant remembered = now.minus(AGE);
    int steps = keys.size() + STEP_BEYOND_ADDED;
    Iterator<Entry> entries = oldestFirst.values().iterator();
    while (steps-- > 0 && oldestFirst.size() > COUNT_MIN && entries.next().time().isBefore(remembered)) {
      entries.remove();
    }
  }

  /** How many keys are remembered. */
  int size() {
    return oldestFirst.size();
  }
}
