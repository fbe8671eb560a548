package carillon.ops;

import java.util.logging.Level;
import java.util.logging.LogManager;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;

/** Keeps its handlers until the process has ended. Made by the JDK, by its name; any thread. */
public final class HubLogManager extends LogManager {

  private volatile boolean keepsHandlers;

  @SuppressWarnings("UnusedVariable") // held, for the JDK would forget its level with it
  private volatile @Nullable Logger hub;

  /** For the JDK. */
  public HubLogManager() {}

  /** From now on nobody takes the handlers away. */
  void keepHandlers() {
    keepsHandlers = true;
  }

  /** From which level on the hub's own packages log. */
  void setLevel(System.Logger.Level level) {
    Logger logger = Logger.getLogger("carillon");
    logger.setLevel(
        switch (level) {
          case ERROR -> Level.SEVERE;
          case WARNING -> Level.WARNING;
          case DEBUG -> Level.FINE;
          default -> Level.INFO;
        });
    hub = logger;
  }

  @Override
  public void reset() {
    if (!keepsHandlers) {
      super.reset();
    }
  }
}
