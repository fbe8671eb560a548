package carillon.config;

import java.util.List;

/** Says everything that is wrong with a configuration, each problem with its key and what was expected. */
public final class InvalidConfigException extends IllegalArgumentException {

  private static final long serialVersionUID = 1L;

  private final transient List<String> problems;

  /** @param problems at least one, each a full sentence that begins with the key */
  public InvalidConfigException(List<String> problems) {
    super(String.join("\n", problems));
    this.problems = List.copyOf(problems);
  }

  /** The problems, in the order of the file. */
  public List<String> problems() {
    return problems;
  }
}
