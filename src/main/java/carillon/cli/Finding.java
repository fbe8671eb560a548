package carillon.cli;

import io.vertx.core.json.JsonObject;
import java.util.Locale;

/**
 * What one look at a hub has come to. Immutable.
 *
 * @param check what was looked at; stable, for programs
 * @param found what is there, in less than a line
 * @param advice what to do about it; empty when there is nothing
 */
record Finding(String check, Verdict verdict, String found, String advice) {

  /** How bad it is. */
  enum Verdict {
    /** As it should be. */
    OK("ok"),
    /** Works, and could be better. */
    WARN("warn"),
    /** Does not work. */
    FAIL("FAIL"),
    /** Could not be looked at. */
    SKIPPED("-");

    private final String label;

    Verdict(String label) {
      this.label = label;
    }

    /** As the table has it. */
    String label() {
      return label;
    }
  }

  static Finding ok(String check, String found) {
    return new Finding(check, Verdict.OK, found, "");
  }

  static Finding warn(String check, String found, String advice) {
    return new Finding(check, Verdict.WARN, found, advice);
  }

  static Finding fail(String check, String found, String advice) {
    return new Finding(check, Verdict.FAIL, found, advice);
  }

  static Finding skipped(String check, String why) {
    return new Finding(check, Verdict.SKIPPED, why, "");
  }

  /** As lines of the table. */
  String text() {
    String line = String.format("%-5s %-12s %s", verdict.label(), check, found);
    return advice.isEmpty() ? line : line + System.lineSeparator() + " ".repeat(19) + "→ " + advice;
  }

  /** The same for programs. */
  JsonObject toJson() {
    var json = new JsonObject().put("check", check).put("verdict", verdict.name().toLowerCase(Locale.ROOT));
    json.put("found", found);
    return advice.isEmpty() ? json : json.put("advice", advice);
  }
}
