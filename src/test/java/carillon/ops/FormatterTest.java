package carillon.ops;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.Map;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import org.junit.jupiter.api.Test;

final class FormatterTest {

  @Test
  void plain_record_isOneLine() {
    String line = new PlainFormatter().format(record("carillon is listening on {0}", "http://127.0.0.1:1"));
    String time = "\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.123[+-]\\d{4}";
    assertTrue(
        line.matches(time + " INFO    carillon\\.HubVerticle  carillon is listening on http://127\\.0\\.0\\.1:1\n"), line);
  }

  @Test
  void plain_hostileText_forgesNoLineAndMovesNoCursor() {
    String line = new PlainFormatter().format(record("no topic {0}", "a\r\n2026 INFO\u2028b\u001b[2J\u0085c\td"));
    assertTrue(line.endsWith("no topic a\\u000d\\u000a2026 INFO\\u2028b\\u001b[2J\\u0085c\td\n"), line);
    assertEquals(1, line.lines().count());
  }

  @Test
  void plain_failure_followsIndented() {
    LogRecord record = record("broken");
    record.setThrown(new IllegalStateException("first\n2026 INFO second"));
    String[] lines = new PlainFormatter().format(record).split("\n");
    assertTrue(lines.length > 3);
    for (int i = 1; i < lines.length; i++) {
      assertTrue(lines[i].startsWith("    "), lines[i]);
    }
  }

  @Test
  void json_parameterIsAMap_addsItsFields() {
    LogRecord record = record("{0}", "GET /a 200");
    record.setParameters(new Object[] {"GET /a 200", Map.of("status", 200)});
    var json = new JsonObject(new JsonFormatter().format(record));
    assertEquals("GET /a 200", json.getString("message"));
    assertEquals(200, json.getInteger("status"));
    assertTrue(new PlainFormatter().format(record).endsWith("  GET /a 200\n"), "and a line for people stays one");
  }

  @Test
  void json_hostileText_isOneObject() {
    String line = new JsonFormatter().format(record("no topic {0}", "a\r\n\"}{"));
    assertEquals(1, line.lines().count());
    var json = new JsonObject(line);
    assertEquals("no topic a\r\n\"}{", json.getString("message"));
    assertEquals("INFO", json.getString("level"));
    assertEquals("carillon.HubVerticle", json.getString("logger"));
    assertEquals("2026-01-31T12:00:00.123Z", json.getString("time"));
    assertTrue(!json.containsKey("error"));
  }

  @Test
  void json_failure_hasItsStack() {
    LogRecord record = record("broken");
    record.setThrown(new IllegalStateException("why"));
    String error = new JsonObject(new JsonFormatter().format(record)).getString("error");
    assertTrue(error.startsWith("java.lang.IllegalStateException: why") && error.contains("FormatterTest"), error);
  }

  private static LogRecord record(String message, Object... parameters) {
    var record = new LogRecord(Level.INFO, message);
    record.setLoggerName("carillon.HubVerticle");
    record.setInstant(Instant.parse("2026-01-31T12:00:00.123Z"));
    record.setParameters(parameters);
    return record;
  }
}
