package carillon.cli;

import java.util.Set;

/** One word that the command line knows, beside {@code run}. Immutable. */
interface Command {

  /** The word. */
  String name();

  /** What it does, in less than a line. */
  String summary();

  /** How it is written and what it does, with a line end; shown by {@code --help}. */
  String usage();

  /** The options that have a value, without dashes. */
  Set<String> options();

  /** The options that have none. */
  Set<String> flags();

  /**
   * Does it.
   *
   * @return one of {@link ExitCode}
   * @throws WrongArgumentsException before anything is done
   * @throws FailedException when there is no going on
   */
  int run(Arguments arguments, Terminal terminal);
}
