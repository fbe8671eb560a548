package carillon.config;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * The engine of the log. Immutable.
 *
 * @param engine which one
 * @param directory where the sqlite engine keeps its file
 * @param newEpochWhenDamaged whether the sqlite engine moves a damaged file aside and begins a new epoch, instead of
 *     refusing to start
 * @param url the database of the postgresql engine, which has one
 * @param connections most connections for reading to that database
 * @param connectTimeout longest wait for a connection to it
 * @param memoryEventsMax most events the memory engine keeps
 * @param memoryBytesMax most bytes the memory engine keeps
 */
public record LogOptions(
    Engine engine,
    Path directory,
    boolean newEpochWhenDamaged,
    Optional<DatabaseUrl> url,
    int connections,
    Duration connectTimeout,
    int memoryEventsMax,
    long memoryBytesMax) {

  /** The engines. */
  public enum Engine {
    /** One file of this machine, with an fsync before each acknowledgement. */
    SQLITE,
    /** A database that the nodes of a cluster share. */
    POSTGRESQL,
    /** Bounded, in this process. */
    MEMORY
  }
}
