package carillon.ops;

import java.util.Set;
import java.util.logging.Logger;

/**
 * Keeps what a library would log from being said, because somebody else says it better; until it is {@link #end()}, or
 * forgotten by whoever began it. Any thread.
 */
public final class Unsaid {

  private final Logger logger; // held, for the JDK would forget its filter with it

  private Unsaid(Logger logger) {
    this.logger = logger;
  }

  /**
   * Begins.
   *
   * @param logger by its name; nobody else may have a filter on it
   * @param messages as the library has them, in full
   */
  public static Unsaid begin(String logger, Set<String> messages) {
    var unsaid = new Unsaid(Logger.getLogger(logger));
    unsaid.logger.setFilter(record -> !messages.contains(String.valueOf(record.getMessage())));
    return unsaid;
  }

  /** Everything is said again. */
  public void end() {
    logger.setFilter(null);
  }
}
