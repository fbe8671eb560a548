package carillon.cli;

import java.util.List;

/** Says what is wrong with the arguments of a command, or of the hub. */
public final class WrongArgumentsException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  private final transient List<String> problems;

  /** @param problems at least one; safe to print */
  public WrongArgumentsException(List<String> problems) {
    super(String.join("\n", problems));
    this.problems = List.copyOf(problems);
  }

  /** All of them, in the order of their discovery. */
  public List<String> problems() {
    return problems;
  }
}
