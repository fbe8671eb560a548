package carillon.event;

import java.time.Instant;

/**
 * From where a subscriber wants to be served: the meaning of {@code Last-Event-ID} and {@code since=}. Every case
 * answers {@link #fold}, so a new one breaks the build where it matters. Immutable.
 */
public sealed interface Since {

  /** Answers with the function for the case at hand. */
  <T> T fold(Cases<T> cases);

  /** One function for each case. */
  interface Cases<T> {
    /** Live only: nothing from before. */
    T now();

    /** All that history holds. */
    T all();

    /** What came after {@code id}. */
    T after(EventId id);

    /** What was accepted at {@code time} or later. */
    T from(Instant time);

    /** The newest {@code count} matching events, at least one. */
    T last(int count);

    /** A text that is no id of this hub: the client is told by {@code hub.gap}, then gets all. */
    T unknown(String text);
  }

  /** Live only. */
  record Now() implements Since {
    @Override
    public <T> T fold(Cases<T> cases) {
      return cases.now();
    }
  }

  /** All that history holds. */
  record All() implements Since {
    @Override
    public <T> T fold(Cases<T> cases) {
      return cases.all();
    }
  }

  /**
   * What came after an event.
   *
   * @param id the last event the client has seen
   */
  record After(EventId id) implements Since {
    @Override
    public <T> T fold(Cases<T> cases) {
      return cases.after(id);
    }
  }

  /**
   * What was accepted at a time or later.
   *
   * @param time inclusive
   */
  record From(Instant time) implements Since {
    @Override
    public <T> T fold(Cases<T> cases) {
      return cases.from(time);
    }
  }

  /**
   * The newest matching events.
   *
   * @param count 1 to {@value #COUNT_MAX}
   */
  record Last(int count) implements Since {

    /** Most events that may be asked for. */
    public static final int COUNT_MAX = 1_000_000;

    /** @throws InvalidValueException if {@code count} is out of bounds */
    public Last {
      if (count < 1 || count > COUNT_MAX) {
        throw new InvalidValueException("since", "last:1 to last:" + COUNT_MAX, Integer.toString(count));
      }
    }

    @Override
    public <T> T fold(Cases<T> cases) {
      return cases.last(count);
    }
  }

  /**
   * A text that is no id of this hub.
   *
   * @param text as it came; hostile until encoded
   */
  record Unknown(String text) implements Since {
    @Override
    public <T> T fold(Cases<T> cases) {
      return cases.unknown(text);
    }
  }
}
