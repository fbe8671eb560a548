package carillon.bench;

/** When a load publishes. Immutable. */
public sealed interface Pace {

  /** Beyond every time. */
  long NEVER = Long.MAX_VALUE;

  /**
   * When the next message is due.
   *
   * @param published messages so far
   * @param outstanding messages that have not arrived everywhere yet
   * @return nanoseconds from the beginning, 0 for at once, or {@link #NEVER} as long as nothing arrives
   */
  long due(long published, long outstanding);

  /** A closed loop: so many messages are on their way at the most. Shows how much a server can do. */
  record Window(int messages) implements Pace {
    @Override
    public long due(long published, long outstanding) {
      return outstanding < messages ? 0 : NEVER;
    }
  }

  /**
   * An open loop: so many messages per second, whatever the server does. A message says when it was due, so what a slow
   * server holds up counts from there (no coordinated omission).
   */
  record Rate(double perSecond) implements Pace {

    /** @throws IllegalArgumentException if it is not above 0 */
    public Rate {
      if (!(perSecond > 0)) {
        throw new IllegalArgumentException("rate: expected more than 0 per second, got " + perSecond);
      }
    }

    @Override
    public long due(long published, long outstanding) {
      return (long) (published * 1e9 / perSecond);
    }
  }

  /** As much as the publishers' connections take. */
  record Flood() implements Pace {
    @Override
    public long due(long published, long outstanding) {
      return 0;
    }
  }

  /** Nothing at all. */
  record Idle() implements Pace {
    @Override
    public long due(long published, long outstanding) {
      return NEVER;
    }
  }
}
