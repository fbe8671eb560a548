package carillon.ops;

import io.vertx.core.json.JsonObject;
import java.util.Map;
import java.util.logging.Formatter;
import java.util.logging.LogRecord;

/**
 * A record as one line of JSON: {@code {"time", "level", "logger", "message"}} and, for a failure, {@code "error"} with
 * its stack. A parameter that is a map adds its entries as fields. Any thread.
 */
final class JsonFormatter extends Formatter {

  @Override
  public String format(LogRecord record) {
    var json =
        new JsonObject()
            .put("time", record.getInstant().toString())
            .put("level", record.getLevel().getName())
            .put("logger", record.getLoggerName())
            .put("message", formatMessage(record));
    for (Object parameter : record.getParameters() == null ? new Object[0] : record.getParameters()) {
      if (parameter instanceof Map<?, ?> fields) {
        fields.forEach((name, value) -> json.put(name.toString(), value));
      }
    }
    if (record.getThrown() != null) {
      json.put("error", PlainFormatter.stackOf(record.getThrown()));
    }
    return json.encode() + '\n';
  }
}
