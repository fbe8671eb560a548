package carillon.cli;

/** How a command ends, for scripts. The README has the same table. */
final class ExitCode {

  /** All that was asked for is done. */
  static final int OK = 0;

  /** The hub refused something, or something is wrong with it. */
  static final int FAILED = 1;

  /** The arguments are wrong; nothing was done. */
  static final int USAGE = 2;

  /** The hub was not reached, or its answer was lost: what was asked for may be done or not. */
  static final int UNREACHED = 3;

  /** The time was up before all that was waited for had come. */
  static final int TIME_UP = 4;

  private ExitCode() {}
}
