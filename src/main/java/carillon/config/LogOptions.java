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
 * @param grid how the grid engine keeps them
 */
public record LogOptions(
    Engine engine,
    Path directory,
    boolean newEpochWhenDamaged,
    Optional<DatabaseUrl> url,
    int connections,
    Duration connectTimeout,
    int memoryEventsMax,
    long memoryBytesMax,
    Grid grid) {

  /**
   * The grid engine. Immutable.
   *
   * @param eventsMax most events it keeps
   * @param bytesMax most bytes it keeps; 0: a share of the heap of the node that comes first
   * @param backups on how many nodes beside one each group is
   * @param nodesMin with fewer nodes nothing is stored
   */
  public record Grid(int eventsMax, long bytesMax, int backups, int nodesMin) {}

  /** The engine that {@link Engine#AUTO} stands for on a node of a cluster, or on one by itself. */
  public Engine engine(boolean isClustered) {
    if (engine != Engine.AUTO) {
      return engine;
    }
    if (url.isPresent()) {
      return Engine.POSTGRESQL;
    }
    return isClustered ? Engine.GRID : Engine.SQLITE;
  }

  /** The engines. */
  public enum Engine {
    /** What fits: the database if there is one, the grid in a cluster, otherwise sqlite. */
    AUTO,
    /** One file of this machine, with an fsync before each acknowledgement. */
    SQLITE,
    /** A database that the nodes of a cluster share. */
    POSTGRESQL,
    /** In the memory of the nodes of a cluster, on more than one of them. */
    GRID,
    /** Bounded, in this process. */
    MEMORY
  }
}
