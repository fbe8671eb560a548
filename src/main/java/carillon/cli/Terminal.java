package carillon.cli;

import java.io.InputStream;
import java.io.PrintStream;
import java.util.Map;

/**
 * Where a command runs. The streams are used by the thread of the command only.
 *
 * @param in standard input
 * @param out for results
 * @param err for whoever watches
 * @param environment variables
 */
public record Terminal(InputStream in, PrintStream out, PrintStream err, Map<String, String> environment) {

  /** Copies the map. */
  public Terminal {
    environment = Map.copyOf(environment);
  }
}
