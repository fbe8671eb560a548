package carillon;

import java.util.List;

/** Says what is wrong with the command line. */
final class UsageException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  private final transient List<String> problems;

  /** @param problems at least one; safe to print */
  UsageException(List<String> problems) {
    super(String.join("\n", problems));
    this.problems = List.copyOf(problems);
  }

  /** The problems, in the order of the arguments. */
  List<String> problems() {
    return problems;
  }
}
