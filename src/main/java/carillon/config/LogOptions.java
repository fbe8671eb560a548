package carillon.config;

import java.nio.file.Path;

/**
 * The engine of the log. Immutable.
 *
 * @param engine which one
 * @param directory where the sqlite engine keeps its file
 * @param newEpochWhenDamaged whether the sqlite engine moves a damaged file aside and begins a new epoch, instead of
 *     refusing to start
 * @param memoryEventsMax most events the memory engine keeps
 * @param memoryBytesMax most bytes the memory engine keeps
 */
public record LogOptions(
    Engine engine, Path directory, boolean newEpochWhenDamaged, int memoryEventsMax, long memoryBytesMax) {

  /** The engines. */
  public enum Engine {
    /** One file of this machine, with an fsync before each acknowledgement. */
    SQLITE,
    /** Bounded, in this process. */
    MEMORY
  }
}
