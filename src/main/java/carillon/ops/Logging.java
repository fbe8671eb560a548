package carillon.ops;

import carillon.config.LoggingOptions;
import java.util.logging.Handler;
import java.util.logging.LogManager;
import java.util.logging.Logger;

/**
 * How a hub that is a process of its own logs: one line for each record to standard error, plain or JSON, until its end.
 * Any thread.
 *
 * <p>Whoever names a file in {@code java.util.logging.config.file}, or another {@code java.util.logging.manager}, gets
 * what that says.
 */
public final class Logging {

  /*
   * The JDK's log manager takes all handlers away in a shutdown hook, and hooks run side by side: what a hub says while
   * it stops would be lost. It can be replaced only before anybody has logged, by the name of a class.
   */
  private static final String MANAGER_PROPERTY = "java.util.logging.manager";

  private Logging() {}

  /** Has lines written until the process ends. The first thing a process does, before anybody logs. */
  public static void begin() {
    if (System.getProperty(MANAGER_PROPERTY) == null) {
      System.setProperty(MANAGER_PROPERTY, HubLogManager.class.getName());
    }
  }

  /** Logs as {@code options} say from now on, if the process logs our way; otherwise leaves everything as it is. */
  public static void apply(LoggingOptions options) {
    if (!(LogManager.getLogManager() instanceof HubLogManager manager)) {
      return;
    }
    manager.keepHandlers();
    for (Handler handler : Logger.getLogger("").getHandlers()) {
      boolean isJson = handler.getFormatter() instanceof JsonFormatter;
      boolean isOurs = isJson || handler.getFormatter() instanceof PlainFormatter;
      if (isOurs && isJson != (options.format() == LoggingOptions.Format.JSON)) {
        handler.setFormatter(isJson ? new PlainFormatter() : new JsonFormatter());
      }
    }
    manager.setLevel(options.level());
  }
}
