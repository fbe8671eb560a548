package carillon.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import carillon.event.InvalidValueException;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What is sent again, under which key, and what is given up. */
class BatchTest {

  private static final String TAKEN = "{\"id\":\"e-1\",\"topics\":[\"a\"],\"duplicate\":false}\n";

  @Test
  void answers_eachOfItsKind_leaveOpenWhatMayPass() {
    Batch batch = batch(5);
    batch.answered(TAKEN + error(400) + error(503) + error(504));
    assertEquals(List.of(3, 4, 5), batch.open().stream().map(Batch.Item::line).toList());
    assertTrue(batch.items().get(1).isRefused());
    assertEquals(3, new String(batch.body(), UTF_8).lines().count());
    batch.answered(TAKEN + TAKEN + TAKEN);
    assertEquals(List.of(), batch.open());
  }

  @Test
  void answer_cutShort_leavesTheRestOpen() {
    Batch batch = batch(3);
    batch.answered(TAKEN + TAKEN.substring(0, 9));
    assertEquals(List.of(2, 3), batch.open().stream().map(Batch.Item::line).toList());
  }

  @Test
  void request_refusedAsAWhole_isSentAgainOnlyIfThatMayPass() {
    for (int status : new int[] {408, 429, 500, 502, 503, 507}) {
      Batch batch = batch(2);
      batch.answered(status, "no");
      assertEquals(2, batch.open().size(), "status " + status);
    }
    for (int status : new int[] {400, 401, 403, 404, 413}) {
      Batch batch = batch(2);
      batch.answered(status, "no");
      assertEquals(0, batch.open().size(), "status " + status);
      assertTrue(batch.items().get(1).isRefused());
    }
  }

  @Test
  void answer_thatIsNone_provesNothing() {
    Batch batch = batch(1);
    batch.answered("{\"ok\":true}\n");
    assertEquals(1, batch.open().size());
    batch.lost("gone");
    assertEquals("gone", batch.items().get(0).trouble());
  }

  @Test
  void drafts_haveAKeyOfTheirOwnUnlessTheySayOne() {
    var drafting = new Drafting(Optional.of("a"), new JsonObject().put("type", "t"), "run");
    assertEquals("{\"data\":\"x\",\"topic\":\"a\",\"type\":\"t\",\"key\":\"run-1\"}",
        drafting.ofData("x".getBytes(UTF_8)).encode());
    JsonObject own = drafting.ofJson("{\"topic\":\"b\",\"type\":\"u\",\"key\":\"k\"}".getBytes(UTF_8));
    assertEquals("{\"topic\":\"b\",\"type\":\"u\",\"key\":\"k\"}", own.encode());
    assertEquals("run-3", drafting.ofJson("{}".getBytes(UTF_8)).getString("key"));
  }

  @Test
  void drafts_thatAreNone_areRefusedHere() {
    var drafting = new Drafting(Optional.empty(), new JsonObject(), "run");
    for (String line : List.of("nonsense", "[]", "\"text\"", "{\"data\":1", "{\"data\":\"no topic\"}")) {
      assertThrows(InvalidValueException.class, () -> drafting.ofJson(line.getBytes(UTF_8)), line);
    }
    assertThrows(InvalidValueException.class, () -> drafting.ofData(new byte[] {(byte) 0xff}));
  }

  private static Batch batch(int count) {
    var batch = new Batch();
    for (int i = 1; i <= count; i++) {
      batch.add(i, new JsonObject().put("data", i));
    }
    return batch;
  }

  private static String error(int status) {
    return "{\"error\":{\"status\":" + status + ",\"code\":\"c\",\"detail\":\"d\"}}\n";
  }
}
