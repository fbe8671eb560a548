package carillon.subscribe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class DeadlinesTest {

  private final Deadlines deadlines = new Deadlines();
  private final List<String> done = new ArrayList<>();

  private Deadlines.Deadline add(long second, String name) {
    return deadlines.add(Instant.ofEpochSecond(second), () -> done.add(name));
  }

  private List<String> doneAt(long second, int max) {
    done.clear();
    deadlines.take(Instant.ofEpochSecond(second), max).forEach(Deadlines.Deadline::run);
    return List.copyOf(done);
  }

  @Test
  void take_dueOnes_comeInTheirOrderAndOnce() {
    add(3, "c");
    add(1, "a");
    add(2, "b");
    add(1, "a again");
    assertEquals(Instant.ofEpochSecond(1), deadlines.next());
    assertEquals(List.of(), doneAt(0, 10));
    assertEquals(List.of("a", "a again", "b"), doneAt(2, 10));
    assertEquals(Instant.ofEpochSecond(3), deadlines.next());
    assertEquals(List.of("c"), doneAt(9, 10));
    assertTrue(deadlines.isEmpty());
  }

  @Test
  void take_moreThanOneTurn_leavesTheRest() {
    add(1, "a");
    add(1, "b");
    add(1, "c");
    assertEquals(List.of("a", "b"), doneAt(1, 2));
    assertEquals(List.of("c"), doneAt(1, 2));
  }

  @Test
  void remove_oneOfSeveralAtATime_leavesTheOthers() {
    Deadlines.Deadline a = add(1, "a");
    add(1, "b");
    deadlines.remove(a);
    deadlines.remove(a);
    assertEquals(List.of("b"), doneAt(1, 10));
  }
}
