package carillon.http;

/** Carries a problem out of a step that cannot go on; without a stack, because it is an answer and not a fault. */
final class RefusedException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  private final transient Problem problem;

  RefusedException(Problem problem) {
    super(problem.code(), null, false, false);
    this.problem = problem;
  }

  /** What the client is told. */
  Problem problem() {
    return problem;
  }
}
