package carillon.bench;

import java.util.List;

/** {@code java -cp carillon.jar carillon.bench.BenchCommand}: {@link Bench} at a terminal. */
public final class BenchCommand {

  private BenchCommand() {}

  /** Runs and exits with its code. */
  public static void main(String[] arguments) {
    System.exit(Bench.run(List.of(arguments), System.out, System.err));
  }
}
