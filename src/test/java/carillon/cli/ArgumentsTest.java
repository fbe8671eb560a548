package carillon.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ArgumentsTest {

  @Test
  void words_everyForm_areUnderstood() {
    Arguments arguments = parse("a", "--to", "x", "-", "--to=y=z", "--all", "--", "--all", "-b");
    assertEquals(List.of("a", "-", "--all", "-b"), arguments.rest());
    assertEquals(List.of("x", "y=z"), arguments.values("to"));
    assertTrue(arguments.has("all"));
    arguments.requireNoProblems();
  }

  /** A value may begin with a dash: a topic, a negative number, the dash that means standard input. */
  @Test
  void value_beginningWithADash_isAValue() {
    assertEquals(Optional.of("-x"), parse("--to", "-x").value("to"));
  }

  @Test
  void problems_severalOnes_areAllSaid() {
    Arguments arguments = parse("--bogus", "--all=x", "--time", "soon", "--count", "12", "--to", "a", "--to=b", "--time2");
    assertEquals(Optional.empty(), arguments.duration("time", Duration.ZERO, Duration.ofDays(1)));
    assertEquals(Optional.empty(), arguments.number("count", 1, 11));
    assertEquals(Optional.of("a"), arguments.value("to"));
    assertEquals(
        List.of(
            "unknown option \"--bogus\"",
            "unknown option \"--all\"",
            "--time2 needs a value",
            "--time: expected a duration such as 500ms, 10s or 5m, from 0s to 86400s, got \"soon\"",
            "--count: expected a whole number from 1 to 11, got \"12\"",
            "--to is there twice"),
        assertThrows(WrongArgumentsException.class, arguments::requireNoProblems).problems());
  }

  private static Arguments parse(String... words) {
    return Arguments.parse(Set.of("to", "time", "time2", "count"), Set.of("all"), List.of(words));
  }
}
