package carillon.log;

/** Says why a node cannot keep its log in the grid: how its cluster is set up. Nothing was changed. */
public final class GridRefusedException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  GridRefusedException(String message) {
    super(message);
  }
}
