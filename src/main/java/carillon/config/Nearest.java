package carillon.config;

import java.util.Collection;
import java.util.Comparator;
import java.util.Locale;
import java.util.Optional;

/** Guesses what a mistyped name was meant to be. Any thread. */
final class Nearest {

  private static final int EDITS_MAX = 2;
  private static final int LENGTH_MAX = 64;

  private Nearest() {}

  /**
   * The candidate within two edits of {@code name}, letter case aside; the closest, and of equals the first by
   * alphabet.
   */
  static Optional<String> to(String name, Collection<String> candidates) {
    if (name.length() > LENGTH_MAX) {
      return Optional.empty();
    }
    String lower = name.toLowerCase(Locale.ROOT);
    return candidates.stream()
        .filter(candidate -> edits(lower, candidate.toLowerCase(Locale.ROOT)) <= EDITS_MAX)
        .min(
            Comparator.comparingInt((String candidate) -> edits(lower, candidate.toLowerCase(Locale.ROOT)))
                .thenComparing(Comparator.naturalOrder()));
  }

  /** Optimal string alignment: insertions, deletions, replacements, and neighbours swapped count one each. */
  private static int edits(String from, String to) {
    var table = new int[from.length() + 1][to.length() + 1];
    for (int i = 0; i <= from.length(); i++) {
      for (int j = 0; j <= to.length(); j++) {
        if (i == 0 || j == 0) {
          table[i][j] = i + j;
          continue;
        }
        int replaced = table[i - 1][j - 1] + (from.charAt(i - 1) == to.charAt(j - 1) ? 0 : 1);
        table[i][j] = Math.min(replaced, 1 + Math.min(table[i - 1][j], table[i][j - 1]));
        boolean swapped =
            i > 1 && j > 1 && from.charAt(i - 1) == to.charAt(j - 2) && from.charAt(i - 2) == to.charAt(j - 1);
        if (swapped) {
          table[i][j] = Math.min(table[i][j], table[i - 2][j - 2] + 1);
        }
      }
    }
    return table[from.length()][to.length()];
  }
}
