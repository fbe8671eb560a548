package carillon.config;

import java.lang.System.Logger.Level;

/**
 * The hub's own log lines. Immutable.
 *
 * @param format of a line
 * @param level from which on the hub's packages log
 * @param access whether each request has a line
 */
public record LoggingOptions(Format format, Level level, boolean access) {

  /** What a line is. */
  public enum Format {
    /** Text, for people. */
    PLAIN,
    /** A JSON object, for programs. */
    JSON
  }
}
