package carillon.log;

import java.nio.file.Path;

/**
 * Where the sqlite engine keeps its file. Immutable.
 *
 * @param directory made if it is missing; holds {@code log.db}, what SQLite puts beside it, and {@code log.lock}
 * @param damaged what to do with a file that is damaged
 * @param readers threads that read, at least 1; each has a connection of its own
 */
public record SqliteOptions(Path directory, Damaged damaged, int readers) {

  /** Enough to keep two cores busy; more would only take them from the event loops. */
  public static final int READERS = 2;

  /** What to do with a file that is damaged. */
  public enum Damaged {
    /** Do not open; say what is wrong and where. */
    REFUSE,
    /** Move it aside, to be looked at later, and begin a new epoch. A file that is sound is opened as ever. */
    NEW_EPOCH
  }

  /** @throws IllegalArgumentException if there would be no reader */
  public SqliteOptions {
    if (readers < 1) {
      throw new IllegalArgumentException("readers: expected at least 1, got " + readers);
    }
  }

  /** A log in {@code directory}, refused when it is damaged. */
  public static SqliteOptions in(Path directory) {
    return new SqliteOptions(directory, Damaged.REFUSE, READERS);
  }
}
