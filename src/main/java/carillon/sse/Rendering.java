package carillon.sse;

/** The ways in which an event can be put on a wire. */
public enum Rendering {
  /** Event stream: {@code id}, {@code event}, {@code data}. */
  EVENTS,
  /** The same with one {@code topic} line for each topic, a field that parsers ignore by rule. */
  EVENTS_WITH_TOPICS,
  /** Event stream whose {@code data} is one JSON object with id, topics, type, time and data. */
  ENVELOPE,
  /**
   * The same without the {@code event} line. EventSource hands an event with a type only to listeners of that very
   * type, and a page that follows everything cannot name all types beforehand.
   */
  ENVELOPE_UNTYPED,
  /** One JSON object on a line, the same as in {@link #ENVELOPE}. */
  NDJSON;

  /** Whether the wire is an event stream. */
  public boolean isEventStream() {
    return this != NDJSON;
  }
}
